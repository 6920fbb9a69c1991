"""Stored state: what is read back is what was stored, and what is damaged or of another format is refused."""

import pytest

from contracts.errors import LogBroken
from pipelines.fold import Block, Partition
from pipelines.state import (
    StoredEnrolled,
    StoredPolicy,
    pack,
    pack_counts,
    pack_expected,
    pack_look,
    pack_tracks,
    pack_waiting,
    unpack,
    unpack_counts,
    unpack_expected,
    unpack_look,
    unpack_tracks,
    unpack_waiting,
)

CLAIMS = {"effect": {}, "gap": {}, "divergence": {}, "trade_off": {"pairs": [["work", "debts"]]}}


def again(read, write):
    return lambda data: write(read(data, name="a block"))


AGAIN = {
    "policy": lambda data: pack(unpack(data, StoredPolicy, name="a block")),
    "enrolled": lambda data: pack(unpack(data, StoredEnrolled, name="a block")),
    "open": again(unpack_look, pack_look),
    "tracks": again(unpack_tracks, pack_tracks),
    "counts": again(unpack_counts, pack_counts),
    "waiting": again(unpack_waiting, pack_waiting),
    "expected": again(unpack_expected, pack_expected),
}
"""Reading and writing of every kind of block that stands on its own; `together` is read into the claims of a plan."""


@pytest.fixture(scope="module")
def stored(make_log_module, plan_of):
    """Every kind of block, of a plan that counts clusters, by kind."""
    plan = plan_of(cluster="class", claims=CLAIMS, assignment={"kind": "randomised", "strata": ["region", "cohort"]})
    log = make_log_module(plan)
    for unit in range(1, 200):
        cell = {"arm": ("control", "trust")[unit % 2], "cluster": f"é{unit % 40}", "cohort": "2019"}
        cell |= {"groups": ["parents"] if unit % 3 else []}
        if unit % 4 == 0:
            log.enrol(unit, start="2020-03-01", **cell)
        log.observe(f"2020-0{1 + unit // 60}", unit=unit, value=unit % 2, **cell)
    log.mark("2020-03")
    return plan, {name: data for (_, name), data in log._blocks.items() if data is not None}


def by_kind(stored):
    blocks = {}
    for name, data in stored[1].items():
        blocks.setdefault(name.split("/")[0], []).append(data)
    return blocks


def restored(stored, **changes):
    plan, blocks = stored
    partition = Partition(next_offset=0, ledger_key=b"key")
    partition.restore([Block("trial", *each) for each in (blocks | changes).items()], [], {plan.sha256: plan})
    return partition


def test_every_kind_of_block_is_there(stored):
    assert set(by_kind(stored)) == {*AGAIN, "together"}


@pytest.mark.parametrize("kind", AGAIN)
def test_what_is_read_is_written_as_the_same_bytes(stored, kind):
    for data in by_kind(stored)[kind]:
        assert AGAIN[kind](data) == data


@pytest.mark.parametrize("kind", AGAIN)
def test_a_block_that_was_cut_off_is_refused_wherever(stored, kind):
    data = max(by_kind(stored)[kind], key=len)
    for length in {0, 1, 2, len(data) // 3, len(data) // 2, len(data) - 1}:
        with pytest.raises(LogBroken, match="a block"):
            AGAIN[kind](data[:length])


@pytest.mark.parametrize("kind", AGAIN)
def test_a_block_of_another_format_is_refused(stored, kind):
    data = by_kind(stored)[kind][0]
    with pytest.raises(LogBroken, match=f"has format {data[0] + 1}"):
        AGAIN[kind](bytes([data[0] + 1]) + data[1:])


def test_a_restored_policy_stores_the_same_blocks(stored):
    policy = restored(stored).policies["trial"]
    for name in stored[1]:
        if not name.startswith("counts/"):
            policy.unsaved.note(name)
    for block in policy.unsaved.take(policy):
        assert block.data == stored[1][block.name]


@pytest.mark.parametrize("name", ["together", "enrolled", "tracks/work", "counts/work/00000001"])
def test_a_policy_is_not_restored_from_a_damaged_block(stored, name):
    with pytest.raises(LogBroken, match=name.split("/")[0]):
        restored(stored, **{name: stored[1][name][:-1]})


def test_claims_are_not_restored_from_those_of_another_plan(stored, plan_of):
    another = plan_of(cluster="class", claims={"effect": {}, "divergence": {}})
    blocks = stored[1] | {"policy": pack(StoredPolicy(another.sha256, (), 0, {}, {}))}
    with pytest.raises(LogBroken, match="together"):
        restored((another, blocks))
