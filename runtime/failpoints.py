"""Places at which a test lets a process die, to see what the next one makes of it. Off unless settings say so.

A process dies as by SIGKILL: nothing is flushed, closed or stored after the place that was named.
"""

import os
from collections.abc import Callable

Failpoint = Callable[[str], None]
"""Called with the name of the place that was just reached."""

EXIT_CODE = 86


def off(_name: str) -> None:
    """Go on: what every process does outside a test."""


def armed(setting: str, *, is_allowed: bool) -> Failpoint:
    """Return what dies at the n-th time a place is reached, for a setting `name:n` (n counts from 1).

    Without a setting, or where it is not allowed, it is `off`. Raises ValueError for a misshapen one.
    """
    if not setting or not is_allowed:
        return off
    name, _, nth = setting.rpartition(":")
    if not name or int(nth) < 1:
        raise ValueError("a failpoint is name:n, n from 1")
    left = int(nth)

    def reach(reached: str) -> None:
        nonlocal left
        if reached == name:
            left -= 1
            if left == 0:
                os._exit(EXIT_CODE)

    return reach
