"""The door of Leerlus: decoding, and the rules of the plan for what keeps its contract."""

from datetime import datetime

from answering import FOLDER, RULES, answer

from contracts.admission import Admission
from contracts.decoder import decode
from contracts.errors import ContractError
from contracts.plan_reader import read_plan
from contracts.records import Enrolment, Observation, PeriodClosed, Record

ADMISSION = Admission(read_plan((FOLDER / "plan.yaml").read_text(encoding="utf-8")))
ARRIVED_MS = int(datetime.fromisoformat(RULES["arrived"]).timestamp() * 1000)


def check(_kind: str, lines: list[bytes]) -> list[int]:
    """Return the number of reasons against each line."""
    n_reasons = []
    for line in lines:
        try:
            record = decode(line)
        except ContractError as error:
            n_reasons.append(len(error.reasons))
        else:
            is_observation = isinstance(record, Observation)
            reasons = ADMISSION.observation(record, arrived_ms=ARRIVED_MS) if is_observation else of_others(record)
            n_reasons.append(len(reasons))
    return n_reasons


def of_others(record: Record) -> tuple[object, ...]:
    """Return the reasons against a record that is no observation."""
    if isinstance(record, Enrolment):
        return ADMISSION.enrolment(record, arrived_ms=ARRIVED_MS)
    return ADMISSION.marker(record) if isinstance(record, PeriodClosed) else ()


if __name__ == "__main__":
    answer(check)
