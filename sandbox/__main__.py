"""python -m sandbox: the stand-ins on one port until a signal comes."""

import signal
import sys

from pydantic import ValidationError

from runtime.logs import get_logger, set_up_logs
from runtime.service import VERSION
from sandbox.server import listen, make_server
from sandbox.settings import Settings


def main() -> int:
    """Exit status: 0 after a signal, 2 for bad settings or a taken port."""
    try:
        settings = Settings()
        bound = listen(settings)
    except ValidationError as error:
        names = ", ".join(f"SANDBOX_{str(e['loc'][0]).upper()}: {e['msg']}" for e in error.errors())
        sys.stderr.write(f"sandbox: {names}\n")
        return 2
    except OSError as error:
        sys.stderr.write(f"sandbox: cannot listen: {error.strerror}\n")
        return 2
    # uvicorn drains and then raises the signal once more; a drained stop is a success.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda _number, _frame: None)
    set_up_logs("sandbox", VERSION, "INFO")
    server = make_server(settings, bound)
    get_logger("sandbox").info("sandbox.started", url=server.sandbox.origin)
    server.run([bound])
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
