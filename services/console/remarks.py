"""What a look remarks beside its evidence, in sentences: doubts about the data, who is in, how unequal outcomes are."""

from contracts.evidence import POOLED
from contracts.plan import Plan
from contracts.readings import DataWarning, Inequality
from pipelines.disclosure import round_to
from services.console.names import Names
from services.console.words import Words, capital, quoted


class Remarks:
    """Says remarks in one language.

    Args:
        plan: Of the policy.
        names: Its names in that language.
        words: That language.
    """

    def __init__(self, plan: Plan, names: Names, words: Words) -> None:
        self._plan, self._names, self._words, self.say = plan, names, words, words.say

    def warning(self, warning: DataWarning, indicator: str) -> str:
        """Return a doubt about the data of an outcome."""
        say, arms = self.say, self._plan.arms
        texts = {
            "sample_ratio": say("{what}: {where} telt {seen} van alle eenheden; volgens het plan {expected}"),
            "reporting_delay": say(
                "{what}: gegevens over {where} komen gemiddeld {seen} wegingen na hun eigen periode binnen, die over "
                "{reference} {expected}"
            ),
            "group_shares": say("{what}: {where} is nu {seen} van de mensen, bij het begin {expected}"),
        }
        write = self._looks if warning.code == "reporting_delay" else self._share
        text = texts[warning.code].format(
            what=quoted(self._names.indicator(indicator)),
            where=self._where(warning),
            reference="" if arms is None else self._names.arm(arms.reference),
            seen=write(warning.seen),
            expected=write(warning.expected),
        )
        return capital(text) + "."

    def enrolment(self, behind: DataWarning) -> str:
        """Return how many of the planned participants an arm has; it is a fact, as long as more are to come."""
        text = self.say("{where}: {seen} van de {expected} deelnemers die het plan noemt")
        n_seen, n_planned = (self._people(figure) for figure in (behind.seen, behind.expected))
        return capital(text.format(where=self._where(behind), seen=n_seen, expected=n_planned)) + "."

    def inequality(self, found: Inequality, indicator: str) -> str:
        """Return how unequal an outcome is spread."""
        say, words = self.say, self._words
        measures = {
            "mean_log_deviation": say("gemiddelde logafwijking"),
            "concentration_index": say("concentratie-index"),
            "gini": say("Gini"),
        }
        parts = {
            "total": say("in totaal"),
            "within": say("binnen groepen"),
            "between": say("tussen groepen"),
        }
        text = say("{what}{arm}: {measure} {part} {value}, bij {n} mensen")
        error = found.standard_error
        if error is not None:
            text = say("{what}{arm}: {measure} {part} {value} (standaardfout {error}), bij {n} mensen")
        n = round_to(found.n, self._plan.disclosure.round_to)
        return (
            capital(
                text.format(
                    what=quoted(self._names.indicator(indicator)),
                    arm="" if found.arm == POOLED else say(" met {arm}").format(arm=self._names.arm(found.arm)),
                    measure=measures[found.measure],
                    part=parts[found.part],
                    value=words.number(found.value, 3),
                    error=words.number(error or 0.0, 3),
                    n=words.number(n),
                )
            )
            + "."
        )

    def _where(self, warning: DataWarning) -> str:
        """Return the arm, group and region that a warning is about."""
        named = [
            None if warning.arm == POOLED else self._names.arm(warning.arm),
            None if warning.group == POOLED else self._names.group(warning.group),
            None if warning.region == POOLED else warning.region,
        ]
        found = [each for each in named if each is not None]
        return ", ".join(found) if found else self.say("de hele groep")

    def _looks(self, figure: float) -> str:
        return self._words.number(figure, 1)

    def _share(self, figure: float) -> str:
        return self.say("{number}%").format(number=self._words.points(figure))

    def _people(self, figure: float) -> str:
        return self._words.number(round_to(round(figure), self._plan.disclosure.round_to))
