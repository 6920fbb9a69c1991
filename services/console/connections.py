"""What is said beside the board: claims that combine comparisons, limits and areas, and what the last looks remark.

Every such claim of a policy is looked at; shown are those that stand, and of the others the ones that are closest to
it. What is only descriptive comes after what has a guarantee.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncConnection

from contracts.evidence import POOLED, Claim, EvidenceRow
from contracts.plan import Plan
from infra.postgres import evidence_reading
from infra.postgres.evidence_reading import Chosen
from infra.postgres.reading import last_looks
from pipelines.disclosure import disclose_evidence
from services.claimed import combined, comparisons
from services.console.names import Names
from services.console.remarks import Remarks
from services.console.sentences import Sentences
from services.console.words import Words

MOST_AT_ONCE = 8
"""Standing claims that are shown without asking for more."""

CLOSEST = 5
"""Claims that do not stand and are shown all the same."""

_LEAST_LOG_E = 0.0
_BESIDE: tuple[Claim, ...] = ("level", "elsewhere", "roll_out")
"""Comparisons that the board does not show."""


@dataclass(frozen=True, slots=True)
class Connection:
    """One claim.

    Attributes:
        sentence: What it says.
        log_e: Its evidence (nats); None where it is held back.
        reason: Why nothing may be concluded, in plain words.
    """

    sentence: str
    log_e: float | None
    reason: str | None


@dataclass(frozen=True, slots=True)
class Connections:
    """What is said beside the board.

    Attributes:
        standing, closest: Claims that stand, and those that come closest to it.
        roll_out: What is described of regions since the policy began there.
        n_watched: How many claims are looked at, those without evidence yet included.
        warnings, enrolment, inequality: What the last look of each outcome remarks, as sentences.
    """

    standing: tuple[Connection, ...]
    closest: tuple[Connection, ...]
    roll_out: tuple[Connection, ...]
    n_watched: int
    warnings: tuple[str, ...]
    enrolment: tuple[str, ...]
    inequality: tuple[str, ...]

    @property
    def first(self) -> tuple[Connection, ...]:
        """The claims that stand and are shown at once."""
        return self.standing[:MOST_AT_ONCE]

    @property
    def further(self) -> tuple[Connection, ...]:
        """The other claims that stand."""
        return self.standing[MOST_AT_ONCE:]

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to say or to wait for."""
        return not (self.n_watched or self.warnings or self.enrolment or self.inequality)


async def connections_of(connection: AsyncConnection, plan: Plan, *, names: Names, words: Words) -> Connections:
    """Return what is said beside the board of a policy."""
    chosen = (*combined(plan, pooled=True), *_beside(plan))
    seen = [each for one in chosen for each in await evidence_reading.latest(connection, plan.id, one)]
    rows = [each.row for each in seen if not _is_as_it_should_be(each.row, plan)]
    told, remarks = _Told(plan, Sentences(plan, names, words)), Remarks(plan, names, words)
    looks = await last_looks(connection, plan.id)
    noted = [(each, look.indicator) for look in looks for each in look.warnings]
    behind = [each for each, _ in noted if each.code == "enrolment_behind"]
    return Connections(
        standing=told.of(_worst(row for row in rows if row.stands is not None)),
        closest=told.of(_worst(row for row in rows if _is_close(row))[:CLOSEST]),
        roll_out=told.of(row for row in rows if row.claim == "roll_out"),
        n_watched=sum(each.size for each in chosen),
        warnings=tuple(remarks.warning(each, name) for each, name in noted if each not in behind),
        enrolment=tuple(dict.fromkeys(remarks.enrolment(each) for each in behind)),  # every outcome's look says it
        inequality=tuple(remarks.inequality(each, look.indicator) for look in looks for each in look.inequality),
    )


def _beside(plan: Plan) -> Iterable[Chosen]:
    every = (*comparisons(plan, pooled=True), *comparisons(plan, pooled=False))
    return (
        each
        for each in every
        if each.claims[0] in _BESIDE and (each.claims == ("elsewhere",) or POOLED in each.regions)
    )


def _is_as_it_should_be(row: EvidenceRow, plan: Plan) -> bool:
    """Return whether a row says that people are above their floor: that is no news."""
    indicator = plan.indicator(row.indicator)
    has_floor = indicator is not None and indicator.floor is not None
    return row.claim == "level" and has_floor and row.stands != "worse" and row.log_e_worse <= _LEAST_LOG_E


def _is_close(row: EvidenceRow) -> bool:
    return row.stands is None and row.state != "too_early" and _strength(row) > _LEAST_LOG_E


def _strength(row: EvidenceRow) -> float:
    return max(row.log_e_worse, row.log_e_better)


def _worst(rows: Iterable[EvidenceRow]) -> list[EvidenceRow]:
    """Return what has a guarantee first, of that what is worse for people, and of that the strongest evidence."""
    return sorted(rows, key=_place)


def _place(row: EvidenceRow) -> tuple[bool, bool, float]:
    return row.guarantee == "descriptive", row.log_e_better > row.log_e_worse, -_strength(row)


class _Told:
    """Turns rows into what is shown of them."""

    def __init__(self, plan: Plan, sentences: Sentences) -> None:
        self._plan, self._sentences = plan, sentences

    def of(self, rows: Iterable[EvidenceRow]) -> tuple[Connection, ...]:
        """Return the claims of some rows, in their order."""
        return tuple(self._connection(row) for row in rows)

    def _connection(self, row: EvidenceRow) -> Connection:
        shown = disclose_evidence(row, self._plan)
        is_better = row.log_e_better > row.log_e_worse
        return Connection(
            sentence=self._sentences.of(row),
            log_e=shown.log_e_better if is_better else shown.log_e_worse,
            reason=self._sentences.reason(row),
        )
