"""What a problem is: its status and its words, in Dutch and English."""

from dataclasses import dataclass
from http import HTTPStatus

from contracts.plan import Text


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of problem.

    Attributes:
        status: HTTP status.
        title: What kind it is; the same for every occurrence.
        detail: What was seen and what is allowed; names in braces are filled in.
    """

    status: HTTPStatus
    title: Text
    detail: Text


def kind(status: int, nl: tuple[str, str], en: tuple[str, str]) -> Kind:
    """Return a kind of problem; each language gives its title and its detail."""
    return Kind(HTTPStatus(status), Text(nl[0], en[0]), Text(nl[1], en[1]))
