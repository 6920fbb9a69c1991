"""Templates in one language: the environment that all pages of that language are rendered with."""

from functools import cache, partial
from importlib.metadata import PackageNotFoundError, version
from typing import Any
from urllib.parse import urlencode

from jinja2 import Environment

from contracts.signal import SEVERITIES
from services.console.figures import Mark
from services.console.languages import LANGUAGES, Code, Language, templates, translations
from services.console.names import Names
from services.console.svg import interval_bar, mark, stairs
from services.console.titles import title
from services.console.words import Words, capital


class Screen:
    """Renders pages in one language.

    Args:
        code: Which language.
    """

    def __init__(self, code: Code) -> None:
        self.language = LANGUAGES[code]
        self.words = Words(self.language)
        self._environment = _environment(self.language)

    def url(self, path: str, **query: str | None) -> str:
        """Return the address of a page in this language; parts of the query that are None are left out."""
        return _address(self.language, path, query)

    def render(self, name: str, *, path: str, query: dict[str, str], **context: Any) -> str:
        """Return a page.

        Args:
            name: The template.
            path: The page's address without the prefix of its language.
            query: Its query.
            **context: What the template shows.
        """
        other = next(each for each in LANGUAGES.values() if each is not self.language)
        return self._environment.get_template(name).render(
            language=self.language,
            other=other,
            other_url=_address(other, path, query),
            url=self.url,
            words=self.words,
            version=_version(),
            **context,
        )


@cache
def screen(code: Code) -> Screen:
    """Return the screen of a language; templates are compiled once."""
    return Screen(code)


def _environment(language: Language) -> Environment:
    environment = templates("services.console", translations(language.code))
    environment.filters.update(capital=capital, group_name=_group_name)
    environment.globals["heading"] = partial(title, say=translations(language.code).gettext)
    environment.globals.update(
        mark=mark, marks=tuple(Mark), stairs=stairs, severities=SEVERITIES, interval_bar=interval_bar
    )
    return environment


def _group_name(group: str, names: Names) -> str:
    return names.group(group)


def _address(language: Language, path: str, query: "dict[str, str | None] | dict[str, str]") -> str:
    given = {key: value for key, value in query.items() if value is not None}
    place = language.prefix + path if path != "/" or not language.prefix else language.prefix + "/"
    return place + ("?" + urlencode(given) if given else "")


@cache
def _version() -> str:
    try:
        return version("leerlus")
    except PackageNotFoundError:
        return ""
