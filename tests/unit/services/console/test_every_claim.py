"""Every kind of claim, in either direction and either language, is one sentence with its figures."""

import re
from dataclasses import replace
from typing import get_args

import pytest

from contracts.evidence import Claim
from contracts.plan import CumulationClaim, PairsClaim
from infra.postgres.reading import StoredSignal
from services.console.comparing import comparing
from services.console.languages import LANGUAGES
from services.console.names import Names
from services.console.sentences import Sentences
from services.console.subjects import about
from services.console.titles import title
from services.console.words import MINUS, Words, quoted

ONE_DIRECTION = {
    **dict.fromkeys(("divergence", "effects_differ", "average_hides", "trade_off", "later", "cumulation"), ("worse",)),
    "co_benefit": ("better",),
}
KINDS = [(claim, towards) for claim in get_args(Claim) for towards in ONE_DIRECTION.get(claim, ("worse", "better"))]
PAIRS = ("trade_off", "co_benefit", "later")
COMBINED = tuple(ONE_DIRECTION)
EVERY_LANGUAGE = pytest.mark.parametrize("language", ["nl", "en"])
EVERY_KIND = pytest.mark.parametrize(("claim", "towards"), KINDS, ids=["-".join(kind) for kind in KINDS])
IN_POINTS = {"nl": "6,1 procentpunt; 2,0 tot 10,2", "en": "6.1 percentage points; 2.0 to 10.2"}


@pytest.fixture(scope="module")
def whole_plan(plan):
    """The plan with a floor, an outcome in values, and every claim."""
    work, arrears, trust = plan.indicators
    wage = replace(
        trust, id="wage", type="continuous", low=0.0, high=50.0, decimals=2, relevant_difference=0.5, role="context"
    )
    claims = replace(
        plan.claims,
        level=True,
        trade_off=PairsClaim((("part_time_work", "trust"),)),
        cumulation=CumulationClaim(at_least=2),
    )
    return replace(plan, indicators=(replace(work, floor=0.3), arrears, trust, wage), claims=claims)


@pytest.fixture
def row_of(make_row):
    """A standing row of a claim, with all that such a row has."""

    def made(claim, towards, **changes):
        facts = {
            "claim": claim,
            "stands": towards,
            "state": "standing",
            "difference": 0.061,
            "difference_lower": 0.0204,
            "difference_upper": 0.1021,
        }
        if claim in PAIRS:
            facts["other_indicator"] = "trust"
        if claim in COMBINED:
            facts |= {"other_difference": -0.053, "other_difference_lower": -0.099, "other_difference_upper": -0.008}
        if claim == "cumulation":
            facts |= {"indicator": "all", "difference": None, "estimate": None, "other_difference": None}
        if claim in {"level", "elsewhere", "roll_out"}:
            facts |= {"arm": "all", "n_a": 0, "k_a": 0} if claim == "level" else {"arm": "all"}
        if claim == "elsewhere":
            facts |= {"region": "GM0141", "group": "all", "guarantee": "descriptive", "placebos": (1, 4)}
        return make_row(**{**facts, **changes})

    return made


@pytest.fixture
def say(whole_plan):
    """Function from a row, a language and a direction to the sentence."""

    def said(row, language, direction=None, plan=whole_plan):
        return Sentences(plan, Names(plan, language), Words(LANGUAGES[language])).of(row, direction)

    return said


@EVERY_LANGUAGE
@EVERY_KIND
def test_a_sentence_names_what_for_whom_and_how_much(say, row_of, whole_plan, *, claim, towards, language):
    row, names = row_of(claim, towards), Names(whole_plan, language)
    sentence = say(row, language)
    assert sentence.endswith(".")
    assert sentence.strip(quoted(""))[0].isupper()
    if claim == "cumulation":
        assert "300" in sentence
        assert re.search(r"\b2\b.*\b3\b", sentence)
    else:
        assert names.indicator("part_time_work").casefold() in sentence.casefold()
        assert IN_POINTS[language] in sentence
    if row.arm != "all":
        assert row.arm in sentence.casefold()
    if row.group != "all":
        assert names.group(row.group) in sentence
    if claim in PAIRS:
        assert names.indicator("trust") in sentence
    if claim in COMBINED and claim != "cumulation":
        assert MINUS + {"nl": "5,3", "en": "5.3"}[language] in sentence


@EVERY_KIND
def test_both_languages_say_it_in_words_of_their_own_and_never_significant(say, row_of, claim, towards):
    row = row_of(claim, towards)
    dutch, english = say(row, "nl"), say(row, "en")
    assert dutch != english
    assert not re.search(r"signific|p-waarde|p-value", dutch + english, re.IGNORECASE)
    assert "{" not in dutch + english
    assert not re.search(r"\b(voor|maar|gaat|wordt|bij)\b", english)


@EVERY_LANGUAGE
@EVERY_KIND
def test_the_two_directions_are_told_apart(say, row_of, claim, towards, language):
    if claim not in {*ONE_DIRECTION, "roll_out"}:
        other = "better" if towards == "worse" else "worse"
        assert say(row_of(claim, towards), language) != say(row_of(claim, other), language)


def test_a_roll_out_is_described_and_never_called_possible_or_unseen(say, row_of):
    for difference in (-0.04, 0.04):
        row = row_of("roll_out", None, difference=difference, log_e_worse=0.0, log_e_better=0.0, state="watching")
        assert say(row, "nl").startswith("Waar het beleid begon, verschilt ")


