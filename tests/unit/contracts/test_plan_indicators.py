"""What is measured: continuous outcomes beside those that happen or not."""

import pytest

CHOICES = {
    "for_whom": "people on benefits",
    "not_for_whom": "people exempted",
    "losers": {"none_because": "it is an example"},
    "areas": {"here": ["north", "south"]},
}
INCOME = {
    "id": "income",
    "label": "income in euros a month",
    "type": "continuous",
    "range": [-500, 20_000],
    "decimals": 2,
    "direction": "higher_is_better",
    "aspect": "economic",
    "horizon": "now",
    "maturity": "P6M",
    "role": "primary",
    "relevant_difference": 50,
}


@pytest.fixture
def income(plan_of):
    """The indicator as it is read, with keys replaced or (`...`) left out."""
    return lambda **changes: plan_of(**document(**changes)).indicators[0]


@pytest.fixture
def refused(plan_text, refusal_of):
    return lambda **changes: refusal_of(plan_text(**document(**changes)))


def document(**changes):
    indicator = {key: value for key, value in (INCOME | changes).items() if value is not ...}
    return {"indicators": [indicator], "choices": CHOICES, "claims": {"effect": {}, "gap": {}}}


def test_a_continuous_outcome_has_a_range_decimals_and_a_margin(income):
    found = income(margin_difference=10, floor=1000, target=20_000, expected={"trust": [-20_500, 100]})
    assert (found.low, found.high, found.decimals) == (-500, 20_000, 2)
    assert (found.relevant_difference, found.margin_difference) == (50, 10)
    assert (found.floor, found.target) == (1000, 20_000)
    assert found.expected == (("trust", -20_500, 100),)


def test_the_margin_is_0_when_it_is_left_out(income):
    assert income().margin_difference == 0


@pytest.mark.parametrize(
    ("changes", "place", "says"),
    [
        ({"range": ...}, "range", "missing: a continuous outcome needs its lowest and highest value, `[low, high]`"),
        ({"decimals": ...}, "decimals", "missing: a continuous outcome needs its number of decimals, 0 to 6"),
        ({"decimals": 7}, "decimals", "a whole number from 0 to 6"),
        ({"range": [100, 0]}, "range", "the lowest first"),
        ({"range": [0, 50]}, "relevant_difference", "expected less than the span of [0, 50], found 50"),
        ({"margin_difference": 20_500}, "margin_difference", "expected less than the span of [-500, 20000]"),
        ({"margin_difference": -1}, "margin_difference", "at least 0"),
        ({"floor": -501}, "floor", "expected a value inside [-500, 20000], found -501"),
        ({"target": 20_001}, "target", "expected a value inside [-500, 20000], found 20001"),
        ({"expected": {"trust": [0, 20_501]}}, "expected.trust", "at most the span of [-500, 20000]"),
    ],
)
def test_what_does_not_fit_its_range_is_refused(refused, changes, place, says):
    problem = refused(**changes)
    assert problem.place == f"indicators[0].{place}"
    assert says in problem.message
    assert problem.line is not None


@pytest.mark.parametrize(
    ("bounds", "decimals"), [([0, 2147483647], 0), ([-2147.483647, 0], 6), ([-21474836.47, 21474836.47], 2)]
)
def test_values_are_counted_as_whole_numbers_below_2_to_the_31(income, refused, bounds, decimals):
    assert income(range=bounds, decimals=decimals).decimals == decimals
    one_more = [end + (end > 0) * 10**-decimals - (end < 0) * 10**-decimals for end in bounds]
    problem = refused(range=one_more, decimals=decimals)
    assert problem.place == "indicators[0].range"
    assert "whole numbers below 2^31 (2,147,483,648)" in problem.message
    assert "give a narrower range or fewer decimals" in problem.message


@pytest.mark.parametrize("bounds", [[0, 1e300], [-1e300, 1e300]])
def test_a_range_that_is_far_too_wide_is_refused_in_few_words(refused, bounds):
    assert len(refused(range=bounds, decimals=6).message) < 300


def test_an_outcome_at_a_longer_maturity_has_the_same_range(plan_of, plan_text, refusal_of):
    later = INCOME | {"id": "income_later", "maturity": "P2Y", "later_of": "income"}
    plan = document()
    assert plan_of(**plan | {"indicators": [INCOME, later]}).indicators[1].later_of == "income"
    problem = refusal_of(plan_text(**plan | {"indicators": [INCOME, later | {"range": [0, 20_000]}]}))
    assert problem.place == "indicators[1].later_of"
