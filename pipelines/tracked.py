"""What the tracking server is told of a look: metrics of the rows over all regions, regional rows as a table."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, time

import msgspec

from contracts.events import LookClosed
from contracts.evidence import POOLED, EvidenceRow
from contracts.period import parse_period
from contracts.plan import Plan
from pipelines.disclosure import disclose, disclose_evidence, round_to

_SHOWN = (
    *("n_a", "n_b", "share_a", "share_b", "difference", "difference_lower", "difference_upper"),
    *("estimate", "lower", "upper", "selected_lower", "selected_upper"),
    *("other_difference", "other_difference_lower", "other_difference_upper"),
)
_SAID = (
    *("claim", "indicator", "other_indicator", "arm", "region", "group", "look_index", "state", "stands", "recent"),
    *("guarantee", "placebos"),
)
"""What is said of a regional row beside its figures, also where these are held back."""

_STANDS = {"worse": -1.0, None: 0.0, "better": 1.0}


@dataclass(frozen=True, slots=True)
class Tracked:
    """One value at one look; `key` is `<claim>.<indicator>.<arm>.<region>.<group>.<figure>`.

    Of a pair the indicators stand as `<indicator>:<other>`.
    """

    key: str
    value: float
    look_index: int


def tracked(event: LookClosed, plan: Plan) -> tuple[Tracked, ...]:
    """Return the values of the rows over all regions, and how many observations the look counted, rounded."""
    n_counted = round_to(event.n_counted, plan.disclosure.round_to)
    counted = Tracked(f"look.{event.indicator}.n_counted", float(n_counted), event.look_index)
    pooled = (row for row in event.rows if row.region == POOLED)
    return (counted, *(value for row in pooled for value in _values(row, plan)))


def regional_table(event: LookClosed, plan: Plan) -> bytes | None:
    """Return the regional rows as JSON, disclosure-checked; None if there are none."""
    rows = [_regional(row, plan) for row in event.rows if row.region != POOLED]
    return msgspec.json.format(msgspec.json.encode(rows), indent=1) if rows else None


def cut_off_ms(event: LookClosed) -> int:
    """Return up to when the look's data reach (ms since 1970, UTC): its closing, or the end of its period."""
    if event.closed_at_ms is not None:
        return event.closed_at_ms
    end = datetime.combine(parse_period(event.look).end, time.min, UTC)
    return int(end.timestamp() * 1000)


def _values(row: EvidenceRow, plan: Plan) -> Iterator[Tracked]:
    shown = disclose(row, plan)
    evidence = msgspec.structs.asdict(disclose_evidence(row, plan))
    figures = evidence | {name: getattr(shown, name) for name in _SHOWN}
    figures["stands"] = _STANDS[row.stands]
    measured = row.indicator if row.other_indicator is None else f"{row.indicator}:{row.other_indicator}"
    for name, value in figures.items():
        if value is not None:
            key = f"{row.claim}.{measured}.{row.arm}.{row.region}.{row.group}.{name}"
            yield Tracked(key, float(value), row.look_index)


def _regional(row: EvidenceRow, plan: Plan) -> dict[str, object]:
    said = {name: getattr(row, name) for name in _SAID}
    figures = (disclose(row, plan), disclose_evidence(row, plan))
    return said | msgspec.structs.asdict(figures[0]) | msgspec.structs.asdict(figures[1])
