"""`leerlus run`: the services themselves, one process."""

from collections.abc import Callable
from typing import Annotated

import typer

from infra.log import configure_logging
from infra.settings import Settings, load_settings

Service = Callable[[Settings], None]


def run(
    names: Annotated[
        list[str],
        typer.Argument(
            metavar="SERVICE",
            help="evaluator, judge, publisher or tracker alone; gateway, console and relay alone or together.",
        ),
    ],
) -> None:
    """Run services in this process, until SIGINT or SIGTERM; `leerlus up` does so for all of them.

    Run them yourself to spread the work: more evaluators, on more machines, share the partitions of the topic.
    Each answers `/healthz`, `/readyz` and `/metrics`.

    **Examples**

        leerlus run evaluator
        leerlus run gateway console relay
    """
    settings = load_settings()
    configure_logging(settings.log)
    raise typer.BadParameter(f"no service {names}", param_hint="SERVICE")
