"""Small drawings as inline SVG: marks and interval bars. Colours are classes of the style sheet."""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import chain
from math import floor, log10

from markupsafe import Markup

from services.console.figures import Mark
from services.console.units import SHARE, Unit

_SHAPES = {
    Mark.WORSE: '<path d="M6 .5 11.5 6 6 11.5.5 6z"/>',
    Mark.PERHAPS_WORSE: '<path class="open" d="M6 1.5 10.5 6 6 10.5 1.5 6z"/>',
    Mark.NO_DIFFERENCE: '<path d="M1 4.75h10v2.5H1z"/>',
    Mark.PERHAPS_BETTER: '<circle class="open" cx="6" cy="6" r="4.25"/>',
    Mark.BETTER: '<circle cx="6" cy="6" r="5"/>',
    Mark.TOO_SMALL: '<rect class="open stip" x="1.75" y="1.75" width="8.5" height="8.5"/>',
    Mark.TOO_EARLY: '<path class="open" d="M2.5 1.5h7L6 6l3.5 4.5h-7L6 6z"/>',
}

_WIDTH, _HEIGHT = 140.0, 20.0
_MIDDLE, _AXIS = _WIDTH / 2, _HEIGHT / 2 + 1
_REACH = _MIDDLE - 3
_STEPS = 4
_UNLIT = ' class="uit"'
_NEARLY = 1 - 1e-9
_SCALES = (0.02, 0.05, 0.1, 0.2, 0.3, 0.5)


@dataclass(frozen=True, slots=True)
class Bar:
    """An interval bar. Values point towards better: negative is worse, whatever the figure's own direction.

    Attributes:
        estimate: The estimate.
        lower, upper: Its bounds.
        everyone: The same figure for everyone together; None leaves its triangle out.
        starting_point: What the plan declared to exist already; 0 leaves its line out.
    """

    estimate: float
    lower: float
    upper: float
    everyone: float | None = None
    starting_point: float = 0.0


def mark(kind: Mark) -> Markup:
    """Return the shape of a mark; the word that says the same stands beside it."""
    return markup(
        f'<svg class="merk {kind}" viewBox="0 0 12 12" width="12" height="12" aria-hidden="true">{_SHAPES[kind]}</svg>'
    )


def stairs(step: int) -> Markup:
    """Return a staircase of four steps of which the first `step` are inked: how urgent a signal is."""
    paths = "".join(
        f'<path{"" if place < step else _UNLIT} d="M{place * 5} {9 - place * 3}h3.6V12h-3.6z"/>'
        for place in range(_STEPS)
    )
    return markup(f'<svg viewBox="0 0 19 12" width="19" height="12" aria-hidden="true">{paths}</svg>')


def scale_for(bars: Iterable[Bar], unit: Unit = SHARE) -> float:
    """Return how far the axis reaches on either side: all estimates fit, and three of four bounds."""
    bars = tuple(bars)
    estimates = [abs(each.estimate) for each in bars]
    bounds = sorted(abs(bound) for each in bars for bound in (each.lower, each.upper))
    needed = max(chain(estimates, bounds[: max(1, len(bounds) * 3 // 4)]), default=0.0)
    if unit.is_share:
        return next((scale for scale in _SCALES if scale >= needed), 1.0)
    return rounded_up(needed) if needed else 1.0


def rounded_up(value: float) -> float:
    """Return the lowest of 1, 2 and 5 times a power of ten that is at least a positive value."""
    power = 10.0 ** floor(log10(value))
    return next(power * each for each in (1, 2, 5, 10) if power * each >= value * _NEARLY)


def interval_bar(bar: Bar, kind: Mark, *, scale: float) -> Markup:
    """Return an interval bar: left is worse, right is better, the line is no difference.

    Args:
        bar: What to draw.
        kind: Gives the colour.
        scale: Where the axis ends on either side; what lies beyond is an arrowhead.
    """
    left, right = _place(bar.lower, scale), _place(bar.upper, scale)
    parts = [
        f'<path class="spoor" d="M2 {short(_AXIS)}h{short(_WIDTH - 4)}"/>',
        f'<path class="nul" d="M{short(_MIDDLE)} 0v{short(_HEIGHT)}"/>',
        _starting_line(bar, scale),
        f'<path class="ci" d="M{short(left)} {short(_AXIS)}H{short(right)}"/>',
        _triangle(bar, scale),
        _arrowhead(_WIDTH - 4, 4) if bar.upper > scale else "",
        _arrowhead(4, -4) if bar.lower < -scale else "",
        f'<circle class="punt" cx="{short(_place(bar.estimate, scale))}" cy="{short(_AXIS)}" r="3.5"/>',
    ]
    return markup(
        f'<svg class="ibar {kind}" viewBox="0 0 {short(_WIDTH)} {short(_HEIGHT)}" width="{short(_WIDTH)}" '
        f'height="{short(_HEIGHT)}" aria-hidden="true">{"".join(parts)}</svg>'
    )


def markup(drawing: str) -> Markup:
    """Return a drawing of this package as markup; whatever text is in it was escaped when it was put there."""
    return Markup(drawing)  # noqa: S704  (numbers and escaped text only)


def short(value: float) -> str:
    """Return a coordinate to a tenth, without trailing zeros."""
    return f"{value:.1f}".rstrip("0").rstrip(".")


def _place(value: float, scale: float) -> float:
    return _MIDDLE + max(-1.0, min(1.0, value / scale)) * _REACH


def _starting_line(bar: Bar, scale: float) -> str:
    if not bar.starting_point:
        return ""
    return f'<path class="uitgang" d="M{short(_place(bar.starting_point, scale))} 4v{short(_HEIGHT - 6)}"/>'


def _triangle(bar: Bar, scale: float) -> str:
    if bar.everyone is None:
        return ""
    return f'<path class="rest" d="M{short(_place(bar.everyone, scale))} 6l-3.5-6h7z"/>'


def _arrowhead(x: float, towards: float) -> str:
    return f'<path class="verder" d="M{short(x)} {short(_AXIS - 4)}l{short(towards)} 4 {short(-towards)} 4"/>'
