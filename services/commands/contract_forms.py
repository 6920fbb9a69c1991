"""Contracts as they are published: a page, a JSON Schema, an AsyncAPI document, a contract file."""

import json

import yaml

from contracts.asyncapi import asyncapi
from contracts.example_record import example_of
from contracts.json_schema import json_schema
from contracts.odcs_writer import odcs_document
from contracts.plan import Plan
from services.commands.contract_sources import Format, published_of
from services.contract_page import contract_page

FOR_SUPPLIERS = ("observation", "enrolment")
"""The contracts that suppliers deliver by; the others are the evaluation team's own."""


def published(plan: Plan | None, form: Format, name: str) -> str:
    """Return what is published.

    Args:
        plan: Of which policy; None for what holds for every one.
        form: As what.
        name: Of which contract a JSON Schema or a file is.
    """
    if form is Format.ODCS:
        document = odcs_document(published_of(plan, name))
        return yaml.safe_dump(document, sort_keys=False, allow_unicode=True, width=120)
    if form is Format.JSON_SCHEMA:
        return _json(json_schema(published_of(plan, name)))
    contracts = [published_of(plan, each) for each in FOR_SUPPLIERS]
    if form is Format.ASYNCAPI:
        return _json(asyncapi(contracts, {each.name: [example_of(each)] for each in contracts}))
    return contract_page(contracts)


def _json(document: object) -> str:
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"
