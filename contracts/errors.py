"""The error tree, split by what the reader must do.

    LeerlusError
    ├── ContractError          mend the data; the record is quarantined
    ├── PlanError              mend the plan; nothing was registered
    ├── StatisticsError        no conclusion may be drawn from these figures
    ├── SettingsError          mend the configuration; nothing was started
    └── InfrastructureError    try again, then stop
        ├── Unavailable        a server does not answer (yet)
        ├── Fenced             another owner holds the partition: this process must end
        └── LogBroken          the log has a gap, runs backwards, or is another log

A message says what was seen, what was allowed, and where.
"""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Reason:
    """One reason why a record is refused.

    Attributes:
        code: Stable word of the contract, such as `unknown_arm`; suppliers filter on it.
        place: Field of the record, dotted, or empty for the record as a whole.
        message: What was seen and what was allowed, for a person to read.
    """

    code: str
    place: str
    message: str

    def __str__(self) -> str:
        return f"{self.code} at {self.place}: {self.message}" if self.place else f"{self.code}: {self.message}"


@dataclass(frozen=True, slots=True)
class Problem:
    """One mistake in a plan or a contract.

    Attributes:
        place: Dotted path of the key, such as `indicators[0].direction`.
        line: Line in the file, from 1; None where the document did not come from a file.
        message: What was seen and what is allowed, for a person to read.
    """

    place: str
    line: int | None
    message: str

    def __str__(self) -> str:
        where = self.place or "the document"
        return f"line {self.line}, {where}: {self.message}" if self.line is not None else f"{where}: {self.message}"


class LeerlusError(Exception):
    """Anything this service refuses or cannot do."""


class ContractError(LeerlusError):
    """A record breaks its contract; `reasons` holds every reason."""

    def __init__(self, reasons: Sequence[Reason]) -> None:
        self.reasons = tuple(reasons)
        super().__init__("; ".join(map(str, self.reasons)))


class PlanError(LeerlusError):
    """A plan or contract file cannot be accepted; `problems` holds every mistake."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(map(str, self.problems)))


class StatisticsError(LeerlusError):
    """The figures do not allow the computation that was asked for."""


class SettingsError(LeerlusError):
    """A setting is unknown or does not fit, or the state directory is not what it should be."""


class InfrastructureError(LeerlusError):
    """Something outside this process failed."""


class Unavailable(InfrastructureError):  # noqa: N818  (reads as the state it reports)
    """A server does not answer within its deadline."""


class Fenced(InfrastructureError):  # noqa: N818
    """Another process owns the partition now; nothing of ours may be written."""


class LogBroken(InfrastructureError):  # noqa: N818
    """The log does not continue where the stored state ends."""
