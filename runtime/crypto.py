"""Sealing secrets: at rest by AES-256-GCM under a key derived per brand (HKDF-SHA256, RFC 5869), and
for another service's eyes only by HPKE (RFC 9180). Signing what another service must be sure of:
Ed25519 (RFC 8032), and HMAC-SHA256 for what a service says to itself."""

import hmac
import secrets
from base64 import b64decode, b64encode, urlsafe_b64decode, urlsafe_b64encode

from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite
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
        return cls(_strong_keys(text))

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


class Letterbox:
    """Opens what was sealed to its public key. Whoever holds that key only can write, not read.

    The key pairs follow from the seal keys, so there is nothing more to keep: the first one's public
    key is given away, every one opens.
    """

    def __init__(self, keys: dict[str, bytes]) -> None:
        self._private = {key_id: _private_key(key) for key_id, key in keys.items()}

    def __repr__(self) -> str:
        return f"Letterbox(keys={sorted(self._private)})"

    @classmethod
    def from_setting(cls, seal_keys: str) -> "Letterbox":
        """Read the setting that a `Sealer` reads. Raises `Misconfigured`."""
        return cls(_strong_keys(seal_keys))

    @property
    def public_key(self) -> str:
        """Return `keyid:base64` of the key to seal to: no secret, the same at every start."""
        key_id, private = next(iter(self._private.items()))
        raw = private.public_key().public_bytes_raw()
        return f"{key_id}:{urlsafe_b64encode(raw).decode()}"

    def open(self, sealed: str, *, brand_id: str, about: str) -> str:
        """Return the secret. Raises `Invalid` when it was sealed for something else or damaged."""
        version, _, rest = sealed.partition(".")
        key_id, _, encoded = rest.partition(".")
        private = self._private.get(key_id)
        if version != "h1" or private is None:
            raise Invalid("seal.unknown_key", f"sealed to key {key_id!r}, which is not configured")
        try:
            raw = urlsafe_b64decode(encoded)
            return _suite().decrypt(raw, private, _letter_info(brand_id, about)).decode()
        except (InvalidTag, ValueError) as error:
            raise Invalid("seal.broken", "damaged, or sealed for another brand or thing") from error


def seal_to(public_key: str, secret: str, *, brand_id: str, about: str) -> str:
    """Return `h1.keyid.base64`, which only the holder of the private key opens (HPKE, base mode).

    Bound to the brand and to `about`. Raises `Misconfigured` for what is no public key.
    """
    key_id, _, encoded = public_key.strip().partition(":")
    try:
        key = X25519PublicKey.from_public_bytes(urlsafe_b64decode(encoded))
    except ValueError as error:
        raise Misconfigured("seal.bad_public_key", _HOW_PUBLIC) from error
    sealed = _suite().encrypt(secret.encode(), key, _letter_info(brand_id, about))
    return f"h1.{key_id}.{urlsafe_b64encode(sealed).decode()}"


class Signer:
    """Signs with one private key. Who has only the public key can check, and not sign."""

    def __init__(self, key_id: str, private: Ed25519PrivateKey) -> None:
        self.key_id = key_id
        self._private = private

    def __repr__(self) -> str:
        return f"Signer(key={self.key_id!r})"

    @classmethod
    def from_setting(cls, text: str) -> "Signer":
        """Read `id:base64seed`. Raises `Misconfigured` for a weak or malformed key."""
        key_id, _, encoded = text.strip().partition(":")
        seed = _decoded(encoded)
        if not key_id or len(seed) != _KEY_BYTES or len(set(seed)) < _DISTINCT:
            raise Misconfigured("approval.weak_key", _HOW_TO_SIGN)
        return cls(key_id, Ed25519PrivateKey.from_private_bytes(seed))

    @property
    def public_key(self) -> str:
        """Return `id:base64` of the key to check with: no secret."""
        raw = self._private.public_key().public_bytes_raw()
        return f"{self.key_id}:{b64encode(raw).decode()}"

    def sign(self, content: bytes) -> str:
        """Return the signature in base64."""
        return b64encode(self._private.sign(content)).decode()


class Verifier:
    """Checks signatures. Several keys may be known at once, so that they can be changed."""

    def __init__(self, keys: dict[str, Ed25519PublicKey]) -> None:
        self._keys = keys

    def __repr__(self) -> str:
        return f"Verifier(keys={sorted(self._keys)})"

    @classmethod
    def from_setting(cls, text: str) -> "Verifier":
        """Read `id:base64public,id2:base64public2`. Raises `Misconfigured` for none or a malformed one."""
        keys: dict[str, Ed25519PublicKey] = {}
        for part in filter(None, (piece.strip() for piece in text.split(","))):
            key_id, _, encoded = part.partition(":")
            raw = _decoded(encoded)
            if not key_id or key_id in keys or len(raw) != _KEY_BYTES:
                raise Misconfigured("approval.bad_public_key", _HOW_TO_CHECK)
            keys[key_id] = Ed25519PublicKey.from_public_bytes(raw)
        if not keys:
            raise Misconfigured("approval.no_public_key", _HOW_TO_CHECK)
        return cls(keys)

    def knows(self, key_id: str) -> bool:
        """Say whether this key is one of ours."""
        return key_id in self._keys

    def is_genuine(self, key_id: str, signature: str, content: bytes) -> bool:
        """Say whether the holder of this key signed exactly this."""
        key = self._keys.get(key_id)
        if key is None:
            return False
        try:
            key.verify(_decoded(signature), content)
        except InvalidSignature:
            return False
        return True


