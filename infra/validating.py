"""What the worker process does: the only place where Great Expectations is imported, with all its weight.

Nothing here runs in a service; `infra.expectations` starts the process and asks it.
"""

import os
import signal
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from contracts.expectations import Check, Frame
from infra.embedded.launch import die_with

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


_assets: dict[str, Any] = {}


def begin(parent: int) -> None:
    """Die with the service, leave interrupts to it, and send nobody any figures of use."""
    die_with(parent, signal.SIGKILL)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    os.environ["GX_ANALYTICS_ENABLED"] = "false"


def validate(frames: tuple[Frame, ...]) -> tuple[Validated, ...]:
    """Return what became of each frame's expectations."""
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
        asset = context().data_sources.add_pandas(frame).add_dataframe_asset(frame)
        _assets[frame] = asset.add_batch_definition_whole_dataframe("batch")
    return _assets[frame]


def _checks(found: Mapping[str, Any]) -> Iterator[Check]:
    for each in found["results"]:
        meta, result = each["expectation_config"]["meta"], each["result"]
        rows = tuple(int(index["row"]) for index in result.get("unexpected_index_list") or ())
        yield Check(meta["rule"], meta["part"], rows, problem_of(each["exception_info"]))


def problem_of(info: Mapping[str, Any]) -> str | None:
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
        if problem_of(each["exception_info"]) is not None:
            each["exception_info"] = {"raised_exception": True, "exception_message": problem_of(each["exception_info"])}
    return found


def context() -> Any:
    """Return a context that keeps nothing on disk and draws no progress bars."""
    import great_expectations as gx  # noqa: PLC0415
    from great_expectations.data_context.types.base import ProgressBarsConfig  # noqa: PLC0415

    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = ProgressBarsConfig(globally=False, metric_calculations=False)
    return context
