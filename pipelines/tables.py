"""From the counts of a look to the tables that its comparisons need, stratum by stratum."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from contracts.evidence import POOLED
from contracts.period import parse_period
from contracts.plan import Plan
from pipelines.cells import Counts, Stratum
from pipelines.comparisons import BoolArray, Comparison, FloatArray, IntArray, Wiring, rest_of
from pipelines.evidence.clusters import CLUSTER_TERMS, cluster_terms, paired_terms
from pipelines.evidence.estimates import difference_terms
from pipelines.evidence.means import mean_difference_terms
from pipelines.measures import Measure, Method, spread_of

DIFFERENCE_TERMS = 3
_COLUMNS = ("base", "n_a", "k_a", "n_b", "k_b", "is_before", "terms")


@dataclass(frozen=True, slots=True)
class Tables:
    """Tables of looks: reference (a) and watched (b), one per stratum and base comparison; shape (tables,).

    Attributes:
        base: Place of each table's base comparison in `Wiring.rows`.
        n_a, k_a, n_b, k_b: Units and sums of what is counted; the tables of `level` have no reference.
        is_before: Whether the stratum lies before the policy.
        terms: What the estimate of a difference and its variance add up from; shape (tables, terms).
    """

    base: IntArray
    n_a: IntArray
    k_a: IntArray
    n_b: IntArray
    k_b: IntArray
    is_before: BoolArray
    terms: FloatArray

    def __len__(self) -> int:
        return len(self.base)

    def where(self, keep: BoolArray | IntArray) -> "Tables":
        """Return the tables that `keep` marks or numbers."""
        return Tables(*(getattr(self, name)[keep] for name in _COLUMNS))

    def without_terms(self) -> "Tables":
        """Return the tables with no terms."""
        return replace(self, terms=self.terms[:, :0])

    @staticmethod
    def join(parts: "Sequence[Tables]", *, n_terms: int) -> "Tables":
        """Return the tables of all parts, in their order."""
        none = np.zeros(0, dtype=np.int64)
        empty = Tables(none, none, none, none, none, none.astype(bool), np.zeros((0, n_terms)))
        return Tables(*(np.concatenate([getattr(each, name) for each in (empty, *parts)]) for name in _COLUMNS))


def tables_of(counts: Counts, plan: Plan, wiring: Wiring, measure: Measure) -> Tables:
    """Return the look's tables for every base comparison; one-sided tables are among them.

    Counts of an earlier version may be given: what the plan no longer names is left out.
    """
    source = _Source(counts, plan, wiring, measure)
    parts = [part for make in (_effects, _gaps, _levels, _elsewhere) for part in make(source)]
    return Tables.join(parts, n_terms=n_terms_of(measure))


def n_terms_of(measure: Measure) -> int:
    """Return how many terms a table has."""
    return CLUSTER_TERMS if measure.method is Method.CLUSTERS else DIFFERENCE_TERMS


class _Source:
    """The counts of a look, and where their strata lie in the plan."""

    def __init__(self, counts: Counts, plan: Plan, wiring: Wiring, measure: Measure) -> None:
        self.counts, self.plan, self.wiring, self.measure = counts, plan, wiring, measure
        here = frozenset(plan.choices.areas.here)
        self.is_here = np.array([each.region in here for each in counts.strata], dtype=bool)
        self.is_before = np.array([_is_before(each, plan) for each in counts.strata], dtype=bool)
        self.groups = [each for each in plan.groups if each.id in counts.groups]
        self.arms = [arm for arm in (plan.arms.every if plan.arms is not None else ("",)) if arm in counts.arms]

    def column(self, group: str) -> int | None:
        """Return the column of a comparison's group, None where it was not counted."""
        name = group.removeprefix(rest_of(""))
        if group == POOLED:
            return 0
        if name not in self.counts.groups:
            return None
        return self.counts.column(name) if name == group else self.counts.rest(name)

    def amounts(self, strata: IntArray, arm: str, group: str) -> IntArray:
        """Return the amounts of an arm (every arm where it is empty) in some strata; shape (strata, amounts)."""
        sums = self.counts.sums[strata][:, :, self.column(group)]
        whole: IntArray = sums.sum(axis=1) if arm == _EVERY else sums[:, self.counts.arms.index(arm)]
        return whole

    def places(self, rows: Sequence[tuple[str, str, str, str]]) -> IntArray:
        """Return the numbers of comparisons."""
        return np.array([self.wiring.place(*row) for row in rows], dtype=np.int64)

    def regions(self, strata: IntArray) -> list[str]:
        """Return the region of each stratum."""
        return [self.counts.strata[place].region for place in strata.tolist()]

    def compared(self, base: IntArray, a: IntArray, b: IntArray, *, is_before: bool = False) -> Tables:
        """Return the tables of two independent sides that anybody is in.

        Args:
            base: Their comparisons; shape (tables,).
            a: Amounts of the reference; shape (tables, amounts).
            b: Amounts of the watched side; shape (tables, amounts).
            is_before: Whether they lie before the policy.
        """
        kept = (a[:, 0] + b[:, 0]) > 0
        base, a, b = base[kept], a[kept], b[kept]
        terms = self._terms(a, b)
        return Tables(base, a[:, 0], a[:, 1], b[:, 0], b[:, 1], np.full(len(base), is_before), terms)

    def _terms(self, a: IntArray, b: IntArray) -> FloatArray:
        if self.measure.method is Method.EXACT:
            return difference_terms(a[:, 0], a[:, 1], b[:, 0], b[:, 1])
        terms = cluster_terms if self.measure.method is Method.CLUSTERS else mean_difference_terms
        return terms(a[:, 0], *self._spread(a), b[:, 0], *self._spread(b))

    def _spread(self, amounts: IntArray) -> tuple[FloatArray, FloatArray]:
        return spread_of(amounts[:, 0], amounts[:, 1], amounts[:, 2:4], unit=self.measure.unit)

    def paired(self, base: IntArray, pairs: IntArray, *, is_before: bool) -> Tables:
        """Return the tables of clusters with both sides; `pairs` as in `Counts.paired`; shape (tables, 5)."""
        kept = pairs[:, 0] > 0
        base, pairs = base[kept], pairs[kept]
        n = pairs[:, 0]
        terms = paired_terms(n, *spread_of(n, pairs[:, 2] - pairs[:, 1], pairs[:, 3:5], unit=self.measure.unit))
        return Tables(base, n, pairs[:, 1], n, pairs[:, 2], np.full(len(base), is_before), terms)

    def alone(self, base: IntArray, b: IntArray) -> Tables:
        """Return the tables of one side that is held against a level."""
        kept = b[:, 0] > 0
        base, b = base[kept], b[kept]
        n, none = b[:, 0], np.zeros(len(b), dtype=np.int64)
        return Tables(base, none, none, n, b[:, 1], np.zeros(len(b), dtype=bool), self._terms_alone(b))

    def _terms_alone(self, b: IntArray) -> FloatArray:
        n = b[:, 0]
        if self.measure.method is Method.CLUSTERS:
            return paired_terms(n, *self._spread(b))
        if self.measure.method is Method.EXACT:
            mean = b[:, 1] / n
            squares = n * mean * (1.0 - mean)
        else:
            mean, squares = self._spread(b)
        variance = np.divide(squares, n - 1.0, out=np.zeros(len(n)), where=n > 1)
        return np.stack([n, n * mean, n * variance], axis=-1) * (n > 1)[:, None]


