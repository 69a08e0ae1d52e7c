"""Makes a running mongod the one writable member of replica set rs0; starts and stops nothing."""

from __future__ import annotations

from typing import Any

from pymongo import MongoClient
from pymongo.errors import ConnectionFailure, OperationFailure

from cli.stack.ports import HOST, is_open
from cli.stack.processes import Child, wait_until

NAME = "rs0"
NOT_YET_INITIALIZED = 94
CONNECT_TIMEOUT_MS = 500


def url_of(port: int) -> str:
    """Direct, so that a client never depends on the member address that the data directory remembers."""
    return f"mongodb://{HOST}:{port}/?directConnection=true"


def make_primary(child: Child, port: int, within_s: float) -> None:
    """Waits for mongod, sets up or repairs its replica set, and returns once it takes writes.

    Raises `StartError` when mongod ends or is not primary within `within_s`.
    """
    with MongoClient[dict[str, Any]](
        url_of(port),
        serverSelectionTimeoutMS=CONNECT_TIMEOUT_MS,
        connectTimeoutMS=CONNECT_TIMEOUT_MS,
    ) as client:
        wait_until(lambda: is_open(port) and _answers(client), child, within_s)
        _configure(client, f"{HOST}:{port}")
        wait_until(lambda: _is_primary(client), child, within_s)


def _answers(client: MongoClient[dict[str, Any]]) -> bool:
    try:
        client.admin.command("ping")
    except ConnectionFailure:
        return False
    return True


def _is_primary(client: MongoClient[dict[str, Any]]) -> bool:
    try:
        return bool(client.admin.command("hello")["isWritablePrimary"])
    except ConnectionFailure:
        return False


def _configure(client: MongoClient[dict[str, Any]], member: str) -> None:
    config = _stored_config(client)
    if config is None:
        client.admin.command(
            "replSetInitiate", {"_id": NAME, "members": [{"_id": 0, "host": member}]}
        )
    elif config["members"][0]["host"] != member:
        # The data comes from a run on another port: mongod does not find itself in its own configuration and would
        # wait for ever. Forced, because there is no primary that could agree.
        config["members"][0]["host"] = member
        config["version"] += 1
        client.admin.command("replSetReconfig", config, force=True)


def _stored_config(client: MongoClient[dict[str, Any]]) -> dict[str, Any] | None:
    try:
        config: dict[str, Any] = client.admin.command("replSetGetConfig")["config"]
    except OperationFailure as error:
        if error.code == NOT_YET_INITIALIZED:
            return None
        raise
    return config