class Stamp:
    """Marks what a service decides by itself, so that it knows its own decision again.

    The keys follow from the seal keys; the first one marks, every one is recognised.
    """

    def __init__(self, keys: dict[str, bytes]) -> None:
        self._keys = {key_id: _stamp_key(key) for key_id, key in keys.items()}
        self.key_id = next(iter(keys))

    def __repr__(self) -> str:
        return f"Stamp(keys={sorted(self._keys)})"

    @classmethod
    def from_setting(cls, seal_keys: str) -> "Stamp":
        """Read the setting that a `Sealer` reads. Raises `Misconfigured`."""
        return cls(_strong_keys(seal_keys))

    def mark(self, content: bytes) -> str:
        """Return the mark in base64 (HMAC-SHA256)."""
        return _mark(self._keys[self.key_id], content)

    def is_ours(self, key_id: str, mark: str, content: bytes) -> bool:
        """Say whether this service marked exactly this. Takes the same time for every answer."""
        key = self._keys.get(key_id)
        if key is None:
            return False
        return hmac.compare_digest(_mark(key, content).encode(), mark.encode())


_DISTINCT = 12
_HOW_TO_SIGN = (
    "GATEWAY_APPROVAL_KEY must hold id:seed, the seed being 32 random bytes in base64; "
    "make a pair with: rapport doctor --new-approval-key"
)
_HOW_TO_CHECK = (
    "RESPOND_APPROVAL_KEYS must hold the public half of GATEWAY_APPROVAL_KEY as id:key (several with "
    "commas); make a pair with: rapport doctor --new-approval-key"
)
_HOW_PUBLIC = "GATEWAY_CONNECT_KEY must be what rapport doctor --connect-key prints"
_HOW = (
    "SEAL_KEYS must hold id:key, the key being 32 random bytes in base64; "
    "make one with: rapport doctor --new-seal-key"
)


def new_key() -> str:
    """Return a fresh `id:base64key` for the setting."""
    return f"k{secrets.token_hex(3)}:{b64encode(secrets.token_bytes(_KEY_BYTES)).decode()}"


def new_approval_key() -> str:
    """Return a fresh `id:base64seed` for the setting; its public half is `Signer.public_key`."""
    return f"a{secrets.token_hex(3)}:{b64encode(secrets.token_bytes(_KEY_BYTES)).decode()}"


def _strong_keys(text: str) -> dict[str, bytes]:
    keys: dict[str, bytes] = {}
    for part in filter(None, (piece.strip() for piece in text.split(","))):
        key_id, _, encoded = part.partition(":")
        keys[key_id] = _strong_key(key_id, encoded)
    if not keys:
        raise Misconfigured("seal.no_key", _HOW)
    return keys


def _strong_key(key_id: str, encoded: str) -> bytes:
    key = _decoded(encoded)
    if not key_id or len(key) != _KEY_BYTES or len(set(key)) < _DISTINCT:
        raise Misconfigured("seal.weak_key", f"{_HOW} (key {key_id or '?'} is too short or weak)")
    return key


def _decoded(encoded: str) -> bytes:
    try:
        return b64decode(encoded, validate=True)
    except ValueError:
        return b""


def _mark(key: bytes, content: bytes) -> str:
    return b64encode(hmac.digest(key, content, "sha256")).decode()


def _stamp_key(key: bytes) -> bytes:
    derived = HKDF(algorithm=SHA256(), length=_KEY_BYTES, salt=None, info=b"rapport/stamp/v1")
    return derived.derive(key)


def _brand_key(key: bytes, brand_id: str) -> bytes:
    info = b"rapport/seal/v1/" + brand_id.encode()
    return HKDF(algorithm=SHA256(), length=_KEY_BYTES, salt=None, info=info).derive(key)


def _bound(brand_id: str, about: str) -> bytes:
    return f"{brand_id}\x1f{about}".encode()


def _suite() -> Suite:
    return Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)


def _private_key(key: bytes) -> X25519PrivateKey:
    derived = HKDF(algorithm=SHA256(), length=_KEY_BYTES, salt=None, info=b"rapport/letterbox/v1")
    return X25519PrivateKey.from_private_bytes(derived.derive(key))


def _letter_info(brand_id: str, about: str) -> bytes:
    return b"rapport/letter/v1\x1f" + _bound(brand_id, about)
