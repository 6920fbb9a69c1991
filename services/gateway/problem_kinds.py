"""Every kind of problem that a request can meet, in Dutch and English; its name is part of its address and stays."""

from services.gateway.body_problems import BODY_KINDS
from services.gateway.problem_kind import Kind, kind

_WHO: dict[str, Kind] = {
    "no-key": kind(
        401,
        ("Geen sleutel", "Stuur de sleutel van de leverancier mee als `Authorization: Bearer SLEUTEL`."),
        ("No key", "Send the supplier's key as `Authorization: Bearer KEY`."),
    ),
    "unknown-key": kind(
        401,
        ("Onbekende sleutel", "Deze sleutel is niet bekend; vraag het evaluatieteam om een sleutel."),
        ("Unknown key", "This key is not known; ask the evaluation team for one."),
    ),
    "expired-key": kind(
        401,
        ("Verlopen sleutel", "Sleutel {key} is verlopen; vraag het evaluatieteam om een nieuwe."),
        ("Expired key", "Key {key} has expired; ask the evaluation team for a new one."),
    ),
    "revoked-key": kind(
        401,
        ("Ingetrokken sleutel", "Sleutel {key} is ingetrokken; vraag het evaluatieteam om een nieuwe."),
        ("Revoked key", "Key {key} is revoked; ask the evaluation team for a new one."),
    ),
    "not-the-team": kind(
        403,
        (
            "Alleen voor het evaluatieteam",
            "Sleutel {key} is van een leverancier; alleen het evaluatieteam sluit peilingen.",
        ),
        ("Only for the evaluation team", "Key {key} is a supplier's; only the evaluation team closes looks."),
    ),
    "not-your-policy": kind(
        403,
        ("Ander beleid", "Sleutel {key} geldt niet voor beleid {seen}; er is niets gesloten."),
        ("Another policy", "Key {key} does not cover policy {seen}; nothing was closed."),
    ),
}
_HOW_MUCH = {
    "too-many-requests": kind(
        429,
        (
            "Te veel verzoeken",
            "Toegestaan zijn {limit:,} verzoeken per minuut; probeer het na `Retry-After` seconden opnieuw.",
        ),
        (
            "Too many requests",
            "Allowed are {limit:,} requests a minute; try again after `Retry-After` seconds.",
        ),
    ),
    "too-many-lines": kind(
        429,
        (
            "Te veel regels",
            "Toegestaan zijn {limit:,} regels per minuut; probeer het na `Retry-After` seconden opnieuw.",
        ),
        (
            "Too many lines",
            "Allowed are {limit:,} lines a minute; try again after `Retry-After` seconds.",
        ),
    ),
    "too-many-at-once": kind(
        429,
        (
            "Te veel verzoeken tegelijk",
            "Toegestaan zijn {limit} verzoeken tegelijk per leverancier. Er is niets aangenomen.",
        ),
        ("Too many requests at once", "Allowed are {limit} requests of a supplier at once. Nothing was taken."),
    ),
    "busy": kind(
        503,
        (
            "Te druk",
            "Er zijn te veel leveringen onderweg; probeer het na `Retry-After` seconden opnieuw.",
        ),
        ("Busy", "Too many deliveries are under way; try again after `Retry-After` seconds."),
    ),
    "unavailable": kind(
        503,
        (
            "Niet bereikbaar",
            "Kafka of PostgreSQL antwoordt niet; probeer het na `Retry-After` seconden opnieuw. Niets telt dubbel.",
        ),
        (
            "Unavailable",
            "Kafka or PostgreSQL does not answer; try again after `Retry-After` seconds. Nothing counts twice.",
        ),
    ),
}
_REQUEST = {
    "invalid-request": kind(
        400,
        ("Ongeldig verzoek", "Dit past niet: {fault}. Er is niets aangenomen."),
        ("Invalid request", "This does not fit: {fault}. Nothing was taken."),
    ),
    "not-found": kind(
        404,
        (
            "Niet gevonden",
            "Dit adres bestaat niet; /v1/openapi.json noemt ze alle. Geen adres eindigt op een schuine streep.",
        ),
        (
            "Not found",
            "There is nothing at this address; /v1/openapi.json names all there are. No address ends in a slash.",
        ),
    ),
    "method-not-allowed": kind(
        405,
        ("Methode niet toegestaan", "{seen} is hier niet toegestaan; wel: {allowed}."),
        ("Method not allowed", "{seen} is not allowed here; allowed are {allowed}."),
    ),
    "under-way": kind(
        409,
        (
            "Al onderweg",
            "Dezelfde levering is nog onderweg; vraag na `Retry-After` seconden opnieuw om haar antwoord.",
        ),
        (
            "Under way",
            "The same delivery is still under way; ask for its answer again after `Retry-After` seconds.",
        ),
    ),
    "another-delivery": kind(
        422,
        (
            "Andere levering onder hetzelfde kenmerk",
            "Onder dit kenmerk kwam eerder iets anders; geef een nieuwe levering een nieuw kenmerk.",
        ),
        (
            "Another delivery of the same name",
            "Something else came under this name before; give a new delivery a new name.",
        ),
    ),
    "no-marker": kind(
        422,
        ("Geen passende markering", "{fault}"),
        ("No marker that fits", "{fault}"),
    ),
    "other": kind(
        400,
        ("Verzoek geweigerd", "{fault}"),
        ("Request refused", "{fault}"),
    ),
    "fault": kind(
        500,
        (
            "Fout van Leerlus",
            "Er ging hier iets mis; probeer het opnieuw. Niets telt dubbel.",
        ),
        ("A fault of Leerlus", "Something went wrong here; try again. Nothing counts twice."),
    ),
}
KINDS = {**_WHO, **_HOW_MUCH, **BODY_KINDS, **_REQUEST}
