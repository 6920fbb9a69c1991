"""Two charts over looks as inline SVG: a difference with its confidence sequence, and the evidence for it.

Each is drawn twice, wide and for a narrow screen, so that its text keeps its size; the style sheet shows one of them.
"""

from collections.abc import Iterator, Sequence
from itertools import chain
from math import ceil, floor, log10

from markupsafe import Markup

from services.console.axes import (
    Caption,
    Frame,
    Point,
    Size,
    after,
    beside,
    drawing,
    frame_of,
    grid,
    look_labels,
    steps_between,
    written,
)
from services.console.figures import Mark
from services.console.svg import rounded_up, short
from services.console.units import SHARE, Unit
from services.console.words import SUPERSCRIPTS, Words

_DIFFERENCE_SIZES = (Size("breed", 840, 330, 112, 12), Size("smal", 340, 280, 14, 4))
_EVIDENCE_SIZES = (
    Size("breed", 840, 170, 112, 12, top=12, bottom=30),
    Size("smal", 340, 160, 14, 4, top=12, bottom=30),
)
_LEAST_STEP = 0.01
_MOST_TICKS = 8
_MOST_DOTS = 40
_MOST_POWERS = 5
_WRITTEN_OUT = 4
_LEAST_EVIDENCE = -1.0


def difference_chart(
    points: Sequence[Point],
    *,
    caption: Caption,
    mark: Mark,
    relevant: tuple[float, float],
    events: Sequence[int],
    words: Words,
    unit: Unit = SHARE,
) -> Markup:
    """Return the difference over looks with its confidence sequence, in points or in units of the outcome.

    Args:
        points: The looks, at least one with a value.
        caption: Its words.
        mark: Gives the colour.
        relevant: Between these the difference is smaller than what matters.
        events: Looks at which something happened, numbered from 1 in this order.
        words: How numbers are written.
        unit: Of the difference.
    """
    known = [each for each in points if each.value is not None]
    low, high, step = _domain(known, relevant, least=_LEAST_STEP if unit.is_share else 0.0)
    ticks = steps_between(low, high, step)
    decimals = max(0, -floor(log10(step * unit.factor)))
    labels = [words.number(unit.factor * tick, decimals, sign=True) for tick in ticks]
    drawings = []
    for size in _DIFFERENCE_SIZES:
        frame = frame_of(size, points, low=low, high=high)
        parts = chain(
            grid(frame, ticks, labels),
            _relevant(frame, relevant),
            look_labels(frame, points),
            _band(frame, known, mark),
            _line(frame, known, str(mark)),
            _events(frame, events),
            _at_the_end(frame, known[-1], mark=mark, caption=caption, words=words, unit=unit) if size.is_wide else (),
        )
        drawings.append(drawing(size, caption, name="verschil", parts=parts))
    return Markup("\n").join(drawings)


def evidence_chart(points: Sequence[Point], *, caption: Caption, threshold: float | None, words: Words) -> Markup:
    """Return the evidence per look on a logarithmic axis with the threshold above which it stands.

    Args:
        points: The looks; values are log10 of the e-value.
        caption: Its words; `above` stands beside the threshold.
        threshold: log10 of the e-value from which the finding stands; None where it is not known.
        words: How numbers are written.
    """
    highest = max(threshold or 0.0, *(each.value or 0.0 for each in points))
    step = max(1, ceil((highest - _LEAST_EVIDENCE) / _MOST_POWERS))
    high = _LEAST_EVIDENCE + step * ceil((highest - _LEAST_EVIDENCE + 0.1) / step)
    ticks = steps_between(_LEAST_EVIDENCE, high, step)
    labels = [_power(tick, words) for tick in ticks]
    drawings = []
    for size in _EVIDENCE_SIZES:
        frame = frame_of(size, points, low=_LEAST_EVIDENCE, high=high)
        parts = chain(
            grid(frame, ticks, labels),
            _threshold(frame, threshold, caption.above),
            look_labels(frame, points),
            _line(frame, points, "bewijs", full_from=threshold),
        )
        drawings.append(drawing(size, caption, name="bewijs", parts=parts))
    return Markup("\n").join(drawings)


