"""Whether a contract that was read can be put in force: what it rests on is there, and its version follows."""

from collections.abc import Iterator

from contracts.code_lists import load_code_list
from contracts.document.record import gathering
from contracts.errors import PlanError, Problem
from contracts.odcs import load_contract
from contracts.odcs_extension import extended
from contracts.odcs_model import Contract
from contracts.releases import unfit_version
from contracts.values import faults


def check_contract(contract: Contract) -> None:
    """Refuse a contract that cannot be put in force.

    Raises:
        PlanError: If its base or a code list is another than it names, an example does not fit, or its version does not
            follow the last one that was released.
    """
    problems: list[Problem] = [*_examples(contract)]
    if contract.extends is not None:
        with gathering(problems):
            extended(load_contract(contract.extends.contract), contract)
    for field in contract.schema.properties:
        if field.code_list is not None:
            with gathering(problems):
                load_code_list(field.code_list)
    with gathering(problems):
        if (message := unfit_version(contract)) is not None:
            problems.append(Problem("version", None, message))
    if problems:
        raise PlanError(problems)


def _examples(contract: Contract) -> Iterator[Problem]:
    for field in contract.schema.properties:
        for place, example in enumerate(field.examples):
            for fault in faults(field, example):
                yield Problem(f"{field.name}.examples[{place}]", None, str(fault))
