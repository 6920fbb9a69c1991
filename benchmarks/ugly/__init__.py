"""What breaks validity, each case twice: naively counted, and with the engine's cure. Nothing ever happens."""

from benchmarks.ugly import baselines, enrolment, people, reporting
from benchmarks.ugly.cases import Case


def cases() -> list[Case]:
    """Return every case."""
    return [*people.cases(), *reporting.cases(), *enrolment.cases(), *baselines.cases()]
