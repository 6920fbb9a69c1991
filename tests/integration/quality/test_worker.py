"""The rules in Great Expectations itself, in its own process: what fails, what could not run, what when it dies."""

import asyncio
import os
import signal
from datetime import UTC, datetime

import psutil
import pytest

from contracts.errors import Unavailable
from contracts.expectations import Check, Frame, cell_suite
from contracts.plan_reader import read_plan
from contracts.quality import Cell
from contracts.records import LogRecord
from infra.expectations import Page, Worker
from pipelines.quality import conclude, examine
from pipelines.quality_gathering import Gathering
from pipelines.quality_state import PolicyState
from pipelines.seals import REPLAYS, Seals

ARRIVED_MS = 1_800_000_000_000  # January 2027
TEST_POLICY = "guidance-trial"


class Process:
    """The worker, asked from ordinary tests."""

    def __init__(self):
        self.worker = Worker(timeout_s=60)

    def run(self, coroutine):
        return asyncio.run(coroutine)

    def validate(self, *frames):
        return self.run(self.worker.validate(frames))

    def pid(self):
        (process,) = [each for each in psutil.Process().children() if "spawn_main" in " ".join(each.cmdline())]
        return process.pid


@pytest.fixture(scope="module")
def process():
    process = Process()
    yield process
    process.worker.close()


@pytest.fixture
def inspect(process, plan_text):
    """Inspects records in one lot; returns outcomes by rule and cell."""
    plan = read_plan(plan_text)

    def inspected(records, state=None):
        state = PolicyState() if state is None else state
        gathering = Gathering(0, {}, {plan.sha256: plan}, lambda _: True, Seals(b"", purpose=REPLAYS))
        registration = f'{{"plan_registered": {{"id": "{plan.id}", "version": 1, "sha256": "{plan.sha256}"}}}}'
        log = [registration.encode(), *records]
        gathering.read([LogRecord(place, ARRIVED_MS, None, value) for place, value in enumerate(log)])
        (lot,), _ = gathering.cut()
        examination = examine(lot, state, now_ms=ARRIVED_MS)
        checks = [check for each in process.validate(*examination.frames) for check in each.checks]
        conclusion = conclude(examination, checks, state)
        judged_last = sorted(conclusion.results, key=lambda each: each.outcome != "not_applicable")
        return {(each.rule, each.series.cell): each.outcome for each in judged_last}

    return inspected


def failed(outcomes):
    return {place for place, outcome in outcomes.items() if outcome == "failed"}


WORK = Cell("part_time_work")


def test_clean_records_fail_nothing(inspect, make):
    outcomes = inspect([make(TEST_POLICY) for _ in range(200)])
    assert failed(outcomes) == set()
    assert "could_not_run" not in outcomes.values()
    judged = {rule for (rule, cell), outcome in outcomes.items() if outcome == "passed" and cell == WORK}
    assert judged == {
        *("readable", "complete", "known_codes", "in_range", "in_time"),
        *("unique_observation", "unique_unit", "one_outcome"),
    }


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"region": "atlantis"}, {("known_codes", WORK)}),
        ({"value": 7}, {("in_range", WORK)}),
        ({"period": "2026-03"}, {("in_time", WORK)}),
        ({"observation_id": "0b9f5a3e-3c55-4f4e-9d3f-6b1f7a1c2d10"}, {("unique_observation", WORK)}),
        ({"unit": "0123456789abcdef", "value": 1}, {("unique_unit", WORK)}),
        ({"period": "someday"}, {("readable", WORK), ("readable", Cell())}),
    ],
)
def test_each_kind_of_bad_record_fails_its_own_rule(inspect, make, change, expected):
    records = [make(TEST_POLICY) for _ in range(180)] + [make(TEST_POLICY, **change) for _ in range(20)]
    assert failed(inspect(records)) == expected


