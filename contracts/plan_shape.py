"""The plan document as a table: its keys, how each is read, what it is when left out, and the rules between them."""

from collections.abc import Callable, Iterator, Sequence

from contracts.document.fields import boolean, matching, nullable, number, one_of, spelled, whole, words
from contracts.document.lists import distinct, listing
from contracts.document.record import Fault, Key, Reader, Rule, record
from contracts.period import parse_duration, parse_look, parse_period
from contracts.plan import Arms, Assignment, Disclosure, EvidenceSettings, Group, Indicator, Owner, Plan, Text
from contracts.plan_choices import choices
from contracts.plan_claims import claims
from contracts.plan_claims_fit import claims_fit
from contracts.plan_implied import FACTS
from contracts.plan_indicators import indicator, later_fits
from contracts.plan_known import by_name
from contracts.plan_names import Names, arm_id, group_id, name, plan_id
from contracts.plan_text import text
from contracts.plan_time import clusters_close, lateness_is_given, lies_before, looks_are_planned, pre_period

LANGUAGE = "leerlus/v1"
MOST = 1_000_000_000
"""The highest whole number that a plan may give."""

MOST_LOOKS = 10_000
"""The highest number of looks that may be planned."""

LARGEST_BET = 3.0
"""The largest bet, in log odds: an odds ratio of 20."""


def _is_tenths(written_bets: tuple[float, ...]) -> Iterator[Fault]:
    for place, bet in enumerate(written_bets):
        if abs(bet * 10 - round(bet * 10)) > 1e-9:  # noqa: PLR2004  (floating error)
            yield ("bets", place), f"expected a multiple of 0.1, found {bet:g}"


_OWNER: Reader[Owner] = record(
    Owner,
    {
        "office": Key(words, about="the office that decides, never a person's name"),
        "table": Key(nullable(words), None),
        "contact": Key(
            nullable(matching(r"(mailto:|https://)\S+", "mailto: and https:// addresses", longest=200)), None
        ),
    },
)
_ASSIGNMENT: Reader[Assignment] = record(
    Assignment,
    {
        "kind": Key(one_of("randomised", "rollout", "none"), about="`randomised`, `rollout` or `none`"),
        "strata": Key(distinct(listing(one_of("region", "cohort"))), ()),
    },
)
_GROUP: Reader[Group] = record(
    Group,
    {
        "id": Key(group_id, about="a name for records and figures, such as `single_parent`"),
        "label": Key(text, about="the name on screens"),
        "disadvantaged": Key(boolean, about="true or false: whether the policy must not leave this group behind"),
        "order": Key(nullable(whole(at_least=-MOST, at_most=MOST)), None),
    },
)
_DEFAULTS = EvidenceSettings()
_EVIDENCE: Reader[EvidenceSettings] = record(
    EvidenceSettings,
    {
        "alpha": Key(number(above=0, at_most=0.5), _DEFAULTS.alpha),
        "run_length": Key(whole(at_least=2, at_most=MOST), _DEFAULTS.run_length),
        "minimum_events": Key(whole(at_least=1, at_most=MOST), _DEFAULTS.minimum_events),
        "minimum_n": Key(whole(at_least=2, at_most=MOST), _DEFAULTS.minimum_n),
        "bets": Key(distinct(listing(number(above=0, at_most=LARGEST_BET), at_least=1)), _DEFAULTS.bets),
    },
    Rule(("bets",), _is_tenths),
)
_DISCLOSURE: Reader[Disclosure] = record(
    Disclosure,
    {
        "minimum_cell": Key(whole(at_least=1, at_most=MOST), Disclosure().minimum_cell),
        "round_to": Key(whole(at_least=1, at_most=MOST), Disclosure().round_to),
    },
)


def _arms(names: Names) -> Reader[Arms]:
    planned = by_name("arm", names.arms, whole(at_least=1, at_most=MOST))
    return record(
        _planned_arms,
        {
            "reference": Key(arm_id, about="the arm that the others are compared with"),
            "watched": Key(distinct(listing(arm_id, at_least=1)), about="the arms that are watched, at least one"),
            "planned": Key(planned, {}),
        },
        Rule(("reference", "watched"), _arms_differ),
        Rule(("reference", "watched", "planned"), _every_arm_is_planned),
    )


def _planned_arms(*, reference: str, watched: tuple[str, ...], planned: dict[str, int]) -> Arms:
    return Arms(reference, watched, tuple((arm, planned[arm]) for arm in (reference, *watched) if arm in planned))


