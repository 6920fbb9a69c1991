"""The options of `leerlus supplier`."""

import re
from datetime import timedelta
from typing import Annotated

import typer

from infra.supplier_keys import OWN_SUPPLIER


def _name(name: str) -> str:
    if re.fullmatch(r"[a-z0-9][a-z0-9-]{0,63}", name) is None:
        raise typer.BadParameter(f"{name!r} is no name: lower-case letters, digits and hyphens, at most 64")
    return name


def _name_of_others(name: str) -> str:
    if name == OWN_SUPPLIER:
        raise typer.BadParameter(f"{name!r} is this installation's own name; `leerlus up` makes its key")
    return _name(name)


OthersName = Annotated[
    str, typer.Argument(metavar="NAME", help="Lower-case letters, digits and hyphens.", callback=_name_of_others)
]
Name = Annotated[str, typer.Argument(metavar="NAME", help="Lower-case letters, digits and hyphens.", callback=_name)]
Policies = Annotated[
    list[str] | None, typer.Option("--policy", metavar="ID", help="A policy that it may deliver for; can be repeated.")
]
EveryPolicy = Annotated[bool, typer.Option("--every-policy", help="It may deliver for every policy.")]
Lines = Annotated[int | None, typer.Option("--lines", min=1, help="Lines a minute, instead of the gateway's limit.")]
Requests = Annotated[
    int | None, typer.Option("--requests", min=1, help="Requests a minute, instead of the gateway's limit.")
]
Days = Annotated[int | None, typer.Option("--days", min=1, help="Days after which the key expires.")]


def scope_of(policies: list[str] | None, *, every_policy: bool) -> tuple[str, ...] | None:
    """Return the policies that are named; None for every policy.

    Raises:
        typer.BadParameter: If none is named, or some and all.
    """
    if bool(policies) == every_policy:
        raise typer.BadParameter("name its policies with --policy, or all of them with --every-policy")
    return None if every_policy else tuple(policies or ())


def lifetime_of(days: int | None) -> timedelta | None:
    """Return how long a key is good; None for a key that does not expire."""
    return None if days is None else timedelta(days=days)