def test_a_missing_field_is_found_in_the_group_and_region_where_it_is_missing(inspect, make):
    clean = [make(TEST_POLICY, groups=[], region="GM0150") for _ in range(400)]
    group = [make(TEST_POLICY, groups=["age_50_plus"], region="GM0344") for _ in range(60)]
    broken = [make(TEST_POLICY, groups=["age_50_plus"], region="GM0344", arm=None) for _ in range(5)]
    found = failed(inspect([*clean, *group, *broken]))
    where = {cell for rule, cell in found if rule == "complete"}
    assert where == {Cell("part_time_work", region="GM0344"), Cell("part_time_work", group="age_50_plus")}


def test_looks_that_go_wrong_are_found_where_they_go_wrong(inspect, make):
    """Three looks as they should be, then a fourth of a third of the size, without the group, with everyone at work."""
    records = []
    for month in (1, 2, 3):
        for place in range(480):
            groups = ["single_parent"] if place % 4 == 0 else []
            records.append(
                make(TEST_POLICY, period=f"2026-0{month}", groups=groups, observed_at="2026-12-01T00:00:00Z")
            )
    late = {"groups": [], "observed_at": "2026-12-01T00:00:00Z"}
    records += [make(TEST_POLICY, period="2026-04", value=1, **late) for _ in range(160)]
    records.append(make(TEST_POLICY, period="2026-05", **late))
    found = failed(inspect(records))
    arms = {Cell("part_time_work", arm=arm) for arm in ("control", "guidance")}
    regions = {Cell("part_time_work", region=region) for region in ("GM0150", "GM0344")}
    parents = Cell("part_time_work", group="single_parent")
    assert {cell for rule, cell in found if rule == "volume_short"} == {WORK, *regions}
    assert {cell for rule, cell in found if rule == "coverage"} == {parents}
    assert {cell for rule, cell in found if rule == "share_drift"} == {parents}
    assert {cell for rule, cell in found if rule == "value_drift"} >= {WORK}
    assert {cell for rule, cell in found if rule == "value_drift"} <= {WORK, *arms}


def test_what_breaks_inside_a_check_is_said_and_leaves_the_others(process):
    frame = Frame("cells", {"row": [0, 1], "coverage": [1.0, 0.0]}, cell_suite(["coverage", "delay"]), 10)
    (validated,) = process.validate(frame)
    checks = {check.rule: check for check in validated.checks}
    assert checks["coverage"] == Check("coverage", "", (1,), None)
    assert "delay" in checks["delay"].problem


def test_documents_hold_no_values_and_no_small_counts(process):
    columns = {"row": list(range(30)), "volume_over": [*[1.0] * 25, *[77.25] * 5]}
    (validated,) = process.validate(Frame("cells", columns, cell_suite(["volume_over"]), 10))
    assert "77.25" not in str(validated.document)
    assert validated.document["results"][0]["result"] == {"element_count": 30, "missing_count": 0}


def test_a_process_that_dies_is_said_to_be_gone_and_started_again(process):
    frame = Frame("cells", {"row": [0], "coverage": [1.0]}, cell_suite(["coverage"]), 10)
    process.validate(frame)
    before = process.pid()
    os.kill(before, signal.SIGKILL)
    with pytest.raises(Unavailable, match="does not answer"):
        process.validate(frame)
    assert process.validate(frame)[0].checks == (Check("coverage", "", (), None),)
    assert process.pid() != before


def test_data_docs_are_written_into_a_folder(process, tmp_path):

    expectations = cell_suite(["coverage"])
    (validated,) = process.validate(Frame("cells", {"row": [0], "coverage": [0.0]}, expectations, 10))
    when = datetime(2026, 4, 1, tzinfo=UTC)
    page = Page("trial cells", expectations, validated.document, "offsets 0 to 9", when)
    first = process.run(process.worker.write_docs([page], str(tmp_path)))
    assert first == str(tmp_path / "index.html")
    pages = [path.read_text(encoding="utf-8") for path in tmp_path.rglob("*.html")]
    assert any("Every arm, group and region of the plan" in page for page in pages)
