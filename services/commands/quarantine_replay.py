"""`leerlus quarantine replay`: refused records go to the log again."""

import asyncio
import re
from typing import Annotated

import typer
from sqlalchemy.ext.asyncio import AsyncEngine

from infra.at_rest import Keyring, keyring_of
from infra.postgres.engine import connected, open_engine
from infra.postgres.refusals import Wanted, count_refusals
from infra.settings import load_settings
from services.commands import quarantine_filter as only
from services.commands.refusals import counted
from services.commands.terminal import ExitCode, leave, say
from services.replaying import SentAgain, learn_outcomes, refuse_other_contract, send_again

_CONTRACT = re.compile(r"([a-z0-9_]+)@([0-9]+\.[0-9]+\.[0-9]+)")


def _named(contract: str) -> str:
    if _CONTRACT.fullmatch(contract) is None:
        raise typer.BadParameter(f"expected a name and a version such as observation@1.0.0, not {contract}")
    return contract


Contract = Annotated[
    str, typer.Option(metavar="NAME@VERSION", callback=_named, help="The contract to judge them by, as it is in force.")
]
Number = Annotated[int | None, typer.Option(metavar="NUMBER", help="Only this record, from the list.")]


def replay(
    *,
    contract: Contract,
    number: Number = None,
    policy: only.Policy = None,
    indicator: only.Indicator = None,
    supplier: only.Supplier = None,
    upload: only.Upload = None,
    reason: only.Code = None,
    place: only.Field = None,
    since: only.Since = None,
    until: only.Until = None,
    replayed: only.Replayed = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say how many records would be sent.")] = False,
    wait: Annotated[float, typer.Option(min=0, metavar="SECONDS", help="How long to wait for the outcome.")] = 60,
) -> None:
    """Send refused records to the log again, to be judged by a contract that has changed, or by a newer plan.

    The evaluator judges them as it judges everything: what is mended now is counted, once; what is refused again stays
    in quarantine with its new reasons. Records that were counted since, or were duplicates, are left out unless
    `--replayed` asks for them. The contract must be the one that the evaluators judge by: otherwise nothing is sent.

    **Examples**

        leerlus quarantine replay --contract observation@1.1.0 --supplier school-7 --dry-run
        leerlus quarantine replay --contract observation@1.1.0 --policy resume-audit --reason unknown_region
        leerlus quarantine replay --contract observation@1.0.0 --number 12

    **Exit codes**: 0 sent, 1 another contract is in force, or a record was refused again or is damaged, 2 wrong use, 3
    a server does not answer.
    """
    name, version = contract.split("@")
    wanted = Wanted(
        policy=policy,
        indicator=indicator,
        supplier=supplier,
        upload=upload,
        code=reason,
        place=place,
        since=only.in_utc(since),
        until=only.in_utc(until),
        replayed=replayed,
        contract=name,
        settled=replayed is True,
        after=0 if number is None else number - 1,
        up_to=number,
    )
    sent = asyncio.run(_replay(wanted, name, version, dry_run=dry_run, wait_s=wait))
    if sent is not None:
        _tell(sent)


async def _replay(wanted: Wanted, name: str, version: str, *, dry_run: bool, wait_s: float) -> SentAgain | None:
    settings = load_settings()
    engine, keyring = open_engine(settings.need_postgres()), keyring_of(settings)
    try:
        terms = await refuse_other_contract(engine, name, version)
        n_kept, n_gone = await _counts(engine, wanted)
        gone = f"; the bytes of {n_gone:,} more are deleted" if n_gone else ""
        say(f"{counted(n_kept, 'record')} to send again under {terms}{gone}")
        if dry_run or not n_kept:
            return None
        return await _sent(engine, settings.need_kafka(), wanted, keyring, wait_s=wait_s)
    finally:
        await engine.dispose()


async def _counts(engine: AsyncEngine, wanted: Wanted) -> tuple[int, int]:
    """Return how many records can be sent, and of how many the bytes are gone."""
    async with connected(engine) as connection:
        total = await count_refusals(connection, wanted)
        n_kept = await count_refusals(connection, wanted.kept())
    return n_kept, total - n_kept


async def _sent(engine: AsyncEngine, bootstrap: str, wanted: Wanted, keyring: Keyring, *, wait_s: float) -> SentAgain:
    from infra.kafka.sender import Sender  # noqa: PLC0415  (large; a dry run does without it)

    async with Sender(bootstrap, client="leerlus-replay") as sender:
        sent = await send_again(engine, sender, wanted, keyring)
    await learn_outcomes(engine, sent, wait_s=wait_s)
    return sent


def _tell(sent: SentAgain) -> None:
    became = sent.n_outcomes()
    waiting = len(sent.replays) - became.total()
    more = f"; {waiting:,} not dealt with yet: `leerlus quarantine list` will tell" if waiting else ""
    say(
        f"{counted(len(sent.replays), 'record')} sent again: {became['counted']:,} counted, "
        f"{counted(became['duplicate'], 'duplicate')}, {became['refused']:,} refused again{more}"
    )
    for damaged in sent.damaged:
        say(f"number {damaged.id} was passed over: {damaged.problem}")
    if became["refused"] or sent.damaged:
        leave(ExitCode.REFUSED)
