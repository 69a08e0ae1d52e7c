"""Asks a broker on this machine, with one raw metadata request, whether it serves; no client library.

A client library would log and retry while the broker comes up; here one refused connection is one `False`.
"""

from __future__ import annotations

import socket
import struct

from cli.stack.ports import HOST

METADATA_KEY, METADATA_VERSION = 3, 1
CORRELATION_ID = 1
CLIENT_ID = b"rapport"
# Size; header: request key, version, correlation id, client id; body: an empty list of topics.
_AFTER_SIZE = struct.pack(
    f">hhih{len(CLIENT_ID)}si",
    METADATA_KEY,
    METADATA_VERSION,
    CORRELATION_ID,
    len(CLIENT_ID),
    CLIENT_ID,
    0,
)
REQUEST = struct.pack(">i", len(_AFTER_SIZE)) + _AFTER_SIZE
LONGEST_ANSWER_BYTES = 1 << 20


def is_serving(port: int, timeout_s: float = 2.0) -> bool:
    """True when the broker on 127.0.0.1:`port` answers a metadata request and names itself as a live broker."""
    try:
        with socket.create_connection((HOST, port), timeout_s) as connection:
            connection.sendall(REQUEST)
            size_bytes, correlation_id, brokers = struct.unpack(">iii", _read(connection, 12))
    except (OSError, EOFError):
        return False
    return bool(
        0 < size_bytes < LONGEST_ANSWER_BYTES and correlation_id == CORRELATION_ID and brokers > 0
    )


def _read(connection: socket.socket, size_bytes: int) -> bytes:
    parts = bytearray()
    while len(parts) < size_bytes:
        part = connection.recv(size_bytes - len(parts))
        if not part:
            raise EOFError
        parts += part
    return bytes(parts)
