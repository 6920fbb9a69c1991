"""The shortcut: what it has seen of codes and forms never lets it say yes to anything else."""

from dataclasses import replace

import pytest

from contracts.decoder import decode
from contracts.errors import ContractError
from contracts.odcs import load_contract
from contracts.records import Observation
from contracts.shortcut import Shortcut
from contracts.values import pattern_of

ID, UNIT, TIME = "0b9f5a3e-3c55-4f4e-9d3f-6b1f7a1c2d10", "5d41402abc4b2a76", "2021-04-12T10:00:00.123456789+02:00"


def written(*, observation_id=ID, unit=UNIT, observed_at=TIME, more=""):
    return (
        f'{{"observation_id":"{observation_id}","policy":"trial","indicator":"work","unit":"{unit}","region":"north",'
        f'"groups":["parents"],"period":"2021-04","value":1,"observed_at":"{observed_at}"{more}}}'
    ).encode()


def is_refused(value):
    try:
        decode(value)
    except ContractError:
        return True
    return False


@pytest.mark.parametrize("n_decimals", range(10))
@pytest.mark.parametrize("offset", ["Z", "+02:00"])
def test_a_letter_is_no_digit_of_a_time_whatever_was_seen_before(n_decimals, offset):
    time = f"2021-04-12T10:00:00{'.' if n_decimals else ''}{'123456789'[:n_decimals]}{offset}"
    assert not is_refused(written(observed_at=time))
    for place, digit in enumerate(time):
        if digit.isdigit():
            for letter in "abcdefABCDEF":
                assert is_refused(written(observed_at=time[:place] + letter + time[place + 1 :]))


def test_a_capital_is_no_digit_of_a_pseudonym_whatever_was_seen_before():
    assert not is_refused(written(unit="a" * 16))
    assert not is_refused(written(observation_id=ID.upper()))
    assert is_refused(written(unit="A" * 16))


@pytest.mark.parametrize("wrong", [UNIT + "\\n", UNIT[:-1], UNIT + "/", UNIT[:8] + "-" + UNIT[8:], UNIT + "é"])
def test_a_pseudonym_of_another_form_is_refused_whatever_was_seen_before(wrong):
    assert not is_refused(written())
    assert is_refused(written(unit=wrong))


def test_an_expression_that_tells_digits_apart_is_asked_about_every_text():
    schema = load_contract("observation").schema
    only_decimal = [
        replace(each, shape=replace(each.shape, pattern="(?:[0-9]{16})")) if each.name == "unit" else each
        for each in schema.properties
    ]
    shortcut = Shortcut(replace(schema, properties=tuple(only_decimal)), Observation)
    assert shortcut(written(unit="1" * 16)) is not None
    assert shortcut(written(unit="a" * 16)) is None
    assert [pattern_of(each.shape) for each in only_decimal if each.name == "unit"] == ["(?:[0-9]{16})"]


def test_a_key_that_stands_twice_is_seen_beside_one_that_is_left_out():
    assert not is_refused(written(more=',"arm":"trust"'))
    for again in (',"arm":"trust","arm":"trust"', ',"arm":"trust","region":"north"', ',"value":1,"value":1'):
        assert is_refused(written(more=again))


def test_a_code_that_was_seen_in_one_field_is_a_period_in_none():
    assert not is_refused(written(more=',"cohort":"2021-13"'))
    assert is_refused(written().replace(b'"2021-04",', b'"2021-13",'))
