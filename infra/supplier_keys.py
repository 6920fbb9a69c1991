"""The keys of suppliers: how one is made, how it is written, and what is kept of it.

A key is `leerlus_ID_SECRET`. The id is public and names the key in lists and logs; the fixed start lets scanners find a
key that was published by mistake. Of the secret only SHA-256 of the whole key is kept. That is enough: a slow hash
protects what can be guessed, and nobody guesses 256 random bits, while a slow hash would let anyone keep the gateway
busy. A keyed hash would add nothing either, since its key would lie beside the hashes.
"""

import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass, field

OWN_SUPPLIER = "local"
"""Name under which `leerlus send` and `leerlus demo` deliver, with the key that `leerlus up` made."""

_SECRET_BYTES = 32
_WRITTEN = re.compile(r"leerlus_([0-9a-f]{8})_([A-Za-z0-9_-]{32,64})\Z")


@dataclass(frozen=True, slots=True)
class Key:
    """A key in clear: shown once to whom it is for.

    Attributes:
        id: Its public part, 8 hexadecimal digits.
        text: The key as it is sent.
    """

    id: str
    text: str = field(repr=False)

    @property
    def sha256(self) -> bytes:
        """What is kept of it."""
        return hashlib.sha256(self.text.encode()).digest()

    def fits(self, sha256: bytes) -> bool:
        """Say whether this is the key that was kept, in a time that tells nothing about it."""
        return hmac.compare_digest(self.sha256, sha256)


def new_key() -> Key:
    """Return a key that nobody has seen."""
    return key_of_secret(secrets.token_urlsafe(_SECRET_BYTES))


def key_of_secret(secret: str) -> Key:
    """Return the key with this secret; the same for the same secret.

    Args:
        secret: 32 to 64 random characters of base64url.
    """
    number = hashlib.sha256(b"leerlus key id\0" + secret.encode()).hexdigest()[:8]
    return Key(number, f"leerlus_{number}_{secret}")


def read_key(text: str) -> Key | None:
    """Return the key that is written so; None for a text that is no key."""
    found = _WRITTEN.match(text)
    return None if found is None else Key(found[1], text)
