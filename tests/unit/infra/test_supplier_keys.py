"""Keys of suppliers: made at random, recognised by their beginning, kept as a hash."""

import hashlib
import re

import pytest

from infra.supplier_keys import key_of_secret, new_key, read_key


def test_a_key_is_random_and_says_what_it_is():
    one, other = new_key(), new_key()
    assert one != other
    assert re.fullmatch(r"leerlus_[0-9a-f]{8}_[A-Za-z0-9_-]{43}", one.text)  # 43 characters of base64url are 256 bits
    assert one.text.split("_")[1] == one.id


def test_what_is_kept_is_the_hash_of_the_whole_key():
    key = new_key()
    assert key.sha256 == hashlib.sha256(key.text.encode()).digest()
    assert key.fits(key.sha256)
    assert not new_key().fits(key.sha256)
    assert key.text not in repr(key)


def test_the_same_secret_makes_the_same_key():
    assert key_of_secret("x" * 32) == key_of_secret("x" * 32) != key_of_secret("y" * 32)


def test_a_key_is_read_as_it_was_written():
    key = new_key()
    assert read_key(key.text) == key


@pytest.mark.parametrize(
    "text", ["", "leerlus", "leerlus_5d41402a_short", "leerlus_5D41402A_" + "a" * 43, "x" * 10_000]
)
def test_what_is_no_key_is_not_read(text):
    assert read_key(text) is None


def test_a_line_end_after_a_key_is_no_part_of_it():
    assert read_key(new_key().text + "\n") is None