def _domain(known: Sequence[Point], relevant: tuple[float, float], *, least: float) -> tuple[float, float, float]:
    """Return the lowest and highest value and the step of the axis; the widest bounds, of the first looks, run off."""
    values = [*relevant, 0.0, *(each.value for each in known if each.value is not None)]
    lowest = sorted(each.lower for each in known if each.lower is not None)[len(known) // 8 :]
    highest = sorted(each.upper for each in known if each.upper is not None)[: -(len(known) // 8) or None]
    low, high = min(values + lowest), max(values + highest)
    step = max(rounded_up((high - low) / (_MOST_TICKS - 1)), least) if high > low else 1.0
    return floor(low / step) * step, ceil(high / step) * step, step


def _power(exponent: float, words: Words) -> str:
    """Return a power of ten as people write it."""
    if exponent <= _WRITTEN_OUT:
        return words.number(10**exponent, 1 if exponent < 0 else 0)
    return "10" + str(round(exponent)).translate(SUPERSCRIPTS)


def _relevant(frame: Frame, relevant: tuple[float, float]) -> Iterator[str]:
    low, high = relevant
    yield f'<path class="norm" d="{frame.across(high)}V{frame.y(low)}H{short(frame.size.left)}z"/>'
    yield from (f'<path class="normlijn" d="{frame.across(each)}"/>' for each in relevant)


def _band(frame: Frame, known: Sequence[Point], mark: Mark) -> Iterator[str]:
    """Yield the confidence sequence; where it runs off the axis it has no edge."""
    over = [(frame.x(each.at), frame.y(each.upper)) for each in known]
    under = [(frame.x(each.at), frame.y(each.lower)) for each in known]
    yield f'<polygon class="band {mark}" points="{_joined(over + under[::-1])}"/>'
    ends = {frame.y(frame.low), frame.y(frame.high)}
    for edge in (over, under):
        inside = [place for place in edge if place[1] not in ends]
        yield f'<polyline class="bandrand {mark}" points="{_joined(inside)}"/>'


def _line(frame: Frame, points: Sequence[Point], kind: str, *, full_from: float | None = None) -> Iterator[str]:
    """Yield the line through the values, with dots where there are few; those from `full_from` on are filled."""
    places = [(frame.x(each.at), frame.y(each.value)) for each in points]
    yield f'<polyline class="lijn {kind}" points="{_joined(places)}"/>'
    dotted = list(zip(points, places, strict=True))
    for each, (x, y) in dotted if len(dotted) <= _MOST_DOTS else dotted[-1:]:
        is_full = full_from is not None and each.value is not None and each.value >= full_from
        yield f'<circle class="stip {kind}{" vol" if is_full else ""}" cx="{x}" cy="{y}" r="3.5"/>'


def _joined(places: Sequence[tuple[str, str]]) -> str:
    return " ".join(f"{x},{y}" for x, y in places)


def _events(frame: Frame, events: Sequence[int]) -> Iterator[str]:
    top = frame.size.top
    for number, at in enumerate(events, 1):
        x = frame.x(at)
        yield f'<path class="event" d="M{x} {short(top - 8)}V{short(frame.size.foot)}"/>'
        yield f'<circle class="eventn" cx="{x}" cy="{short(top - 16)}" r="9"/>'
        yield written(x, short(top - 12), str(number), anchor="middle", kind="eventt")


def _threshold(frame: Frame, threshold: float | None, name: str) -> Iterator[str]:
    if threshold is None:
        return
    yield f'<path class="grens" d="{frame.across(threshold)}"/>'
    if frame.size.is_wide:
        yield beside(frame, threshold, name)


def _at_the_end(frame: Frame, last: Point, *, mark: Mark, caption: Caption, words: Words, unit: Unit) -> Iterator[str]:
    value = last.value or 0.0
    yield beside(frame, value, words.bare(value, unit, sign=True), kind=f"eind {mark}")
    yield written(after(frame), short(frame.size.top + 6), f"↑ {caption.above}")
    yield written(after(frame), short(frame.size.foot), f"↓ {caption.below}")
