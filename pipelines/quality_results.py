"""What checks mean: a result for each rule and cell, from the rows that fail it.

Failed, could not run and not applicable are kept apart. Of a rule on records the share that fails is judged as soon as
enough records of a cell were seen, over several micro-batches if need be. A figure from which a small count could be
told is not given; that the rule fails is.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence

from contracts.evidence import POOLED
from contracts.expectations import Check
from contracts.plan import Plan
from contracts.quality import Cell, QualityResult, Series, Severity
from contracts.quality_rules import RULES, Rule
from pipelines.quality_figures import FEWEST, Figures
from pipelines.quality_rows import Kind, Rows
from pipelines.quality_state import Share

_DECIMALS = 3
_EVERYTHING = Cell()


def record_results(
    rows: Rows, checks: Iterable[Check], shares: dict[str, Share], *, plan: Plan
) -> Iterator[QualityResult]:
    """Yield what the rules on records say; what cannot be judged yet waits in `shares`.

    Args:
        rows: The records.
        checks: What became of the expectations.
        shares: What was not judged before, by series; changed.
        plan: Sets how many records are enough.
    """
    by_rule: dict[str, list[Check]] = defaultdict(list)
    for check in checks:
        by_rule[check.rule].append(check)
    n_by_kind = Counter(map(rows.kind, range(len(rows))))
    for name, of_rule in sorted(by_rule.items()):
        rule, problems = RULES[name], [each.problem for each in of_rule if each.problem is not None]
        if problems:
            yield _result(rule, _EVERYTHING, "could_not_run", why=problems[0])
        else:
            failing = {row for each in of_rule for row in each.rows}
            for key, share in _counted(rule, rows, n_by_kind, failing).items():
                yield _judged(rule, key, _added(shares, key, share), shares, plan)


def _counted(rule: Rule, rows: Rows, n_by_kind: Mapping[Kind, int], failing: set[int]) -> Mapping[str, Share]:
    """Return records and failing ones by series, as they are in this micro-batch."""
    counted: dict[str, Share] = defaultdict(Share)
    n_failing = Counter(rows.kind(place) for place in failing)
    for kind, n in n_by_kind.items():
        for cell in _cells(rule, tuple(rows.cells(kind))):
            share = counted[Series(rule.id, cell).key]
            share.n, share.failed = share.n + n, share.failed + n_failing[kind]
    return counted


def _cells(rule: Rule, cells: Sequence[Cell]) -> Iterable[Cell]:
    """Return the cells in which a record is judged: completeness in all of them, the rest by indicator."""
    if rule.id == "complete":
        return cells
    of_indicator = cells[0]
    if rule.id == "readable":
        return {of_indicator, _EVERYTHING}
    if rule.id == "in_range" and of_indicator.indicator == POOLED:
        return ()
    return (of_indicator,)


def _added(shares: dict[str, Share], key: str, share: Share) -> Share:
    known = shares.setdefault(key, Share())
    known.n, known.failed = known.n + share.n, known.failed + share.failed
    return known


def _judged(rule: Rule, key: str, share: Share, shares: dict[str, Share], plan: Plan) -> QualityResult:
    cell, smallest = Series.of(key).cell, plan.disclosure.minimum_cell
    if share.n < max(FEWEST, smallest):
        return _result(rule, cell, "not_applicable", why="few_records")
    del shares[key]
    is_hidden = 0 < share.failed < smallest
    figure = share.failed / share.n
    return _result(
        rule,
        cell,
        "failed" if figure > rule.bound else "passed",
        n=_rounded(share.n, plan),
        figure=None if is_hidden else figure,
    )


def cell_results(figures: Sequence[Figures], checks: Iterable[Check], *, plan: Plan) -> Iterator[QualityResult]:
    """Yield what the rules on cells say of each cell of the looks that closed.

    Args:
        figures: The rows of the frame.
        checks: What became of the expectations.
        plan: Sets which counts are small.
    """
    for check in sorted(checks, key=lambda each: each.rule):
        rule = RULES[check.rule]
        if check.problem is not None:
            yield _result(rule, _EVERYTHING, "could_not_run", why=check.problem)
            continue
        failing = set(check.rows)
        for place, each in enumerate(figures):
            if rule.id in each.seen:
                yield _seen(rule, each, has_failed=place in failing, plan=plan)
    for each in figures:
        for name, why in each.why.items():
            yield _result(RULES[name], each.cell, "not_applicable", look=each.look, why=why)


def _seen(rule: Rule, figures: Figures, *, has_failed: bool, plan: Plan) -> QualityResult:
    is_small = figures.n < plan.disclosure.minimum_cell and rule.id != "fresh"
    return _result(
        rule,
        figures.cell,
        "failed" if has_failed else "passed",
        look=figures.look or None,
        n=None if is_small or not figures.n else _rounded(figures.n, plan),
        figure=None if is_small or rule.id in figures.hidden else figures.seen[rule.id],
        severity="warning" if rule.id in figures.only_warns else rule.severity,
    )


def _rounded(n: int, plan: Plan) -> int:
    step = plan.disclosure.round_to
    return (n + step // 2) // step * step


def _result(
    rule: Rule,
    cell: Cell,
    outcome: str,
    *,
    figure: float | None = None,
    severity: Severity | None = None,
    **rest: object,
) -> QualityResult:
    return QualityResult(
        rule=rule.id,
        severity=severity or rule.severity,
        indicator=cell.indicator,
        arm=cell.arm,
        region=cell.region,
        group=cell.group,
        outcome=outcome,  # type: ignore[arg-type]
        figure=None if figure is None else round(figure, _DECIMALS),
        bound=rule.bound,
        **rest,  # type: ignore[arg-type]
    )
