"""The records of a micro-batch as rows of a frame: what each field holds, and which rules a record keeps."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import msgspec

from contracts.admission import Admission
from contracts.evidence import POOLED
from contracts.expectations import PERIOD_KEY, RECORD_COLUMNS, Value
from contracts.period import period_at
from contracts.plan import Plan
from contracts.quality import Cell
from contracts.records import LogRecord, Observation, PeriodClosed

_CODES = frozenset({"unknown_indicator", "unknown_arm", "unknown_region", "unknown_group"})
_TIMES = frozenset({"period_too_coarse", "period_in_future", "observed_in_future", "before_effective_from"})
_IDENTITY = ("observation_id", "policy", "indicator", "unit")
_UNIT = ("unit", "indicator", PERIOD_KEY)
_TEXTS = (*_IDENTITY, "arm", "region", "cohort", "cluster", "period", "observed_at")

Kind = tuple[Value, Value, Value, tuple[str, ...]]
"""Indicator, arm, region and groups of a row, as far as they could be seen."""


@dataclass(frozen=True, slots=True)
class Row:
    """A record that names the policy, whether or not it could be read.

    Attributes:
        observation: None where the record breaks its contract.
        fields: Values by column, as far as they could be seen.
        groups: Groups of the plan that it names.
        fits: Whether it fits contract and plan.
    """

    observation: Observation | None
    fields: dict[str, Value]
    groups: tuple[str, ...]
    fits: bool


class Rows:
    """The rows of one policy in a micro-batch, under one version of its plan.

    Args:
        plan: The version.
    """

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.rows: list[Row] = []
        self._admission = Admission(plan)
        self._outcomes: dict[tuple[Value, ...], Row] = {}
        self._groups = frozenset(each.id for each in plan.groups)
        self._indicators = frozenset(each.id for each in plan.indicators)
        self._regions = frozenset(plan.choices.areas.every)
        self._arms = frozenset(plan.arms.every if plan.arms is not None else ())

    def __len__(self) -> int:
        return len(self.rows)

    def add(self, record: LogRecord, observation: Observation | None) -> None:
        """Add a record; `observation` is None where it breaks its contract."""
        self.rows.append(self._unread(record) if observation is None else self._read(record, observation))

    def is_first(self, row: Row) -> bool:
        """Return whether a row is the first of its unit; rows that follow say whether they agree with it."""
        unit = tuple(row.fields[name] for name in _UNIT)
        known = self._outcomes.setdefault(unit, row)
        row.fields["one_outcome"] = known.fields["value"] == row.fields["value"]
        return known is row

    def set_apart(self, places: Collection[int]) -> None:
        """Leave rows out: nothing is said of them."""
        self.rows = [row for place, row in enumerate(self.rows) if place not in places]

    def columns(self) -> dict[str, Sequence[Value]]:
        """Return the rows as the columns of the frame `records`."""
        columns: dict[str, Sequence[Value]] = {
            name: [row.fields.get(name) for row in self.rows] for name in RECORD_COLUMNS
        }
        columns["row"] = range(len(self.rows))
        return columns

    def kind(self, place: int) -> Kind:
        """Return what tells a row's cells."""
        row = self.rows[place]
        return row.fields.get("indicator"), row.fields.get("arm"), row.fields.get("region"), row.groups

    def cells(self, kind: Kind) -> Iterator[Cell]:
        """Yield the cells that rows of a kind belong to: of the indicator, in its arm, its region and its groups."""
        known, arm, region, groups = kind
        indicator = str(known) if known in self._indicators else POOLED
        yield Cell(indicator)
        if arm in self._arms:
            yield Cell(indicator, arm=str(arm))
        if region in self._regions:
            yield Cell(indicator, region=str(region))
        yield from (Cell(indicator, group=group) for group in groups)

    def _read(self, record: LogRecord, content: Observation) -> Row:
        codes = {each.code for each in self._admission.observation(content, arrived_ms=record.timestamp_ms)}
        fields: dict[str, Value] = {name: getattr(content, name) for name in _TEXTS}
        fields |= {"value": content.value, "groups": " ".join(content.groups), PERIOD_KEY: self._period_key(content)}
        fields |= {"readable": True, "known_codes": not codes & _CODES, "in_time": not codes & _TIMES}
        fields["one_outcome"] = True
        groups = tuple(each for each in content.groups if each in self._groups)
        return Row(content, fields, groups, fits=not codes)

    def _period_key(self, content: Observation) -> str:
        """Return the period in which the unit counts once; empty where it counts once at all."""
        if self.plan.measured != "repeatedly":
            return ""
        return period_at(content.period, self.plan.look.grain).label

    def _unread(self, record: LogRecord) -> Row:
        """Return a row with what can be seen of a record that breaks its contract; rules it cannot show it keeps."""
        seen = _seen(record.value)
        fields: dict[str, Value] = {name: text for name in _TEXTS if isinstance(text := seen.get(name), str)}
        value, groups = seen.get("value"), seen.get("groups")
        if isinstance(value, int | float) and not isinstance(value, bool):
            fields["value"] = float(value)
        named = tuple(each for each in groups if isinstance(each, str)) if isinstance(groups, list) else None
        if named is not None:
            fields["groups"] = " ".join(named)
        flags = {"readable": False, "known_codes": True, "in_time": True, "one_outcome": True}
        known = tuple(each for each in self._groups if each in (named or ()))
        return Row(None, {**fields, **flags, PERIOD_KEY: ""}, known, fits=False)


@dataclass(slots=True)
class Lot:
    """The records of one policy in a micro-batch that fall under one version of its plan.

    Attributes:
        plan: The version.
        rows: The observations.
        markers: Period markers, each with the number of observations before it.
        first, last: Offsets of the first and last record.
        last_ms: Arrival of the last record.
        suppliers: Who sent them.
        n_apart: Records that came too late for the evaluator, of which nothing is said.
    """

    plan: Plan
    rows: Rows
    first: int
    last: int
    last_ms: int | None = None
    markers: list[tuple[int, PeriodClosed]] = field(default_factory=list)
    suppliers: set[str] = field(default_factory=set)
    n_apart: int = 0

    def add(self, record: LogRecord, content: Observation | None, supplier: str | None) -> None:
        """Add an observation; None where it breaks its contract."""
        self.rows.add(record, content)
        self.last, self.last_ms = record.offset, record.timestamp_ms
        if supplier is not None:
            self.suppliers.add(supplier)

    def mark(self, record: LogRecord, marker: PeriodClosed) -> None:
        """Add a period marker."""
        self.markers.append((len(self.rows), marker))
        self.last = record.offset

    def set_apart(self, places: Collection[int]) -> None:
        """Leave observations out of what is checked."""
        self.rows.set_apart(places)
        self.n_apart += len(places)


def _seen(value: bytes) -> Mapping[str, object]:
    """Return the keys of a record that is a JSON object; nothing of any other."""
    try:
        found = msgspec.json.decode(value)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}
