import pytest

from services.console.figures import Mark, figure_of


@pytest.fixture(scope="module")
def figure(plan, make_row):
    """Function from changes of a row to its figure."""

    def made(**changes):
        row = make_row(**changes)
        return figure_of(row, plan.indicator(row.indicator), plan)

    return made


def by(difference, reach):
    """The fields of a difference with bounds at the same distance on either side."""
    return {
        "difference": difference,
        "difference_lower": difference - reach,
        "difference_upper": difference + reach,
    }


@pytest.mark.parametrize(
    ("changes", "mark"),
    [
        ({"stands": "worse", "state": "standing", **by(-0.15, 0.1)}, Mark.WORSE),
        ({"stands": "better", "state": "standing", **by(0.15, 0.1)}, Mark.BETTER),
        (by(-0.06, 0.1), Mark.PERHAPS_WORSE),
        (by(0.06, 0.1), Mark.PERHAPS_BETTER),
        (by(-0.04, 0.1), Mark.NO_DIFFERENCE),
        (by(-0.04, 0.01), Mark.PERHAPS_WORSE),
        ({"recent": "worse", **by(-0.01, 0.1)}, Mark.PERHAPS_WORSE),
        ({"n_b": 9, "k_b": 4, "state": "too_early"}, Mark.TOO_SMALL),
        ({"k_b": 4}, Mark.TOO_SMALL),
        ({"k_b": 296}, Mark.TOO_SMALL),
        ({"difference_lower": None, "difference_upper": None}, Mark.TOO_EARLY),
    ],
)
def test_a_mark_says_what_the_figures_mean_for_people(figure, changes, mark):
    assert figure(**changes).mark is mark


def test_a_rise_is_worse_where_lower_is_better(figure):
    assert figure(indicator="arrears", **by(0.06, 0.1)).mark is Mark.PERHAPS_WORSE
    assert figure(indicator="arrears", **by(-0.06, 0.1)).mark is Mark.PERHAPS_BETTER


def test_a_range_that_excludes_no_difference_is_not_certain_until_it_stands_among_all_comparisons(figure):
    assert figure(**by(-0.15, 0.1)).mark is Mark.PERHAPS_WORSE


def test_a_finding_that_was_withdrawn_is_not_certain_any_more(figure):
    assert figure(state="withdrawn", **by(-0.15, 0.1)).mark is Mark.PERHAPS_WORSE


def test_a_comparison_without_a_row_is_too_early(plan):
    figure = figure_of(None, plan.indicator("trust"), plan)
    assert figure.mark is Mark.TOO_EARLY
    assert figure.range is None


def test_a_small_cell_keeps_its_figures_but_not_what_is_concluded(figure):
    found = figure(k_b=4, stands="worse", state="standing")
    assert found.mark is Mark.WORSE
    assert found.range is None
    assert found.held_back == "few_with_outcome"
    assert found.shown.share_b is None


def test_people_are_rounded(figure):
    assert figure(n_a=303, n_b=298).shown.n_a == 305
    assert figure(n_a=303, n_b=298).shown.n_b == 300


def test_a_gap_that_the_plan_declared_is_no_difference(figure):
    """The plan declares 0.8: at 25 in 100 that is a difference of 3.9 points."""
    found = figure(claim="gap", arm="all", **by(-0.06, 0.05))
    assert found.starting_point == pytest.approx(-0.0395, abs=1e-4)
    assert found.mark is Mark.NO_DIFFERENCE
    assert figure(claim="gap", arm="all", **by(-0.10, 0.08)).mark is Mark.PERHAPS_WORSE


def test_marks_are_ordered_from_the_worst():
    assert sorted(Mark, key=lambda mark: mark.rank) == list(Mark)
    assert Mark.WORSE.rank < Mark.NO_DIFFERENCE.rank < Mark.BETTER.rank < Mark.TOO_SMALL.rank
