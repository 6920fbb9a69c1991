"""What a value must be like, in words of a language."""

from collections.abc import Callable, Iterator

from contracts.document.written import Plain
from contracts.odcs_code import Meaning
from contracts.odcs_model import Contract, Property, Shape
from contracts.period import parse_duration

Say = Callable[[str], str]
"""Returns a text of ours in the language of the reader."""

_MOST_NAMED = 6
_NO_CONTROL_CHARACTERS = "(?:[^\\u0000-\\u001f\\u007f]+)"


def heading(contract: Contract, say: Say) -> str:
    """Return what a supplier calls the records of a contract."""
    known = {"observation": say("Waarneming: wat er gemeten is"), "enrolment": say("Aanmelding: wie er meedoet")}
    return known[contract.name]


def form(field: Property, say: Say) -> str:
    """Return what a value of a field must be like."""
    if field.pseudonymisation is not None:
        return say("pseudoniem: 16 tot 64 hexadecimale tekens")
    parts = list(_parts(field.shape, say))
    if field.code_list is not None:
        parts.append(
            say("uit de lijst {name} {version}").format(name=field.code_list.id, version=field.code_list.version)
        )
    return ", ".join(parts)


def _parts(shape: Shape, say: Say) -> Iterator[str]:
    yield _kind(shape, say)
    if shape.codes:
        yield _codes(shape, say)
    elif shape.kind == "array":
        yield from _array(shape, say)
    elif shape.max_length is not None:
        yield say("hoogstens {n} tekens").format(n=shape.max_length)
    if shape.minimum is not None and shape.maximum is not None:
        yield say("van {low} tot en met {high}").format(low=f"{shape.minimum:g}", high=f"{shape.maximum:g}")


def _kind(shape: Shape, say: Say) -> str:
    if shape.format == "uuid":
        return say("UUID")
    if shape.format == "period":
        return say("tijdvak")
    kinds = {
        "string": say("tekst"),
        "integer": say("geheel getal"),
        "number": say("getal"),
        "array": say("lijst"),
        "date": say("datum, JJJJ-MM-DD"),
        "timestamp": say("tijdstip met tijdzone (RFC 3339)"),
        "object": say("object"),
    }
    return kinds[shape.kind]


def _codes(shape: Shape, say: Say) -> str:
    values = [each.value for each in shape.codes]
    if len(values) == 1:
        return say("altijd {code}").format(code=values[0])
    if len(values) > _MOST_NAMED:
        return say("een van {n} codes, die hieronder staan").format(n=len(values))
    return say("een van: {codes}").format(codes=", ".join(values))


def _array(shape: Shape, say: Say) -> Iterator[str]:
    if shape.max_length == 0:
        yield say("leeg")
        return
    if shape.max_length is not None:
        yield say("hoogstens {n} codes").format(n=shape.max_length)
    if shape.unique_items:
        yield say("elke code één keer")
    if shape.items is not None and shape.items.codes:
        yield _codes(shape.items, say)


def pattern(shape: Shape) -> str | None:
    """Return the pattern that a text must match, where it says more than that it is printable."""
    if shape.pattern is None or shape.pattern == _NO_CONTROL_CHARACTERS:
        return None
    return shape.pattern.removeprefix("(?:").removesuffix(")")


def presence(field: Property, say: Say) -> str:
    """Return whether a field must be there."""
    if field.required:
        return say("verplicht")
    return say("moet er staan, mag null zijn") if field.present else say("mag ontbreken")


def classification(field: Property, say: Say) -> str:
    """Return how far a field may travel."""
    return {"internal": say("intern"), "restricted": say("vertrouwelijk")}[field.classification]


def direction(meaning: Meaning, say: Say) -> str:
    """Return which way is better."""
    if meaning.direction is None:
        return ""
    return say("hoger is beter") if meaning.direction == "higher_is_better" else say("lager is beter")


def values(meaning: Meaning, say: Say) -> str:
    """Return which values an indicator has."""
    if meaning.low is None or meaning.high is None:
        return ""
    if meaning.aggregation == "share":
        return say("0 (nee) of 1 (ja)")
    decimals = say("{n} decimalen").format(n=meaning.decimals or 0)
    return say("{low} tot en met {high}").format(low=f"{meaning.low:g}", high=f"{meaning.high:g}") + ", " + decimals


def maturity(meaning: Meaning, say: Say) -> str:
    """Return from when on an indicator may be measured."""
    if meaning.maturity is None:
        return say("altijd")
    duration = parse_duration(meaning.maturity)
    if duration.months:
        return say("vanaf {n} maanden na het begin").format(n=duration.months)
    return say("vanaf {n} dagen na het begin").format(n=duration.days)


def example(value: Plain, say: Say) -> str:
    """Return an example as it is written in JSON, without the quotation marks of a text."""
    if value == []:
        return say("[] (geen)")
    if isinstance(value, list):
        return "[" + ", ".join(f'"{each}"' for each in value) + "]"
    return f"{value:g}" if isinstance(value, int | float) else str(value)
