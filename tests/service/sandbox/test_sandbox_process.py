"""`python -m sandbox` as a process: it serves, refuses a taken port in one sentence, stops cleanly."""

import os
import signal
import subprocess
import sys

import httpx

from sandbox.server import listen
from sandbox.settings import Settings


def start(port: int) -> subprocess.Popen[str]:
    env = os.environ | {"SANDBOX_PORT": str(port)}
    command = [sys.executable, "-m", "sandbox"]
    return subprocess.Popen(
        command, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def test_a_taken_port_is_one_sentence() -> None:
    with listen(Settings(port=0)) as bound:
        bound.listen()
        process = start(bound.getsockname()[1])
        _, error = process.communicate(timeout=30)
    assert process.returncode == 2
    assert error == "sandbox: cannot listen: Address already in use\n"


def test_it_serves_and_stops_with_status_0() -> None:
    with listen(Settings(port=0)) as bound:
        port = bound.getsockname()[1]
    process = start(port)
    try:
        assert process.stdout is not None
        assert "sandbox.started" in process.stdout.readline()
        transport = httpx.HTTPTransport(retries=6)
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", transport=transport) as http:
            assert http.get("/readyz").status_code == 200
            state = http.get("/__control/state").json()
        assert len(state["accounts"]) == 12
        assert state["traffic"]["is_running"]
    finally:
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=30)
    assert process.returncode == 0
