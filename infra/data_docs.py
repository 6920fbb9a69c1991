"""Data Docs: the pages that Great Expectations makes of validations, written into a folder by the worker process."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from contracts.expectations import Expectation
from infra.validating import Document, context


@dataclass(frozen=True, slots=True)
class Page:
    """One validation as it becomes a page of the Data Docs.

    Attributes:
        suite: Name of the suite, such as `trust-trial records`.
        expectations: Its expectations.
        document: The result.
        run: What was validated, such as `offsets 0 to 999`.
        at: When.
    """

    suite: str
    expectations: Sequence[Expectation]
    document: Document
    run: str
    at: datetime


def write_docs(pages: tuple[Page, ...], folder: str) -> str:
    """Write a page for each validation and return the path of the first page."""
    import great_expectations as gx  # noqa: PLC0415
    from great_expectations.core.expectation_validation_result import (  # noqa: PLC0415
        expectationSuiteValidationResultSchema,
    )

    made = context()
    made.add_data_docs_site(site_name="leerlus", site_config=_site(folder))
    for page in pages:
        made.suites.add(gx.ExpectationSuite(name=page.suite, expectations=[dict(each) for each in page.expectations]))
        result = expectationSuiteValidationResultSchema.load({**page.document, "suite_name": page.suite})
        made.validation_results_store.set(_key(page), result)
    return str(made.build_data_docs(site_names=["leerlus"])["leerlus"]).removeprefix("file://")


def _site(folder: str) -> dict[str, Any]:
    return {
        "class_name": "SiteBuilder",
        "site_index_builder": {"class_name": "DefaultSiteIndexBuilder"},
        "store_backend": {"class_name": "TupleFilesystemStoreBackend", "base_directory": folder},
    }


def _key(page: Page) -> Any:
    from great_expectations.core.run_identifier import RunIdentifier  # noqa: PLC0415
    from great_expectations.data_context.types.resource_identifiers import (  # noqa: PLC0415
        ExpectationSuiteIdentifier,
        ValidationResultIdentifier,
    )

    return ValidationResultIdentifier(
        expectation_suite_identifier=ExpectationSuiteIdentifier(name=page.suite),
        run_id=RunIdentifier(run_name=page.run, run_time=page.at),
        batch_identifier=page.suite.replace(" ", "-"),
    )
