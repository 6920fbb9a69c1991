"""`leerlus demo`: a real data set goes through the running service while one looks on."""

import signal
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Annotated

import typer

from infra.log import configure_logging
from infra.settings import Settings, load_settings
from services.commands.steps import Steps
from services.commands.terminal import remarks, say
from services.demo.examples import example_names, load_example
from services.supervisor import GROUPS, running, status
from services.supervisor.interrupt import interruptible


def _known(name: str) -> str:
    if name not in example_names():
        raise typer.BadParameter(f"there is no example {name}; there are {', '.join(example_names())}")
    return name


def demo(
    name: Annotated[str, typer.Argument(metavar="NAME", help="Which example.", callback=_known)] = "trust_trial",
    *,
    seconds: Annotated[float, typer.Option(min=0.0, help="How long the delivery takes.")] = 60.0,
    no_wait: Annotated[bool, typer.Option("--no-wait", help="End when it is shown, without waiting.")] = False,
) -> None:
    """Start everything, stream an example through it, and leave the console open until Ctrl-C.

    The example's plan is registered, its records go through the gateway, Kafka and the evaluator at a pace one can
    follow, some of them refused, and what happens is told: records refused with their reasons, findings that begin or
    cease to stand, signals raised. `trust_trial` is a simulated trial with every kind of claim; `resume` is a real
    audit. Where `leerlus up` runs already, that is used. Doing it again shows that what arrives twice is counted once.

    **Examples**

        leerlus demo
        leerlus demo resume --seconds 5 --no-wait

    **Exit codes**: 0 shown, 2 wrong use, 3 a server does not answer.
    """
    from services.demo.story import tell  # noqa: PLC0415  (Kafka's client and the store; `--help` needs neither)

    settings = load_settings()
    configure_logging(settings.log)
    with interruptible(), _service(settings) as reached:
        tell(load_example(name), reached, seconds=seconds, console=remarks())
        if not no_wait:
            say("Ctrl-C ends the demonstration")
            signal.pause()


@contextmanager
def _service(settings: Settings) -> Iterator[Settings]:
    """Yield the settings of a service that runs: the one that is up, or one that is started here and stopped again."""
    if status(settings).supervisor is not None:
        say(f"`leerlus up` runs on {settings.state_dir} and is used")
        yield settings
        return
    with ExitStack() as at_end:
        with Steps() as steps:
            service = at_end.enter_context(running(settings, groups=GROUPS, progress=steps))
        at_end.callback(say, "stopping")
        yield service.settings
