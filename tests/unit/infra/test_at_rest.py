"""What is encrypted at rest: read with its key and at its place only."""

import re
import stat
from hashlib import sha256
from hmac import new as hmac_of

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from contracts.errors import InfrastructureError, SettingsError
from infra.at_rest import Keyring, keyring_of
from infra.settings import load_settings

OLD, NEW = "old-" * 8, "new-" * 8
PLACE = b"3:18204"


@pytest.fixture(autouse=True)
def own_state_directory(monkeypatch, tmp_path):
    monkeypatch.setenv("LEERLUS_STATE_DIR", str(tmp_path / "state"))


def test_it_is_aes_gcm_under_a_key_derived_by_hkdf():
    """RFC 5869 by hand: extract with zeros as salt, expand to one block."""
    sealed = Keyring(NEW).seal(b"a record", place=PLACE)
    key = hmac_of(hmac_of(bytes(32), NEW.encode(), sha256).digest(), b"leerlus quarantine\x01", sha256).digest()
    assert AESGCM(key).decrypt(sealed[:12], sealed[12:], PLACE) == b"a record"
    assert b"a record" not in sealed


def test_the_same_bytes_are_never_sealed_alike():
    ring = Keyring(NEW)
    assert ring.seal(b"a", place=PLACE) != ring.seal(b"a", place=PLACE)


def test_an_old_key_still_opens_and_the_first_one_seals():
    before, ring = Keyring(OLD), Keyring(f"{NEW}\n{OLD}\n")
    sealed = before.seal(b"a record", place=PLACE)
    assert ring.open(sealed, key_id=before.current, place=PLACE) == b"a record"
    assert ring.current == Keyring(NEW).current != before.current


def test_a_key_that_is_gone_is_named_with_those_that_are_there():
    sealed = Keyring(OLD).seal(b"a record", place=PLACE)
    message = f"key {Keyring(OLD).current}; known here: {Keyring(NEW).current}. .*LEERLUS_QUARANTINE__KEY"
    with pytest.raises(SettingsError, match=message):
        Keyring(NEW).open(sealed, key_id=Keyring(OLD).current, place=PLACE)


def test_what_was_changed_or_moved_is_not_opened():
    ring = Keyring(NEW)
    sealed = ring.seal(b"a record", place=PLACE)
    for data, place in ((sealed, b"3:18205"), (sealed[:-1] + bytes([sealed[-1] ^ 1]), PLACE), (b"", PLACE)):
        with pytest.raises(InfrastructureError, match="changed or moved"):
            ring.open(data, key_id=ring.current, place=place)


@pytest.mark.parametrize("text", ["", " \n", "too-short", f"{NEW} too-short"])
def test_a_short_key_is_refused_and_never_shown(text):
    with pytest.raises(SettingsError, match="at least 32 random characters") as caught:
        Keyring(text)
    assert not re.search("too-short|new-", str(caught.value))


def test_without_a_setting_the_state_directory_keeps_a_key_for_its_owner_alone(tmp_path):
    first = keyring_of(load_settings())
    file = tmp_path / "state" / "secrets" / "quarantine_key"
    assert keyring_of(load_settings()).current == first.current == Keyring(file.read_text()).current
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert [each.name for each in file.parent.iterdir()] == ["quarantine_key"]


def test_a_configured_key_or_file_wins_and_both_are_refused(monkeypatch, tmp_path):
    (tmp_path / "keys").write_text(f"{NEW}\n{OLD}\n")
    monkeypatch.setenv("LEERLUS_QUARANTINE__KEY_FILE", str(tmp_path / "keys"))
    assert keyring_of(load_settings()).current == Keyring(NEW).current
    monkeypatch.setenv("LEERLUS_QUARANTINE__KEY", OLD)
    with pytest.raises(SettingsError, match="both set"):
        keyring_of(load_settings())
    monkeypatch.delenv("LEERLUS_QUARANTINE__KEY_FILE")
    assert keyring_of(load_settings()).current == Keyring(OLD).current
    assert OLD not in repr(load_settings())
    assert not (tmp_path / "state").exists()


def test_a_key_file_that_is_not_there_is_named(monkeypatch, tmp_path):
    monkeypatch.setenv("LEERLUS_QUARANTINE__KEY_FILE", str(tmp_path / "nowhere"))
    with pytest.raises(SettingsError, match=r"KEY_FILE cannot be read: .*nowhere"):
        keyring_of(load_settings())
