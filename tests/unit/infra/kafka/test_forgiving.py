"""Records with header names that are no text, as aiokafka's own builders and fetcher see them."""

import pytest
from aiokafka.consumer import fetcher
from aiokafka.consumer.fetcher import PartitionRecords
from aiokafka.record.default_records import _DefaultRecordBatchBuilderPy
from aiokafka.record.memory_records import MemoryRecords
from aiokafka.structs import TopicPartition

from infra.kafka.forgiving import ForgivingRecords, install

NONE, LZ4 = 0, 3


class Odd(str):
    """A name that becomes bytes which are no UTF-8."""

    __slots__ = ()

    def encode(self, *_):
        return b"caf\xe9"


def batch(first, headers_of, *, compression, n_records=5):
    builder = _DefaultRecordBatchBuilderPy(2, compression, False, -1, -1, -1, 1 << 20)
    for place in range(n_records):
        builder.append(place, timestamp=1000 + place, key=b"key", value=b"value %d" % place, headers=headers_of(place))
    data = bytearray(builder.build())
    data[:8] = first.to_bytes(8, "big")  # outside what the checksum covers
    return bytes(data)


def plain(_):
    return [("name", b"x")]


def odd_in_the_middle(place):
    return [("first", b"1"), (Odd("x"), b"\xff")] if place == 2 else plain(place)


def read(records, *, check_crcs=True):
    return list(PartitionRecords(TopicPartition("t", 0), records, None, 101, None, None, check_crcs, 0))


@pytest.mark.parametrize("compression", [NONE, LZ4])
def test_a_header_name_that_is_no_text_stops_nothing_and_the_rest_stays_as_it_was(compression):
    data = b"".join(
        (
            batch(100, plain, compression=compression),
            batch(105, odd_in_the_middle, compression=compression),
            batch(110, plain, compression=compression),
        )
    )
    with pytest.raises(UnicodeDecodeError):
        read(MemoryRecords(data))
    records = read(ForgivingRecords(data))
    assert [record.offset for record in records] == list(range(101, 115))
    assert [record.value for record in records[4:9]] == [b"value %d" % place for place in range(5)]
    assert {record.key for record in records} == {b"key"}
    assert records[6].headers == (("first", b"1"), ("caf\ufffd", b"\xff"))
    assert [record.headers for record in records if record.offset != 107] == [(("name", b"x"),)] * 13


def test_ordinary_records_are_those_that_aiokafka_reads():
    data = batch(100, plain, compression=LZ4) + batch(105, plain, compression=NONE)
    assert read(ForgivingRecords(data)) == read(MemoryRecords(data))
    assert ForgivingRecords(data).size_in_bytes() == len(data)
    assert not ForgivingRecords(b"").has_next()


def test_the_fetcher_uses_it_once_installed(monkeypatch):
    monkeypatch.setattr(fetcher, "MemoryRecords", MemoryRecords)
    install()
    assert fetcher.MemoryRecords is ForgivingRecords
