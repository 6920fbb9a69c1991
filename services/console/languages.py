"""The languages of the screens: Dutch is what the templates are written in, English comes from a catalogue.

Catalogues are compiled in memory when they are first asked for, so there is no build step.
"""

from dataclasses import dataclass
from functools import cache
from gettext import GNUTranslations, NullTranslations
from importlib.resources import files
from io import BytesIO
from typing import Literal

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from jinja2 import Environment, PackageLoader, StrictUndefined

Code = Literal["nl", "en"]

SOURCE: Code = "nl"
SCREENS = "leerlus"
"""Catalogue of the screens; a page that is made elsewhere has one of its own."""


@dataclass(frozen=True, slots=True)
class Language:
    """A language of the screens.

    Attributes:
        code: As in `lang` and in the texts of a plan.
        locale: Whose numbers and dates are written.
        name: What the language calls itself.
        prefix: What its addresses begin with; the source language has none.
    """

    code: Code
    locale: str
    name: str
    prefix: str


LANGUAGES: dict[Code, Language] = {
    "nl": Language("nl", "nl_NL", "Nederlands", ""),
    "en": Language("en", "en_GB", "English", "/en"),
}


def catalogue(code: Code, domain: str = SCREENS) -> Catalog:
    """Return the messages of a language as translators wrote them."""
    source = files("services").joinpath("locale", code, "LC_MESSAGES", f"{domain}.po")
    return read_po(BytesIO(source.read_bytes()), locale=code, abort_invalid=True)


@cache
def translations(code: Code, domain: str = SCREENS) -> NullTranslations:
    """Return what turns the source texts into the language; the source language leaves them as they are."""
    if code == SOURCE:
        return NullTranslations()
    compiled = BytesIO()
    write_mo(compiled, catalogue(code, domain))
    compiled.seek(0)
    return GNUTranslations(compiled)


def templates(package: str, texts: NullTranslations) -> Environment:
    """Return the templates of a package, escaped and strict, with the texts of one language."""
    environment = Environment(
        loader=PackageLoader(package),
        autoescape=True,
        extensions=["jinja2.ext.i18n"],
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
    )
    environment.policies["ext.i18n.trimmed"] = True
    environment.install_gettext_translations(texts, newstyle=True)  # type: ignore[attr-defined]
    return environment
