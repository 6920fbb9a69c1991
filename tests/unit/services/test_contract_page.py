"""The page for suppliers: complete in both languages, and nothing on it that the contracts do not say."""

import re
from html.parser import HTMLParser
from importlib.resources import files
from pathlib import Path

import pytest
from babel.messages.extract import extract, extract_python
from jinja2.ext import babel_extract

from contracts.codes import RECORD_CODES
from contracts.plan_reader import read_plan
from services.commands.contract_forms import FOR_SUPPLIERS, published
from services.commands.contract_sources import Format, published_of
from services.console.languages import catalogue
from services.contract_page.page import DOMAIN
from services.contract_page.refusals import form_rules

ROOT = Path(__file__).parents[3]
TRUST = read_plan((ROOT / "examples" / "trust_trial" / "plan.yaml").read_text(encoding="utf-8"))
KEYWORDS = {"say": None, "gettext": None, "_": None, "ngettext": (1, 2)}
OPTIONS = {"trimmed": "true", "newstyle_gettext": "true"}


class Page(HTMLParser):
    """The text of each article, the ids, and where links lead."""

    def __init__(self, html):
        super().__init__()
        self.texts, self.ids, self.links, self._language = {}, [], [], None
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        if tag == "article":
            self._language = given["lang"]
            self.texts[self._language] = ""
        self.ids += [given["id"]] if "id" in given else []
        self.links += [given["href"]] if tag == "a" else []

    def handle_endtag(self, tag):
        if tag == "article":
            self._language = None

    def handle_data(self, data):
        if self._language:
            self.texts[self._language] += data


@pytest.fixture(scope="module", params=[None, TRUST], ids=["every policy", "one policy"])
def plan(request):
    return request.param


@pytest.fixture(scope="module")
def html(plan):
    return published(plan, Format.HTML, "observation")


@pytest.fixture(scope="module")
def page(html):
    return Page(html)


def test_the_page_is_there_in_dutch_first_and_in_english(page):
    assert list(page.texts) == ["nl", "en"]
    assert "Waarom een record wordt geweigerd" in page.texts["nl"]
    assert "Why a record is refused" in page.texts["en"]
    assert "Waarom" not in page.texts["en"]


@pytest.mark.parametrize("language", ["nl", "en"])
def test_every_field_stands_on_it_with_its_meaning(page, plan, language):
    for name in FOR_SUPPLIERS:
        for field in published_of(plan, name).schema.properties:
            assert field.name in page.texts[language]
            assert field.description.in_language(language).replace("`", "") in page.texts[language]


@pytest.mark.parametrize("language", ["nl", "en"])
def test_every_refusal_stands_on_it_with_what_must_be_true(page, plan, language):
    for name in FOR_SUPPLIERS:
        for rule in published_of(plan, name).schema.rules:
            assert rule.code in page.texts[language]
            assert rule.description.in_language(language).replace("`", "") in page.texts[language]
    assert all(code in page.texts[language] for code in RECORD_CODES)


@pytest.mark.parametrize(
    ("language", "said"),
    [("nl", "werkt in deeltijd na zes maanden"), ("en", "in part-time work after six months")],
)
def test_the_page_of_a_policy_says_what_it_measures(language, said):
    assert said in Page(published(TRUST, Format.HTML, "observation")).texts[language]


def test_what_a_plan_says_is_text_and_never_markup():
    text = (ROOT / "examples" / "resume" / "plan.yaml").read_text(encoding="utf-8")
    plan = read_plan(text.replace("en: called back or invited", 'en: "<script>alert(1)</script> `<b>`"'))
    html = published(plan, Format.HTML, "observation")
    assert "<script>" not in html
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in html


def test_every_id_stands_once_and_every_link_leads_to_one(page):
    assert len(page.ids) == len(set(page.ids))
    assert {link.removeprefix("#") for link in page.links} <= set(page.ids)


def test_the_page_needs_nothing_from_elsewhere(html):
    assert not re.search(r'(?:src|href)="(?!#)', html)
    assert "url(" not in html
    assert "@import" not in html


def test_every_code_about_the_form_of_a_record_has_words():
    assert {*form_rules(str), "unknown_code", "code_not_in_force"} == set(RECORD_CODES)


def messages():
    """Every message of the templates and the code of the page."""
    package = files("services.contract_page")
    for template in package.joinpath("templates").iterdir():
        with template.open("rb") as source:
            yield from (message for _, message, _, _ in extract(babel_extract, source, KEYWORDS, options=OPTIONS))
    for module in (each for each in package.iterdir() if each.name.endswith(".py")):
        with module.open("rb") as source:
            yield from (message for _, message, _, _ in extract(extract_python, source, KEYWORDS))


def test_the_english_catalogue_says_everything_on_the_page_and_nothing_else():
    english = {message.id: message.string for message in catalogue("en", DOMAIN) if message.id}
    assert set(english) == set(messages())
    assert all(english.values())


def test_a_translation_names_the_same_values_as_its_source():
    names = re.compile(r"%\((\w+)\)s|\{(\w+)\}")
    for message in catalogue("en", DOMAIN):
        if message.id:
            assert set(names.findall(message.id)) == set(names.findall(message.string)), message.id
