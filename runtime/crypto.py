"""Sealing secrets at rest: AES-256-GCM under a key derived per brand (HKDF-SHA256, RFC 5869)."""

import secrets
from base64 import b64decode, b64encode, urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as BadBase64

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from runtime.errors import Invalid, Misconfigured

_NONCE_BYTES = 12
_KEY_BYTES = 32


class Sealer:
    """Seals and opens short secrets. The first key seals; every key may open (rotation)."""

    def __init__(self, keys: dict[str, bytes]) -> None:
        self._keys = keys
        self._primary = next(iter(keys))

    def __repr__(self) -> str:
        return f"Sealer(keys={sorted(self._keys)})"

    @classmethod
    def from_setting(cls, text: str) -> "Sealer":
        """Read `id:base64key,id2:base64key2`. Raises `Misconfigured` for weak or malformed keys."""
        keys: dict[str, bytes] = {}
        for part in filter(None, (piece.strip() for piece in text.split(","))):
            key_id, _, encoded = part.partition(":")
            keys[key_id] = _strong_key(key_id, encoded)
        if not keys:
            raise Misconfigured("seal.no_key", _HOW)
        return cls(keys)

    def seal(self, secret: str, *, brand_id: str, about: str) -> str:
        """Return `v1.keyid.base64`, which opens only for the same brand and `about`."""
        nonce = secrets.token_bytes(_NONCE_BYTES)
        cipher = AESGCM(_brand_key(self._keys[self._primary], brand_id))
        sealed = cipher.encrypt(nonce, secret.encode(), _bound(brand_id, about))
        return f"v1.{self._primary}.{urlsafe_b64encode(nonce + sealed).decode()}"

    def open(self, sealed: str, *, brand_id: str, about: str) -> str:
        """Return the secret. Raises `Invalid` when it was sealed for something else or damaged."""
        version, _, rest = sealed.partition(".")
        key_id, _, encoded = rest.partition(".")
        key = self._keys.get(key_id)
        if version != "v1" or key is None:
            raise Invalid(
                "seal.unknown_key", f"sealed with key {key_id!r}, which is not configured"
            )
        try:
            raw = urlsafe_b64decode(encoded)
            cipher = AESGCM(_brand_key(key, brand_id))
            opened = cipher.decrypt(raw[:_NONCE_BYTES], raw[_NONCE_BYTES:], _bound(brand_id, about))
        except (InvalidTag, ValueError) as error:
            raise Invalid("seal.broken", "damaged, or sealed for another brand or thing") from error
        return opened.decode()


_HOW = (
    "SEAL_KEYS must hold id:key, the key being 32 random bytes in base64; "
    "make one with: rapport doctor --new-seal-key"
)


def new_key() -> str:
    """Return a fresh `id:base64key` for the setting."""
    return f"k{secrets.token_hex(3)}:{b64encode(secrets.token_bytes(_KEY_BYTES)).decode()}"


def _strong_key(key_id: str, encoded: str) -> bytes:
    try:
        key = b64decode(encoded, validate=True)
    except BadBase64:
        key = b""
    if not key_id or len(key) != _KEY_BYTES or len(set(key)) < 12:
        raise Misconfigured("seal.weak_key", f"{_HOW} (key {key_id or '?'} is too short or weak)")
    return key


def _brand_key(key: bytes, brand_id: str) -> bytes:
    info = b"rapport/seal/v1/" + brand_id.encode()
    return HKDF(algorithm=SHA256(), length=_KEY_BYTES, salt=None, info=info).derive(key)


def _bound(brand_id: str, about: str) -> bytes:
    return f"{brand_id}\x1f{about}".encode()
