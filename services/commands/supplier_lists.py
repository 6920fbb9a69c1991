"""How suppliers and their keys are printed."""

import json
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

from rich.table import Table

from infra.postgres.suppliers import StoredKey, Supplier
from services.commands.terminal import result


def print_suppliers(suppliers: Iterable[Supplier], keys: Sequence[StoredKey], *, as_json: bool) -> None:
    """Print every supplier with its keys, as a table or as one JSON object a line."""
    if as_json:
        for each in suppliers:
            result().print(json.dumps(_document(each, keys), default=str))
    else:
        result().print(_table(suppliers, keys))


def state_of(key: StoredKey, now: datetime) -> str:
    """Return in a word whether a key opens the gateway."""
    if key.revoked_at is not None:
        return "revoked"
    return "good" if key.is_valid(now) else "expired"


def _document(supplier: Supplier, keys: Sequence[StoredKey]) -> dict[str, object]:
    shown = ("id", "created_at", "expires_at", "revoked_at", "last_used_at")
    own = [{name: getattr(key, name) for name in shown} for key in keys if key.supplier == supplier.name]
    return {**{name: getattr(supplier, name) for name in Supplier.__slots__}, "keys": own}


def _table(suppliers: Iterable[Supplier], keys: Sequence[StoredKey]) -> Table:
    now = datetime.now(UTC)
    table = Table("supplier", "policies", "key", "made", "last used", "state", box=None, pad_edge=False)
    for supplier in suppliers:
        own = [key for key in keys if key.supplier == supplier.name]
        table.add_row(
            supplier.name,
            _policies(supplier),
            "\n".join(f"leerlus_{key.id}_..." for key in own),
            "\n".join(f"{key.created_at:%Y-%m-%d}" for key in own),
            "\n".join("never" if key.last_used_at is None else f"{key.last_used_at:%Y-%m-%d %H:%M}" for key in own),
            "\n".join(_ending(key, now) for key in own),
        )
    return table


def _policies(supplier: Supplier) -> str:
    policies = "every policy" if supplier.policies is None else ", ".join(supplier.policies)
    return f"{policies} (evaluation team)" if supplier.is_team else policies


def _ending(key: StoredKey, now: datetime) -> str:
    state = state_of(key, now)
    return f"good until {key.expires_at:%Y-%m-%d %H:%M}" if state == "good" and key.expires_at is not None else state
