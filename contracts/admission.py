"""Whether a record fits the plan: the checks that hold one decoded record against it, and against its arrival.

What a period asks, which arms a region has and which groups the plan has is worked out once and remembered, each by
itself and never in combination, so that a plan with many cells costs no more than one with few.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from contracts import codes
from contracts.area_codes import AreaCodes
from contracts.errors import Reason
from contracts.period import DAY_MS, NESTED, parse_period
from contracts.plan import Indicator, Plan
from contracts.records import Enrolment, Observation, PeriodClosed
from contracts.redaction import may_show, redacted_for
from contracts.values import moment
from contracts.wording import listed, number_shown, shown, withheld

NO_ARM = "none"
"""The arm of units outside the areas where an experiment runs or from before it, and of every unit of a policy."""

NOT_FOR_SUPPLIERS = (Reason("not_for_suppliers", "", "only the evaluation team sends markers and registrations"),)
"""Why a marker or a registration that comes from a supplier is refused, whatever it says."""

NOT_YOUR_POLICY = Reason(codes.NOT_YOUR_POLICY, "policy", "the key with which it came does not cover this policy")
"""Why a record of a policy is refused that its supplier may not deliver for, whatever else it says."""

_EPOCH = date(1970, 1, 1).toordinal()
_BINARY = (0.0, 1.0)
_NOWHERE: frozenset[str | None] = frozenset()
_MOST_REMEMBERED = 1 << 16


@dataclass(frozen=True, slots=True)
class _Time:
    """What is asked in a period that fits: its first day, and the arms of each region, None where there are none."""

    first_day: str
    arms: dict[str, frozenset[str | None]]


class Admission:
    """Holds records against one version of a plan."""

    def __init__(self, plan: Plan) -> None:
        areas = plan.choices.areas
        self._plan = plan
        self._indicators = {each.id: each for each in plan.indicators}
        self._arms = plan.arms.every if plan.arms is not None else ()
        self._here, self._regions = frozenset(areas.here), areas.every
        self._areas = AreaCodes(plan)
        self._groups = [each.id for each in plan.groups]
        self._grains = NESTED[plan.look.grain]
        self._needs_cohort = "cohort" in plan.assignment.strata
        self._needs_cluster = plan.cluster is not None
        self._arms_when = [self._arms_by_region(is_before=is_before) for is_before in (False, True)]
        self._times: dict[str, _Time] = {}
        self._known_groups: set[tuple[str, ...]] = {()}
        self._arrival_day = (0, "1970-01-01")

    def observation(self, record: Observation, *, arrived_ms: int | None) -> tuple[Reason, ...]:
        """Return every reason why an observation does not fit; nothing if it fits.

        Args:
            record: The observation.
            arrived_ms: When it arrived (ms since 1970, UTC); None where that is unknown and not checked.
        """
        indicator = self._indicators.get(record.indicator)
        time = self._times.get(record.period) or self._learn_time(record.period)
        if (
            indicator is not None
            and time is not None
            and record.arm in time.arms.get(record.region, _NOWHERE)
            and (record.groups in self._known_groups or self._learn_groups(record.groups))
            and (record.cohort is not None or not self._needs_cohort)
            and (record.cluster is not None or not self._needs_cluster)
            and time.first_day <= record.observed_at  # of which the first ten characters are the day
            and _fits_value(indicator, record.value)
            and not self._is_ahead(record.observed_at, arrived_ms)
        ):
            return ()
        return redacted_for(record, (*self._codes(record), *self._measured(record, arrived_ms)))

    def enrolment(self, record: Enrolment, *, arrived_ms: int | None) -> tuple[Reason, ...]:  # noqa: ARG002
        """Return every reason why an enrolment does not fit; nothing if it fits. It may start after it arrives."""
        in_force = filter(None, [self._areas.at_start(record.region, record.start)])
        return redacted_for(record, (*self._belonging(record), *in_force))

    def marker(self, record: PeriodClosed) -> tuple[Reason, ...]:
        """Return every reason why a period marker does not fit; nothing if it fits."""
        reasons: list[Reason] = []
        if record.indicator is not None:
            reasons += self._indicator(record.indicator)
        if record.period is not None:
            reasons += self._grain(record.period)
        return redacted_for(record, reasons)

    def _learn_time(self, period: str) -> _Time | None:
        """Return what is asked in a period, and remember it; None where it does not fit."""
        if any(self._grain(period)) or any(self._time(period)):
            return None
        if len(self._times) >= _MOST_REMEMBERED:
            self._times.clear()
        first_day, arms = parse_period(period).start.isoformat(), self._arms_when[self._is_before(period)]
        in_force = {region: arms[region] for region in arms if self._areas.in_period(region, period) is None}
        return self._times.setdefault(period, _Time(first_day, in_force))

    def _learn_groups(self, groups: tuple[str, ...]) -> bool:
        """Return whether all groups are the plan's, and remember it where they are."""
        if not set(groups) <= set(self._groups):
            return False
        if len(self._known_groups) >= _MOST_REMEMBERED:
            self._known_groups.clear()
        self._known_groups.add(groups)
        return True

    def _arms_by_region(self, *, is_before: bool) -> dict[str, frozenset[str | None]]:
        nobody = () if self._arms else (None,)
        return {region: frozenset((*self._arms_in(region, is_before=is_before), *nobody)) for region in self._regions}

    # What the codes alone tell

    def _codes(self, record: Observation) -> Iterator[Reason]:
        yield from self._indicator(record.indicator)
        yield from self._belonging(record, is_before=self._is_before(record.period))
        yield from filter(None, [self._areas.in_period(record.region, record.period)])
        yield from self._grain(record.period)
        yield from self._time(record.period)

    def _indicator(self, indicator: str) -> Iterator[Reason]:
        if indicator not in self._indicators:
            message = f"seen {shown(indicator)}; allowed are {listed(self._indicators)}"
            yield Reason("unknown_indicator", "indicator", message)

    def _belonging(self, record: Observation | Enrolment, *, is_before: bool = False) -> Iterator[Reason]:
        yield from self._arm(record.arm, record.region, is_before=is_before)
        if record.region not in self._regions:
            message = f"seen {shown(record.region)}; allowed are {listed(self._regions)}"
            yield Reason("unknown_region", "region", message)
        for place, group in enumerate(record.groups):
            if group not in self._groups:
                message = f"seen {shown(group)}; allowed are {listed(self._groups)}"
                yield Reason("unknown_group", f"groups[{place}]", message)
        if record.cohort is None and "cohort" in self._plan.assignment.strata:
            yield Reason("missing_cohort", "cohort", "the field is missing; the plan compares within cohorts")
        if record.cluster is None and self._plan.cluster is not None:
            message = f"the field is missing; the plan counts clusters: {shown(self._plan.cluster)}"
            yield Reason("missing_cluster", "cluster", message)

    def _arm(self, arm: str | None, region: str, *, is_before: bool) -> Iterator[Reason]:
        allowed = self._arms_in(region, is_before=is_before)
        if arm is None and self._arms:
            yield Reason("missing_arm", "arm", f"the field is missing; allowed are {listed(allowed)}")
        elif arm is not None and arm not in allowed:
            where = f" in region {shown(region)}" if region in self._regions else ""
            yield Reason("unknown_arm", "arm", f"seen {shown(arm)}; allowed{where} are {listed(allowed)}")

    def _arms_in(self, region: str, *, is_before: bool) -> tuple[str, ...]:
        """Return the arms of a region: those of the experiment where it runs, none elsewhere, either if unknown.

        Before the policy nobody is assigned yet where the experiment will run: none or, if it is known, the arm to be.
        """
        if not self._arms or (region in self._regions and region not in self._here):
            return (NO_ARM,)
        return self._arms if region in self._here and not is_before else (*self._arms, NO_ARM)

    def _grain(self, period: str) -> Iterator[Reason]:
        if parse_period(period).grain not in self._grains:
            grains = listed(sorted(each.value for each in self._grains))
            message = f"seen {period}; inside a look of {self._plan.look.text} lie periods of a {grains}"
            yield Reason("period_too_coarse", "period", message)

    def _time(self, period: str) -> Iterator[Reason]:
        """Refuse what lies before the policy and is no baseline.

        What lies before a later version is too late, which the log says after the ledger.
        """
        effective, before = self._plan.effective_from, self._plan.pre_period
        if self._plan.version == 1 and parse_period(period).start < effective.start and not self._is_before(period):
            baseline = f", its baseline from {before.first.label} to {before.last.label}" if before is not None else ""
            message = f"seen {period}; the plan is in force from {effective.label}{baseline}"
            yield Reason("before_effective_from", "period", message)

    def _is_before(self, period: str) -> bool:
        """Return whether a period lies in the time before the policy that the plan compares with."""
        before = self._plan.pre_period
        return before is not None and before.holds(parse_period(period))

    # What only the record itself tells

    def _measured(self, record: Observation, arrived_ms: int | None) -> Iterator[Reason]:
        indicator, day = self._indicators.get(record.indicator), record.observed_at[:10]
        if indicator is not None:
            yield from _value(indicator, record.value)
        if parse_period(record.period).start.isoformat() > day:
            message = f"seen {record.period}, which starts after {day}, the day of observation"
            yield Reason("period_in_future", "period", message)
        if self._is_ahead(record.observed_at, arrived_ms):
            message = f"seen {record.observed_at}, more than a day after it arrived"
            yield Reason("observed_in_future", "observed_at", message)

    def _is_ahead(self, observed_at: str, arrived_ms: int | None) -> bool:
        """Return whether this is more than a day after arrival.

        A moment of an earlier calendar day than the arrival's (UTC) cannot be, whatever its offset, nor one of the
        same day with an offset that is not negative; only for others the text is read.
        """
        if arrived_ms is None:
            return False
        n_days = arrived_ms // DAY_MS
        if n_days != self._arrival_day[0]:
            self._arrival_day = (n_days, date.fromordinal(_EPOCH + n_days).isoformat())
        day = self._arrival_day[1]
        if observed_at < day or (observed_at[-6] != "-" and observed_at.startswith(day)):
            return False
        return moment(observed_at).timestamp() * 1000 > arrived_ms + DAY_MS


def _shown(value: float) -> str:
    return number_shown(value, ".15g") if may_show(Observation, "value") else withheld(value)


def _fits_value(indicator: Indicator, value: float) -> bool:
    if indicator.type == "binary":
        return value in _BINARY
    return indicator.low <= value <= indicator.high and (value % 1 == 0 or round(value, indicator.decimals) == value)


def _value(indicator: Indicator, value: float) -> Iterator[Reason]:
    if indicator.type == "binary":
        if value not in _BINARY:
            yield Reason("not_binary", "value", f"seen {_shown(value)}; allowed are 0 and 1")
        return
    if not indicator.low <= value <= indicator.high:
        message = f"seen {_shown(value)}; allowed is {indicator.low:g} to {indicator.high:g}"
        yield Reason("out_of_range", "value", message)
    if round(value, indicator.decimals) != value:
        yield Reason("too_many_decimals", "value", f"seen {_shown(value)}; {indicator.decimals} decimals are counted")
