"""The worked examples of docs/webhook.md do what the page says."""

import json
import os
import re
import shutil
import subprocess
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from services.ingest.connectors.protocol import Account
from services.ingest.connectors.webhook.payloads import normalise
from services.ingest.signatures import Call, is_valid
from services.respond.networks.protocol import Publish, Target
from services.respond.networks.webhook import body_of

PAGE = (Path(__file__).parents[3] / "docs" / "webhook.md").read_text("utf-8")
SECRET = "whsec_c2FuZGJveCBzZWNyZXQgb2YgMzIgYnl0ZXMgISEhISE="


def block(language: str) -> str:
    found = re.search(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)
    assert found is not None
    return found.group(1)


def test_the_python_example_is_taken_and_read() -> None:
    space: dict[str, Any] = {}
    exec(compile(block("python"), "docs/webhook.md", "exec"), space)
    call = Call(space["body"], space["headers"], time.time())
    assert is_valid("standard-webhooks", call, SECRET)
    (item,) = normalise(space["body"], Account()).items
    assert (item.kind, item.external_id, item.thread_root_id) == ("dm", "m-1001", "customer-77")
    assert item.text == "Is the blue one in stock?"


@pytest.mark.skipif(not shutil.which("openssl"), reason="the example signs with openssl")
def test_the_shell_example_is_taken(tmp_path: Path) -> None:
    (tmp_path / "curl").write_text('#!/bin/sh\nfor one in "$@"; do printf "%s\\0" "$one"; done\n')
    (tmp_path / "uuidgen").write_text("#!/bin/sh\necho 6f9c\n")
    for one in tmp_path.iterdir():
        one.chmod(0o755)
    path = f"{tmp_path}:{os.environ['PATH']}"
    told = subprocess.run(
        ["sh", "-c", block("sh")], env={"PATH": path}, capture_output=True, check=True, timeout=20
    )
    given = told.stdout.decode().split("\0")
    headers = dict(one.split(": ", 1) for one in given if re.match(r"[\w-]+: ", one))
    body = given[given.index("--data-binary") + 1].encode()
    assert is_valid("standard-webhooks", Call(body, headers, time.time()), SECRET)
    assert len(normalise(body, Account()).items) == 1


def test_an_answer_looks_as_shown() -> None:
    shown = json.loads(block("json"))
    target = Target("m-1001", "dm", root_id="customer-77", author_id="77", author_handle="sam")
    publish = Publish(target, "Yes, five are left.", "key_5f2a")
    assert json.loads(body_of(publish, datetime(2026, 11, 3, 20, 31, tzinfo=UTC))) == shown
