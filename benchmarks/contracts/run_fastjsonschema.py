"""fastjsonschema, compiled, on what orjson parses; it stops at the first error."""

import fastjsonschema
import orjson
from answering import SCHEMAS, answer

VALIDATE = {kind: fastjsonschema.compile(schema) for kind, schema in SCHEMAS.items()}


def check(kind: str, lines: list[bytes]) -> list[int]:
    """Return 1 for each line that is refused, 0 for the others."""
    validate = VALIDATE[kind]
    n_errors = []
    for line in lines:
        try:
            validate(orjson.loads(line))
        except (orjson.JSONDecodeError, fastjsonschema.JsonSchemaValueException):
            n_errors.append(1)
        else:
            n_errors.append(0)
    return n_errors


answer(check)
