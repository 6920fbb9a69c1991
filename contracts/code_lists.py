"""Code lists: codes of areas and the like, each with the time in which it is in force.

A list stands in `codelists/<id>-<version>.yaml` and never changes; a change is a new version, in a new file.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import cache
from hashlib import sha256
from importlib.resources import files

from contracts.document.fields import matching, nullable, one_of, spelled, words
from contracts.document.lists import listing
from contracts.document.record import Fault, Key, Reader, Rule, record
from contracts.document.yaml import read_yaml
from contracts.errors import PlanError, Problem, Reason
from contracts.odcs_code import CodeListUse
from contracts.odcs_shape import snaked
from contracts.period import Period
from contracts.plan import Text
from contracts.plan_text import text
from contracts.wording import shown


@dataclass(frozen=True, slots=True)
class ListedCode:
    """A code and the days on which it is in force, the last one included; None where there is no end to it.

    Attributes:
        into: Codes that took its place.
    """

    code: str
    name: str
    valid_from: date | None
    valid_to: date | None
    into: tuple[str, ...]

    def holds_in(self, period: Period) -> bool:
        """Return whether it is in force on at least one day of a period."""
        is_there = self.valid_from is None or self.valid_from < period.end
        return is_there and (self.valid_to is None or self.valid_to >= period.start)


@dataclass(frozen=True, slots=True)
class CodeList:
    """A version of a list; `sha256` is the digest of its file."""

    id: str
    version: str
    title: Text
    source: str
    sha256: str
    codes: Mapping[str, ListedCode]

    def reason(self, code: str, period: Period, *, place: str) -> Reason | None:
        """Return why a code may not stand at `place` in a record about this period; None if it may."""
        found = self.codes.get(code)
        listed = f"{self.id} {self.version}"
        if found is None:
            return Reason("unknown_code", place, f"seen {shown(code)}, which is not in the list {listed}")
        if found.holds_in(period):
            return None
        return Reason("code_not_in_force", place, f"seen {code} ({found.name}) for {period.label}; {_in_force(found)}")


@cache
def load_code_list(use: CodeListUse) -> CodeList:
    """Return the list that a contract names.

    Raises:
        PlanError: If there is no such list, or it is not the one with this digest.
    """
    found = code_lists().get((use.id, use.version))
    if found is None:
        known = ", ".join(f"{name} {version}" for name, version in code_lists()) or "none"
        raise PlanError([Problem("codeList", None, f"there is no list {use.id} {use.version}; known are {known}")])
    if found.sha256 != use.sha256:
        message = f"{use.id} {use.version} has the digest {found.sha256}; the contract was written for {use.sha256}"
        raise PlanError([Problem("codeList.sha256", None, message)])
    return found


def list_named(name: str) -> CodeList:
    """Return the list that a plan names, as `<id>@<version>`.

    Raises:
        ValueError: If there is none.
    """
    id_, _, version = name.partition("@")
    if (id_, version) not in code_lists():
        known = ", ".join("@".join(each) for each in code_lists()) or "none"
        raise ValueError(f"there is no code list `{name}`; there are {known}")
    return code_lists()[id_, version]


@cache
def code_lists() -> Mapping[tuple[str, str], CodeList]:
    """Return all lists, by id and version.

    Raises:
        PlanError: If a file cannot be read as a list, or is not the one that plans and contracts were written for.
    """
    folder = files("contracts").joinpath("codelists")
    found = {}
    for line in folder.joinpath("sha256sums").read_text(encoding="utf-8").splitlines():
        digest, name = line.split(maxsplit=1)
        codes = read_code_list(folder.joinpath(name).read_text(encoding="utf-8"))
        if codes.sha256 != digest:
            raise PlanError([Problem(name, None, "the list is not what it was; a change is a new version")])
        found[codes.id, codes.version] = codes
    return found


def read_code_list(content: str) -> CodeList:
    """Return the list that a file holds.

    Raises:
        PlanError: With the place of everything that is wrong or not understood.
    """
    document, duplicates = read_yaml(content)
    if duplicates:
        raise PlanError(duplicates)
    return replace(_LIST(document), sha256=sha256(content.encode()).hexdigest())


def _in_force(code: ListedCode) -> str:
    first = f" from {code.valid_from}" if code.valid_from is not None else ""
    last = f" until {code.valid_to}" if code.valid_to is not None else ""
    after = f", then {' and '.join(code.into)}" if code.into else ""
    return f"it is in force{first}{last}{after}"


def _list(*, id: str, version: str, title: Text, source: str, codes: tuple[ListedCode, ...], **_: object) -> CodeList:  # noqa: A002  (the key of the file)
    return CodeList(id, version, title, source, sha256="", codes={each.code: each for each in codes})


def _is_in_order(valid_from: date | None, valid_to: date | None, into: tuple[str, ...]) -> Iterator[Fault]:
    if valid_from is not None and valid_to is not None and valid_to < valid_from:
        yield ("validTo",), f"the last day, {valid_to}, lies before the first, {valid_from}"
    if into and valid_to is None:
        yield ("into",), "what took its place is named, but not the last day on which it was in force: `validTo`"


def _leads_somewhere(codes: tuple[ListedCode, ...]) -> Iterator[Fault]:
    known = [each.code for each in codes]
    for place, each in enumerate(codes):
        if each.code in known[:place]:
            yield ("codes", place), f"`{each.code}` stands here twice"
        for successor in each.into:
            if successor not in known:
                yield ("codes", place, "into"), f"`{successor}` is not in the list"


_DAY = Key(nullable(spelled(date.fromisoformat)), None)
_CODE: Reader[ListedCode] = record(
    snaked(ListedCode),
    {"code": Key(words), "name": Key(words), "validFrom": _DAY, "validTo": _DAY, "into": Key(listing(words), ())},
    Rule(("validFrom", "validTo", "into"), _is_in_order),
)
_LIST: Reader[CodeList] = record(
    _list,
    {
        "codelist": Key(one_of("leerlus/v1")),
        "id": Key(matching(r"[a-z][a-z0-9_-]*", "names such as `nl-municipalities`")),
        "version": Key(matching(r"[0-9]{4}(-[0-9]{2}){0,2}", "versions such as 2026-01-01")),
        "title": Key(text),
        "source": Key(words),
        "licence": Key(words),
        "codes": Key(listing(_CODE, at_least=1)),
    },
    Rule(("codes",), _leads_somewhere),
)
