"""The secrets of a local Rapport: made once, kept in a file that only its owner can read."""

import json
import os
import secrets
from dataclasses import asdict, dataclass
from pathlib import Path

from runtime.crypto import Signer, new_approval_key, new_key


@dataclass(frozen=True, slots=True)
class Secrets:
    """What a fresh installation needs to keep secret; nothing here is ever a default."""

    seal_keys: str
    facebook_app_secret: str
    facebook_verify_token: str
    password: str
    paging_key: str
    approval_key: str

    @property
    def approval_keys(self) -> str:
        """The public half of the key that approvals are signed with."""
        return Signer.from_setting(self.approval_key).public_key

    @classmethod
    def keep(cls, path: Path) -> "Secrets":
        """Read the file, or make what it lacks and write it."""
        known = json.loads(path.read_text()) if path.exists() else {}
        made = asdict(_fresh()) | known
        if made != known:
            path.parent.mkdir(parents=True, exist_ok=True)
            _write(path, made)
        return cls(**made)

    def __repr__(self) -> str:
        return "Secrets(...)"


def _fresh() -> Secrets:
    return Secrets(
        seal_keys=new_key(),
        facebook_app_secret=secrets.token_hex(16),
        facebook_verify_token=secrets.token_urlsafe(18),
        password="-".join(secrets.token_hex(2) for _ in range(3)),
        paging_key=secrets.token_urlsafe(32),
        approval_key=new_approval_key(),
    )


def _write(path: Path, made: dict[str, str]) -> None:
    """Write beside the old file and take its place: a cut-off start leaves either of the two."""
    beside = path.with_suffix(".new")
    beside.unlink(missing_ok=True)
    handle = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w") as file:
        json.dump(made, file, indent=2)
    beside.replace(path)
