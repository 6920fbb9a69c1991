"""How the data of one policy stand: in time, and complete."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from contracts.period import Period, parse_period, period_at
from contracts.plan import Plan
from infra.postgres.quality_board import LookCount
from pipelines.disclosure import round_to
from pipelines.quality_looks import REFERENCE_LOOKS, Watch

_FEWEST = 50
"""Records, or expected records, below which nothing is said of how many there are."""


@dataclass(frozen=True, slots=True)
class Timeliness:
    """Period against arrival.

    Attributes:
        newest: Label of the newest period of which a look closed; None before the first, or where looks count records.
        due: Label of the period that is to come; None where nothing is.
        due_before: Until when its records may come, after the plan's lateness.
        is_overdue: Whether that day is past and the look has not closed.
        at_once: Share of the records that came before a later period began; None where it is not known.
        n: Records of which that is known, rounded.
    """

    newest: str | None
    due: str | None
    due_before: date | None
    is_overdue: bool
    at_once: float | None
    n: int


def timeliness(plan: Plan, looks: Sequence[LookCount], watches: Iterable[Watch], *, today: date) -> Timeliness:
    """Return how records of a plan come against their own periods.

    Args:
        plan: Sets the look, and how long records are waited for.
        looks: What closed.
        watches: What the inspector remembers of each outcome; empty where it has seen nothing.
        today: The present day.
    """
    at_once, n = _at_once(plan, watches)
    if plan.look.every is not None:
        return Timeliness(None, None, None, is_overdue=False, at_once=None, n=0)
    newest = max((parse_period(each.look) for each in _by_calendar(looks)), default=None)
    due = _due(plan, newest, looks)
    before = None if due is None else plan.lateness.after(due.end)
    return Timeliness(
        None if newest is None else newest.label,
        None if due is None else due.label,
        before,
        is_overdue=before is not None and before <= today,
        at_once=at_once,
        n=n,
    )


def _by_calendar(looks: Iterable[LookCount]) -> list[LookCount]:
    """Return the looks that are periods; an earlier version of the plan may have counted records instead."""
    return [each for each in looks if not each.look.startswith("#")]


def _due(plan: Plan, newest: Period | None, looks: Sequence[LookCount]) -> Period | None:
    """Return the period that is to come; None where every planned look closed."""
    if plan.n_looks is not None and max((each.look_index for each in looks), default=0) >= plan.n_looks:
        return None
    first = period_at(plan.effective_from.label, plan.look.grain)
    return first if newest is None or newest < first else newest.following()


def _at_once(plan: Plan, watches: Iterable[Watch]) -> tuple[float | None, int]:
    """Return which share came in the look of its own period, and of how many; None where few came, or few later."""
    by_lag: dict[int, int] = defaultdict(int)
    for watch in watches:
        for lags in watch.lags.values():
            for lag, arms in lags.items():
                by_lag[lag] += sum(arms.values())
    n, later = sum(by_lag.values()), sum(n for lag, n in by_lag.items() if lag)
    smallest = plan.disclosure.minimum_cell
    if n < max(_FEWEST, smallest) or 0 < later < smallest:
        return None, 0
    return (n - later) / n, round_to(n, plan.disclosure.round_to)


@dataclass(frozen=True, slots=True)
class Completeness:
    """How many records of an outcome the last look counted, against what was to be expected.

    Attributes:
        seen: Rounded; None where they are few.
        expected: Rounded; None where nothing is known to be expected.
        is_planned: Whether the plan names the number; else it is the mean of the first looks.
    """

    indicator: str
    look: str
    seen: int | None
    expected: int | None
    is_planned: bool

    @property
    def share(self) -> float | None:
        """What came of what was to be expected."""
        return self.seen / self.expected if self.seen is not None and self.expected else None


def completeness(plan: Plan, looks: Sequence[LookCount]) -> tuple[Completeness, ...]:
    """Return of each outcome what its last look counted; nothing where looks close by the number of records."""
    if plan.look.every is not None:
        return ()
    by_indicator: dict[str, list[LookCount]] = defaultdict(list)
    for each in _by_calendar(looks):
        if parse_period(each.look).start >= plan.effective_from.start:
            by_indicator[each.indicator].append(each)
    return tuple(_complete(plan, by_indicator[each.id]) for each in plan.indicators if by_indicator[each.id])


def _complete(plan: Plan, looks: Sequence[LookCount]) -> Completeness:
    last, step = looks[-1], plan.disclosure.round_to
    expected, is_planned = _expected(plan, looks)
    is_small = last.n_counted < plan.disclosure.minimum_cell
    return Completeness(
        last.indicator,
        last.look,
        None if is_small else round_to(last.n_counted, step),
        None if expected is None or expected < _FEWEST else round_to(round(expected), step),
        is_planned,
    )


def _expected(plan: Plan, looks: Sequence[LookCount]) -> tuple[float | None, bool]:
    areas = plan.choices.areas
    planned = sum(n for _, n in plan.arms.planned) if plan.arms is not None else 0
    if planned and plan.measured == "repeatedly" and areas.every == areas.here:
        return float(planned), True
    if len(looks) <= REFERENCE_LOOKS:
        return None, False
    return sum(each.n_counted for each in looks[:REFERENCE_LOOKS]) / REFERENCE_LOOKS, False
