"""A comparison over its looks: the lines of the table, and the two charts."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import ceil, log

from markupsafe import Markup

from contracts.evidence import Direction
from contracts.plan import Indicator, Plan
from infra.postgres.evidence_reading import Seen
from pipelines.disclosure import disclose_evidence
from services.console.axes import Caption, Point
from services.console.charts import difference_chart, evidence_chart
from services.console.family import Threshold
from services.console.figures import Figure, figure_of
from services.console.units import Unit, unit_of
from services.console.words import Words

_LN_10 = log(10)
_MOST_DRAWN = 400


@dataclass(frozen=True, slots=True)
class Step:
    """One look of a comparison.

    Attributes:
        look_index: Its number.
        label: Its period as people write it, or its number where looks are counted.
        short: The same on the axis of a chart.
        figure: What it showed.
        log_e: Evidence in the direction of the signal (nats); None where it is held back with the figures.
        stands: Whether the finding stood.
    """

    look_index: int
    label: str
    short: str
    figure: Figure
    log_e: float | None
    stands: bool


def steps(
    seen: Iterable[Seen], *, plan: Plan, indicator: Indicator, direction: Direction, words: Words
) -> tuple[Step, ...]:
    """Return the looks of a comparison in their order, each as it was seen last.

    A closing of another indicator can change what stands without a new look of this one.
    """
    return tuple(
        Step(
            each.row.look_index,
            str(each.row.look_index) if plan.look.every else words.period(each.row.look),
            str(each.row.look_index) if plan.look.every else words.short_period(each.row.look),
            figure_of(each.row, indicator, plan),
            _evidence(each, plan, direction),
            each.row.stands == direction,
        )
        for each in _as_seen_last(seen)
    )


def _as_seen_last(seen: Iterable[Seen]) -> list[Seen]:
    """Return the last row of every look; before a pair's own first look its rows are numbered by the other outcome."""
    kept: list[Seen] = []
    for each in reversed(tuple(seen)):
        if not kept or each.row.look_index < kept[-1].row.look_index:
            kept.append(each)
    return kept[::-1]


def _evidence(seen: Seen, plan: Plan, direction: Direction) -> float | None:
    shown = disclose_evidence(seen.row, plan)
    return shown.log_e_worse if direction == "worse" else shown.log_e_better


def first_standing(trail: Sequence[Step]) -> Step | None:
    """Return the look since which the finding stands without a break, None where it does not stand."""
    since = None
    for step in trail:
        since = (since or step) if step.stands else None
    return since


def difference_over_looks(
    trail: Sequence[Step], *, indicator: Indicator, title: str, events: Sequence[int], words: Words
) -> Markup | None:
    """Return the chart of the difference, None where no look has an estimate.

    Args:
        trail: The looks.
        indicator: What is measured.
        title: Who is compared with whom.
        events: Looks at which something happened to the signal.
        words: How numbers are written.
    """
    known = [step for step in trail if step.figure.range is not None]
    if not known:
        return None
    points = [_point(step) for step in _thinned(trail)]
    sides = (words.say("beter"), words.say("slechter"))
    above, below = sides if known[-1].figure.sign > 0 else sides[::-1]
    unit = unit_of(indicator)
    caption = Caption(title, _told(known, words, unit), above, below)
    start, size = known[-1].figure.starting_point, indicator.relevant_difference
    return difference_chart(
        points,
        caption=caption,
        mark=known[-1].figure.mark,
        relevant=(start - size, start + size),
        events=events,
        words=words,
        unit=unit,
    )


def evidence_over_looks(
    trail: Sequence[Step], *, threshold: Threshold | None, title: str, words: Words
) -> Markup | None:
    """Return the chart of the evidence, None where no look shows any."""
    known = [(step, step.log_e) for step in trail if step.log_e is not None]
    if not known:
        return None
    (first, first_log_e), (last, last_log_e) = known[0], known[-1]
    points = [
        Point(step.look_index, step.short, step.log_e / _LN_10) for step in _thinned(trail) if step.log_e is not None
    ]
    told = words.say("Het bewijs was {first} bij weging {start} en is {last} bij weging {end}.").format(
        first=words.evidence(first_log_e),
        start=first.look_index,
        last=words.evidence(last_log_e),
        end=last.look_index,
    )
    line = None if threshold is None else threshold.log_e / _LN_10
    above = "" if threshold is None else words.say("grens {e}").format(e=words.evidence(threshold.log_e))
    return evidence_chart(points, caption=Caption(title, told, above), threshold=line, words=words)


def _thinned(trail: Sequence[Step]) -> Sequence[Step]:
    """Return as many looks as a line can show, the last among them."""
    every = ceil(len(trail) / _MOST_DRAWN)
    return trail[::-1][::every][::-1]


def _told(known: Sequence[Step], words: Words, unit: Unit) -> str:
    """Return what the chart of the difference shows, for who cannot see it."""
    first, last = known[0], known[-1]
    return words.say("Het verschil was {first} bij weging {start} en is {last} bij weging {end}.").format(
        first=_difference(first, words, unit),
        start=first.look_index,
        last=_difference(last, words, unit),
        end=last.look_index,
    )


def _point(step: Step) -> Point:
    seen = step.figure.range
    if seen is None:
        return Point(step.look_index, step.short, None)
    return Point(step.look_index, step.short, seen.difference, seen.lower, seen.upper)


def _difference(step: Step, words: Words, unit: Unit) -> str:
    seen = step.figure.range
    return "" if seen is None else words.sized(seen.difference, unit, sign=True)
