"""Ports of this machine: find a free one, see whether one is taken."""

from __future__ import annotations

import random
import socket

HOST = "127.0.0.1"

# Below the kernel's range for outgoing connections (from 32768). Inside it, a client that keeps trying to reach a
# stopped server can be given the server's own port and connect to itself, and the server can never come back.
LOWEST, HIGHEST = 15_000, 32_000
TRIES = 200


def free_port(*, avoid: frozenset[int] = frozenset()) -> int:
    """A TCP port on 127.0.0.1 that nobody listens on now; it is not reserved. Raises OSError when none is found."""
    chance = random.SystemRandom()
    for _ in range(TRIES):
        port = chance.randint(LOWEST, HIGHEST)
        if port not in avoid and not is_taken(port):
            return port
    raise OSError(f"no free port found between {LOWEST} and {HIGHEST}")


def is_taken(port: int) -> bool:
    """True when nobody else can listen on 127.0.0.1:`port`."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        # As servers do: a port whose last connections are still in TIME_WAIT is free.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return True
    return False


def is_open(port: int, timeout_s: float = 0.5) -> bool:
    """True when something accepts connections on 127.0.0.1:`port`."""
    try:
        socket.create_connection((HOST, port), timeout_s).close()
    except OSError:
        return False
    return True
