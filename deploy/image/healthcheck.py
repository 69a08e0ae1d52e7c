"""Exit 0 when the service in this container says that it is ready."""  # noqa: INP001 - a script

import os
import sys
import urllib.request

port = os.environ["HEALTH_PORT"]
try:
    urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=3)
except OSError as error:  # also an answer of 503
    sys.exit(str(error))
