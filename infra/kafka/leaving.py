"""The one way out of a streaming process: at once, without clean-up, with a reason and a code.

PostgreSQL holds the truth. A clean-up could store what is half done, and a process that went on after an error that
nobody expected would be alive and wrong; whoever supervises it starts it again.
"""

import functools
import logging
import os
import sys
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, NoReturn, ParamSpec, TypeVar

import structlog

from contracts.errors import Fenced, LeerlusError, LogBroken

DONE = 0
LOG_BROKEN = 65  # starting again does not help: a person has to look
FAILED = 70
FENCED = 75  # starting again is right

Parameters = ParamSpec("Parameters")
Result = TypeVar("Result")

_log = structlog.get_logger("stream")


def leave(error: BaseException | None) -> NoReturn:
    """End the process now; None stands for a stop that was asked for."""
    if error is None:
        _log.info("stopped")
    else:
        _log.critical("leaving", reason=str(error), kind=type(error).__name__, exc_info=_trace(error))
    logging.shutdown()
    sys.stderr.flush()
    os._exit(_code(error))


def guarded(
    function: Callable[Parameters, Awaitable[Result]],
) -> Callable[Parameters, Coroutine[Any, Any, Result]]:
    """Return the function such that any error in it ends the process; cancelling passes, since that is a shutdown."""

    @functools.wraps(function)
    async def called(*arguments: Parameters.args, **options: Parameters.kwargs) -> Result:
        try:
            return await function(*arguments, **options)
        except Exception as error:  # noqa: BLE001  (every error is an end)
            leave(error)

    return called


def _code(error: BaseException | None) -> int:
    if error is None:
        return DONE
    if isinstance(error, Fenced):
        return FENCED
    return LOG_BROKEN if isinstance(error, LogBroken) else FAILED


def _trace(error: BaseException) -> BaseException | None:
    """Return what needs a traceback: errors of ours say all there is, except for what they were raised from."""
    if isinstance(error, LeerlusError):
        cause = error.__cause__
        return None if cause is None or isinstance(cause, LeerlusError) else cause
    return error
