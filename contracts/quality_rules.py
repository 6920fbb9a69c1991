"""The rules of data quality: what each demands, how much may fail, and what its failure asks for."""

from dataclasses import dataclass
from typing import Literal

from contracts.plan import Text
from contracts.quality import Severity

FrameName = Literal["records", "cells"]


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule of data quality.

    Attributes:
        id: Its name in tables, events and suites.
        severity: `critical` where a failure pauses the policy signals of the series.
        frame: What it is checked on.
        bound: Of `records` the share that may fail; of `cells` the bound on the figure.
        text: What it demands, for people.
    """

    id: str
    severity: Severity
    frame: FrameName
    bound: float
    text: Text


def _rule(id_: str, severity: Severity, frame: FrameName, bound: float, *, nl: str, en: str) -> Rule:
    return Rule(id_, severity, frame, bound, Text(nl, en))


RULES = {
    rule.id: rule
    for rule in (
        _rule(
            "readable", "critical", "records", 0.05,
            nl="Hoogstens 5 % van de records houdt zich niet aan het datacontract.",
            en="At most 5 % of the records break the data contract.",
        ),
        _rule(
            "complete", "critical", "records", 0.02,
            nl="Hoogstens 2 % van de records mist een verplicht veld, in elke groep, regio en variant.",
            en="At most 2 % of the records lack a required field, in every group, region and arm.",
        ),
        _rule(
            "known_codes", "critical", "records", 0.05,
            nl="Hoogstens 5 % van de records noemt een indicator, variant, regio of groep die het plan niet kent.",
            en="At most 5 % of the records name an indicator, arm, region or group that the plan does not know.",
        ),
        _rule(
            "in_range", "critical", "records", 0.01,
            nl="Hoogstens 1 % van de waarden ligt buiten het bereik dat het plan noemt.",
            en="At most 1 % of the values lie outside the range that the plan names.",
        ),
        _rule(
            "in_time", "critical", "records", 0.05,
            nl="Hoogstens 5 % van de records heeft een tijdvak of moment dat niet kan.",
            en="At most 5 % of the records have a period or moment that cannot be.",
        ),
        _rule(
            "unique_observation", "warning", "records", 0.01,
            nl="Hoogstens 1 % van de records heeft een kenmerk dat in dezelfde partij vaker voorkomt.",
            en="At most 1 % of the records have an id that occurs more than once in the batch.",
        ),
        _rule(
            "unique_unit", "warning", "records", 0.05,
            nl="Hoogstens 5 % van de eenheden komt per indicator en tijdvak vaker voor in dezelfde partij.",
            en="At most 5 % of the units occur more than once per indicator and period in the batch.",
        ),
        _rule(
            "one_outcome", "critical", "records", 0.01,
            nl="Hoogstens 1 % van de eenheden heeft in dezelfde partij twee verschillende uitkomsten.",
            en="At most 1 % of the units have two different outcomes in the batch.",
        ),
        _rule(
            "volume_short", "critical", "cells", 0.5,
            nl="Een weging telt minstens half zoveel records als verwacht.",
            en="A look has at least half the records that are expected.",
        ),
        _rule(
            "volume_over", "warning", "cells", 2.0,
            nl="Een weging telt hoogstens tweemaal zoveel records als verwacht.",
            en="A look has at most twice the records that are expected.",
        ),
        _rule(
            "planned", "warning", "cells", 1.1,
            nl="Een variant heeft hoogstens 10 % meer eenheden dan het plan noemt.",
            en="An arm has at most 10 % more units than the plan names.",
        ),
        _rule(
            "coverage", "critical", "cells", 1.0,
            nl="Elke variant, groep en regio uit het plan waarvan records te verwachten zijn, heeft er.",
            en="Every arm, group and region of the plan from which records are to be expected has some.",
        ),
        _rule(
            "value_drift", "warning", "cells", 1.0,
            nl="De gemiddelde waarde verschilt niet meer van de beginperiode dan toeval en het plan toelaten.",
            en="The mean value differs from the reference period by no more than chance and the plan allow.",
        ),
        _rule(
            "share_drift", "warning", "cells", 1.0,
            nl="Het aandeel van een groep verschilt hoogstens 5 punten van de beginperiode, of wat toeval toelaat.",
            en="The share of a group differs from the reference period by 5 points at most, or by what chance allows.",
        ),
        _rule(
            "delay", "critical", "cells", 1.0,
            nl="Een variant wordt even snel aangeleverd als de vergelijkingsvariant.",
            en="An arm is reported as soon as the reference arm.",
        ),
        _rule(
            "fresh", "warning", "cells", 1.0,
            nl="Het laatste record is niet ouder dan één weging.",
            en="The last record is no older than one look.",
        ),
    )
}  # fmt: skip
"""Every rule by its id."""

AT_LEAST = frozenset({"volume_short", "coverage"})
"""Rules on cells whose bound is a minimum; of the others it is a maximum."""
