"""datacontract-cli, which tests whole files: our contract as it stands, and the plan as SQL rules, its own idiom.

The contract is given a local server, patterns as DuckDB writes them, and the rules of the plan as queries. The bounds
of a day are left out, for it takes only numbers. It answers about a file as a whole: how many checks fail, or 1 where
they cannot be carried out.
"""

import json
import logging
import re
import tempfile
from pathlib import Path
from typing import Any

import yaml
from answering import FOLDER, RULES, answer
from datacontract.data_contract import DataContract

DATA = Path(tempfile.mkdtemp(dir=FOLDER)) / "records.ndjson"


def listed(values: list[str]) -> str:
    """Return a list of texts in SQL."""
    return ", ".join(f"'{value}'" for value in values)


INDICATORS = listed(list(RULES["indicators"]))
FIRST_DAY = "left(period || '-01', 10)"
"""Of a month or a day, which are the periods of these plans."""


def queries() -> dict[str, dict[str, str]]:
    """Return what a record that breaks a rule of the plan is found by, for each kind of record."""
    return {
        "observation": {
            "unknown_indicator": f"indicator NOT IN ({INDICATORS})",
            **belonging(""),
            **{f"value_of_{name}": value(name, *said) for name, said in RULES["indicators"].items()},
            "period_too_coarse": f"NOT regexp_full_match(period, '{RULES['period']}')",
            "period_in_future": f"{FIRST_DAY} > left(observed_at::VARCHAR, 10)",
            "observed_in_future": f"observed_at::TIMESTAMPTZ > TIMESTAMPTZ '{RULES['arrived']}' + INTERVAL 1 DAY",
            "before_effective_from": f"{FIRST_DAY} < '{RULES['effective_from']}'",
        },
        "enrolment": belonging("enrolment."),
        "period_closed": {
            "unknown_indicator": f"period_closed.indicator::VARCHAR NOT IN ({INDICATORS})",
            "period_too_coarse": f"NOT regexp_full_match(period_closed.period::VARCHAR, '{RULES['period']}')",
        },
    }


def belonging(at: str) -> dict[str, str]:
    """Return what a unit is found by that belongs where the plan has no place; `at` says where the fields stand."""
    here, arms, groups = (listed(RULES[name]) for name in ("here", "arms", "groups"))
    nowhere, arm = f"'{RULES['no_arm']}'", f"{at}arm"
    return {
        "unknown_region": f"{at}region NOT IN ({listed(RULES['regions'])})",
        "unknown_group": f"len(list_filter({at}groups, lambda each: each NOT IN ({groups}))) > 0",
        "repeated_group": f"len({at}groups) <> len(list_distinct({at}groups))",
        "unknown_arm": f"CASE WHEN {at}region IN ({here}) THEN {arm} NOT IN ({arms}) ELSE {arm} <> {nowhere} END",
        **{f"missing_{name}": f"{at}{name} IS NULL" for name in RULES["required"]},
    }


def value(indicator: str, is_binary: bool, low: float, high: float) -> str:  # noqa: FBT001
    """Return the query of values that an indicator does not have."""
    wrong = "value NOT IN (0, 1)" if is_binary else f"value NOT BETWEEN {low} AND {high} OR value <> floor(value)"
    return f"indicator = '{indicator}' AND ({wrong})"


def contract(kind: str) -> str:
    """Return the contract of this kind of record as datacontract-cli can test it."""
    said = yaml.safe_load((FOLDER / f"{kind}.odcs.yaml").read_text(encoding="utf-8"))
    said["servers"] = [
        {"server": "file", "type": "local", "path": str(DATA), "format": "json", "delimiter": "new_line"}
    ]
    schema = said["schema"][0]
    schema["physicalName"] = schema["name"]
    leave_out_days(schema["properties"])
    schema["quality"] = [
        {"name": name, "type": "sql", "query": f"SELECT count(*) FROM {kind} WHERE {wrong}", "mustBe": 0}
        for name, wrong in queries().get(kind, {}).items()
    ]
    return re.sub(r"\\\\u00([0-9a-f]{2})", r"\\\\x\1", json.dumps(said))


def leave_out_days(properties: list[dict[str, Any]]) -> None:
    """Remove bounds that are no numbers, at any depth."""
    for each in properties:
        options = each.get("logicalTypeOptions", {})
        for bound in ("minimum", "maximum"):
            if isinstance(options.get(bound), str):
                del options[bound]
        leave_out_days(each.get("properties", []))


CONTRACTS = {kind: contract(kind) for kind in (path.name.partition(".")[0] for path in FOLDER.glob("*.odcs.yaml"))}


def check(kind: str, lines: list[bytes]) -> list[int]:
    """Return the number of checks that fail for the file."""
    DATA.write_bytes(b"\n".join(lines) + b"\n")
    run = DataContract(data_contract_str=CONTRACTS[kind]).test()
    results = [each.result.value if each.result is not None else "error" for each in run.checks]
    return [1 if "error" in results or not results else results.count("failed")]


logging.disable()
answer(check)
