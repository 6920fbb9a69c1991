from contracts.errors import Reason
from contracts.records import LogRecord
from infra.postgres.looks import instant
from infra.postgres.quarantine import Refused
from infra.postgres.storable import MOST, storable


def test_ordinary_text_stays_as_it_is():
    assert storable("Gemeente Súdwest-Fryslân €") == "Gemeente Súdwest-Fryslân €"


def test_what_postgresql_cannot_hold_is_replaced():
    assert storable("a\0b\ud800c\udfff") == "a\ufffdb\ufffdc\ufffd"


def test_long_text_is_cut():
    assert storable("x" * 10_000) == "x" * MOST


def refused(**headers):
    pairs = tuple((name.replace("_", "-"), value) for name, value in headers.items())
    return Refused(LogRecord(0, None, None, b"", pairs), None, None, (Reason("not_json", "", "no JSON"),))


def test_a_line_number_is_read_only_where_it_is_one():
    assert refused(leerlus_line=b"12").line == 12
    for odd in (b"", b"-1", b"1e3", b"9" * 40, "٣".encode(), b"\xff"):
        assert refused(leerlus_line=odd).line is None


def test_an_upload_that_is_no_text_is_kept_as_what_can_be_stored():
    assert refused(leerlus_upload=b"a\xff\0").upload == "a\ufffd\ufffd"
    assert refused().upload is None


def test_a_time_that_no_calendar_has_is_none():
    assert instant(1_700_000_000_000).isoformat() == "2023-11-14T22:13:20+00:00"
    assert instant(253_402_300_799_999).year == 9999
    for odd in (None, -1, -(10**17), 10**17, 253_402_300_800_000):
        assert instant(odd) is None