_EVERY = ""
_Make = Callable[[_Source], Iterator[Tables]]


def _is_before(stratum: Stratum, plan: Plan) -> bool:
    return plan.pre_period is not None and plan.pre_period.holds(parse_period(stratum.period))


def _effects(source: _Source) -> Iterator[Tables]:
    """Yield per watched arm and group its tables against the reference."""
    arms, wiring = source.plan.arms, source.wiring
    if arms is None or arms.reference not in source.arms:
        return
    strata = np.flatnonzero(source.is_here & ~source.is_before)
    regions = source.regions(strata)
    for arm in (each for each in arms.watched if each in source.arms):
        for group in _groups_of(wiring, "effect"):
            if source.column(group) is not None:
                base = source.places([("effect", arm, region, group) for region in regions])
                sides = [source.amounts(strata, side, group) for side in (arms.reference, arm)]
                yield source.compared(base, *sides)


def _groups_of(wiring: Wiring, claim: str) -> list[str]:
    return list(dict.fromkeys(row.group for row in wiring.rows if row.claim == claim))


def _gaps(source: _Source) -> Iterator[Tables]:
    """Yield per group and arm its tables against everybody else of the same stratum and arm."""
    wiring = source.wiring
    has_before = any(row.has_before for row in wiring.rows if row.claim == "gap")
    for group in _groups_of(wiring, "gap"):
        if source.column(group) is None:
            continue
        after = np.flatnonzero(source.is_here & ~source.is_before)
        for arm in source.arms:
            yield _gap(source, after, group, counted=arm, arm=arm or POOLED)
        if has_before:
            before = np.flatnonzero(source.is_here & source.is_before)
            for arm in dict.fromkeys((POOLED, *(each or POOLED for each in source.arms))):
                yield _gap(source, before, group, counted=_EVERY, arm=arm, is_before=True)


