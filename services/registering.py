"""The registration of a plan: kept in the store, then read from the log."""

import msgspec

from contracts.events import OBSERVATIONS
from contracts.log import Message
from contracts.plan import Plan
from infra.kafka.sender import Sender
from infra.postgres.engine import connected, open_engine
from infra.postgres.plans import store_plan


async def register_plan(plan: Plan, source: str, *, dsn: str, bootstrap: str) -> None:
    """Store a plan, write its registration into the policy's log, and return when Kafka has acknowledged it.

    The store comes first: whoever reads the registration must find the plan. Doing it again changes nothing.

    Args:
        plan: The checked plan.
        source: The text it was read from.
        dsn: Address of the store.
        bootstrap: Addresses of Kafka's brokers.

    Raises:
        PlanError: If this version is registered with other content.
        Unavailable: If a server does not answer.
    """
    engine = open_engine(dsn)
    try:
        async with connected(engine) as connection, connection.begin():
            await store_plan(connection, plan, source)
    finally:
        await engine.dispose()
    registration = {"plan_registered": {"id": plan.id, "version": plan.version, "sha256": plan.sha256}}
    message = Message(OBSERVATIONS, None, plan.id.encode(), (), msgspec.json.encode(registration))
    async with Sender(bootstrap, client="leerlus-plan") as sender:
        await sender.deliver([message])
