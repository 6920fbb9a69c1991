"""What the template of the data page writes with: shares, suppliers, reasons and what became of a delivery."""

from collections.abc import Callable

from infra.postgres.deliveries_told import ToldDelivery
from infra.postgres.supplier_board import LastRefusal
from services.console.data_deliveries import lateness, periods
from services.console.data_reasons import reason_words
from services.console.data_words import percent, supplier_name
from services.console.words import Words


def sayings(words: Words) -> dict[str, Callable[..., str]]:
    """Return the functions with which the template writes."""
    texts = reason_words(words.say)

    def reason(code: str) -> str:
        return texts.get(code, code)

    def last_reasons(refusal: LastRefusal) -> str:
        return "; ".join(dict.fromkeys(_with_place(reason(each.code), each.place) for each in refusal.reasons[:3]))

    return {
        "percent": lambda share: percent(words, share),
        "supplier_name": lambda name: supplier_name(words, name),
        "reason": reason,
        "last_reasons": last_reasons,
        "delivery_words": lambda each: _delivery(words, each),
        "delivery_periods": lambda each: periods(words, each),
        "delivery_lateness": lambda each: lateness(words, each),
    }


def _with_place(text: str, place: str) -> str:
    return f"{text} ({place})" if place else text


def _delivery(words: Words, delivery: ToldDelivery) -> str:
    """Return what became of the refused lines of a delivery."""
    say, parts = words.say, []
    if delivery.too_late:
        parts.append(say("{n} te laat").format(n=words.number(delivery.too_late)))
    if delivery.total is not None and delivery.total.again:
        parts.append(say("{n} opnieuw aangeboden").format(n=words.number(delivery.total.again)))
    if delivery.counted_later:
        parts.append(say("{n} later geteld").format(n=words.number(delivery.counted_later)))
    if delivery.duplicate_later:
        parts.append(say("{n} later dubbel").format(n=words.number(delivery.duplicate_later)))
    if delivery.is_under_way:
        parts.append(say("nog niet alles is verwerkt"))
    return ", ".join(parts)