def _arms_differ(reference: str, watched: tuple[str, ...]) -> Iterator[Fault]:
    if reference in watched:
        message = f"`{reference}` is the reference; it cannot be watched against itself"
        yield ("watched", watched.index(reference)), message


def _every_arm_is_planned(reference: str, watched: tuple[str, ...], planned: dict[str, int]) -> Iterator[Fault]:
    for arm in (reference, *watched) if planned else ():
        if arm not in planned:
            yield ("planned", arm), "this arm is missing; plan a number of units for every arm, or for none"


def document_reader(names: Names, build: Callable[..., Plan]) -> Reader[Plan]:
    """Return the reader of a whole plan; `build` gets the values of all keys by name."""
    return record(
        build,
        {
            "plan": Key(one_of(LANGUAGE), about=f"`plan: {LANGUAGE}` says how this file is to be read"),
            "id": Key(plan_id, about="the policy's name in every record, such as `trust-trial`"),
            "version": Key(whole(at_least=1, at_most=MOST), about="1, and one more with every change"),
            "supersedes_reason": Key(nullable(text), None),
            "kind": Key(one_of("experiment", "policy"), about="`experiment` or `policy`"),
            "title": Key(text, about="the name on screens"),
            "question": Key(text, about="what the evaluation is to answer"),
            "owner": Key(_OWNER, about="the office that decides, `{office: ...}`"),
            "effective_from": Key(spelled(parse_period), about="the first period it applies to, such as `2017-10`"),
            "choices": Key(choices(names), about="what was chosen before the first look"),
            "unit": Key(words, "person"),
            "cluster": Key(nullable(words), None),
            "measured": Key(one_of("once", "repeatedly"), "once"),
            "looks": Key(nullable(whole(at_least=1, at_most=MOST_LOOKS)), None),
            "look": Key(spelled(parse_look), about="how often evidence is weighed, such as `P1M` or `P50N`"),
            "lateness": Key(spelled(parse_duration), None),
            "assignment": Key(_ASSIGNMENT, about="how units came into their arm, `{kind: ..., strata: [...]}`"),
            "arms": Key(nullable(_arms(names)), None),
            "groups": Key(listing(_GROUP), ()),
            "programme": Key(nullable(name), None),
            "indicators": Key(listing(indicator(names), at_least=1), about="what is measured, at least one"),
            "claims": Key(claims(names), None),
            "evidence": Key(_EVIDENCE, EvidenceSettings()),
            "pre_period": Key(nullable(pre_period), None),
            "follow_up": Key(nullable(spelled(parse_duration)), None),
            "disclosure": Key(_DISCLOSURE, Disclosure()),
        },
        Rule(("version", "supersedes_reason"), _change_has_reason),
        Rule(("kind", "arms"), _arms_fit_kind),
        Rule(("measured", "looks", "look"), looks_are_planned),
        Rule(("cluster", "measured", "look"), clusters_close),
        Rule(("look", "lateness"), lateness_is_given),
        Rule(("pre_period", "effective_from", "look"), lies_before),
        Rule(("groups",), _groups_differ),
        Rule(("indicators",), _indicators_differ),
        Rule(("indicators",), later_fits),
        Rule(("claims", *FACTS), claims_fit),
    )


def _change_has_reason(version: int, reason: Text | None) -> Iterator[Fault]:
    if version > 1 and reason is None:
        yield ("supersedes_reason",), f"version {version} needs the reason why it replaces the one before"
    if version == 1 and reason is not None:
        yield ("supersedes_reason",), "version 1 replaces nothing; leave this key out, or raise `version`"


def _arms_fit_kind(kind: str, arms: Arms | None) -> Iterator[Fault]:
    if kind == "experiment" and arms is None:
        yield ("arms",), "an experiment needs its arms, `{reference: ..., watched: [...]}`"
    if kind == "policy" and arms is not None:
        yield ("arms",), "a policy has no arms; leave this key out, or write `kind: experiment`"


def _groups_differ(groups: tuple[Group, ...]) -> Iterator[Fault]:
    yield from _stands_twice("groups", "id", [group.id for group in groups])
    yield from _stands_twice("groups", "order", [group.order for group in groups])


def _indicators_differ(indicators: tuple[Indicator, ...]) -> Iterator[Fault]:
    yield from _stands_twice("indicators", "id", [indicator.id for indicator in indicators])


def _stands_twice(part: str, key: str, values: Sequence[object]) -> Iterator[Fault]:
    for place, value in enumerate(values):
        if value is not None and value in values[:place]:
            yield (part, place, key), f"`{value}` stands at `{part}[{values.index(value)}]` already"