def test_a_divergence_reads_as_people_would_say_it(say, row_of):
    row = row_of(
        "divergence",
        "worse",
        difference=-0.053,
        difference_lower=-0.099,
        difference_upper=-0.008,
        other_difference=0.061,
        other_difference_lower=0.0204,
        other_difference_upper=0.1021,
    )
    assert say(row, "nl") == (
        f"Exemption helpt bij {quoted('werkt in deeltijd')} de rest (+6,1 procentpunt; 2,0 tot 10,2), "
        f"maar schaadt alleenstaande ouders ({MINUS}5,3 procentpunt; {MINUS}9,9 tot {MINUS}0,8)."
    )


def test_values_are_told_in_their_own_unit(say, row_of, make_row):
    row = make_row(
        indicator="wage",
        stands="worse",
        k_a=4210.5,
        k_b=3900.25,
        scale="difference",
        difference=-1.034,
        difference_lower=-1.9,
        difference_upper=-0.2,
    )
    assert f"({MINUS}1.03; {MINUS}1.90 to {MINUS}0.20)" in say(row, "en")
    assert "point" not in say(row, "en")


def test_a_level_names_where_people_are_and_the_limit(say, row_of):
    below = say(row_of("level", "worse", difference=-0.08), "nl")
    assert "op 22 van de 100, onder de grens van 30 van de 100" in below


def test_a_target_is_no_floor(say, row_of, whole_plan):
    aimed = replace(whole_plan, indicators=(replace(whole_plan.indicators[0], floor=None, target=0.5),))
    assert "onder het streven van 50 van de 100" in say(row_of("level", "worse"), "nl", plan=aimed)


@pytest.mark.parametrize(("towards", "word"), [("worse", "vaker"), ("better", "minder vaak")])
def test_missing_outcomes_are_told_as_missing(say, make_row, plan, towards, word):
    timed = replace(plan, indicators=tuple(replace(each, maturity=plan.follow_up) for each in plan.indicators))
    row = make_row(indicator="part_time_work.missing", group="all", stands=towards)
    sentence = say(row, "nl", plan=timed)
    assert sentence.startswith(f"Met exemption ontbreekt {quoted('werkt in deeltijd')} {word} dan met control (")


def test_what_does_not_stand_is_only_possible(say, row_of):
    quiet = {"stands": None, "state": "watching", "log_e_worse": 1.0}
    assert say(row_of("divergence", None, **quiet), "nl").startswith("Mogelijk: exemption helpt")
    began = {"stands": None, "recent": "worse", "began": 7}
    assert say(row_of("gap", None, **began), "nl").startswith("Begonnen rond weging 7: ")


def test_a_signal_speaks_of_its_own_direction(say, row_of):
    row = row_of("effect", "better", recent="worse")
    assert "slechter" in say(row, "nl", "worse")
    assert "beter" in say(row, "nl", "better")


def test_a_region_is_named_first(say, row_of):
    assert say(row_of("effect", "worse", region="GM0344"), "nl").startswith("In GM0344: exemption pakt ")


def test_what_is_descriptive_says_so_with_what_it_is_laid_beside(say, row_of):
    sentence = say(row_of("elsewhere", "worse"), "nl")
    assert "beschrijvend: in 1 van 4 vergelijkingsgebieden was het verschil minstens zo groot" in sentence
    assert "descriptive" in say(row_of("roll_out", "worse", guarantee="descriptive"), "en")
    assert "1 of 4" in say(row_of("roll_out", "worse", guarantee="descriptive", placebos=(1, 4)), "en")


@EVERY_KIND
def test_where_too_few_people_are_no_figure_is_told(say, row_of, claim, towards):
    small = row_of(claim, towards, n_b=9, k_b=4)
    assert "te weinig mensen" in say(small, "nl") or "niet tonen" in say(small, "nl")
    assert "procentpunt" not in say(small, "nl")


@EVERY_LANGUAGE
@pytest.mark.parametrize("code", ["too_early", "too_few", "descriptive", "not_identified"])
def test_every_reason_has_plain_words(whole_plan, row_of, code, language):
    sentences = Sentences(whole_plan, Names(whole_plan, language), Words(LANGUAGES[language]))
    plain = sentences.reason(row_of("gap", None, reason=f"{code}: something in English"))
    assert plain.endswith(".")
    assert code not in plain
    assert sentences.reason(row_of("gap", None)) is None


# Headings, and what is compared with what


def signal_of(row, towards):
    values = dict.fromkeys(StoredSignal.__slots__)
    named = ("claim", "indicator", "other_indicator", "arm", "region", "group")
    return StoredSignal(**{**values, **{name: getattr(row, name) for name in named}, "direction": towards})


@EVERY_LANGUAGE
@EVERY_KIND
def test_a_heading_has_no_figures_and_names_what_it_is_about(row_of, whole_plan, claim, towards, language):
    names, words = Names(whole_plan, language), Words(LANGUAGES[language])
    row = row_of(claim, towards)
    subject = about(signal_of(row, towards), whole_plan, names)
    heading = title(subject, words.say)
    assert "{" not in heading
    assert not re.search(r"\d", heading.replace("GM0141", ""))
    assert claim == "cumulation" or names.indicator("part_time_work") in heading
    compared = comparing(subject, whole_plan, names, words.say)
    assert compared.how.endswith(".")
    assert (compared.reference == "") == (claim == "level")
    assert compared.figure
    assert "{" not in compared.figure + compared.how
