"""The owners' passphrase: kept as a scrypt hash (RFC 7914), so that who reads the secrets cannot sign in with them."""

import base64
import binascii
import hashlib
import hmac
import secrets
import unicodedata

from core.errors import ConfigError

SHORTEST = 12  # characters
LONGEST = 1024  # characters; more is no passphrase, and nothing is hashed for it
_COST, _BLOCK, _PARALLEL = 1 << 15, 8, 3  # 32 MB and about a quarter of a second per guess (OWASP's third choice)
_MOST_MEMORY_BYTES = 256 << 20
_SALT_BYTES = 16
_HASH_BYTES = 32


def hash_passphrase(text: str) -> str:
    """What goes into secrets.toml: 'scrypt:COST:BLOCK:PARALLEL:SALT:HASH'.

    Raises: ConfigError for a passphrase that is too short to withstand guessing, or too long.
    """
    if len(text) < SHORTEST or len(text) > LONGEST:
        raise ConfigError(
            f"Found {len(text)} characters, but a passphrase needs {SHORTEST} to {LONGEST}. "
            "Four or five words that have nothing to do with each other are easy to keep and hard to guess."
        )
    if len(set(text)) < 5:
        raise ConfigError("Found fewer than 5 different characters. Choose a passphrase that is harder to guess.")
    salt = secrets.token_bytes(_SALT_BYTES)
    hashed = _scrypt(text, salt, _COST, _BLOCK, _PARALLEL)
    return f"scrypt:{_COST}:{_BLOCK}:{_PARALLEL}:{_text(salt)}:{_text(hashed)}"


def matches(text: str, hashed: str) -> bool:
    """Whether `text` is the passphrase, compared in constant time.

    Raises: ConfigError if `hashed` is not what `hash_passphrase` makes.
    """
    cost, block, parallel, salt, expected = _parts(hashed)
    if len(text) > LONGEST:
        return False
    return hmac.compare_digest(_scrypt(text, salt, cost, block, parallel), expected)


def check_hash(hashed: str) -> None:
    """Raises: ConfigError if `hashed` is not what `hash_passphrase` makes."""
    _parts(hashed)


def _parts(hashed: str) -> tuple[int, int, int, bytes, bytes]:
    try:
        name, cost, block, parallel, salt, expected = hashed.split(":")
        found = int(cost), int(block), int(parallel), _bytes(salt), _bytes(expected)
    except (ValueError, binascii.Error):
        raise _no_hash() from None
    power_of_two = found[0] > 1 and not found[0] & (found[0] - 1)
    memory = 128 * found[0] * found[1]  # bytes
    if name != "scrypt" or not power_of_two or not 1 <= found[2] <= 16 or not 0 < memory <= _MOST_MEMORY_BYTES:
        raise _no_hash()
    if len(found[3]) < _SALT_BYTES or len(found[4]) != _HASH_BYTES:
        raise _no_hash()
    return found


def _no_hash() -> ConfigError:
    return ConfigError(
        "The passphrase in secrets.toml is not one that `python -m core passphrase` made. "
        "Run it, and put the line it prints below [atelier]."
    )


def _scrypt(text: str, salt: bytes, cost: int, block: int, parallel: int) -> bytes:
    # The same words typed on another system may arrive composed differently: NFKC makes them one.
    typed = unicodedata.normalize("NFKC", text).encode(errors="surrogatepass")
    memory = 128 * block * (cost + parallel + 2)
    return hashlib.scrypt(typed, salt=salt, n=cost, r=block, p=parallel, maxmem=memory + (1 << 20), dklen=_HASH_BYTES)


def _text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode()


def _bytes(text: str) -> bytes:
    return base64.b64decode(text, altchars=b"-_", validate=True)
