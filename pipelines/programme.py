"""False findings over the successive policies of a programme: a government that keeps trying will find something.

Each policy takes a turn, in the order of registration, with one question: is anything true of what its plan tests? The
e-value of "nothing is" is the mean of those of all its hypotheses, which is one however they depend. e-LOND decides
the turns, so that of the policies in which something is found at most alpha are false in expectation, however many
policies follow.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import get_args

import numpy as np

from contracts.evidence import Claim, EvidenceRow
from contracts.plan import MISSING, Plan
from pipelines.evidence.detectors import average_bets
from pipelines.evidence.multiplicity import e_lond
from pipelines.evidence.tables import FloatArray

_COMPARISONS: frozenset[Claim] = frozenset({"effect", "gap", "elsewhere", "level"})
_FOR_THE_BETTER: frozenset[Claim] = frozenset({"co_benefit"})
_FOR_THE_WORSE: frozenset[Claim] = frozenset(get_args(Claim)) - _COMPARISONS - _FOR_THE_BETTER


@dataclass(frozen=True, slots=True)
class Taking:
    """A policy that takes part: its plan, and the latest row of everything it has ever tested."""

    plan: Plan
    rows: Sequence[EvidenceRow]


@dataclass(frozen=True, slots=True)
class Turn:
    """What became of a policy in its turn.

    Attributes:
        order: Its turn, from 1.
        policy: Id of its plan.
        n_hypotheses: How many hypotheses its e-value is the mean of.
        log_e: Log e-value of "nothing that the plan tests is true" (nats), 0 without hypotheses.
        level: alpha_t; the e-value must reach 1 / alpha_t.
        found: Whether it does.
    """

    order: int
    policy: str
    n_hypotheses: int
    log_e: float
    level: float
    found: bool


def turns(policies: Sequence[Taking]) -> tuple[Turn, ...]:
    """Return the turns of a programme's policies, at the smallest alpha that any of their plans promises.

    The level of a turn depends on what was found in those before it, so it is decided for good once no policy up to it
    has looks to come. Until then it is read at the latest looks, and the promise is that of this reading. A stricter
    plan that joins tightens the turns before it. What a plan's new version tests anew is read as it stands: that it
    was changed because little was found is not paid for here.

    Args:
        policies: In the order of their first registration.
    """
    if not policies:
        return ()
    log_e = [_log_e_values(each) for each in policies]
    means = [float(average_bets(values)) if values.size else 0.0 for values in log_e]
    found, levels = e_lond(means, alpha=min(each.plan.evidence.alpha for each in policies))
    return tuple(
        Turn(at + 1, each.plan.id, log_e[at].size, means[at], float(levels[at]), bool(found[at]))
        for at, each in enumerate(policies)
    )


def _log_e_values(policy: Taking) -> FloatArray:
    """Return the log e-values of all hypotheses of a policy.

    They are both directions of each comparison with enough people, and each combined claim. Missing outcomes are left
    out: they are about the data, not about the policy; and so is a roll-out, which has no e-value. A row without a
    guarantee counts with e = 0, as in e-BH: to leave it out because of what the data showed would favour the rest.
    """
    least = policy.plan.disclosure.minimum_cell
    values = [value for row in policy.rows if _is_tested(row, least) for value in _of_row(row)]
    return np.array(values, dtype=np.float64)


def _is_tested(row: EvidenceRow, minimum_cell: int) -> bool:
    if row.indicator.endswith(MISSING) or row.claim == "roll_out":
        return False
    has_reference = row.n_a >= minimum_cell or row.claim == "level"
    return row.claim not in _COMPARISONS or (has_reference and row.n_b >= minimum_cell)


def _of_row(row: EvidenceRow) -> tuple[float, ...]:
    values = [row.log_e_worse] if row.claim not in _FOR_THE_BETTER else []
    values += [row.log_e_better] if row.claim not in _FOR_THE_WORSE else []
    return tuple(values if row.guarantee != "descriptive" else [-math.inf] * len(values))
