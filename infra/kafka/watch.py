"""Asks Kafka which topic it is that is being read: one made anew under the same name is another log."""

import asyncio
from collections.abc import Callable, Collection, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import TypeVar

from contracts.errors import LogBroken, Unavailable
from contracts.log import TopicFacts
from infra.kafka.admin import Admin

Answer = TypeVar("Answer")


class TopicWatch:
    """Questions about one topic, asked in a thread of their own.

    Args:
        bootstrap: Addresses of the brokers.
        topic: The topic's name.
    """

    def __init__(self, bootstrap: str, topic: str) -> None:
        self._bootstrap = bootstrap
        self._topic = topic
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="topic-watch")
        self._admin: Admin | None = None

    async def facts(self) -> TopicFacts:
        """Return what Kafka says about the topic now.

        Raises:
            LogBroken: If it does not exist.
            Unavailable: If Kafka does not answer.
        """
        return await self._ask(lambda admin: admin.facts(self._topic))

    async def refuse_unfit(self, topic: TopicFacts) -> None:
        """Refuse a topic whose offsets or times say nothing; see `Admin.refuse_unfit`."""
        await self._ask(lambda admin: admin.refuse_unfit(topic))

    async def ends(self, topic: TopicFacts, partitions: Collection[int]) -> Mapping[int, int]:
        """Return where the log of each partition ends now; see `Admin.ends`."""
        return await self._ask(lambda admin: admin.ends(topic, partitions))

    async def confirm(self, known: TopicFacts) -> None:
        """Make sure that the topic is still the one that was claimed.

        An id never comes back, so all that was fetched before this answer is of the known topic too.

        Raises:
            LogBroken: If it was made anew.
            Unavailable: If Kafka does not answer.
        """
        now = await self.facts()
        if now.id != known.id:
            raise LogBroken(
                f"topic {known.name} was made anew while it was being read: id {known.id} has become {now.id}; "
                "nothing of the new topic was stored"
            )

    async def _ask(self, question: Callable[[Admin], Answer]) -> Answer:
        return await asyncio.get_running_loop().run_in_executor(self._thread, self._answer, question)

    def _answer(self, question: Callable[[Admin], Answer]) -> Answer:
        if self._admin is None:
            self._admin = Admin(self._bootstrap)
        try:
            return question(self._admin)
        except Unavailable:
            admin, self._admin = self._admin, None
            with suppress(Exception):
                admin.close()
            raise
