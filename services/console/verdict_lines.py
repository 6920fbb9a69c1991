"""Verdicts in sentences: what an outcome does with an arm, what was expected of it, and how places differ."""

from collections.abc import Iterator
from dataclasses import dataclass

from contracts.evidence import POOLED, Direction
from contracts.figures import Shown
from contracts.plan import Plan
from services.console.figures import Mark
from services.console.names import Names
from services.console.units import Unit, unit_of
from services.console.words import Words, capital, quoted
from services.console.written import WrittenFigures
from services.verdicts import Standing, ToldVerdict

_MARKS = {"better": Mark.BETTER, "worse": Mark.WORSE}
_LARGEST_SHARE = 1.0


@dataclass(frozen=True, slots=True)
class VerdictLine:
    """One verdict.

    Attributes:
        is_mixed: Whether it is another for some than for everyone.
        marks: What it comes down to; of a mixed one each way in which it stands.
        sentence: What it says, with its interval.
        notes: Where it stands, what was expected, what cannot be seen yet, and the view across places.
    """

    is_mixed: bool
    marks: tuple[Mark, ...]
    sentence: str
    notes: tuple[str, ...]


class VerdictLines:
    """Says verdicts in one language.

    Args:
        plan: Of the policy.
        names: Its names in that language.
        words: That language.
    """

    def __init__(self, plan: Plan, names: Names, words: Words) -> None:
        self._plan, self._names, self._words, self.say = plan, names, words, words.say
        self._figures = WrittenFigures(words)

    def of(self, verdict: ToldVerdict) -> VerdictLine:
        """Return what a verdict says."""
        return VerdictLine(
            verdict.word == "mixed", _marks(verdict), self._sentence(verdict), tuple(self._notes(verdict))
        )

    def _sentence(self, verdict: ToldVerdict) -> str:
        parts = {
            "what": quoted(self._names.indicator(verdict.indicator)),
            "arm": self._names.arm(verdict.arm),
            "reference": "" if self._plan.arms is None else self._names.arm(self._plan.arms.reference),
            "own": self._own(verdict),
        }
        text = self._early(verdict) if verdict.word == "too_early" else self._given(verdict)
        return capital(text.format(**parts)) + "."

    def _given(self, verdict: ToldVerdict) -> str:
        say = self.say
        if verdict.word == "no_difference_seen":
            if verdict.rules_out_relevant:
                return say("{arm} en {reference} verschillen bij {what} niet zoveel dat het ertoe doet ({own})")
            return say("tussen {arm} en {reference} is bij {what} geen verschil gezien ({own})")
        texts = {
            "stands": say("{arm} pakt bij {what} beter uit dan {reference} ({own})")
            if verdict.word == "better"
            else say("{arm} pakt bij {what} slechter uit dan {reference} ({own})"),
            "stands_both_ways": say(
                "{arm} pakt bij {what} voor de een beter en voor de ander slechter uit (iedereen samen: {own})"
            ),
            "stands_somewhere_only": say(
                "{arm} maakt bij {what} voor een deel van de mensen verschil (iedereen samen: {own})"
            ),
        }
        return texts[verdict.why]

    def _early(self, verdict: ToldVerdict) -> str:
        say = self.say
        texts = {
            "too_early": say("voor een oordeel over {arm} bij {what} is het nog te vroeg"),
            "too_few": say("voor een oordeel over {arm} bij {what} doen er te weinig mee"),
            "descriptive": say("over {arm} bij {what} is er een beschrijving en geen oordeel ({own})"),
            "not_identified": say("over {arm} bij {what} is geen oordeel mogelijk: er is geen eerlijke vergelijking"),
        }
        return texts[verdict.why]

    def _notes(self, verdict: ToldVerdict) -> Iterator[str]:
        say, unit = self.say, self._unit(verdict)
        if verdict.word == "mixed":
            yield say("Staat vast voor {whom}.").format(whom=self._whom(verdict))
        yield from self._expected(verdict, unit)
        is_open = verdict.word not in _MARKS and not verdict.rules_out_relevant
        if verdict.smallest_visible is not None and is_open:
            yield say("Te zien was een verschil vanaf ongeveer {size}; ertoe doet het vanaf {matters}.").format(
                size=self._size(verdict.smallest_visible, unit), matters=self._size(verdict.relevant_difference, unit)
            )
        yield from self._across(verdict, unit)

    def _expected(self, verdict: ToldVerdict, unit: Unit) -> Iterator[str]:
        say, expected = self.say, verdict.expected
        if expected is None:
            return
        seen = {
            "inside": say("dat is wat we zien"),
            "below": say("wat we zien, ligt eronder"),
            "above": say("wat we zien, ligt erboven"),
            "uncertain": say("of dat uitkomt, is nog niet te zeggen"),
        }
        span = self._span(expected.low, expected.high, unit)
        yield say("Vooraf verwacht: {span}; {seen}.").format(span=span, seen=seen[expected.seen])

    def _across(self, verdict: ToldVerdict, unit: Unit) -> Iterator[str]:
        say, sites = self.say, verdict.sites
        if sites is None:
            return
        mean = self._words.bare(sites.estimate, unit, sign=True)
        span = self._span(sites.lower, sites.upper, unit)
        yield say("Gemiddeld over {n} plaatsen, bij benadering: {mean}; {span}.").format(
            n=self._words.number(sites.n_sites), mean=mean, span=span
        )
        if not sites.tau2:
            yield say("De plaatsen verschillen niet meer dan het toeval zou doen.")
        elif max(-sites.predicted_lower, sites.predicted_upper) < _LARGEST_SHARE:
            ahead = self._span(sites.predicted_lower, sites.predicted_upper, unit)
            yield say("In één volgende plaats: {span}.").format(span=ahead)

    def _whom(self, verdict: ToldVerdict) -> str:
        """Return whom and where it stands for, each with which way."""
        named = (
            f"{self._place(each, group)} ({self._way(way)})" for each in verdict.standing for group, way in _ways(each)
        )
        return self._words.all_of(list(dict.fromkeys(named)))

    def _place(self, standing: Standing, group: str | None) -> str:
        who, region = self.say("de rest") if group is None else self._names.group(group), standing.region
        if region == POOLED:
            return who
        return region if group == POOLED else self.say("{who} in {region}").format(who=who, region=region)

    def _way(self, direction: Direction) -> str:
        return self.say("beter") if direction == "better" else self.say("slechter")

    def _size(self, difference: float, unit: Unit) -> str:
        size = self._words.bare(difference, unit)
        return self.say("{size} procentpunt").format(size=size) if unit.is_share else size

    def _span(self, lower: float, upper: float, unit: Unit) -> str:
        low, high = self._words.bare(lower, unit), self._words.bare(upper, unit)
        text = self.say("{lower} tot {upper} procentpunt") if unit.is_share else self.say("{lower} tot {upper}")
        return text.format(lower=low, upper=high)

    def _own(self, verdict: ToldVerdict) -> str:
        shown = Shown(
            difference=verdict.difference,
            difference_lower=verdict.lower,
            difference_upper=verdict.upper,
            held_back=verdict.held_back,
        )
        return self._figures.own(shown, self._plan.indicator(verdict.indicator))

    def _unit(self, verdict: ToldVerdict) -> Unit:
        return unit_of(next(each for each in self._plan.indicators if each.id == verdict.indicator))


def _marks(verdict: ToldVerdict) -> tuple[Mark, ...]:
    if verdict.word == "mixed":
        ways = {way for each in verdict.standing for _, way in _ways(each)}
        return tuple(mark for way, mark in (("worse", Mark.WORSE), ("better", Mark.BETTER)) if way in ways)
    if verdict.word == "too_early":
        return (Mark.TOO_EARLY,)
    return (_MARKS.get(verdict.word, Mark.NO_DIFFERENCE),)


def _ways(standing: Standing) -> tuple[tuple[str | None, Direction], ...]:
    """Return whom it stands for and which way; where groups diverge also the rest, which has no name."""
    own = (standing.group, standing.direction)
    return (own, (None, "better")) if standing.claim == "divergence" else (own,)
