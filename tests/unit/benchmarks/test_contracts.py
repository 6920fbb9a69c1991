"""The benchmark of the door: its files are broken as they say, and its schemas hold what JSON Schema can say."""

import json
import re
from collections import Counter

import jsonschema
import numpy as np
import pytest

from benchmarks.contracts import corpus
from benchmarks.contracts.contestants import Answer, contestant
from benchmarks.contracts.made_files import ARRIVED, DAMAGES, MIXES, PLAN, made_file, made_records, written
from benchmarks.contracts.rules import period_pattern, schemas_of
from benchmarks.peers.environments import UnavailableError
from contracts.admission import Admission
from contracts.decoder import decode
from contracts.errors import ContractError
from contracts.plan_reader import read_plan
from contracts.records import Enrolment, Observation, PeriodClosed

RECORDS = made_records(240, np.random.default_rng(5))
EXPECTED = {
    "cut off": "not_json",
    "a key twice": "duplicate_key",
    "an unknown key": "unknown_field",
    "a key missing": "missing_field",
    "a text for a number": "wrong_type",
    "a name for a pseudonym": "not_a_pseudonym",
    "a time without offset": "bad_format",
    "an unknown region": "unknown_region",
    "a period that is too coarse": "period_too_coarse",
    "a period after its observation": "period_in_future",
    "observed after arrival": "observed_in_future",
}
UNSEEN_BY_SCHEMAS = {"a key twice", "a period after its observation", "observed after arrival"}


def codes_of(line, plan=PLAN, arrived=ARRIVED):
    try:
        record = decode(line)
    except ContractError as error:
        return [each.code for each in error.reasons]
    admission, arrived_ms = Admission(plan), int(arrived.timestamp() * 1000)
    if isinstance(record, Observation):
        return [each.code for each in admission.observation(record, arrived_ms=arrived_ms)]
    if isinstance(record, Enrolment):
        return [each.code for each in admission.enrolment(record, arrived_ms=arrived_ms)]
    return [each.code for each in admission.marker(record)] if isinstance(record, PeriodClosed) else []


def test_clean_records_have_every_field_and_are_taken():
    for record in RECORDS:
        assert set(record) == set(Observation.__struct_fields__)
        assert codes_of(written(record)) == []


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_a_broken_record_is_refused_for_the_way_in_which_it_is_broken(name):
    for record in RECORDS[:40]:
        assert EXPECTED[name] in codes_of(DAMAGES[name](dict(record)))


def test_a_value_out_of_range_is_one_of_either_indicator():
    found = Counter(code for record in RECORDS for code in codes_of(DAMAGES["a value out of range"](dict(record))))
    assert set(found) == {"not_binary", "out_of_range"}
    assert found.total() == len(RECORDS)


@pytest.mark.parametrize("share", MIXES.values())
def test_the_wanted_share_of_a_file_is_broken(share):
    lines = made_file(RECORDS * 5, share)
    assert sum(bool(codes_of(line)) for line in lines) == share * len(lines)


def test_a_schema_takes_clean_records_and_sees_all_but_what_it_cannot_say():
    validator = jsonschema.Draft7Validator(schemas_of(PLAN)["observation"], format_checker=jsonschema.FormatChecker())
    assert all(validator.is_valid(record) for record in RECORDS)
    for name in DAMAGES.keys() - {"cut off"}:
        lines = [DAMAGES[name](dict(record)) for record in RECORDS[:40]]
        assert {validator.is_valid(json.loads(line)) for line in lines} == {name in UNSEEN_BY_SCHEMAS}, name


@pytest.mark.parametrize("first", [1000, 1999, 2020, 2990, 2999])
def test_a_period_pattern_begins_with_the_year_in_which_the_plan_takes_effect(first):
    text = (corpus.BROKEN / "plan.yaml").read_text(encoding="utf-8")
    plan = read_plan(text.replace("effective_from: 2020-01", f"effective_from: {first}-01"))
    taken = [year for year in range(10_000) if re.search(period_pattern(plan), f"{year:04}-01")]
    assert taken == list(range(first, 3000))


# The corpus


def test_the_corpus_has_a_record_for_every_kind():
    n_lines = [len(corpus.file_of(part).read_bytes().splitlines()) for part in corpus.PARTS]
    assert len(corpus.kinds()) == sum(n_lines) == 93


def test_right_records_are_taken():
    plan = read_plan((corpus.BROKEN / "plan.yaml").read_text(encoding="utf-8"))
    for name, line in corpus.right_records().items():
        assert codes_of(line, plan, corpus.ARRIVED) == [], name


def test_what_is_let_through_and_what_is_told_is_counted():
    n_reasons = [each.n_reasons for each in corpus.kinds()]
    several = [place for place, n in enumerate(n_reasons) if n > 1]
    n_reasons[0], n_reasons[several[0]], n_reasons[several[1]] = 0, 0, 1
    found = corpus.verdict("anybody", n_reasons, {"right": 0, "unusual": 2})
    assert found.let_through == [corpus.kinds()[0].name, corpus.kinds()[several[0]].name]
    assert (found.n_told_all, found.n_several) == (len(several) - 2, len(several) - 1)
    assert found.wrongly_refused == ["unusual"]


# Contestants


def test_a_file_that_is_judged_as_a_whole_has_no_number_of_refused_records():
    assert Answer(1.0, [0, 2, 1]).n_refused == 2
    assert Answer(1.0, [3]).n_refused is None


def test_a_contestant_that_stops_is_unavailable_with_its_last_words(tmp_path):
    with (
        contestant("leerlus", tmp_path) as each,
        pytest.raises(UnavailableError, match=r"leerlus stopped: .*rules\.json"),
    ):
        each.asked(tmp_path / "records.ndjson")
