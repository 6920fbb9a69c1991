"""Great Expectations, in a process of its own.

It is not safe with threads, and silently so; it takes seconds and a quarter of a gigabyte to import. So one worker
process with one ephemeral context validates one frame after another, and nothing is shared with anybody.
"""

import asyncio
import multiprocessing
import os
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from typing import TypeVar

from contracts.errors import Unavailable
from contracts.expectations import Frame
from infra.data_docs import Page, write_docs
from infra.validating import Validated, begin, validate

__all__ = ["Page", "Validated", "Worker"]

T = TypeVar("T")


class Worker:
    """The process that validates; started with the first frame, and again after it died or hung.

    Args:
        timeout_s: How long one task may take, import included.
    """

    def __init__(self, *, timeout_s: float = 60.0) -> None:
        self._timeout_s = timeout_s
        self._pool: ProcessPoolExecutor | None = None

    async def validate(self, frames: Sequence[Frame]) -> tuple[Validated, ...]:
        """Return what became of each frame's expectations.

        Raises:
            Unavailable: If the worker died or did not answer in time; the next call starts another.
        """
        return await self._run(validate, tuple(frames))

    async def write_docs(self, pages: Sequence[Page], folder: str) -> str:
        """Write Data Docs into a folder and return the path of their first page.

        Raises:
            Unavailable: If the worker died or did not answer in time.
        """
        return await self._run(write_docs, tuple(pages), folder)

    def close(self) -> None:
        """End the process once it has done what it was asked."""
        if self._pool is not None:
            self._pool.shutdown()
            self._pool = None

    def _kill(self) -> None:
        """End the process, whatever it is doing."""
        pool, self._pool = self._pool, None
        if pool is None:
            return
        running = list((pool._processes or {}).values())  # noqa: SLF001  (there is no public way to end a hung worker)
        for process in running:
            process.kill()
        pool.shutdown(wait=True, cancel_futures=True)

    async def _run(self, function: Callable[..., T], *arguments: object) -> T:
        if self._pool is None:
            context = multiprocessing.get_context("spawn")
            self._pool = ProcessPoolExecutor(1, mp_context=context, initializer=begin, initargs=(os.getpid(),))
        task = asyncio.get_running_loop().run_in_executor(self._pool, function, *arguments)
        try:
            return await asyncio.wait_for(task, self._timeout_s)
        except (BrokenProcessPool, TimeoutError) as error:
            self._kill()
            raise Unavailable(f"the process of Great Expectations does not answer: {type(error).__name__}") from error
