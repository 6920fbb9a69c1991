"""One policy: its plan versions, its open looks and its running evidence.

Everything concluded here is a function of the policy's log alone; no clock, no chunk and no other policy enters.
"""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import date

from contracts.admission import NO_ARM, Admission
from contracts.events import LookClosed
from contracts.evidence import EvidenceRow
from contracts.period import Period, parse_period, period_at, period_of
from contracts.plan import MISSING, Plan
from contracts.records import Enrolment, Observation
from pipelines.cells import Counts, cell_of, counts_of
from pipelines.closing import fold, tell
from pipelines.comparisons import IntArray
from pipelines.enrolled import Overdue, awaited, due_of
from pipelines.looks import LookLabel, OpenLook
from pipelines.measures import Method
from pipelines.together import Together
from pipelines.unsaved import Unsaved
from pipelines.watched import Watched, carried, fresh


class Policy:
    """The state of one policy.

    Attributes:
        plan: The version in force.
        pending: Registered versions that are not in force yet, in order.
        admission: Checks records against the version in force.
        watched: What the plan watches by id, its indicators in their order first.
        together: The combined claims.
        began: First day of every region under the policy.
        cluster_starts: Day of the last enrolment per cluster, as an ordinal.
        enrolled: Units enrolled per arm.
        closed_clusters: Clusters that contributed since this was last emptied, by indicator.
        closing: Number of looks closed so far, over all indicators.
        unsaved: Which parts of the state changed since they were stored.
    """

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.pending: list[Plan] = []
        self.admission = Admission(plan)
        self.watched: dict[str, Watched] = {each.id: fresh(plan, each) for each in plan.watched_indicators}
        self.together = Together(plan, self.watched)
        self.began: dict[str, date] = {}
        self._begin(plan)
        self.cluster_starts: dict[str, int] = {}
        self.enrolled: dict[str, int] = {}
        self.closed_clusters: list[tuple[str, str]] = []
        self.closing = 0
        self.unsaved = Unsaved()
        self.unsaved.note("policy")
        self._admissions: dict[str, Admission] = {}
        self._awaited = awaited(plan)

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
        old, together, admission = self.watched, self.together, self.admission_of(plan)
        self.plan, self.admission, self._awaited = plan, admission, awaited(plan)
        self._begin(plan)
        self._admissions.clear()
        self.watched = {each.id: carried(plan, each, old.get(each.id)) for each in plan.watched_indicators}
        self.together = Together(plan, self.watched)
        self.together.carry_from(together)
        self.together.update(self.watched, plan)
        self.unsaved.note("policy")
        self.unsaved.note("together")
        for indicator in {*old, *self.watched}:
            self.unsaved.note_indicator(indicator)
        for indicator, before in old.items():
            if indicator not in self.watched or not self.watched[indicator].counts:
                self.unsaved.forget(indicator, before.open.index)

    def _begin(self, plan: Plan) -> None:
        for region in plan.choices.areas.here:
            self.began.setdefault(region, plan.effective_from.start)

    # Looks

    def make_way(self, indicator: str, period: Period, *, plan: Plan, at_ms: int | None) -> Iterator[LookClosed]:
        """Close the looks that end before an observation of a period is counted.

        Args:
            indicator: What is observed.
            period: Its period at the look's grain.
            plan: The version it falls under; comes into force if it was pending.
            at_ms: Its arrival (ms since 1970); None for plain files.
        """
        yield from self.come_into_force(plan, at_ms=at_ms)
        if self.watched[indicator].open.ends_before(period, plan.look):
            yield from self.close(indicator, at_ms=at_ms)

    def count(
        self, content: Observation, period: Period, *, start: int | None, offset: int, at_ms: int | None
    ) -> Iterator[LookClosed]:
        """Count one admitted observation, for which way was made; yields the look that is full with it.

        Args:
            content: The observation.
            period: Its period at the look's grain.
            start: Day of the unit's enrolment as an ordinal; None where it was not enrolled.
            offset: Its place in the log.
            at_ms: Its arrival (ms since 1970); None for plain files.
        """
        watched = self.watched[content.indicator]
        self._add(watched, content, period, offset=offset)
        self.unsaved.note(f"open/{content.indicator}")
        if start is not None and content.indicator + MISSING in self.watched:
            watched.expected.report(due_of(content, start))
            self.unsaved.note(f"expected/{content.indicator}")
        if watched.open.is_full(self.plan.look):
            yield from self.close(content.indicator, at_ms=at_ms)

    def _add(self, watched: Watched, content: Observation, period: Period, *, offset: int) -> None:
        value, key = round(content.value * 10**watched.indicator.decimals), cell_of(content, period, self.plan)
        if watched.measure.method is not Method.CLUSTERS:
            watched.open.count(key, watched.measure.amounts(value), period=period, offset=offset)
            return
        watched.open.note(period=period, offset=offset)
        watched.waiting.add(key, content.cluster or "", value)
        self.unsaved.note(f"waiting/{watched.indicator.id}")

    # Enrolments

    def enrol(
        self,
        content: Enrolment,
        *,
        reported: Sequence[str],
        contributed: Sequence[str],
        offset: int,
        at_ms: int | None,
    ) -> Iterator[LookClosed]:
        """Await the outcomes of a unit; not those to which its cluster has contributed, which thereby returns.

        Args:
            content: The enrolment.
            reported: Indicators for which the unit was counted before.
            contributed: Indicators to which its cluster has contributed.
            offset: Its place in the log.
            at_ms: Its arrival (ms since 1970); None for plain files.
        """
        due = due_of(content, date.fromisoformat(content.start).toordinal())
        arm = content.arm or NO_ARM
        self.enrolled[arm] = self.enrolled.get(arm, 0) + 1
        self.unsaved.note("enrolled")
        for indicator in self._awaited:
            if indicator.maturity is not None and indicator.id not in contributed:
                expected, is_reported = self.watched[indicator.id].expected, indicator.id in reported
                expected.enrol(due, self.plan, indicator.maturity, is_reported=is_reported)
                self.unsaved.note(f"expected/{indicator.id}")
        if content.cluster is not None and self.plan.cluster is not None:
            self.cluster_starts[content.cluster] = max(due[1], self.cluster_starts.get(content.cluster, 0))
        for name in contributed:
            period = self._matures(name, due[1])
            yield from self._come_back(content, name, period, offset=offset, at_ms=at_ms)

    def _matures(self, indicator: str, start: int) -> Period:
        """Return the period of a look in which the outcome of a unit that starts on this day is due."""
        day, maturity = date.fromordinal(start), self.watched[indicator].indicator.maturity
        return period_of(maturity.after(day) if maturity is not None else day, self.plan.look.grain)

    def note_return(self, content: Observation, *, offset: int, at_ms: int | None) -> Iterator[LookClosed]:
        """Note that a unit was refused because its cluster contributed; one that is merely late says nothing of it.

        Args:
            content: The observation.
            offset: Its place in the log.
            at_ms: Its arrival (ms since 1970); None for plain files.
        """
        period = period_at(content.period, self.plan.look.grain)
        yield from self._come_back(content, content.indicator, period, offset=offset, at_ms=at_ms)

    def _come_back(
        self, content: Observation | Enrolment, indicator: str, period: Period, *, offset: int, at_ms: int | None
    ) -> Iterator[LookClosed]:
        """Note that a cluster returned; where that makes them open-ended, an empty look says so at once.

        Where every cluster returns every record is refused, and no other look would ever close.
        """
        watched = self.watched.get(indicator)
        if watched is None or content.cluster is None or not watched.open.has_come_to(period):
            return
        arm = content.arm or NO_ARM if self.plan.arms is not None else ""
        watched.waiting.come_back(arm, content.cluster)
        self.unsaved.note(f"waiting/{indicator}")
        if watched.waiting.is_untold and not watched.open.n_counted:
            watched.open = replace(watched.open, period=period, offsets=(offset, offset))
            yield self._close(watched, self._counts(watched, period.start), at_ms=at_ms, after=None)

    # Looks

    def open_look(self, indicator: str) -> OpenLook:
        """Return the open look of an indicator; an empty one if the version in force does not have it yet."""
        watched = self.watched.get(indicator)
        return watched.open if watched is not None else OpenLook()

    def close(self, indicator: str, *, at_ms: int | None, after: Period | None = None) -> Iterator[LookClosed]:
        """Close the open look of an indicator; one without counted records makes no look, unless a cluster is complete.

        Args:
            indicator: Which indicator.
            at_ms: Arrival of the record that closes it (ms since 1970); None for plain files.
            after: The last period that a marker closed; None where a record closes the look.
        """
        watched = self.watched[indicator]
        look = watched.open
        if look.n_counted:
            until = self._reach(look, after)
            yield self._close(watched, self._counts(watched, until), at_ms=at_ms, after=after)
            yield from self._close_missing(watched, look, until, at_ms=at_ms)
        elif after is not None:
            silent = replace(look, period=after)
            yield from self._close_waiting(watched, silent, after, at_ms=at_ms)
            yield from self._close_missing(watched, silent, after.end, at_ms=at_ms)
            watched.open.skip_to(after.following())
            self.unsaved.note(f"open/{indicator}")

    def _reach(self, look: OpenLook, after: Period | None) -> date:
        """Return the day before which everything has happened when a look closes.

        Where looks are counted, the month of the latest record may have only begun.
        """
        if self.plan.look.every is not None and look.latest is not None:
            return look.latest.start
        return max(each.end for each in (look.period, look.latest, after) if each is not None)

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
        for indicator in [each.id for each in self.plan.indicators if only in (None, each.id)]:
            last = self.watched[indicator].open.closed_by(period, self.plan.look)
            if last is not None or (period is None and self.plan.look.every is not None):
                yield from self.close(indicator, at_ms=at_ms, after=last if marked else None)

    def _counts(self, watched: Watched, until: date) -> Counts:
        """Return what the open look counts: its cells, or the clusters that are complete by its end."""
        if watched.measure.method is not Method.CLUSTERS:
            return counts_of(watched.open.cells, self.plan, n_amounts=watched.measure.n_amounts)
        indicator = watched.indicator
        complete = watched.waiting.take_due(self.cluster_starts, maturity=indicator.maturity, until=until)
        self.closed_clusters += sorted({(indicator.id, key[3]) for key in complete.members})
        self.unsaved.note(f"waiting/{indicator.id}")
        return complete.counts(self.plan, factor=watched.measure.factor)

    def _rows(self, closed: Watched, changed: IntArray) -> tuple[EvidenceRow, ...]:
        """Return the evidence of a closing, and note what it changed."""
        told = tell(closed, changed, self.watched, self.together, self.plan, began=self.began)
        for indicator in told.judged_anew:
            self.unsaved.note(f"tracks/{indicator}")
        if closed.waiting.is_untold:
            closed.waiting.is_untold = False
            self.unsaved.note(f"waiting/{closed.indicator.id}")
        return told.rows

    def _close_waiting(
        self, watched: Watched, silent: OpenLook, after: Period, *, at_ms: int | None
    ) -> Iterator[LookClosed]:
        """Close a look without records of its own if clusters are complete by its end: nobody else may ever report."""
        if watched.waiting.has_due(self.cluster_starts, maturity=watched.indicator.maturity, until=after.end):
            watched.open = replace(silent, offsets=watched.last.offsets if watched.last is not None else (0, 0))
            yield self._close(watched, self._counts(watched, after.end), at_ms=at_ms, after=after)

    def _close_missing(
        self, watched: Watched, look: OpenLook, until: date, *, at_ms: int | None
    ) -> Iterator[LookClosed]:
        """Close a look of who is missing, after a look of the outcome itself."""
        missing, maturity = self.watched.get(watched.indicator.id + MISSING), watched.indicator.maturity
        if missing is None or maturity is None or not watched.expected.units:
            return
        overdue = watched.expected.take_due(self.plan, maturity, until=until)
        self.unsaved.note(f"expected/{watched.indicator.id}")
        if overdue:
            missing.open.period, missing.open.latest, missing.open.offsets = look.period, look.latest, look.offsets
            missing.open.n_counted = sum(n for n, _ in overdue.values())
            yield self._close(missing, self._missing(missing, overdue, until), at_ms=at_ms, after=None)

    def _missing(self, missing: Watched, overdue: Overdue, until: date) -> Counts:
        """Return who is missing: units, or the clusters of which nobody is awaited any more."""
        if missing.measure.method is not Method.CLUSTERS:
            cells = {key: amounts for (key, _), amounts in overdue.items()}
            return counts_of(cells, self.plan, n_amounts=missing.measure.n_amounts)
        for (key, cluster), (n, n_missing) in overdue.items():
            missing.waiting.add(key, cluster, n_missing, n_units=n)
        self.unsaved.note(f"waiting/{missing.indicator.id}")
        complete = missing.waiting.take_due(
            self.cluster_starts, maturity=missing.indicator.maturity, until=until, lateness=self.plan.lateness
        )
        return complete.counts(self.plan, factor=missing.measure.factor)

    def _close(self, watched: Watched, counts: Counts, *, at_ms: int | None, after: Period | None) -> LookClosed:
        look, plan, indicator = watched.open, self.plan, watched.indicator
        changed = fold(watched, counts, self.watched, self.together, plan)
        watched.open = look.following(plan.look, after=after)
        watched.last = LookLabel(look.label(), watched.open.index, look.offsets)
        self.closing += 1
        self.unsaved.note("policy")
        self.unsaved.note("together")
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
            rows=self._rows(watched, changed),
            warnings=() if indicator.id.endswith(MISSING) else watched.readings.warnings(self.enrolled),
            inequality=() if indicator.id.endswith(MISSING) else watched.readings.inequality(),
        )


def _start_of(plan: Plan, in_force: Plan) -> date:
    """Return the first day a version applies to; the one in force takes whatever no later version does."""
    return date.min if plan is in_force else plan.effective_from.start
