"""Shares, durations and suppliers as the page of the data writes them."""

from contracts.period import Duration
from infra.supplier_keys import OWN_SUPPLIER
from services.console.words import Words

_TENTHS = 1000
_TEN = 10


def percent(words: Words, share: float) -> str:
    """Return a share to one decimal of a per cent; nothing but all is `100%`, nothing but none is `0%`."""
    tenths = round(share * _TENTHS)
    if share < 1.0:
        tenths = min(tenths, _TENTHS - 1)
    if share > 0.0:
        tenths = max(tenths, 1)
    return words.say("{number}%").format(number=words.number(tenths / _TEN, 1 if tenths % _TEN else 0))


def duration(words: Words, length: Duration) -> str:
    """Return how long something lasts: `2 maanden`, `één dag`."""
    say, parts = words.say, []
    if length.months:
        parts.append(say("één maand") if length.months == 1 else say("{n} maanden").format(n=length.months))
    if length.days:
        parts.append(say("één dag") if length.days == 1 else say("{n} dagen").format(n=length.days))
    return words.all_of(parts) if parts else say("0 dagen")


def supplier_name(words: Words, supplier: str) -> str:
    """Return what people call a supplier."""
    if not supplier:
        return words.say("rechtstreeks via Kafka")
    return words.say("deze installatie (leerlus)") if supplier == OWN_SUPPLIER else supplier
