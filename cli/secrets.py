"""The secrets of a local Rapport: made once, kept in a file that only its owner can read."""

import json
import os
import secrets
from dataclasses import asdict, dataclass
from pathlib import Path

from runtime.crypto import new_key


@dataclass(frozen=True, slots=True)
class Secrets:
    """What a fresh installation needs to keep secret; nothing here is ever a default."""

    seal_keys: str
    facebook_app_secret: str
    facebook_verify_token: str
    password: str

    @classmethod
    def keep(cls, path: Path) -> "Secrets":
        """Read the file, or make the secrets and write it."""
        if path.exists():
            return cls(**json.loads(path.read_text()))
        path.parent.mkdir(parents=True, exist_ok=True)
        made = cls(
            seal_keys=new_key(),
            facebook_app_secret=secrets.token_hex(16),
            facebook_verify_token=secrets.token_urlsafe(18),
            password="-".join(secrets.token_hex(2) for _ in range(3)),
        )
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w") as file:
            json.dump(asdict(made), file, indent=2)
        return made

    def __repr__(self) -> str:
        return "Secrets(...)"
