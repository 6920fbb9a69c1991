"""Reading texts that may be given in two languages."""

from contracts.document.fields import said, words
from contracts.document.record import Key, Reader, record
from contracts.document.written import Written
from contracts.plan import Text

_LANGUAGES: Reader[Text] = record(Text, {"nl": Key(words, None), "en": Key(words, None)})


def text(written: Written) -> Text:
    """Return a text: a plain one counts for both languages."""
    if isinstance(written.value, dict) and written.value:
        return _LANGUAGES(written)
    found = said(written, "text, or {nl: ..., en: ...}")
    return Text(found, found)
