"""From a comment at the network to an open inbox page: headless Chromium notes when it can be read.

Run: python -m benchmarks.live [--per-second N] [--seconds N]. Prints one JSON object.
"""

import argparse
import json
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

from playwright.sync_api import sync_playwright

from benchmarks.pipeline import percentile
from cli.demo import OWNER_EMAIL
from tests.browser.conftest import FLAGS, find_chromium
from tests.e2e.journey import PAGES, Journey, whole_rapport

WATCH = """
window.seen = {};
new MutationObserver(() => {
  const now = Date.now();
  for (const [, token] of document.body.textContent.matchAll(/token-(\\d+)-end/g))
    window.seen[token] ??= now;
}).observe(document.body, {childList: true, subtree: true, characterData: true});
"""


def write(journey: Journey, count: int, per_second: float, written: dict[str, float]) -> None:
    started = time.monotonic()
    for number in range(count):
        time.sleep(max(started + number / per_second - time.monotonic(), 0))
        written[str(number)] = time.time()
        journey.comment(PAGES[number % 3], text=f"Do you have this in stock? token-{number}-end")


def measure(journey: Journey, page: Any, per_second: float, seconds: float) -> dict[str, Any]:
    url = journey.platform.url("gateway")
    page.goto(f"{url}/login")
    page.fill("input[type=email]", OWNER_EMAIL)
    page.fill("input[type=password]", journey.platform.secrets.password)
    page.click("button[type=submit]")
    page.goto(f"{url}/inbox?sort=newest")
    page.wait_for_timeout(1_500)
    page.evaluate(WATCH)
    written: dict[str, float] = {}
    count = int(per_second * seconds)
    writer = threading.Thread(target=write, args=(journey, count, per_second, written))
    writer.start()
    while writer.is_alive():
        page.wait_for_timeout(200)
    writer.join()
    page.wait_for_timeout(3_000)
    seen = page.evaluate("window.seen")
    delays = [seen[token] / 1000 - at for token, at in written.items() if token in seen]
    return {
        "per_second": per_second,
        "written": count,
        "seen_on_the_page": len(delays),
        "page_ms": {f"p{p}": round(1e3 * percentile(delays, p / 100)) for p in (50, 95, 99)},
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--per-second", type=float, default=20)
    parser.add_argument("--seconds", type=float, default=15)
    options = parser.parse_args()
    with (
        tempfile.TemporaryDirectory() as folder,
        whole_rapport(Path(folder)) as journey,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=FLAGS)
        page = browser.new_page(viewport={"width": 1440, "height": 900})
        print(json.dumps(measure(journey, page, options.per_second, options.seconds)))


if __name__ == "__main__":
    main()
