"""The kinds of problem that the body of a request can have."""

from services.gateway.problem_kind import kind

BODY_KINDS = {
    "unknown-media-type": kind(
        415,
        ("Onbekend inhoudstype", "`Content-Type` is {seen}; toegestaan zijn {allowed}, in UTF-8."),
        ("Unknown media type", "`Content-Type` is {seen}; allowed are {allowed}, in UTF-8."),
    ),
    "unknown-encoding": kind(
        415,
        ("Onbekende codering", "`Content-Encoding` is {seen}; toegestaan zijn gzip en identity."),
        ("Unknown encoding", "`Content-Encoding` is {seen}; allowed are gzip and identity."),
    ),
    "no-gzip": kind(
        400,
        ("Geen gzip", "De inhoud is geen gzip of houdt te vroeg op ({fault}). Er is niets aangenomen."),
        ("No gzip", "The body is no gzip or ends too early ({fault}). Nothing was taken."),
    ),
    "body-too-large": kind(
        413,
        (
            "Inhoud te groot",
            "De inhoud is uitgepakt groter dan {limit:,} bytes; stuur haar in delen. Er is niets aangenomen.",
        ),
        ("Body too large", "The body is over {limit:,} bytes (unpacked). Nothing was taken; send it in parts."),
    ),
    "line-too-large": kind(
        413,
        ("Regel te lang", "Regel {line} heeft {seen:,} bytes; toegestaan zijn {limit:,}. Er is niets aangenomen."),
        ("Line too long", "Line {line} has {seen:,} bytes; allowed are {limit:,}. Nothing was taken."),
    ),
    "too-many-records": kind(
        413,
        ("Te veel records", "De inhoud heeft meer dan {limit:,} records. Er is niets aangenomen; stuur haar in delen."),
        ("Too many records", "The body has over {limit:,} records. Nothing was taken; send it in parts."),
    ),
    "body-too-slow": kind(
        408,
        (
            "Inhoud te traag",
            "De inhoud was er na {limit} seconden nog niet; stuur haar in delen. Er is niets aangenomen.",
        ),
        ("Body too slow", "The body was not here after {limit} seconds. Nothing was taken; send it in parts."),
    ),
    "body-cut-off": kind(
        400,
        ("Inhoud afgebroken", "De verbinding werd verbroken voor de inhoud er was. Er is niets aangenomen."),
        ("Body cut off", "The connection ended before the body was here. Nothing was taken."),
    ),
    "no-json": kind(
        400,
        ("Geen JSON", "De inhoud is geen JSON ({fault}). Er is niets aangenomen."),
        ("No JSON", "The body is no JSON ({fault}). Nothing was taken."),
    ),
    "wrong-header": kind(
        400,
        (
            "Verkeerde kopregel",
            "De kopregel noemt de velden van het contract: {fault}. Er is niets aangenomen.",
        ),
        ("Wrong header row", "The header row names the contract's fields: {fault}. Nothing was taken."),
    ),
    "broken-table": kind(
        400,
        ("Geen leesbare CSV", "Regel {line} is niet te lezen: {fault}. Er is niets aangenomen."),
        ("No readable CSV", "Line {line} cannot be read: {fault}. Nothing was taken."),
    ),
}
