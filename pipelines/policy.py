"""One policy: its plan versions, its open looks and its running evidence.

Everything concluded here is a function of the policy's log alone; no clock, no chunk and no other policy enters.
"""

from collections.abc import Iterator
from contextlib import suppress
from datetime import date

from contracts.admission import Admission
from contracts.events import LookClosed
from contracts.evidence import EvidenceRow
from contracts.period import Period, parse_period
from contracts.plan import Plan
from contracts.records import Observation
from pipelines.cells import cell_of, counts_of, tables_of
from pipelines.comparisons import IntArray
from pipelines.looks import LookLabel, OpenLook
from pipelines.rows import evidence_rows, in_order
from pipelines.standing import judge
from pipelines.tracks import fold_look
from pipelines.unsaved import Unsaved
from pipelines.watched import Watched, carried, fresh


class Policy:
    """The state of one policy.

    Attributes:
        plan: The version in force.
        pending: Registered versions that are not in force yet, in order.
        admission: Checks records against the version in force.
        watched: The plan's indicators by id, in the plan's order.
        closing: Number of looks closed so far, over all indicators.
        unsaved: Which parts of the state changed since they were stored.
    """

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.pending: list[Plan] = []
        self.admission = Admission(plan)
        self.watched: dict[str, Watched] = {each.id: fresh(plan, each) for each in plan.indicators}
        self.closing = 0
        self.unsaved = Unsaved()
        self.unsaved.note("policy")
        self._admissions: dict[str, Admission] = {}

    # Versions

    @property
    def newest(self) -> Plan:
        """The version that was registered last."""
        return self.pending[-1] if self.pending else self.plan

    def register(self, plan: Plan) -> None:
        """Add the next version; it comes into force with the first counted record of its time."""
        self.pending.append(plan)
        self.unsaved.note("policy")

    def plan_for(self, period: str) -> Plan:
        """Return the version that a record of `period` falls under; the one in force where that is no period."""
        if self.pending:
            with suppress(ValueError):
                start = parse_period(period).start
                return next(
                    plan for plan in (*reversed(self.pending), self.plan) if start >= _start_of(plan, self.plan)
                )
        return self.plan

    def admission_of(self, plan: Plan) -> Admission:
        """Return the check of records against one of the known versions."""
        if plan is self.plan:
            return self.admission
        if plan.sha256 not in self._admissions:
            self._admissions[plan.sha256] = Admission(plan)
        return self._admissions[plan.sha256]

    def come_into_force(self, plan: Plan, *, at_ms: int | None) -> Iterator[LookClosed]:
        """Switch to `plan`, one of the pending versions; open looks close under the old version first."""
        while self.plan is not plan:
            yield from self.close_all(None, at_ms=at_ms)
            self._switch(self.pending.pop(0))

    def _switch(self, plan: Plan) -> None:
        old, admission = self.watched, self.admission_of(plan)
        self.plan, self.admission = plan, admission
        self._admissions.clear()
        self.watched = {each.id: carried(plan, each, old.get(each.id)) for each in plan.indicators}
        self.unsaved.note("policy")
        for indicator in {*old, *self.watched}:
            self.unsaved.note_indicator(indicator)
        for indicator in old.keys() - self.watched.keys():
            self.unsaved.drop_counts(indicator, old[indicator].open.index)

    # Looks

    def count(
        self, content: Observation, period: Period, *, plan: Plan, offset: int, at_ms: int | None
    ) -> Iterator[LookClosed]:
        """Count one admitted observation; yields the looks that it closes, before or with it.

        Args:
            content: The observation.
            period: Its period at the look's grain.
            plan: The version it falls under; comes into force if it was pending.
            offset: Its place in the log.
            at_ms: Its arrival (ms since 1970); None for plain files.
        """
        yield from self.come_into_force(plan, at_ms=at_ms)
        if self.watched[content.indicator].open.ends_before(period, plan.look):
            yield from self.close(content.indicator, at_ms=at_ms)
        watched = self.watched[content.indicator]
        value = round(content.value * 10**watched.indicator.decimals)
        watched.open.count(cell_of(content, period, plan), value, period=period, offset=offset)
        self.unsaved.note(f"open/{content.indicator}")
        if watched.open.is_full(plan.look):
            yield from self.close(content.indicator, at_ms=at_ms)

    def open_look(self, indicator: str) -> OpenLook:
        """Return the open look of an indicator; an empty one if the version in force does not have it yet."""
        watched = self.watched.get(indicator)
        return watched.open if watched is not None else OpenLook()

    def close(self, indicator: str, *, at_ms: int | None, after: Period | None = None) -> Iterator[LookClosed]:
        """Close the open look of an indicator; one without counted records makes no look.

        Args:
            indicator: Which indicator.
            at_ms: Arrival of the record that closes it (ms since 1970); None for plain files.
            after: The last period that a marker closed; None where a record closes the look.
        """
        watched = self.watched[indicator]
        if watched.open.n_counted:
            yield self._close(watched, at_ms=at_ms, after=after)
        elif after is not None:
            watched.open.skip_to(after.following())
            self.unsaved.note(f"open/{indicator}")

    def close_all(
        self, period: Period | None, *, at_ms: int | None, only: str | None = None, marked: bool = False
    ) -> Iterator[LookClosed]:
        """Close open looks.

        Args:
            period: Looks up to this period are closed; None closes whatever has records. Looks that are counted
                have no period and are closed by None alone.
            at_ms: Arrival of the record that closes them.
            only: Indicator that is meant; None for all.
            marked: Whether a marker closes them, so that the following period opens.
        """
        for indicator in [each for each in self.watched if only in (None, each)]:
            last = self.watched[indicator].open.closed_by(period, self.plan.look)
            if last is not None or (period is None and self.plan.look.every is not None):
                yield from self.close(indicator, at_ms=at_ms, after=last if marked else None)

    def _close(self, watched: Watched, *, at_ms: int | None, after: Period | None) -> LookClosed:
        look, plan, indicator = watched.open, self.plan, watched.indicator
        counts = counts_of(look.cells, plan)
        tables = tables_of(counts, plan, watched.wiring)
        changed = fold_look(watched.tracks, tables, plan=plan, indicator=indicator, wiring=watched.wiring)
        watched.open = look.following(plan.look, after=after)
        watched.last = LookLabel(look.label(), watched.open.index, look.offsets)
        watched.history.add(tables, watched.last.index)
        self.closing += 1
        self.unsaved.note("policy")
        self.unsaved.note_indicator(indicator.id)
        self.unsaved.add_counts(indicator.id, watched.last.index, counts)
        return LookClosed(
            policy=plan.id,
            plan_version=plan.version,
            plan_sha256=plan.sha256,
            closing=self.closing,
            indicator=indicator.id,
            look=watched.last.label,
            look_index=watched.last.index,
            n_counted=look.n_counted,
            offsets=look.offsets,
            closed_at_ms=at_ms,
            rows=in_order(list(self._rows(watched, changed))),
        )

    def _rows(self, closed: Watched, changed: IntArray) -> Iterator[EvidenceRow]:
        """Yield the evidence of a closing: rows whose counts changed, and rows whose state or standing did."""
        members = list(self.watched.values())
        for watched, moved in zip(members, judge(members, self.plan), strict=True):
            if len(moved):
                self.unsaved.note(f"tracks/{watched.indicator.id}")
            shown = sorted({*moved.tolist(), *changed.tolist()} if watched is closed else moved.tolist())
            if shown and watched.last is not None:
                yield from evidence_rows(shown, watched=watched, plan=self.plan, look=watched.last)


def _start_of(plan: Plan, in_force: Plan) -> date:
    """Return the first day a version applies to; the one in force takes whatever no later version does."""
    return date.min if plan is in_force else plan.effective_from.start
