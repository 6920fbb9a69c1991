"""The running state of combined claims: what they say, and where each is in its life."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from contracts.plan import Plan
from pipelines.combined import Members, joints
from pipelines.comparisons import FloatArray, IntArray
from pipelines.tracks import NOTHING, TOO_EARLY


@dataclass(slots=True)
class Verdicts:
    """The state of the claims of one joint; shape (cells,) each.

    Attributes:
        log_e: Log e-processes as of the last looks (nats).
        since: Version in which the rule, or a part, began.
        stands, state: As in tracks.
    """

    log_e: FloatArray
    since: IntArray
    stands: IntArray
    state: IntArray

    @staticmethod
    def empty(n_cells: int, *, version: int) -> "Verdicts":
        """Return verdicts without evidence."""
        whole = np.zeros(n_cells, dtype=np.int64)
        return Verdicts(np.zeros(n_cells), whole + version, whole.copy(), whole.copy())

    def begin_with(self, parts: Sequence[IntArray]) -> None:
        """Let every claim of which a part began in a later version begin anew with it: nothing of it stood yet.

        Args:
            parts: Versions in which the parts began; shape (cells,) each.
        """
        since = np.max([self.since, *parts], axis=0)
        is_new = since > self.since
        self.since = since
        self.stands = np.where(is_new, NOTHING, self.stands)
        self.state = np.where(is_new, TOO_EARLY, self.state)


class Together:
    """The combined claims of a policy under the version of the plan in force.

    Attributes:
        joints: The claims.
        verdicts: Their state, in the same order.
    """

    def __init__(self, plan: Plan, members: Members) -> None:
        self.joints = joints(plan, members)
        self.verdicts = [Verdicts.empty(len(each.cells), version=plan.version) for each in self.joints]
        self.definitions = [each.definition(plan) for each in self.joints]

    def carry_from(self, old: "Together") -> None:
        """Take over the state of the claims whose rule did not change."""
        known = {
            (joint.name, definition, cell): (verdicts, place)
            for joint, definition, verdicts in zip(old.joints, old.definitions, old.verdicts, strict=True)
            for place, cell in enumerate(joint.cells)
        }
        for joint, definition, verdicts in zip(self.joints, self.definitions, self.verdicts, strict=True):
            for place, cell in enumerate(joint.cells):
                if (joint.name, definition, cell) in known:
                    source, at = known[joint.name, definition, cell]
                    for name in Verdicts.__slots__:
                        getattr(verdicts, name)[place] = getattr(source, name)[at]

    def update(self, members: Members, plan: Plan, *, closed: str | None = None) -> None:
        """Bring the claims that rest on an indicator up to date with a look of it; every claim where None is given."""
        for joint, verdicts in zip(self.joints, self.verdicts, strict=True):
            if closed is None or closed in joint.indicators:
                verdicts.log_e = joint.log_e(members, plan)
                verdicts.begin_with([members[name].tracks.since[rows] for name, rows in joint.parts])

    def changed(self, closed: str, rows: IntArray) -> list[IntArray]:
        """Return per joint the cells that rest on some comparisons of an indicator."""
        return [
            np.unique(np.concatenate([np.flatnonzero(np.isin(at, rows)) for name, at in joint.parts if name == closed]))
            if closed in joint.indicators
            else np.zeros(0, dtype=np.int64)
            for joint in self.joints
        ]

    def named(self) -> Mapping[str, Verdicts]:
        """Return the verdicts by the names of their joints, for storage."""
        return {joint.name: verdicts for joint, verdicts in zip(self.joints, self.verdicts, strict=True)}
