"""Verdicts in sentences, in both languages: what an outcome does, what was expected, and how places differ."""

from dataclasses import replace

import pytest

from services.console.figures import Mark
from services.console.languages import LANGUAGES
from services.console.names import Names
from services.console.verdict_lines import VerdictLines
from services.console.words import APOSTROPHE, MINUS, Words
from services.verdicts import told

SMALL = {"n_b": 9, "k_b": 4}


@pytest.fixture
def effect(make_row):
    """A row about everyone with an exemption: nothing stands, unless told otherwise."""
    return lambda **facts: make_row(**{"group": "all"} | facts)


@pytest.fixture
def expecting(plan):
    """The plan, with a range that was expected of an exemption."""
    first = replace(plan.indicators[0], expected=(("exemption", 0.0, 0.05),))
    return replace(plan, indicators=(first, *plan.indicators[1:]))


@pytest.fixture
def line(expecting):
    """The verdict on an exemption and part-time work by some rows, in a language."""

    def said(*rows, language="nl", plan=expecting):
        verdict = next(
            each for each in told(rows, plan) if (each.indicator, each.arm) == ("part_time_work", "exemption")
        )
        return _typed(VerdictLines(plan, Names(plan, language), Words(LANGUAGES[language])).of(verdict))

    return said


def _typed(line):
    """Return a line with the marks of a keyboard for those of a printer."""
    marks = {ord(MINUS): "-", 0x2018: "'", ord(APOSTROPHE): "'"}
    notes = tuple(note.translate(marks) for note in line.notes)
    return replace(line, sentence=line.sentence.translate(marks), notes=notes)


def test_what_stands_is_said_with_its_interval_and_what_was_expected(line, effect):
    found = line(effect(stands="worse", state="standing", difference_upper=-0.004))
    assert found.sentence == (
        "Exemption pakt bij 'werkt in deeltijd' slechter uit dan control (-3,0 procentpunt; -12,0 tot -0,4)."
    )
    assert found.marks == (Mark.WORSE,)
    assert found.notes == ("Vooraf verwacht: 0,0 tot 5,0 procentpunt; wat we zien, ligt eronder.",)


def test_where_nothing_stands_it_is_said_what_could_not_be_seen(line, effect):
    found = line(effect(), language="en")
    assert found.sentence.startswith("No difference between exemption and control is seen in 'works part-time' (-3.0")
    assert found.marks == (Mark.NO_DIFFERENCE,)
    assert "A difference could be seen from about 8.0 percentage points; it matters from 5.0 percentage points." in (
        found.notes
    )


def test_a_difference_that_matters_is_ruled_out_by_an_interval_inside_it(line, effect):
    found = line(effect(difference=0.0, difference_lower=-0.02, difference_upper=0.03))
    assert "niet zoveel dat het ertoe doet" in found.sentence
    assert found.notes == ("Vooraf verwacht: 0,0 tot 5,0 procentpunt; of dat uitkomt, is nog niet te zeggen.",)


def test_a_mixed_verdict_names_who_is_worse_off_and_that_the_rest_is_not(line, effect):
    stands = {"stands": "worse", "state": "standing", "group": "single_parent"}
    found = line(effect(), effect(claim="divergence", **stands), effect(region="GM0344", **stands))
    assert (found.is_mixed, found.marks) == (True, (Mark.WORSE, Mark.BETTER))
    assert found.notes[0] == (
        "Staat vast voor alleenstaande ouders (slechter), de rest (beter) en alleenstaande ouders in GM0344 (slechter)."
    )


def test_of_a_small_cell_no_figure_is_told(line, effect):
    found = line(effect(stands="worse", state="standing", **SMALL))
    assert "te weinig mensen om cijfers te tonen" in found.sentence
    assert not any("procentpunt" in note for note in found.notes if not note.startswith("Vooraf"))


@pytest.mark.parametrize("language", ["nl", "en"])
@pytest.mark.parametrize("code", ["too_early", "too_few", "descriptive", "not_identified"])
def test_why_there_is_no_verdict_is_said_in_plain_words(line, effect, code, language):
    facts = {"guarantee": "descriptive"} if code in {"descriptive", "not_identified"} else {"state": "too_early"}
    found = line(effect(reason=f"{code}: something", **facts), language=language)
    assert found.marks == (Mark.TOO_EARLY,)
    assert "{" not in found.sentence
    assert "_" not in found.sentence


def test_places_are_laid_together_and_may_differ(line, effect):
    agree = [effect(region=region) for region in ("GM0014", "GM0344")]
    differ = [effect(region="GM0014", k_b=150), effect(region="GM0344", k_b=30), effect(region="GM0855")]
    assert line(effect(), *agree).notes[-2:] == (
        "Gemiddeld over 2 plaatsen, bij benadering: -3,0; -34,1 tot 28,1 procentpunt.",
        "De plaatsen verschillen niet meer dan het toeval zou doen.",
    )
    assert line(effect(), *differ).notes[-1].startswith("Gemiddeld over 3 plaatsen")


@pytest.mark.parametrize("language", ["nl", "en"])
def test_no_verdict_speaks_of_significance(line, effect, language):
    for row in (effect(), effect(stands="better", state="standing"), effect(stands="worse", state="standing")):
        found = line(row, language=language)
        assert "signific" not in " ".join((found.sentence, *found.notes))
