"""Rows of a CSV become the records that they stand for."""

import io
import json

import pytest

from contracts.csv_rows import DECIMALS, PARTS, TableError, advised, rows_of
from contracts.decoder import decode
from contracts.errors import ContractError
from contracts.records import Enrolment, Observation

HEADER = "observation_id,policy,indicator,unit,region,groups,period,value,observed_at"
ID, UNIT = "7fa62cd2-d6e5-5a0c-b544-a46a518922f4", "0" * 32
ROW = f"{ID},trial,work,{UNIT},north,parents|older,2020-01,1,2020-02-01T12:00:00Z"


def rows(*lines, end="\n"):
    text = end.join(lines)
    return list(rows_of(io.StringIO(text, newline="")))


def record(line=ROW, header=HEADER):
    ((_, value),) = rows(header, line)
    return json.loads(value)


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("delimiter", [",", ";"])
def test_a_row_is_an_observation_whatever_separates_columns_and_lines(end, delimiter):
    ((number, value),) = rows(HEADER.replace(",", delimiter), ROW.replace(",", delimiter), end=end)
    found = decode(value)
    assert isinstance(found, Observation)
    assert (number, found.groups, found.value, found.arm) == (2, ("parents", "older"), 1.0, None)


def test_a_header_with_a_start_names_enrolments():
    header = "policy,unit,start,region,groups,arm"
    ((_, value),) = rows(header, f"trial,{UNIT},2020-01-01,north,,trust")
    assert decode(value) == Enrolment("trial", UNIT, "2020-01-01", "north", (), "trust")


def test_an_empty_cell_is_a_field_left_out_and_groups_may_be_empty():
    assert "value" not in record(ROW.replace(",1,", ",,"))
    assert record(ROW.replace("parents|older", ""))["groups"] == []
    short = record(f"{ID},trial,work,{UNIT},north")
    assert (short["groups"], "period" in short) == ([], False)


@pytest.mark.parametrize(
    ("cell", "written"),
    [
        ("1", "1"),
        ("0.10", "0.10"),
        ("-2.5e3", "-2.5e3"),
        ("12345678901234567890.123456789", "12345678901234567890.123456789"),
        ("1_000", '"1_000"'),
        ("nan", '"nan"'),
        ("Infinity", '"Infinity"'),
        ("007", '"007"'),
        (" 1", '" 1"'),
        ("\u0661", '"\u0661"'),
        ("yes", '"yes"'),
    ],
)
def test_a_number_is_written_as_it_stood_and_what_is_none_stays_text(cell, written):
    ((_, value),) = rows(HEADER, ROW.replace(",1,", f",{cell},"))
    assert f'"value":{written},'.encode() in value


@pytest.mark.parametrize("cell", ['"3,5"', '"1.234,5"', '"1,000"'])
def test_a_decimal_comma_is_refused_with_advice(cell):
    ((_, value),) = rows(HEADER, ROW.replace(",1,", f",{cell},"))
    with pytest.raises(ContractError) as caught:
        decode(value)
    (reason,) = advised(caught.value.reasons)
    assert (reason.code, reason.place) == ("wrong_type", "value")
    assert reason.message.endswith(DECIMALS)


@pytest.mark.parametrize("cell", ["parents | older", " parents|older "])
def test_white_space_around_a_group_is_no_part_of_it(cell):
    assert record(ROW.replace("parents|older", cell))["groups"] == ["parents", "older"]


@pytest.mark.parametrize(
    ("cell", "places"), [("parents|", [1]), ("|older", [0]), ("parents||older", [1]), ("a| ", [1])]
)
def test_an_empty_group_is_refused_with_advice(cell, places):
    ((_, value),) = rows(HEADER, ROW.replace("parents|older", cell))
    with pytest.raises(ContractError) as caught:
        decode(value)
    reasons = advised(caught.value.reasons)
    assert [reason.place for reason in reasons] == [f"groups[{place}]" for place in places]
    assert all(reason.message.endswith(PARTS) for reason in reasons)


def test_another_wrong_group_is_refused_without_that_advice():
    ((_, value),) = rows(HEADER, ROW.replace("parents|older", "g" * 300))
    with pytest.raises(ContractError) as caught:
        decode(value)
    assert advised(caught.value.reasons) == tuple(caught.value.reasons)


@pytest.mark.parametrize("delimiter", [",", ";"])
def test_rows_of_separators_only_are_passed_over_and_lines_keep_their_numbers(delimiter):
    lines = [line.replace(",", delimiter) for line in (HEADER, ",,,,,,,,", ROW, ",", "", ROW, ",,,,,,,,")]
    assert [number for number, _ in rows(*lines)] == [3, 6]


def test_a_row_with_more_cells_than_columns_is_refused_by_its_contract():
    ((_, value),) = rows(HEADER, ROW + ",extra")
    with pytest.raises(ContractError) as caught:
        decode(value)
    assert [reason.code for reason in caught.value.reasons] == ["unknown_field"]


def test_bytes_that_are_no_utf8_are_handed_on_as_they_were():
    text = f"{HEADER}\n{ROW}".encode().replace(b"north", b"no\xffth").decode("utf-8", "surrogateescape")
    ((_, value),) = rows_of(io.StringIO(text, newline=""))
    assert b'"region":"no\xffth"' in value


def test_a_row_is_known_by_the_line_on_which_it_ends():
    quoted = ROW.replace("north", '"no\nrth"')
    assert [number for number, _ in rows(HEADER, "", ROW, quoted, ROW)] == [3, 5, 6]


@pytest.mark.parametrize(
    ("header", "told"),
    [
        (HEADER.replace("period", "Period"), ['unknown_column: seen "Period", did you mean period?', "missing_column"]),
        (HEADER.replace("region,", ""), ["missing_column at region"]),
        (HEADER + ",value", ["repeated_column at value"]),
        (HEADER.replace(",", "\t"), ["unknown_column", "missing_column at unit"]),
        ("", ["missing_column at observation_id"]),
        ("policy,unit,start", ["missing_column at region", "missing_column at groups"]),
    ],
)
def test_a_wrong_header_is_refused_with_every_reason_and_the_nearest_name(header, told):
    with pytest.raises(TableError) as caught:
        rows(header, ROW)
    assert caught.value.line == 1
    assert all(each in str(caught.value) for each in told), str(caught.value)


@pytest.mark.parametrize("broken", ['"', 'a"b,"c"d', '"a'])
def test_a_row_that_cannot_be_cut_into_cells_is_refused_with_its_line(broken):
    if broken == 'a"b,"c"d':
        broken = f'"{ID}"x' + ROW[len(ID) :]
    with pytest.raises(TableError) as caught:
        rows(HEADER, ROW, broken)
    assert caught.value.line == 3
