"""The words by which a refusal is known: stable, so that suppliers can filter on them and screens can explain them."""

RECORD_CODES = (
    "not_json",
    "not_utf8",
    "not_an_object",
    "duplicate_key",
    "missing_field",
    "unknown_field",
    "wrong_type",
    "not_a_number",
    "bad_format",
    "not_a_pseudonym",
    "too_long",
    "repeated_group",
    "unknown_code",
    "code_not_in_force",
)
"""What the record's own contract refuses, whatever the plan."""

LIST_CODES = ("unknown_code", "code_not_in_force")
"""What the record's own contract refuses because of the list that a field takes its codes from."""

PLAN_CODES = (
    "unknown_policy",
    "unknown_indicator",
    "unknown_arm",
    "missing_arm",
    "unknown_region",
    "unknown_group",
    "missing_cohort",
    "missing_cluster",
    "period_too_coarse",
    "period_in_future",
    "observed_in_future",
    "not_binary",
    "out_of_range",
    "too_many_decimals",
    "before_effective_from",
    "code_not_in_force",
)
"""What the plan refuses, looking at one record."""

LOG_CODES = (
    "not_for_suppliers",
    "before_maturity",
    "conflicts_with_enrolment",
    "conflicts_with_counted",
    "too_late",
    "cluster_closed",
    "unknown_plan",
    "plan_out_of_order",
)
"""What is refused because of who sent it, or of what the log said before."""

NOT_YOUR_POLICY = "not_your_policy"
"""The key with which the record came does not cover the policy that it names; said by the gateway."""

INTERNAL_ERROR = "internal_error"
"""A fault of ours about one record: it is set aside and reported, and the stream goes on."""
