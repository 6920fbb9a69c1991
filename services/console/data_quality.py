"""What the inspector says of a policy, rule by rule, and which signals are paused."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from contracts.evidence import POOLED
from contracts.quality import Cell, Outcome
from contracts.quality_rules import AT_LEAST, RULES, Rule
from infra.postgres.quality import LatestResult
from infra.postgres.quality_board import OpenPause
from services.console.data_words import percent, supplier_name
from services.console.names import Names
from services.console.words import Words, capital

_MOST_PLACES = 5


@dataclass(frozen=True, slots=True)
class RuleLine:
    """A rule that fails, could not be checked or cannot be judged yet, and where.

    Attributes:
        rule: Its id.
        text: What it demands.
        outcome: What became of it.
        is_critical: Whether its failure pauses signals.
        places: Where, each with what was seen; of many the broadest.
        n_more: Places that are left out.
        why: Why it was not judged; empty where it was.
        since: Since when it is so, in the place where that is longest.
    """

    rule: str
    text: str
    outcome: Outcome
    is_critical: bool
    places: tuple[str, ...]
    n_more: int
    why: str
    since: datetime


@dataclass(frozen=True, slots=True)
class PauseLine:
    """Signals that are paused because one rule fails.

    Attributes:
        places: Which; of many the broadest.
        n_more: Places that are left out.
        text: What the rule demands.
        suppliers: Who delivered, where that is known.
        since: Since when, in the place where that is longest.
    """

    places: tuple[str, ...]
    n_more: int
    text: str
    suppliers: tuple[str, ...]
    since: datetime


class QualityLines:
    """Says what the inspector found, in one language.

    Args:
        names: The names of the policy's plan in that language.
        words: That language.
    """

    def __init__(self, names: Names, words: Words) -> None:
        self._names, self._words, self.say = names, words, words.say

    def of(self, results: Iterable[LatestResult], outcome: Outcome) -> tuple[RuleLine, ...]:
        """Return a line for each rule with this outcome, the critical ones first."""
        found: dict[tuple[str, str], list[LatestResult]] = defaultdict(list)
        for each in results:
            if each.result.outcome == outcome and each.result.rule in RULES:
                found[each.result.rule, each.result.why or ""].append(each)
        lines = [self._line(RULES[rule], why, of_rule) for (rule, why), of_rule in found.items()]
        return tuple(sorted(lines, key=lambda each: (not each.is_critical, each.since, each.rule)))

    def _line(self, rule: Rule, why: str, results: Sequence[LatestResult]) -> RuleLine:
        return RuleLine(
            rule.id,
            rule.text.in_language(self._words.language.code),
            results[0].result.outcome,
            any(each.result.severity == "critical" for each in results),
            tuple(self._place(rule, each) for each in sorted(results, key=_broad_first)[:_MOST_PLACES]),
            max(0, len(results) - _MOST_PLACES),
            self.why(why),
            min(each.since for each in results),
        )

    def _place(self, rule: Rule, latest: LatestResult) -> str:
        result = latest.result
        where = self.where(result.indicator, result.arm, result.region, result.group)
        if result.look:
            where = self.say("{where}, {period}").format(where=where, period=self._words.period(result.look))
        if result.outcome != "failed":
            return where
        return self.say("{where}: {seen}").format(where=where, seen=self._seen(rule, result.figure, result.n))

    def _seen(self, rule: Rule, figure: float | None, n: int | None) -> str:
        """Return what was seen beside what is allowed, as far as it may be shown."""
        if rule.id == "coverage":
            return self.say("geen records")
        if figure is None:
            return self.say("het cijfer is te klein om te tonen")
        seen, bound = self._figure(rule, figure), self._figure(rule, rule.bound)
        texts = {
            True: self.say("gezien {seen}, minstens {bound}"),
            False: self.say("gezien {seen}, hoogstens {bound}"),
        }
        text = texts[rule.id in AT_LEAST].format(seen=seen, bound=bound)
        if n is None:
            return text
        return self.say("{text}, bij {n} records").format(text=text, n=self._words.number(n))

    def _figure(self, rule: Rule, figure: float) -> str:
        return percent(self._words, figure) if rule.frame == "records" else self._words.number(figure, 2)

    def where(self, indicator: str, arm: str, region: str, group: str) -> str:
        """Return a cell in words."""
        parts = [
            None if indicator == POOLED else self._names.indicator(indicator),
            None if arm == POOLED else self._names.arm(arm),
            None if group == POOLED else self._names.group(group),
            None if region == POOLED else region,
        ]
        named = [each for each in parts if each is not None]
        return capital(", ".join(named)) if named else self.say("Alle gegevens")

    def why(self, word: str) -> str:
        """Return why a rule was not judged; what is not one of ours is a fault, and stands as it is."""
        known = {
            "few_records": self.say("nog te weinig records"),
            "few_expected": self.say("er zijn te weinig records te verwachten"),
            "reference": self.say("dit is de beginperiode, waarmee later wordt vergeleken"),
            "before_the_policy": self.say("dit tijdvak ligt voor het begin van het beleid"),
            "counts_records": self.say("de wegingen volgen het aantal records, niet de kalender"),
            "not_planned": self.say("het plan noemt geen aantal"),
            "nothing_is_late": self.say("bij deze manier van meten komt niets later"),
        }
        return known.get(word, word)

    def pauses(self, pauses: Iterable[OpenPause]) -> tuple[PauseLine, ...]:
        """Return which signals are paused, rule by rule, those that wait longest first."""
        found: dict[tuple[str, tuple[str, ...]], list[OpenPause]] = defaultdict(list)
        for each in pauses:
            found[each.series.rule, each.suppliers].append(each)
        lines = [self._paused(RULES[rule], of_rule) for (rule, _), of_rule in found.items() if rule in RULES]
        return tuple(sorted(lines, key=lambda each: each.since))

    def _paused(self, rule: Rule, pauses: Sequence[OpenPause]) -> PauseLine:
        cells = sorted((each.series.cell for each in pauses), key=_breadth)
        return PauseLine(
            tuple(self.where(each.indicator, each.arm, each.region, each.group) for each in cells[:_MOST_PLACES]),
            max(0, len(cells) - _MOST_PLACES),
            rule.text.in_language(self._words.language.code),
            tuple(supplier_name(self._words, each) for each in pauses[0].suppliers),
            min(each.began_at for each in pauses),
        )


def _broad_first(latest: LatestResult) -> tuple[int, Cell]:
    return _breadth(latest.result.series.cell)


def _breadth(cell: Cell) -> tuple[int, Cell]:
    """Return what orders cells: those about most first, then by name."""
    return sum(part != POOLED for part in (cell.indicator, cell.arm, cell.region, cell.group)), cell
