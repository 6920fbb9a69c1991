"""Logging, configured once a process: facts with their context, as lines for people or as JSON for machines."""

import logging
import sys
from typing import TextIO

import structlog
from structlog.typing import Processor

from infra.setting_sections import LogSettings

_LIBRARIES_AT_WARNING = (
    "aiokafka",
    "alembic",
    "faust",
    "httpx",
    "kafka",
    "mlflow",
    "mode",
    "urllib3",
    "uvicorn.access",
)


def configure_logging(settings: LogSettings, *, stream: TextIO | None = None) -> None:
    """Send every event, ours and the libraries', to one stream in one form.

    Args:
        settings: Level and form.
        stream: Where to write; standard error when left out.
    """
    out = stream or sys.stderr
    as_console = settings.format == "console" or (settings.format == "auto" and out.isatty())
    handler = logging.StreamHandler(out)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=_shared(), processors=_final(as_console=as_console, colours=out.isatty())
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(settings.level.upper())
    for name in _LIBRARIES_AT_WARNING:
        logging.getLogger(name).setLevel(max(logging.WARNING, root.level))
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *_shared(),
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )


def _shared() -> list[Processor]:
    return [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]


def _final(*, as_console: bool, colours: bool) -> list[Processor]:
    """Return the rendering steps; tracebacks never show local variables, which may hold passwords and records."""
    drop_meta = structlog.stdlib.ProcessorFormatter.remove_processors_meta
    if as_console:
        plain = structlog.dev.plain_traceback
        return [drop_meta, structlog.dev.ConsoleRenderer(colors=colours, exception_formatter=plain)]
    frames = structlog.processors.ExceptionRenderer(structlog.tracebacks.ExceptionDictTransformer(show_locals=False))
    return [drop_meta, frames, structlog.processors.JSONRenderer(ensure_ascii=False)]
