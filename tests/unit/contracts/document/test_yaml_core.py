"""YAML without surprises: the core schema of YAML 1.2, the line of every key, and no more than a plain document."""

import math

import pytest

from contracts.document.yaml import read_yaml
from contracts.errors import PlanError


def value_of(text):
    document, duplicates = read_yaml(text)
    assert not duplicates
    return document.plain()


def refusal_of(text):
    with pytest.raises(PlanError) as refused:
        read_yaml(text)
    (problem,) = refused.value.problems
    return problem


@pytest.mark.parametrize(
    ("written", "means"),
    [
        ("2017-10", "2017-10"),
        ("2017-10-01", "2017-10-01"),
        ("12:30:45", "12:30:45"),
        ("yes", "yes"),
        ("No", "No"),
        ("on", "on"),
        ("1_000", "1_000"),
        ("=", "="),
        ("true", True),
        ("FALSE", False),
        ("null", None),
        ("~", None),
        ("", None),
        ("0150", 150),
        ("-12", -12),
        ("0o17", 15),
        ("0xff", 255),
        ("0b1", "0b1"),
        ("1.0", 1.0),
        (".5", 0.5),
        ("1e-05", 1e-05),
        ("-.inf", -math.inf),
        ("'12'", "12"),
        ('"true"', "true"),
        ("1" + "0" * 20, 1e20),
        ("GM0150", "GM0150"),
    ],
)
def test_a_plain_scalar_means_what_the_core_schema_says(written, means):
    found = value_of(f"key: {written}")["key"]
    assert (found, type(found)) == (means, type(means))


def test_not_a_number_is_read_as_such_and_left_to_the_reader_of_numbers():
    assert math.isnan(value_of("[.nan]")[0])


def test_keys_are_text_whatever_they_look_like():
    assert value_of("{1: a, true: b, null: c, 2017-10: d, <<: e}") == {
        "1": "a",
        "true": "b",
        "null": "c",
        "2017-10": "d",
        "<<": "e",
    }


def test_every_value_knows_its_place_and_the_line_of_its_key():
    document, _ = read_yaml("a: 1\nlist:\n  - x: 1\n    y:\n      2\n  -\n    - 3\n")
    found = {each.place: each.line for each in [*document.at("list", "*", "y"), *document.at("list", 1, 0)]}
    assert found == {"list[0].y": 4, "list[1][0]": 7}


def test_a_problem_is_put_at_the_nearest_line_that_is_written():
    document, _ = read_yaml("a: 1\nlist:\n  - x: 1\n")
    problem = document.problem("missing", "list", 0, "y", "z")
    assert (problem.place, problem.line) == ("list[0].y.z", 3)


def test_a_key_that_stands_twice_is_reported_and_the_first_kept():
    document, duplicates = read_yaml("a: 1\nb:\n  c: 1\n  c: 2\na: 3\n")
    assert document.plain() == {"a": 1, "b": {"c": 1}}
    assert [(each.place, each.line) for each in duplicates] == [("b.c", 4), ("a", 5)]
    assert duplicates[0].message == "this key stands here twice; it was first given at line 3"


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        ("", None, "the file is empty"),
        ("# nothing\n", None, "the file is empty"),
        ("a: 1\n---\nb: 2\n", 2, "a second document"),
        ("a: &name 1\n", 1, "anchors"),
        ("a: &name {b: 1}\n", 1, "anchors"),
        ("&name a: 1\n", 1, "anchors"),
        ("a: 1\nb: *name\n", 2, "aliases"),
        ("a: !!str 1\n", 1, "tags"),
        ("a: !!python/object:os.system {}\n", 1, "tags"),
        ("? [a]\n: 1\n", 1, "a key must be plain text"),
        ("a: [1\nb: 2\n", 2, "this is no YAML"),
        ("a: 1\n\tb: 2\n", 2, "this is no YAML"),
        ("a: 1\nb: \x01\n", 2, "this is no YAML"),
        ('a: "\\ud800"\n', 1, "half a character"),
        ('a: "\\Uffffffff"\n', None, "this is no YAML"),
        ("a: " + "[" * 20 + "]" * 20, 1, "nested deeper than"),
        ("[" * 50_000, 1, "nested deeper than"),
    ],
)
def test_what_surprises_is_refused_at_its_line(text, line, says):
    problem = refusal_of(text)
    assert problem.line == line
    assert says in problem.message


def test_a_byte_order_mark_is_not_content():
    assert value_of("\ufeffa: 1\n") == {"a": 1}
