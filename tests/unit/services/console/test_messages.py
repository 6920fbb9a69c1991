"""The English catalogue says everything the screens say, and nothing else."""

import re
from importlib.resources import files

import pytest
from babel.messages.extract import extract, extract_python
from jinja2.ext import babel_extract

from services.console.languages import catalogue

KEYWORDS = {"say": None, "gettext": None, "_": None, "ngettext": (1, 2)}
OPTIONS = {"trimmed": "true", "newstyle_gettext": "true"}


def messages_on_screen():
    """Return every message of templates and code: a text, or a pair of singular and plural."""
    console = files("services.console")
    found = set()
    for template in sorted(console.joinpath("templates").iterdir(), key=str):
        with template.open("rb") as source:
            found |= {message for _, message, _, _ in extract(babel_extract, source, KEYWORDS, options=OPTIONS)}
    for module in (each for each in console.iterdir() if each.name.endswith(".py")):
        with module.open("rb") as source:
            found |= {message for _, message, _, _ in extract(extract_python, source, KEYWORDS)}
    return found


@pytest.fixture(scope="module")
def on_screen():
    return messages_on_screen()


@pytest.fixture(scope="module")
def english():
    return {message.id: message for message in catalogue("en") if message.id}


def test_every_message_on_a_screen_has_an_english_text(on_screen, english):
    missing = [message for message in on_screen if message not in english or not english[message].string]
    assert sorted(missing, key=str) == []


def test_the_catalogue_holds_no_message_that_no_screen_says(on_screen, english):
    assert sorted((message for message in english if message not in on_screen), key=str) == []


def test_a_translation_names_the_same_values_as_its_source(english):
    names = re.compile(r"%\((\w+)\)s|\{(\w+)\}")
    for source, message in english.items():
        told = [source] if isinstance(source, str) else source
        said = [message.string] if isinstance(message.string, str) else message.string
        for text, translation in zip(told, said, strict=True):
            assert set(names.findall(text)) >= set(names.findall(translation)), source
