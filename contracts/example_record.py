"""A record that keeps a contract, made of the examples of its fields."""

from contracts.document.written import Plain
from contracts.odcs_model import Contract


def example_of(contract: Contract) -> dict[str, Plain]:
    """Return a record: of a policy's own contract what it asks for, of another every field."""
    fields = [each for each in contract.schema.properties if each.present or contract.plan is None]
    record: dict[str, Plain] = {each.name: each.examples[0] for each in fields if each.examples}
    envelope = contract.schema.envelope
    return record if envelope is None else {envelope: record}
