"""jsonschema-rs, with formats, on what orjson parses: asks whether a record is valid, and for all errors if not."""

import jsonschema_rs
import orjson
from answering import SCHEMAS, answer

VALIDATORS = {kind: jsonschema_rs.validator_for(schema, validate_formats=True) for kind, schema in SCHEMAS.items()}


def check(kind: str, lines: list[bytes]) -> list[int]:
    """Return the number of errors against each line."""
    is_valid, iter_errors = VALIDATORS[kind].is_valid, VALIDATORS[kind].iter_errors
    n_errors = []
    for line in lines:
        try:
            record = orjson.loads(line)
        except orjson.JSONDecodeError:
            n_errors.append(1)
        else:
            n_errors.append(0 if is_valid(record) else sum(1 for _ in iter_errors(record)))
    return n_errors


answer(check)
