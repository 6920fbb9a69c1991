"""Room for every kind of claim: sums of values, pairs of indicators, and what a look says beside its evidence.

A migration stands for good: it is written out and does not read `infra.postgres.schema`, which moves on.
"""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.types import TypeEngine

Kind = TypeEngine[Any]

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

SCHEMA = "leerlus"
FLOAT, INTEGER, JSON = sa.Float(), sa.Integer(), JSONB()


def upgrade() -> None:
    op.execute("DROP VIEW reporting.evidence_latest")
    evidence()
    look()
    view()


def evidence() -> None:
    """Events of a continuous outcome are sums of values; a pair of indicators is found like any other claim."""
    for side in ("k_a", "k_b"):
        op.alter_column("evidence", side, type_=FLOAT, existing_type=sa.BigInteger(), schema=SCHEMA)
    optional("evidence", "selected_lower", FLOAT)
    optional("evidence", "selected_upper", FLOAT)
    optional("evidence", "other_difference", FLOAT)
    optional("evidence", "other_difference_lower", FLOAT)
    optional("evidence", "other_difference_upper", FLOAT)
    optional("evidence", "began", INTEGER)
    optional("evidence", "placebos", ARRAY(INTEGER))
    op.drop_index("evidence_by_claim", "evidence", schema=SCHEMA)
    pair = sa.text("coalesce(other_indicator, ''::text)")
    claim: list[str | sa.TextClause] = ["policy", "claim", "indicator", pair, "arm", "region", "group", "closing"]
    op.create_index("evidence_by_claim", "evidence", claim, schema=SCHEMA)


def look() -> None:
    listed("look", "warnings")
    listed("look", "inequality")


def optional(table: str, name: str, kind: Kind) -> None:
    op.add_column(table, sa.Column(name, kind, nullable=True), schema=SCHEMA)


def listed(table: str, name: str) -> None:
    column = sa.Column(name, JSON, nullable=False, server_default=sa.text("'[]'::jsonb"))
    op.add_column(table, column, schema=SCHEMA)


def view() -> None:
    """Make the view of the evidence for Grafana: no small cell, counts rounded as the plan says.

    A `level` has no reference. Of a continuous outcome the people count and the mean is shown; of a count, those with
    the outcome and those without it count too. `cumulation` has no outcome of its own. Of a combined claim the other
    part has only its difference here, and that only behind the gate of its interval.
    """
    op.execute(
        """
        CREATE VIEW reporting.evidence_latest WITH (security_barrier) AS
        WITH latest AS (
            SELECT DISTINCT ON (policy, claim, indicator, coalesce(other_indicator, ''), arm, region, "group") *
            FROM leerlus.evidence
            ORDER BY policy, claim, indicator, coalesce(other_indicator, ''), arm, region, "group", closing DESC
        ), rules AS (
            SELECT sha256,
                   coalesce((document -> 'disclosure' ->> 'minimum_cell')::bigint, 10) AS minimum_cell,
                   coalesce((document -> 'disclosure' ->> 'round_to')::bigint, 5) AS round_to,
                   coalesce((document -> 'evidence' ->> 'minimum_events')::bigint, 10) AS minimum_events,
                   document -> 'indicators' AS indicators
            FROM (SELECT sha256, convert_from(canonical, 'UTF8')::jsonb AS document FROM leerlus.plan) AS stored
        ), known AS (
            SELECT latest.*, minimum_cell, round_to, minimum_events,
                   claim = 'level' AS is_level,
                   coalesce(indicators @> jsonb_build_array(jsonb_build_object('id', indicator, 'type', 'continuous')), false)
                       AS has_values,
                   indicator = 'all' AS is_of_all
            FROM latest
            JOIN rules ON sha256 = plan_sha256
        )
        SELECT policy, plan_version, claim, indicator, other_indicator, arm, region, "group", look, look_index,
               round(n_a::numeric / round_to) * round_to AS n_a,
               CASE WHEN NOT (has_values OR is_of_all) THEN round(k_a::numeric / round_to) * round_to END AS k_a,
               round(n_b::numeric / round_to) * round_to AS n_b,
               CASE WHEN NOT (has_values OR is_of_all) THEN round(k_b::numeric / round_to) * round_to END AS k_b,
               CASE WHEN NOT is_of_all THEN round((k_a / nullif(n_a, 0))::numeric, 3)::float8 END AS mean_a,
               CASE WHEN NOT is_of_all THEN round((k_b / nullif(n_b, 0))::numeric, 3)::float8 END AS mean_b,
               scale, estimate, lower, upper, selected_lower, selected_upper,
               difference, difference_lower, difference_upper,
               CASE WHEN minimum_events >= minimum_cell AND other_difference_lower IS NOT NULL
                     AND other_difference_upper IS NOT NULL THEN round(other_difference::numeric, 3)::float8 END
                   AS other_difference,
               round(log_e_worse::numeric, 2)::float8 AS log_e_worse, round(log_e_better::numeric, 2)::float8 AS log_e_better,
               round(log_detector_worse::numeric, 2)::float8 AS log_detector_worse,
               round(log_detector_better::numeric, 2)::float8 AS log_detector_better,
               recent, began, guarantee, state, stands, smallest_visible, placebos, reason
        FROM known
        WHERE state <> 'too_early'
          AND n_b >= minimum_cell AND (is_level OR n_a >= minimum_cell)
          AND (has_values OR is_of_all OR (least(k_b, n_b - k_b) >= minimum_cell
               AND (is_level OR least(k_a, n_a - k_a) >= minimum_cell)))
        """
    )
