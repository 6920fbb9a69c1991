"""Great Expectations, in a process of its own: the only place where it is imported.

It is not safe with threads, and silently so; it takes seconds and a quarter of a gigabyte to import. So one worker
process with one ephemeral context validates one frame after another, and nothing is shared with anybody.
"""

import asyncio
import multiprocessing
import os
import signal
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from contracts.errors import Unavailable
from contracts.expectations import Check, Expectation, Frame
from infra.embedded.launch import die_with

T = TypeVar("T")

Document = dict[str, Any]
"""A validation result of Great Expectations as JSON, without values and without small counts."""

_COUNTS = ("element_count", "missing_count", "unexpected_count")
_SHARES = ("missing_percent", "unexpected_percent", "unexpected_percent_total", "unexpected_percent_nonmissing")
_LONGEST_PROBLEM = 300


@dataclass(frozen=True, slots=True)
class Validated:
    """What the worker says of a frame: each check, and the document for people."""

    frame: str
    checks: tuple[Check, ...]
    document: Document


@dataclass(frozen=True, slots=True)
class Page:
    """One validation as it becomes a page of the Data Docs.

    Attributes:
        suite: Name of the suite, such as `trust-trial records`.
        expectations: Its expectations.
        document: The result.
        run: What was validated, such as `offsets 0 to 999`.
        at: When.
    """

    suite: str
    expectations: Sequence[Expectation]
    document: Document
    run: str
    at: datetime


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
        return await self._run(_validate, tuple(frames))

    async def write_docs(self, pages: Sequence[Page], folder: str) -> str:
        """Write Data Docs into a folder and return the path of their first page.

        Raises:
            Unavailable: If the worker died or did not answer in time.
        """
        return await self._run(_write_docs, tuple(pages), folder)

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
            self._pool = ProcessPoolExecutor(1, mp_context=context, initializer=_begin, initargs=(os.getpid(),))
        task = asyncio.get_running_loop().run_in_executor(self._pool, function, *arguments)
        try:
            return await asyncio.wait_for(task, self._timeout_s)
        except (BrokenProcessPool, TimeoutError) as error:
            self._kill()
            raise Unavailable(f"the process of Great Expectations does not answer: {type(error).__name__}") from error


# --- inside the worker process ---------------------------------------------------------------------------------------

_assets: dict[str, Any] = {}


def _begin(parent: int) -> None:
    """Die with the service, leave interrupts to it, and send nobody any figures of use."""
    die_with(parent, signal.SIGKILL)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    os.environ["GX_ANALYTICS_ENABLED"] = "false"


def _validate(frames: tuple[Frame, ...]) -> tuple[Validated, ...]:
    return tuple(_validated(frame) for frame in frames)


def _validated(frame: Frame) -> Validated:
    import great_expectations as gx  # noqa: PLC0415  (only in this process)
    import pandas as pd  # noqa: PLC0415

    batch = _definition(frame.name).get_batch(batch_parameters={"dataframe": pd.DataFrame(dict(frame.columns))})
    suite = gx.ExpectationSuite(name=frame.name, expectations=[dict(each) for each in frame.expectations])
    wanted = {
        "result_format": "COMPLETE",
        "unexpected_index_column_names": ["row"],
        "return_unexpected_index_query": False,
    }
    found = batch.validate(suite, result_format=wanted).to_json_dict()
    return Validated(frame.name, tuple(_checks(found)), _without_values(found, frame.smallest))


def _definition(frame: str) -> Any:
    """Return the batch definition of a frame, made once in this process."""
    if frame not in _assets:
        asset = _context().data_sources.add_pandas(frame).add_dataframe_asset(frame)
        _assets[frame] = asset.add_batch_definition_whole_dataframe("batch")
    return _assets[frame]


def _context() -> Any:
    """Return a context that keeps nothing on disk and draws no progress bars."""
    import great_expectations as gx  # noqa: PLC0415
    from great_expectations.data_context.types.base import ProgressBarsConfig  # noqa: PLC0415

    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = ProgressBarsConfig(globally=False, metric_calculations=False)
    return context


def _checks(found: Mapping[str, Any]) -> Iterator[Check]:
    for each in found["results"]:
        meta, result = each["expectation_config"]["meta"], each["result"]
        rows = tuple(int(index["row"]) for index in result.get("unexpected_index_list") or ())
        yield Check(meta["rule"], meta["part"], rows, _problem(each["exception_info"]))


def _problem(info: Mapping[str, Any]) -> str | None:
    """Return what went wrong inside an expectation; its shape differs by where it did."""
    places = [info] if "raised_exception" in info else list(info.values())
    raised = [str(each.get("exception_message")) for each in places if each.get("raised_exception")]
    return raised[0][:_LONGEST_PROBLEM] if raised else None


def _without_values(found: Document, smallest: int) -> Document:
    """Return the result without any value of a record, and without counts of few."""
    for each in found["results"]:
        result = each["result"]
        counts = {name: result[name] for name in _COUNTS if name in result}
        is_small = any(0 < count < smallest for count in counts.values())
        shares = {} if is_small else {name: result[name] for name in _SHARES if name in result}
        each["result"] = {name: count for name, count in counts.items() if count >= smallest or count == 0} | shares
        if _problem(each["exception_info"]) is not None:
            each["exception_info"] = {"raised_exception": True, "exception_message": _problem(each["exception_info"])}
    return found


def _write_docs(pages: tuple[Page, ...], folder: str) -> str:
    import great_expectations as gx  # noqa: PLC0415
    from great_expectations.core.expectation_validation_result import (  # noqa: PLC0415
        expectationSuiteValidationResultSchema,
    )

    context = _context()
    context.add_data_docs_site(site_name="leerlus", site_config=_site(folder))
    for page in pages:
        context.suites.add(
            gx.ExpectationSuite(name=page.suite, expectations=[dict(each) for each in page.expectations])
        )
        result = expectationSuiteValidationResultSchema.load({**page.document, "suite_name": page.suite})
        context.validation_results_store.set(_key(page), result)
    return str(context.build_data_docs(site_names=["leerlus"])["leerlus"]).removeprefix("file://")


def _site(folder: str) -> dict[str, Any]:
    return {
        "class_name": "SiteBuilder",
        "site_index_builder": {"class_name": "DefaultSiteIndexBuilder"},
        "store_backend": {"class_name": "TupleFilesystemStoreBackend", "base_directory": folder},
    }


def _key(page: Page) -> Any:
    from great_expectations.core.run_identifier import RunIdentifier  # noqa: PLC0415
    from great_expectations.data_context.types.resource_identifiers import (  # noqa: PLC0415
        ExpectationSuiteIdentifier,
        ValidationResultIdentifier,
    )

    return ValidationResultIdentifier(
        expectation_suite_identifier=ExpectationSuiteIdentifier(name=page.suite),
        run_id=RunIdentifier(run_name=page.run, run_time=page.at),
        batch_identifier=page.suite.replace(" ", "-"),
    )
