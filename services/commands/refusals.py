"""Refused records, as a person reads them: where each stands, and every reason."""

from collections.abc import Iterable

from contracts.errors import Reason
from services.commands.record_files import Place
from services.commands.terminal import say


def say_refused(place: Place, reasons: Iterable[Reason]) -> None:
    """Say one refused record, a reason a line."""
    for reason in reasons:
        say(f"{place}: {reason}")


def counted(number: int, singular: str, plural: str | None = None) -> str:
    """Return a number with its noun."""
    return f"{number:,} {singular if number == 1 else plural or singular + 's'}"
