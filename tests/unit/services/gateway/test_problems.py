"""Problems are told in Dutch and in English."""

import json
from string import Formatter

import pytest

from services.gateway.language import language_of
from services.gateway.problem_kinds import KINDS
from services.gateway.problems import Problem, later

SLOTS = {"key": "k", "limit": 1, "seen": 1, "allowed": "a", "fault": "f", "line": 2}


@pytest.mark.parametrize("name", KINDS)
def test_every_kind_has_both_languages_with_the_same_slots(name):
    kind = KINDS[name]
    dutch, english = (set(slots(text)) for text in (kind.detail.nl, kind.detail.en))
    assert dutch == english <= SLOTS.keys()
    assert kind.title.nl
    assert kind.title.en
    for language in ("nl", "en"):
        answer = Problem(name, **SLOTS).response(language)
        told = json.loads(answer.body)
        assert told["type"] == f"urn:leerlus:problem:{name}"
        assert told["title"] == kind.title.in_language(language)
        assert told["status"] == answer.status_code == kind.status
        assert answer.headers["content-language"] == language


def slots(text):
    return [name for _, name, _, _ in Formatter().parse(text) if name]


@pytest.mark.parametrize(
    ("accepted", "language"),
    [
        ("", "nl"),
        ("*", "nl"),
        ("fr", "nl"),
        ("en", "en"),
        ("en-GB,en;q=0.9", "en"),
        ("nl-NL,nl;q=0.9,en;q=0.8", "nl"),
        ("nl;q=0.5, en;q=0.7", "en"),
        ("en;q=x", "nl"),
        ("en;q=0", "nl"),
        ("," * 10_000, "nl"),
    ],
)
def test_the_language_is_dutch_unless_english_is_preferred(accepted, language):
    assert language_of(accepted) == language


@pytest.mark.parametrize(("seconds", "told"), [(0.2, "1"), (1.0, "1"), (1.01, "2"), (59.5, "60")])
def test_a_wait_is_told_in_whole_seconds(seconds, told):
    assert later("busy", seconds).headers["Retry-After"] == told
