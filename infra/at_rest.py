"""Encryption at rest: AES-256-GCM with keys that lie outside the database.

What is sealed names its key, so that a new key can be put in front of the old ones; it is bound to its place, so that
it cannot be moved to another row.
"""

import os
from hashlib import blake2b

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from contracts.errors import InfrastructureError, SettingsError
from infra.embedded.state import kept_secret
from infra.settings import PREFIX, Settings

SHORTEST = 32
"""Characters of a key: `openssl rand -base64 32` gives 44."""

_NONCE_BYTES = 12
_SETTING = f"{PREFIX}QUARANTINE__KEY"


class Keyring:
    """Keys by their id: the first one seals, every one opens.

    Args:
        text: The keys, separated by white space.

    Attributes:
        ids: Of every key, the one in use first.
        current: Of the key in use.

    Raises:
        SettingsError: If there is no key, or one is too short.
    """

    def __init__(self, text: str) -> None:
        keys = text.split()
        if not keys or min(map(len, keys)) < SHORTEST:
            raise SettingsError(
                f"{_SETTING} (or its file) must hold keys of at least {SHORTEST} random characters, the one in use "
                "first: `openssl rand -base64 32` makes one"
            )
        self._ciphers = {_id_of(key): AESGCM(_derived(key)) for key in keys}
        self.ids = tuple(self._ciphers)
        self.current = self.ids[0]

    def seal(self, data: bytes, *, place: bytes) -> bytes:
        """Return data encrypted with the key in use, for this place only."""
        nonce = os.urandom(_NONCE_BYTES)
        return nonce + self._ciphers[self.current].encrypt(nonce, data, place)

    def open(self, sealed: bytes, *, key_id: str, place: bytes) -> bytes:
        """Return what was sealed for this place with the key of this id.

        Raises:
            SettingsError: If that key is not on the ring.
            InfrastructureError: If the sealed bytes were changed, or belong to another place.
        """
        if key_id not in self._ciphers:
            raise SettingsError(
                f"the bytes were encrypted with key {key_id}; known here: {', '.join(self.ids)}. Add that key to "
                f"{_SETTING} after the one in use"
            )
        try:
            return self._ciphers[key_id].decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], place)
        except (InvalidTag, ValueError) as error:
            raise InfrastructureError(f"the encrypted bytes of {place.decode()} were changed or moved") from error


def keyring_of(settings: Settings) -> Keyring:
    """Return the keys of the quarantine: those that are configured, or the one that the state directory keeps.

    Raises:
        SettingsError: If key and file are both set, the file cannot be read, or a key is too short.
    """
    section = settings.quarantine
    if section.key is not None and section.key_file is not None:
        raise SettingsError(f"{_SETTING} and {_SETTING}_FILE are both set: leave one out")
    if section.key is not None:
        return Keyring(section.key.get_secret_value())
    if section.key_file is None:
        return Keyring(kept_secret(settings.state_dir, "quarantine_key"))
    try:
        return Keyring(section.key_file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"{_SETTING}_FILE cannot be read: {error}") from error


def _derived(key: str) -> bytes:
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=b"leerlus quarantine").derive(key.encode())


def _id_of(key: str) -> str:
    return blake2b(key.encode(), digest_size=4, person=b"leerlus-key-id").hexdigest()
