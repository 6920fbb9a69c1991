"""The headers that a delivery may have."""

from typing import Annotated
from uuid import UUID

from fastapi import Header

_MOST_LINES = 10**15

Upload = Annotated[
    UUID | None,
    Header(
        alias="Leerlus-Upload",
        description="Id shared by the parts of one delivery; made if absent. With `Leerlus-First-Line` it also names "
        "the request, as `Idempotency-Key` does.",
    ),
]
FirstLine = Annotated[
    int,
    Header(
        alias="Leerlus-First-Line",
        ge=1,
        le=_MOST_LINES,
        description="Number of the body's first line in the delivery; of a CSV, the number of its header.",
    ),
]
IdempotencyKey = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        min_length=1,
        max_length=200,
        pattern=r"^[\x21-\x7e]+$",
        description="Names the request: sent again within a week it gets the same answer, and nothing is taken twice.",
    ),
]
