"""Admission: a decoded record fits the plan, or is refused with every reason why not."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from math import inf, nextafter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.admission import Admission
from contracts.codes import PLAN_CODES
from contracts.decoder import decode
from contracts.period import DAY_MS, parse_period
from contracts.plan import PrePeriod
from contracts.plan_reader import read_plan
from contracts.records import Enrolment, Observation, PeriodClosed

PLAN = read_plan((Path(__file__).parents[2] / "data" / "broken" / "plan.yaml").read_text(encoding="utf-8"))
ARRIVED = datetime(2021, 6, 1, 12, tzinfo=UTC)
ARRIVED_MS = int(ARRIVED.timestamp() * 1000)
CLEAN = Observation(
    observation_id="0b9f5a3e-3c55-4f4e-9d3f-6b1f7a1c2d10",
    policy="trial",
    indicator="work",
    unit="5d41402abc4b2a76",
    region="north",
    groups=("parents",),
    period="2021-04",
    value=1.0,
    observed_at="2021-04-12T10:00:00+02:00",
    arm="trust",
    cohort="2020",
)


def observation(**changes):
    values = {name: getattr(CLEAN, name) for name in CLEAN.__struct_fields__}
    return Observation(**values | changes)


def reasons_of(plan, record, *, arrived_ms=ARRIVED_MS):
    admission = Admission(plan)
    if isinstance(record, Observation):
        return admission.observation(record, arrived_ms=arrived_ms)
    if isinstance(record, Enrolment):
        return admission.enrolment(record, arrived_ms=arrived_ms)
    return admission.marker(record)


def codes_of(plan, record, *, arrived_ms=ARRIVED_MS):
    return [each.code for each in reasons_of(plan, record, arrived_ms=arrived_ms)]


def continuous(**changes):
    of = {"type": "continuous", "low": -10.0, "high": 50.0, "decimals": 2}
    return replace(PLAN, indicators=(replace(PLAN.indicators[0], **of | changes),))


POLICY = replace(PLAN, kind="policy", arms=None)
WITH_BASELINE = replace(PLAN, pre_period=PrePeriod(parse_period("2018-07"), parse_period("2019-09")))


# What fits


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"groups": ()},
        {"groups": ("older", "parents")},
        {"value": 0.0},
        {"arm": "control"},
        {"arm": "none", "region": "west"},
        {"arm": "none", "region": "east"},
        {"period": "2021-04-12"},
        {"period": "2021-04-13", "observed_at": "2021-04-13T00:30:00+02:00"},
        {"period": "2020-01"},
        {"cluster": "class 4b"},
    ],
    ids=str,
)
def test_an_observation_that_keeps_the_plan_fits(changes):
    assert reasons_of(PLAN, observation(**changes)) == ()


@pytest.mark.parametrize("arm", [None, "none"])
def test_a_policy_has_no_arms(arm):
    assert reasons_of(POLICY, observation(arm=arm)) == ()
    assert codes_of(POLICY, observation(arm="trust")) == ["unknown_arm"]


@pytest.mark.parametrize("arm", ["none", "control", "trust"])
def test_before_the_policy_a_unit_has_no_arm_yet_or_the_arm_to_be(arm):
    record = observation(period="2019-09", arm=arm)
    assert reasons_of(WITH_BASELINE, record) == ()
    assert codes_of(WITH_BASELINE, observation(period="2020-01", arm=arm)) == ["unknown_arm"] * (arm == "none")


def test_elsewhere_nobody_has_an_arm_before_the_policy_either():
    assert reasons_of(WITH_BASELINE, observation(period="2019-09", region="west", arm="none")) == ()
    assert codes_of(WITH_BASELINE, observation(period="2019-09", region="west", arm="trust")) == ["unknown_arm"]


def test_an_enrolment_may_start_before_the_plan_and_after_it_arrives():
    record = Enrolment("trial", "5d41402abc4b2a76", "2019-01-01", "north", (), arm="trust", cohort="2019")
    assert reasons_of(PLAN, record) == ()
    assert reasons_of(PLAN, replace_start(record, "2031-01-01")) == ()


def replace_start(record, start):
    return Enrolment(record.policy, record.unit, start, record.region, record.groups, record.arm, record.cohort)


def test_a_marker_may_leave_indicator_and_period_open():
    assert reasons_of(PLAN, PeriodClosed("trial", None, None)) == ()
    assert reasons_of(PLAN, PeriodClosed("trial", "work", "2021-04")) == ()


# What does not fit


def test_a_record_that_does_not_fit_is_refused_with_every_reason(broken_by_plan, spelled):
    record = decode(broken_by_plan.value)
    assert spelled(reasons_of(PLAN, record)) == broken_by_plan.expected


def test_a_refusal_says_what_is_allowed(broken_by_plan):
    for reason in reasons_of(PLAN, decode(broken_by_plan.value)):
        assert reason.code in PLAN_CODES
        assert reason.message.startswith(("seen ", "the field is missing"))


@pytest.mark.parametrize(
    ("period", "fits"),
    [("2018-06", False), ("2018-07", True), ("2019-09", True), ("2019-09-30", True), ("2019-10", False)],
)
def test_before_the_policy_only_its_baseline_is_admitted(period, fits):
    assert codes_of(WITH_BASELINE, observation(period=period)) == ([] if fits else ["before_effective_from"])
    assert codes_of(PLAN, observation(period=period)) == ["before_effective_from"]


def test_a_record_from_before_the_policy_hears_where_the_baseline_lies():
    (reason,) = reasons_of(WITH_BASELINE, observation(period="2019-10"))
    assert reason.message == "seen 2019-10; the plan is in force from 2020-01, its baseline from 2018-07 to 2019-09"


def test_what_lies_before_a_later_version_is_left_to_the_log():
    assert codes_of(replace(WITH_BASELINE, version=2), observation(period="2019-10")) == []


def test_clusters_are_named_where_the_plan_counts_them():
    assert codes_of(replace(PLAN, cluster="class"), observation()) == ["missing_cluster"]
    assert codes_of(replace(PLAN, cluster="class"), observation(cluster="4b")) == []


@pytest.mark.parametrize(
    ("value", "codes"),
    [
        (-10.0, []),
        (50.0, []),
        (0.07, []),
        (50.01, ["out_of_range"]),
        (-10.01, ["out_of_range"]),
        (0.075, ["too_many_decimals"]),
        (1e300, ["out_of_range"]),
        (-99.999, ["out_of_range", "too_many_decimals"]),
        (0.3, []),
        (0.1 + 0.2, ["too_many_decimals"]),
        (-0.0, []),
    ],
)
def test_a_continuous_value_lies_in_range_with_the_decimals_that_are_counted(value, codes):
    assert codes_of(continuous(), observation(value=value)) == codes


@given(st.integers(-(2**31) + 1, 2**31 - 1), st.integers(0, 6))
def test_exactly_the_numbers_with_so_many_decimals_are_admitted(number, decimals):
    """The nearest double to a decimal number fits, its neighbours do not, and its whole number comes back."""
    plan = continuous(low=-(2.0**31), high=2.0**31, decimals=decimals)
    value = float(Decimal(number).scaleb(-decimals))
    assert codes_of(plan, observation(value=value)) == []
    assert round(value * 10**decimals) == number
    for neighbour in (nextafter(value, inf), nextafter(value, -inf)):
        assert codes_of(plan, observation(value=neighbour)) == ["too_many_decimals"]


@pytest.mark.parametrize(
    ("look", "period", "codes"),
    [
        ("P1D", "2021-04-12", []),
        ("P1D", "2021-04", ["period_too_coarse"]),
        ("P1W", "2021-W14", []),
        ("P1W", "2021-04", ["period_too_coarse"]),
        ("P3M", "2021-Q2", []),
        ("P3M", "2021-04", []),
        ("P1Y", "2021-Q2", []),
        ("P1Y", "2021-W14", ["period_too_coarse"]),
        ("P50N", "2021-04", []),
    ],
)
def test_a_period_lies_inside_one_look(plan_of, look, period, codes):
    record = observation(period=period)
    assert codes_of(plan_of(look=look), record) == codes


def test_many_allowed_values_are_not_all_listed():
    areas = replace(PLAN.choices.areas, here=tuple(f"GM{number:04}" for number in range(342)))
    plan = replace(PLAN, choices=replace(PLAN.choices, areas=areas))
    (reason,) = reasons_of(plan, observation(region="GM9999"))
    assert len(reason.message) < 200
    assert "more" in reason.message


# Arrival


@pytest.mark.parametrize(
    ("observed_at", "is_ahead"),
    [
        ("2021-06-02T12:00:00Z", False),
        ("2021-06-02T12:00:00.001Z", True),
        ("2021-06-02T14:00:00+02:00", False),
        ("2021-06-02T14:00:01+02:00", True),
        ("2021-06-01T23:59:59-23:59", True),
        ("2021-05-31T23:59:59-23:59", False),
        ("2021-06-03T11:58:59+23:59", False),
    ],
)
def test_nothing_is_observed_more_than_a_day_after_it_arrives(observed_at, is_ahead):
    codes = codes_of(PLAN, observation(observed_at=observed_at))
    assert codes == (["observed_in_future"] if is_ahead else [])


def test_without_an_arrival_the_future_is_not_checked():
    assert codes_of(PLAN, observation(observed_at="2099-06-02T12:00:00Z"), arrived_ms=None) == []


@given(
    st.integers(-3 * DAY_MS, 3 * DAY_MS),
    st.sampled_from(["Z", "+00:00", "+02:00", "-23:59", "+23:59", "-01:00"]),
    st.integers(-2 * DAY_MS, 2 * DAY_MS),
)
def test_reading_only_the_day_gives_the_same_answer_as_reading_the_moment(ahead_ms, offset, shift_ms):
    local = (ARRIVED + timedelta(milliseconds=ahead_ms)).replace(tzinfo=None).isoformat(timespec="milliseconds")
    text, arrived_ms = f"{local}{offset}", ARRIVED_MS + shift_ms
    late = datetime.fromisoformat(text).timestamp() * 1000 > arrived_ms + DAY_MS
    assert codes_of(PLAN, observation(observed_at=text), arrived_ms=arrived_ms) == ["observed_in_future"] * late


# What is remembered changes nothing

changes = st.fixed_dictionaries(
    {},
    optional={
        "indicator": st.sampled_from(["work", "wrok"]),
        "arm": st.sampled_from(["trust", "control", "none", "x", None]),
        "region": st.sampled_from(["north", "west", "GM9999"]),
        "groups": st.sampled_from([(), ("parents",), ("students",)]),
        "cohort": st.sampled_from(["2020", None]),
        "period": st.sampled_from(["2021-04", "2021-Q2", "2021-05", "2019-12", "2019-09"]),
        "value": st.sampled_from([0.0, 1.0, 2.0]),
        "observed_at": st.sampled_from(["2021-04-12T10:00:00Z", "2021-06-12T10:00:00Z"]),
    },
)


@given(st.lists(changes, max_size=12))
def test_an_admission_that_has_seen_much_answers_as_a_new_one(many):
    seasoned = Admission(WITH_BASELINE)
    for each in many:
        record = observation(**each)
        assert seasoned.observation(record, arrived_ms=ARRIVED_MS) == reasons_of(WITH_BASELINE, record)


def test_combinations_are_remembered_only_while_there_are_few(monkeypatch):
    monkeypatch.setattr("contracts.admission._MOST_REMEMBERED", 10)
    admission = Admission(PLAN)
    for day in range(1, 31):
        record = observation(period=f"2021-04-{day:02}", observed_at="2021-05-01T00:00:00Z")
        assert admission.observation(record, arrived_ms=None) == ()
    assert len(admission._times) <= 10
