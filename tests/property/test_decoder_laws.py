"""Laws of the door: any bytes become a record or a refusal, the shortcut agrees with the thorough reading, and a record
that is written out again is the same record."""

import json
from datetime import date

import msgspec
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from contracts import decoder
from contracts.decoder import decode, policy_of
from contracts.errors import ContractError
from contracts.period import Grain, period_of
from contracts.records import Enrolment, Observation, PeriodClosed, PlanRegistered
from contracts.thorough import read_thoroughly

ENVELOPES = {Enrolment: "enrolment", PeriodClosed: "period_closed", PlanRegistered: "plan_registered"}
ABSENT = "absent"

codes = st.text(
    st.characters(min_codepoint=0x20, exclude_categories=["Cs"], exclude_characters="\x7f"), min_size=1, max_size=64
)
maybe = st.none() | codes
groups = st.lists(codes, unique=True, max_size=4).map(tuple)
units = st.text("0123456789abcdef", min_size=16, max_size=64)
days = st.dates(date(1000, 1, 6), date(2999, 12, 25))
periods = st.builds(lambda day, grain: period_of(day, grain).label, days, st.sampled_from(Grain))
moments = st.builds(
    lambda moment, offset: f"{moment.isoformat(timespec='milliseconds')}{offset}",
    st.datetimes(),
    st.sampled_from(["Z", "+00:00", "+02:00", "-23:59"]),
)
observations = st.builds(
    Observation,
    observation_id=st.uuids().map(str),
    policy=codes,
    indicator=codes,
    unit=units,
    region=codes,
    groups=groups,
    period=periods,
    value=st.floats(allow_nan=False, allow_infinity=False),
    observed_at=moments,
    arm=maybe,
    cohort=maybe,
    cluster=maybe,
)
enrolments = st.builds(
    Enrolment,
    policy=codes,
    unit=units,
    start=days.map(date.isoformat),
    region=codes,
    groups=groups,
    arm=maybe,
    cohort=maybe,
    cluster=maybe,
)
markers = st.builds(PeriodClosed, policy=codes, indicator=maybe, period=st.none() | periods)
registrations = st.builds(
    PlanRegistered,
    id=st.from_regex(r"[a-z0-9-]{1,64}", fullmatch=True),
    version=st.integers(1, 1_000_000),
    sha256=st.text("0123456789abcdef", min_size=64, max_size=64),
)
records = st.one_of(observations, enrolments, markers, registrations)


def plain(record):
    """The record as it is sent."""
    envelope = ENVELOPES.get(type(record))
    content = msgspec.structs.asdict(record)
    return content if envelope is None else {envelope: content}


def left_out(content):
    """The same record without what may be left out."""
    optional = {name for name in ("arm", "cohort", "cluster") if content.get(name, ABSENT) is None}
    return {key: value for key, value in content.items() if key not in optional}


def refusal(value):
    with pytest.raises(ContractError) as caught:
        decode(value)
    return caught.value.reasons


ways_of_writing = st.sampled_from(
    [
        msgspec.json.encode,
        lambda content: msgspec.json.encode(left_out(content)),
        lambda content: json.dumps(content).encode(),
        lambda content: json.dumps(content, ensure_ascii=False, indent=1).encode(),
        lambda content: json.dumps(dict(reversed(content.items())), separators=(" ,\t", " :\r\n")).encode(),
    ]
)


@given(records, ways_of_writing)
def test_a_record_that_is_written_out_is_read_back(record, write):
    assert decode(write(plain(record))) == record


@given(st.binary() | st.text().map(str.encode))
def test_any_bytes_become_a_record_or_a_refusal(value):
    assert refusal(value)


@given(records, ways_of_writing, st.data())
def test_a_damaged_record_becomes_a_record_or_a_refusal(record, write, data):
    value = write(plain(record))
    start = data.draw(st.integers(0, len(value)))
    end = data.draw(st.integers(start, min(len(value), start + 8)))
    damaged = value[:start] + data.draw(st.binary(max_size=8)) + value[end:]
    try:
        decode(damaged)
    except ContractError as error:
        assert error.reasons  # noqa: PT017  (either way is right, but a refusal has a reason)
    policy_of(damaged)


RIGHT = {
    "observation_id": ["0b9f5a3e-3c55-4f4e-9d3f-6b1f7a1c2d10"],
    "policy": ["trial", "arm", "null"],
    "indicator": ["work"],
    "unit": ["5d41402abc4b2a76"],
    "region": ["north", "value", "a\\b"],
    "groups": [[], ["parents"], ["arm", "cohort"]],
    "period": ["2021-04", "2021-W04"],
    "value": [0, 1, 0.5],
    "observed_at": ["2021-04-12T10:00:00Z"],
    "arm": ["trust", None],
    "cohort": ["2020", None, "a:b,c"],
    "cluster": ["4b", None, "null"],
}
WRONG = ["", "42", "2021-13", ["parents", "parents"], True, None, 7, {}]
REQUIRED = [name for name in RIGHT if name not in {"arm", "cohort", "cluster"}]
spaces = st.sampled_from(["", "", " ", "\n"])


@st.composite
def spelled_observations(draw):
    """Objects whose keys stand there any number of times, most often once, with values of which one may be wrong."""
    more = draw(st.lists(st.sampled_from(["arm", "cohort", "cluster"]), max_size=3, unique=True))
    again = draw(st.lists(st.sampled_from(sorted(RIGHT)), max_size=1))
    names = draw(st.permutations([*REQUIRED, *more, *again]))
    values = [draw(st.sampled_from(RIGHT[name])) for name in names]
    if draw(st.booleans()):
        values[draw(st.integers(0, len(values) - 1))] = draw(st.sampled_from(WRONG))
    pairs = zip(names, values, strict=True)
    gap = draw(spaces)
    return ("{" + ",".join(f"{gap}{json.dumps(name)}{gap}:{json.dumps(value)}" for name, value in pairs) + "}").encode()


@given(spelled_observations())
def test_the_shortcut_takes_only_what_the_thorough_reading_takes(value):
    record = decoder._OBSERVATION(value)
    if record is not None:
        assert read_thoroughly(value, decoder._SCHEMAS, decoder._KINDS) == record


@given(observations, ways_of_writing, st.sampled_from(sorted(RIGHT)), st.data())
def test_a_key_that_stands_twice_is_never_passed_over(record, write, name, data):
    value = write(plain(record))
    assume(json.dumps(name).encode() in value)
    again = json.dumps({name: data.draw(st.sampled_from(RIGHT[name]))}).encode()
    assert "duplicate_key" in {each.code for each in refusal(again[:-1] + b"," + value[1:])}


@given(codes.filter(lambda text: not set(text) <= set("0123456789abcdef")))
def test_a_refusal_tells_of_a_unit_no_more_than_its_length(text):
    said = [
        [str(reason) for reason in refusal(json.dumps({"unit": unit}).encode())] for unit in (text, "x" * len(text))
    ]
    assert said[0] == said[1]
