"""What of a policy is shown on its board: which comparison, of which arm, where and in which order.

Whatever an address asks for that the plan does not know falls back to the plan's own first choice, so that an old link
still opens.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, get_args

from contracts.evidence import POOLED
from contracts.plan import Indicator, Plan
from infra.postgres.evidence_reading import Chosen

Order = Literal["slechtste", "naam", "aantal"]
ORDERS: tuple[Order, ...] = get_args(Order)


@dataclass(frozen=True, slots=True)
class Selection:
    """A view on a policy.

    Attributes:
        plan: The policy's plan.
        arm: The arm whose effect is shown, or `all`: each group against everyone else.
        region: One region, or `all`.
        order: How the groups are ordered.
    """

    plan: Plan
    arm: str
    region: str
    order: Order

    @property
    def claim(self) -> Literal["effect", "gap"]:
        """The comparison that is shown."""
        return "gap" if self.arm == POOLED else "effect"

    @property
    def groups(self) -> tuple[str, ...]:
        """The groups with a row of their own, in the order of the plan."""
        shown = (group for group in self.plan.groups if self.claim == "effect" or group.disadvantaged)
        return tuple(group.id for group in shown)

    @property
    def watched(self) -> tuple[str, ...]:
        """The groups to read evidence about: an effect is also about everyone together."""
        return (*self.groups, POOLED) if self.claim == "effect" else self.groups

    def board(self) -> Chosen:
        """Return the comparisons on the board."""
        return self._chosen(self.plan.indicators, (self.region,), self.watched)

    def places(self) -> Chosen:
        """Return the comparisons of the board of regions."""
        return self._chosen(self.place_indicators, (POOLED, *self.plan.choices.areas.here), self.place_groups)

    @property
    def has_places(self) -> bool:
        """Whether regions are shown beside each other."""
        return self.region == POOLED and len(self.plan.choices.areas.here) > 1

    @property
    def place_groups(self) -> tuple[str, ...]:
        """The groups on the board of regions."""
        return (POOLED,) if self.claim == "effect" else self.groups

    @property
    def place_indicators(self) -> tuple[Indicator, ...]:
        """The indicators on the board of regions; with several groups beside each other only the first primary one."""
        if len(self.place_groups) == 1:
            return self.plan.indicators
        primary = (each for each in self.plan.indicators if each.role == "primary")
        return (next(primary, self.plan.indicators[0]),)

    def _chosen(self, indicators: Sequence[Indicator], regions: tuple[str, ...], groups: tuple[str, ...]) -> Chosen:
        return Chosen((self.claim,), tuple(each.id for each in indicators), (self.arm,), regions, groups)


def select(plan: Plan, *, arm: str | None = None, region: str | None = None, order: str | None = None) -> Selection:
    """Return the view that an address asks for."""
    return Selection(
        plan,
        _known(arm, arms_of(plan)),
        _known(region, (POOLED, *plan.choices.areas.here)),
        next((each for each in ORDERS if each == order), ORDERS[0]),
    )


def arms_of(plan: Plan) -> tuple[str, ...]:
    """Return the comparisons the plan allows: its watched arms, and `all` for each group against everyone else."""
    effects = plan.arms.watched if plan.arms is not None and plan.claims.effect is not None else ()
    return (*effects, POOLED) if plan.claims.gap is not None or not effects else effects


def _known(asked: str | None, allowed: tuple[str, ...]) -> str:
    return asked if asked in allowed else allowed[0]
