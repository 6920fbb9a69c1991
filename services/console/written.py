"""Figures as they stand between brackets in a sentence: a difference with its bounds, a level, a number of people."""

from contracts.figures import Shown
from contracts.plan import Indicator
from services.console.units import unit_of
from services.console.words import Words


class WrittenFigures:
    """Writes figures in one language.

    Args:
        words: That language.
    """

    def __init__(self, words: Words) -> None:
        self._words, self.say = words, words.say

    def own(self, shown: Shown, indicator: Indicator | None) -> str:
        """Return the difference of a row in its own indicator and group."""
        bounds = (shown.difference_lower, shown.difference_upper)
        return self._bounded(shown.difference, bounds, indicator, is_held_back=shown.held_back is not None)

    def other(self, shown: Shown, indicator: Indicator | None) -> str:
        """Return the difference of the other part of a combined claim."""
        bounds = (shown.other_difference_lower, shown.other_difference_upper)
        return self._bounded(shown.other_difference, bounds, indicator, is_held_back=shown.held_back is not None)

    def level(self, figure: float | None, indicator: Indicator | None) -> str:
        """Return a share as people of every hundred, a mean as it is."""
        if figure is None or indicator is None:
            return self.say("een hoogte die we niet tonen")
        return self._words.level(figure, unit_of(indicator))

    def people(self, people: int | None) -> str:
        """Return how many people something rests on."""
        if people is None:
            return self.say("te weinig mensen om cijfers te tonen")
        return self.say("{n} mensen").format(n=self._words.number(people))

    def _bounded(
        self,
        difference: float | None,
        bounds: tuple[float | None, float | None],
        indicator: Indicator | None,
        *,
        is_held_back: bool,
    ) -> str:
        """Return a difference with its bounds: `+6,1 procentpunt; 2,0 tot 10,2`; of values without a unit."""
        if is_held_back:
            return self.say("te weinig mensen om cijfers te tonen")
        if difference is None or indicator is None:
            return self.say("nog zonder cijfers")
        unit = unit_of(indicator)
        size = self._words.bare(difference, unit, sign=True)
        size = self.say("{size} procentpunt").format(size=size) if unit.is_share else size
        lower, upper = bounds
        if lower is None or upper is None:
            return self.say("{size}, nog zonder grenzen").format(size=size)
        low, high = self._words.bare(lower, unit), self._words.bare(upper, unit)
        return self.say("{size}; {lower} tot {upper}").format(size=size, lower=low, upper=high)
