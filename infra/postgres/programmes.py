"""The programmes that policies belong to, as one command asks for them."""

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.ext.asyncio import AsyncConnection

from contracts.evidence import EvidenceRow
from infra.postgres import schema
from infra.postgres.evidence_rows import row_of


async def policies_in_order(connection: AsyncConnection) -> tuple[str, ...]:
    """Return all policies in the order in which the first version of their plan was stored."""
    table = schema.plan.c
    query = select(table.policy).group_by(table.policy).order_by(func.min(table.stored_at), table.policy)
    return tuple(await connection.scalars(query))


async def latest_of_all(connection: AsyncConnection, policy: str) -> tuple[EvidenceRow, ...]:
    """Return the latest row of everything that a policy has ever tested, in earlier versions of its plan too.

    This reads all evidence of the policy, which a command may do and a page may not.
    """
    table = schema.evidence.c
    hypothesis = table.claim, table.indicator, schema.other_of_pair, table.arm, table.region, table.group
    query = (
        select(schema.evidence)
        .ext(distinct_on(*hypothesis))
        .where(table.policy == policy)
        .order_by(*hypothesis, table.closing.desc(), table.row.desc())
    )
    return tuple(row_of(row) for row in (await connection.execute(query)).mappings())