def _gap(source: _Source, strata: IntArray, group: str, *, counted: str, arm: str, is_before: bool = False) -> Tables:
    """Return the tables of a group; before the policy there are no arms, so every arm starts from all units."""
    base = source.places([("gap", arm, region, group) for region in source.regions(strata)])
    if source.measure.method is Method.CLUSTERS:
        pairs = source.counts.paired[strata][:, :, source.counts.groups.index(group)]
        at = pairs.sum(axis=1) if counted == _EVERY else pairs[:, source.counts.arms.index(counted)]
        return source.paired(base, at, is_before=is_before)
    sides = [source.amounts(strata, counted, side) for side in (rest_of(group), group)]
    return source.compared(base, *sides, is_before=is_before)


def _levels(source: _Source) -> Iterator[Tables]:
    """Yield per arm and group its units, to be held against the floor and the target."""
    strata = np.flatnonzero(source.is_here & ~source.is_before)
    regions = source.regions(strata)
    for group in _groups_of(source.wiring, "level"):
        if source.column(group) is not None:
            for arm in source.arms:
                base = source.places([("level", arm or POOLED, region, group) for region in regions])
                yield source.alone(base, source.amounts(strata, arm, group))


def _elsewhere(source: _Source) -> Iterator[Tables]:
    """Yield per area elsewhere, and per comparison area as a placebo, its tables against the comparison areas."""
    rows = [row for row in source.wiring.rows if row.claim == "elsewhere"]
    everywhere = np.arange(len(source.counts.strata))
    amounts = source.amounts(everywhere, _EVERY, POOLED) if rows else np.zeros((0, 0), dtype=np.int64)
    for is_before in (True, False) if rows else ():
        strata = np.flatnonzero(source.is_before == is_before)
        for row in rows:
            yield _against_comparison(source, row, strata, amounts, is_before=is_before)


def _against_comparison(
    source: _Source, row: Comparison, strata: IntArray, amounts: IntArray, *, is_before: bool
) -> Tables:
    """Return the tables of one area against the other comparison areas, per cohort and period."""
    others = frozenset(source.plan.choices.areas.comparison) - {row.region}
    sides: dict[tuple[str, str], IntArray] = {}
    for place in strata.tolist():
        stratum = source.counts.strata[place]
        if stratum.region in others or stratum.region == row.region:
            both = sides.setdefault((stratum.cohort, stratum.period), np.zeros((2, amounts.shape[1]), dtype=np.int64))
            both[int(stratum.region == row.region)] += amounts[place]
    joined = np.array([sides[key] for key in sorted(sides)], dtype=np.int64).reshape(len(sides), 2, amounts.shape[1])
    base = np.full(len(sides), source.wiring.place("elsewhere", POOLED, row.region, POOLED), dtype=np.int64)
    return source.compared(base, joined[:, 0], joined[:, 1], is_before=is_before)
