"""What a look says beside its evidence: warnings about the data, and how unequal the outcome is spread."""

from typing import Literal

import msgspec

WarningCode = Literal["sample_ratio", "reporting_delay", "group_shares", "enrolment_behind"]
Measure = Literal["mean_log_deviation", "concentration_index", "gini"]
Part = Literal["total", "within", "between"]


class DataWarning(msgspec.Struct, frozen=True, kw_only=True):
    """Something about the data that makes conclusions doubtful; it is for the evaluation team, not for policy.

    Attributes:
        code: `sample_ratio`: units per arm are not as planned; `reporting_delay`: one arm reports later than another;
            `group_shares`: the make-up changed since the baseline; `enrolment_behind`: fewer units than planned.
        arm, region, group: Where; `all` where pooled.
        seen, expected: The figures that differ: shares (0 to 1), a delay in looks, or units.
        log_e: Evidence for the difference (nats); None where there is only a threshold.
    """

    code: WarningCode
    arm: str
    region: str
    group: str
    seen: float
    expected: float
    log_e: float | None


class Inequality(msgspec.Struct, frozen=True, kw_only=True):
    """How unequal an outcome is spread over people, or over an ordered scale of groups, up to and with a look.

    Attributes:
        arm: The arm, `all` where the policy has none.
        measure: Mean log deviation and Gini are 0 when everybody has the same; the concentration index is negative
            when the lower groups of the scale have more of the outcome.
        part: `within` and `between` groups of the scale add up to `total` for the mean log deviation; the index and the
            Gini of a grouped scale are `between`.
        value, standard_error: The estimate.
        n: People it rests on.
    """

    arm: str
    measure: Measure
    part: Part
    value: float
    standard_error: float | None
    n: int
