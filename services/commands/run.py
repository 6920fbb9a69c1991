"""`leerlus run`: the services themselves, one process."""

import asyncio
from collections.abc import Callable
from difflib import get_close_matches
from typing import TYPE_CHECKING, Annotated

import typer

from infra.log import configure_logging
from infra.settings import Settings, load_settings

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncEngine

    from infra.kafka.work import AnyTask, Work

SHARING = ("gateway", "console", "relay")


def run(
    names: Annotated[
        list[str],
        typer.Argument(
            metavar="SERVICE",
            help="evaluator, inspector, judge, publisher or tracker, alone; gateway, console and relay, also together.",
        ),
    ],
) -> None:
    """Run services in this process until SIGINT or SIGTERM; `leerlus up` does so for all of them.

    Run them yourself to spread the work: evaluators on more machines share the partitions of the log. Each service
    answers `/healthz`, `/readyz` and `/metrics` and logs to standard error.

    **Examples**

        leerlus run evaluator
        leerlus run gateway console relay

    **Exit codes**: 0 ended by a signal, 1 a service failed, 2 wrong use, 3 a server does not answer.
    """
    start = _chosen(names)
    settings = load_settings()
    configure_logging(settings.log)
    start(settings)


def _chosen(names: list[str]) -> Callable[[Settings], None]:
    """Return what runs these services.

    Raises:
        typer.BadParameter: If a name is none, or a service that needs a process of its own is not alone.
    """
    for name in names:
        if name not in (*_ALONE, *SHARING):
            near = "".join(f" Did you mean {each}?" for each in get_close_matches(name, (*_ALONE, *SHARING), n=1))
            raise typer.BadParameter(f"there is no service {name}.{near}", param_hint="SERVICE")
    if len(names) == 1 and names[0] in _ALONE:
        return _ALONE[names[0]]
    needing = [name for name in names if name in _ALONE]
    if needing:
        raise typer.BadParameter(f"{needing[0]} needs a process of its own: run it alone", param_hint="SERVICE")
    return lambda settings: _together(names, settings)


# A process imports only what its own services need.


def _together(names: list[str], settings: Settings) -> None:
    from services.together import run_together  # noqa: PLC0415

    asyncio.run(run_together(names, settings))


def _evaluator(settings: Settings) -> None:
    from services import evaluator  # noqa: PLC0415

    evaluator.run(settings)


def _inspector(settings: Settings) -> None:
    from services import inspector  # noqa: PLC0415

    inspector.run(settings)


def _judge(settings: Settings) -> None:
    from services import judge  # noqa: PLC0415

    judge.run(settings)


def _publisher(settings: Settings) -> None:
    from services import publisher  # noqa: PLC0415

    _stream(publisher.build, settings, port=settings.health.publisher)


def _tracker(settings: Settings) -> None:
    from services import tracker  # noqa: PLC0415

    _stream(tracker.build, settings, port=settings.health.tracker)


def _stream(build: "Callable[[Settings, AsyncEngine], Work[AnyTask]]", settings: Settings, *, port: int) -> None:
    from infra.postgres.engine import open_engine  # noqa: PLC0415
    from services.streaming import run_service  # noqa: PLC0415

    engine = open_engine(settings.need_postgres())
    run_service(build(settings, engine), settings=settings, port=port, engine=engine)


_ALONE: dict[str, Callable[[Settings], None]] = {
    "evaluator": _evaluator,
    "inspector": _inspector,
    "judge": _judge,
    "publisher": _publisher,
    "tracker": _tracker,
}
