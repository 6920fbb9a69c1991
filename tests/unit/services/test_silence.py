"""Which looks are overdue: a function of the state and the date."""

import json
import uuid
from datetime import date, timedelta

import pytest

from contracts.records import LogRecord, PeriodClosed
from pipelines.fold import Partition
from services.silence import overdue


def observation(period, indicator="work", unit=1):
    return {
        "observation_id": str(uuid.UUID(int=unit)),
        "policy": "trial",
        "indicator": indicator,
        "unit": f"{unit:032x}",
        "arm": "control",
        "region": "north",
        "groups": [],
        "period": period,
        "value": 1,
        "observed_at": f"{period}-28T12:00:00Z",
    }


def state(plan, *contents):
    registration = {"plan_registered": {"id": plan.id, "version": plan.version, "sha256": plan.sha256}}
    values = [json.dumps(each).encode() for each in (registration, *contents)]
    partition = Partition(next_offset=0, ledger_key=b"key")
    partition.apply([LogRecord(place, None, None, value) for place, value in enumerate(values)], {plan.sha256: plan})
    assert not partition.take_changes().quarantined
    return partition.policies.values()


@pytest.fixture
def plan(plan_of, plan_document):
    immediate = [{**each, "maturity": None} for each in plan_document()["indicators"]]
    return lambda **changes: plan_of(indicators=immediate, **changes)


PASSED = date(2024, 5, 1)  # the end of February and two months


def test_a_look_is_overdue_once_its_period_and_the_lateness_have_passed(plan):
    policies = state(plan(), observation("2024-01"), observation("2024-02", unit=2))
    assert list(overdue(policies, today=PASSED - timedelta(days=1))) == []
    assert list(overdue(policies, today=PASSED)) == [PeriodClosed("trial", "work", "2024-02")]


def test_each_indicator_has_a_look_of_its_own(plan):
    policies = state(plan(), observation("2024-02"), observation("2024-03", "debts", unit=2))
    assert list(overdue(policies, today=PASSED)) == [PeriodClosed("trial", "work", "2024-02")]
    assert len(list(overdue(policies, today=date(2024, 6, 1)))) == 2


def test_a_look_without_records_is_never_overdue(plan):
    marker = {"period_closed": {"policy": "trial", "indicator": None, "period": None}}
    assert list(overdue(state(plan()), today=PASSED)) == []
    assert list(overdue(state(plan(), observation("2024-02"), marker), today=date(2030, 1, 1))) == []


def test_looks_that_are_counted_in_observations_wait_for_them(plan):
    policies = state(plan(look="P50N"), observation("2024-02"))
    assert list(overdue(policies, today=date(2030, 1, 1))) == []
