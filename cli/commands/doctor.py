"""`rapport doctor`: is everything there that the services need? Each finding says how to mend it."""

import asyncio
import json
import os
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass

import click

SKEW_LIMIT_S = 5.0


@dataclass(frozen=True, slots=True)
class Finding:
    """One check: its name, whether all is well, and a sentence."""

    check: str
    ok: bool
    detail: str


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.option("--new-seal-key", is_flag=True, help="Print a fresh key for SEAL_KEYS and leave.")
@click.option(
    "--connect-key",
    is_flag=True,
    help="Print GATEWAY_CONNECT_KEY, the public key that follows from SEAL_KEYS, and leave.",
)
@click.option(
    "--new-approval-key",
    is_flag=True,
    help="Print a fresh GATEWAY_APPROVAL_KEY and its RESPOND_APPROVAL_KEYS, and leave.",
)
def command(as_json: bool, new_seal_key: bool, connect_key: bool, new_approval_key: bool) -> None:
    """Check broker, topics, MongoDB, indexes, secrets and clock. Exit code 1 when one is not well."""
    if new_seal_key:
        from runtime.crypto import new_key

        click.echo(new_key())
        return
    if connect_key:
        click.echo(_connect_key())
        return
    if new_approval_key:
        click.echo(_approval_pair())
        return
    findings = [*_guarded("broker", _broker), *_guarded("mongodb", _mongodb), *_secrets()]
    if as_json:
        ok = all(finding.ok for finding in findings)
        click.echo(json.dumps({"ok": ok, "checks": [asdict(finding) for finding in findings]}))
    else:
        for finding in findings:
            click.echo(f"{'ok  ' if finding.ok else 'FAIL'}  {finding.check:<10} {finding.detail}")
    sys.exit(0 if all(finding.ok for finding in findings) else 1)


def _connect_key() -> str:
    from runtime.crypto import Letterbox
    from runtime.errors import Misconfigured
    from runtime.settings import adopt_files

    try:
        adopt_files({"SEAL_KEYS"})
        return Letterbox.from_setting(os.environ.get("SEAL_KEYS", "")).public_key
    except Misconfigured as error:
        raise click.ClickException(error.why) from error


def _approval_pair() -> str:
    from runtime.crypto import Signer, new_approval_key

    key = new_approval_key()
    public = Signer.from_setting(key).public_key
    return f"GATEWAY_APPROVAL_KEY={key}\nRESPOND_APPROVAL_KEYS={public}"


def _guarded(name: str, check: Callable[[], list[Finding]]) -> list[Finding]:
    from pydantic import ValidationError

    from runtime.errors import RapportError

    try:
        return check()
    except RapportError as error:
        return [Finding(name, False, error.why)]
    except ValidationError as error:
        fields = ", ".join(str(problem["loc"][0]).upper() for problem in error.errors())
        return [Finding(name, False, f"not set: {'BUS' if name == 'broker' else 'MONGO'}_{fields}")]


def _broker() -> list[Finding]:
    from runtime.admin import Admin
    from runtime.settings import BusSettings

    settings = BusSettings()
    with Admin(settings) as admin:
        found = [Finding("broker", True, f"answers at {settings.url}")]
        problems = admin.topic_problems()
    if problems:
        return [*found, *(Finding("topics", False, problem) for problem in problems)]
    return [*found, Finding("topics", True, "all there, with enough partitions")]


def _mongodb() -> list[Finding]:
    from runtime.settings import MongoSettings

    return asyncio.run(_look_at_mongodb(MongoSettings()))


async def _look_at_mongodb(settings: object) -> list[Finding]:
    from cli.stores import missing_indexes
    from runtime.mongo import Database
    from runtime.settings import MongoSettings

    assert isinstance(settings, MongoSettings)
    database = Database(settings, "doctor")
    try:
        hello = await database.hello()
        findings = [Finding("mongodb", True, "answers")]
        is_set = bool(hello.get("setName"))
        findings.append(
            Finding("replicaset", is_set, "is one" if is_set else "live updates need a replica set")
        )
        skew_s = abs(hello["localTime"].timestamp() - time.time())
        findings.append(Finding("clock", skew_s < SKEW_LIMIT_S, f"{skew_s:.1f} s from MongoDB's"))
    finally:
        await database.stop()
    for service, missing in (await missing_indexes(settings)).items():
        text = f"{service}: " + (f"missing {', '.join(missing)}" if missing else "all there")
        findings.append(Finding("indexes", not missing, text))
    return findings


def _secrets() -> list[Finding]:
    from runtime.crypto import Sealer
    from runtime.errors import Misconfigured
    from runtime.settings import adopt_files

    try:
        adopt_files(["SEAL_KEYS"])
        Sealer.from_setting(os.environ.get("SEAL_KEYS", ""))
    except Misconfigured as error:
        return [Finding("secrets", False, error.why)]
    return [Finding("secrets", True, "SEAL_KEYS holds strong keys")]
