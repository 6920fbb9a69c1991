"""Each claim in one sentence, with its figures: what goes how, for whom, by how much and between which bounds.

A sentence says what the row concludes, or, where nothing stands, what it would: then it begins with that it is only
possible. It never names a p-value and promises no more than the row's guarantee.
"""

from collections.abc import Callable
from dataclasses import dataclass

from contracts.evidence import POOLED, Claim, Direction, EvidenceRow
from contracts.figures import Shown
from contracts.plan import MISSING, Plan
from pipelines.disclosure import disclose
from pipelines.findings import is_drop_out
from services.console.names import Names
from services.console.words import Words, capital, quoted
from services.console.written import WrittenFigures


@dataclass(frozen=True, slots=True)
class _Told:
    """What a sentence is made of: the row, what may be shown of it, and the parts that it names.

    Attributes:
        parts: `who`, `arm`, `reference`, `what`, `other_what` by name, and `own` and `other` as differences.
    """

    row: EvidenceRow
    shown: Shown
    direction: Direction
    parts: dict[str, str]


class Sentences:
    """Says the claims of a plan in one language.

    Args:
        plan: Whose claims.
        names: Its names in that language.
        words: That language.
    """

    def __init__(self, plan: Plan, names: Names, words: Words) -> None:
        self._plan, self._names, self.say = plan, names, words.say
        self._figures = WrittenFigures(words)

    def of(self, row: EvidenceRow, direction: Direction | None = None) -> str:
        """Return what a row says.

        Args:
            row: The evidence.
            direction: Of the signal that is spoken of; else the one that stands, or that has more evidence.
        """
        towards = direction or row.stands or row.recent or _leaning(row)
        told = self._told(row, towards)
        statement = _STATEMENTS[row.claim](self, told)
        return capital(self._placed(row, self._certain(row, towards, statement))) + self._caveat(row) + "."

    def reason(self, row: EvidenceRow) -> str | None:
        """Return in plain words why nothing may be concluded; None where something may, if only as a description."""
        if row.reason is None or (row.guarantee == "descriptive" and row.state != "too_early"):
            return None
        return self._reasons().get(row.reason.partition(":")[0])

    def _reasons(self) -> dict[str, str]:
        say = self.say
        return {
            "too_early": say("Nog te vroeg: er zijn nog te weinig gegevens."),
            "too_few": say("Te weinig: zolang er niet meer meedoen, is hier niets over te zeggen."),
            "descriptive": say("Beschrijvend: dit laat zien wat er is, zonder grens aan de kans op toeval."),
            "not_identified": say("Niet vast te stellen: er is niets waarmee eerlijk te vergelijken is."),
        }

    # Around the statement

    def _certain(self, row: EvidenceRow, towards: Direction, statement: str) -> str:
        """Return the statement with how sure it is; a roll-out is no hypothesis and only described."""
        if row.stands == towards or row.claim == "roll_out":
            return statement
        if row.recent != towards:
            return self._not_certain(row, towards).format(statement=statement)
        if row.began is None:
            return self.say("onlangs begonnen: {statement}").format(statement=statement)
        return self.say("begonnen rond weging {n}: {statement}").format(n=row.began, statement=statement)

    def _not_certain(self, row: EvidenceRow, towards: Direction) -> str:
        log_e = row.log_e_worse if towards == "worse" else row.log_e_better
        return self.say("mogelijk: {statement}") if log_e > 0.0 else self.say("niet gezien: {statement}")

    def _placed(self, row: EvidenceRow, statement: str) -> str:
        if row.region == POOLED or row.claim == "elsewhere":
            return statement
        return self.say("in {region}: {statement}").format(region=row.region, statement=statement)

    def _caveat(self, row: EvidenceRow) -> str:
        """Return what a descriptive row adds: that it is, and what the areas or starts it is laid beside show."""
        if row.guarantee != "descriptive":
            return ""
        if row.placebos is None or not row.placebos[1]:
            return self.say("; beschrijvend, zonder grens aan de kans op toeval")
        as_much, of = row.placebos
        if row.claim == "elsewhere":
            text = self.say("; beschrijvend: in {k} van {j} vergelijkingsgebieden was het verschil minstens zo groot")
        else:
            text = self.say("; beschrijvend: bij {k} van {j} gedachte beginmomenten was het verschil minstens zo groot")
        return text.format(k=as_much, j=of)

    # The parts

    def _told(self, row: EvidenceRow, direction: Direction) -> _Told:
        shown, names = disclose(row, self._plan), self._names
        other = self._plan.indicator(row.other_indicator or row.indicator)
        parts = {
            "who": names.group(row.group),
            "arm": names.arm(row.arm),
            "reference": names.arm(self._plan.arms.reference) if self._plan.arms is not None else "",
            "what": quoted(names.indicator(row.indicator.removesuffix(MISSING))),
            "other_what": quoted(names.indicator(row.other_indicator or "")),
            "own": self._figures.own(shown, self._plan.indicator(row.indicator)),
            "other": self._figures.other(shown, other),
        }
        return _Told(row, shown, direction, parts)

    # The statements

    def effect(self, told: _Told) -> str:
        """Say how an arm does against the reference, or that outcomes are missing more often in it."""
        say, worse = self.say, told.direction == "worse"
        if is_drop_out(told.row) and worse:
            text = say("met {arm} ontbreekt {what} vaker dan met {reference} ({own})")
        elif is_drop_out(told.row):
            text = say("met {arm} ontbreekt {what} minder vaak dan met {reference} ({own})")
        elif worse:
            text = say("{arm} pakt bij {what} slechter uit dan {reference} voor {who} ({own})")
        else:
            text = say("{arm} pakt bij {what} beter uit dan {reference} voor {who} ({own})")
        return text.format(**told.parts)

    def gap(self, told: _Told) -> str:
        """Say how a group does beside the rest; where the plan names a gap of before, beside that."""
        say, worse, row = self.say, told.direction == "worse", told.row
        claim = self._plan.claims.gap
        has_before = claim is not None and (
            (row.indicator, row.group) in claim.odds_ratio or claim.baseline == "pre_period"
        )
        if has_before and worse:
            text = say("bij {what} is de achterstand van {who} op de rest groter dan vooraf ({own})")
        elif has_before:
            text = say("bij {what} is de achterstand van {who} op de rest kleiner dan vooraf ({own})")
        elif worse:
            text = say("bij {what} is er een achterstand van {who} op de rest ({own})")
        else:
            text = say("bij {what} is er een voorsprong van {who} op de rest ({own})")
        return self._in_arm(told, text.format(**told.parts))

    def level(self, told: _Told) -> str:
        """Say on which side of a floor or target people are."""
        indicator, say = self._plan.indicator(told.row.indicator), self.say
        limit = None if indicator is None else indicator.floor if indicator.floor is not None else indicator.target
        is_above = (told.direction == "better") == (indicator is None or indicator.direction == "higher_is_better")
        is_floor = indicator is None or indicator.floor is not None
        texts = {
            (True, True): say("{what} ligt voor {who} op {level}, boven de grens van {limit} ({own})"),
            (True, False): say("{what} ligt voor {who} op {level}, onder de grens van {limit} ({own})"),
            (False, True): say("{what} ligt voor {who} op {level}, boven het streven van {limit} ({own})"),
            (False, False): say("{what} ligt voor {who} op {level}, onder het streven van {limit} ({own})"),
        }
        levels = {
            "level": self._figures.level(told.shown.share_b, indicator),
            "limit": self._figures.level(limit, indicator),
        }
        return self._in_arm(told, texts[is_floor, is_above].format(**told.parts, **levels))

    def _in_arm(self, told: _Told, statement: str) -> str:
        if told.row.arm == POOLED:
            return statement
        return self.say("met {arm}: {statement}").format(arm=told.parts["arm"], statement=statement)

    def elsewhere(self, told: _Told) -> str:
        """Say how an area outside the policy goes beside the comparison areas and beside before."""
        worse, say = told.direction == "worse", self.say
        if worse:
            text = say(
                "in {region} wordt het bij {what} slechter dan vóór het beleid en dan in andere gebieden ({own})"
            )
        else:
            text = say("in {region} wordt het bij {what} beter dan vóór het beleid en dan in andere gebieden ({own})")
        return text.format(region=told.row.region, **told.parts)

    def roll_out(self, told: _Told) -> str:
        """Say how far what is measured differs between where the policy had begun and where it had not yet."""
        text = self.say("waar het beleid begon, verschilt {what} voor {who} van waar het nog niet was begonnen ({own})")
        return text.format(**told.parts)

    def divergence(self, told: _Told) -> str:
        """Say that the rest is helped and a group is harmed."""
        text = self.say("{arm} helpt bij {what} de rest ({other}), maar schaadt {who} ({own})")
        return text.format(**told.parts)

    def effects_differ(self, told: _Told) -> str:
        """Say that a group gains less than the rest."""
        text = self.say("{arm} levert bij {what} minder op voor {who} ({own}) dan voor de rest ({other})")
        return text.format(**told.parts)

    def average_hides(self, told: _Told) -> str:
        """Say that the average goes well and a group is behind."""
        text = self.say(
            "{arm} helpt bij {what} gemiddeld ({other}), maar dat verhult de achterstand van {who} op de rest ({own})"
        )
        return text.format(**told.parts)

    def trade_off(self, told: _Told) -> str:
        """Say that one outcome is gained at the cost of another."""
        text = self.say("{arm} helpt {who} bij {what} ({own}), maar ten koste van {other_what} ({other})")
        return text.format(**told.parts)

    def co_benefit(self, told: _Told) -> str:
        """Say that two outcomes go well together."""
        text = self.say("{arm} helpt {who} zowel bij {what} ({own}) als bij {other_what} ({other})")
        return text.format(**told.parts)

    def later(self, told: _Told) -> str:
        """Say that an effect fades."""
        text = self.say(
            "het effect van {arm} zakt weg voor {who}: eerst bij {other_what} ({other}), later bij {what} ({own})"
        )
        return text.format(**told.parts)

    def cumulation(self, told: _Told) -> str:
        """Say that several outcomes get worse at once."""
        claim, counted = (
            self._plan.claims.cumulation,
            [each for each in self._plan.indicators if each.role != "context"],
        )
        at_least = claim.at_least if claim is not None else len(counted)
        people = told.shown.n_b
        text = self.say(
            "{arm} gaat voor {who} samen met achteruitgang op minstens {r} van de {m} uitkomsten ({people})"
        )
        counts = {"r": at_least, "m": len(counted), "people": self._figures.people(people)}
        return text.format(**told.parts, **counts)


_STATEMENTS: dict[Claim, Callable[[Sentences, _Told], str]] = {
    "effect": Sentences.effect,
    "gap": Sentences.gap,
    "elsewhere": Sentences.elsewhere,
    "level": Sentences.level,
    "divergence": Sentences.divergence,
    "effects_differ": Sentences.effects_differ,
    "average_hides": Sentences.average_hides,
    "trade_off": Sentences.trade_off,
    "co_benefit": Sentences.co_benefit,
    "later": Sentences.later,
    "cumulation": Sentences.cumulation,
    "roll_out": Sentences.roll_out,
}


def _leaning(row: EvidenceRow) -> Direction:
    return "better" if row.log_e_better > row.log_e_worse else "worse"
