"""Prints the Secrets of the dev overlay with a fresh sealing key, for `kubectl apply -f -`.

Run it once for a cluster: tokens sealed with a lost key must be connected again. No key is ever committed.
"""

import secrets
import sys
from typing import Any

import yaml

from runtime.crypto import Letterbox, Signer, new_approval_key, new_key

MONGO_URL = "mongodb://mongodb:27017/?replicaSet=rs0"


def dev_secrets(apps: str = "{}") -> list[dict[str, Any]]:
    """Return one Secret a service, holding what its manifest mounts. `apps` is INGEST_APPS; {}: no webhooks."""
    seal_keys, approval_key = new_key(), new_approval_key()
    contents = {
        "ingest": {
            "seal-keys": seal_keys,
            "apps": apps,
        },
        "classify": {},
        "respond": {
            "seal-keys": seal_keys,
            "approval-keys": Signer.from_setting(approval_key).public_key,
        },
        "gateway": {
            "connect-key": Letterbox.from_setting(seal_keys).public_key,
            "paging-key": secrets.token_urlsafe(32),
            "approval-key": approval_key,
        },
    }
    return [
        {
            "apiVersion": "v1",
            "kind": "Secret",
            "metadata": {"name": f"rapport-{service}", "namespace": "rapport"},
            "type": "Opaque",
            "stringData": {"mongo-url": MONGO_URL, **content},
        }
        for service, content in contents.items()
    ]


if __name__ == "__main__":
    yaml.safe_dump_all(dev_secrets(), sys.stdout, sort_keys=False)
