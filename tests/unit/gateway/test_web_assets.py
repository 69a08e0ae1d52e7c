"""What the browser loads: pinned, small, cached for ever under a name that changes with it."""

from __future__ import annotations

import gzip
import hashlib
import re
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI

from runtime.web import answer_problems
from services.gateway.web.assets import ROOT, Assets, asset_routes
from services.gateway.web.templating import ROOT as TEMPLATES
from tests.browser.preview import build

BUDGET_BYTES = 80 * 1024


def test_third_party_files_are_the_ones_that_were_pinned() -> None:
    vendor = ROOT / "vendor"
    told = dict(
        reversed(line.split("  ", 1))
        for line in (vendor / "SHA256SUMS.txt").read_text().splitlines()
    )
    kept = {
        path.relative_to(vendor).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in vendor.glob("*/*")
    }
    assert kept == told
    assert all((folder / "LICENSE.txt").exists() for folder in vendor.iterdir() if folder.is_dir())


@pytest.fixture
async def browser() -> httpx.AsyncClient:
    transport = httpx.ASGITransport(build())
    return httpx.AsyncClient(transport=transport, base_url="http://inbox.test")


@pytest.mark.parametrize("path", ["/inbox", "/inbox/m/msg_3"])
async def test_the_first_view_is_light(browser: httpx.AsyncClient, path: str) -> None:
    page = await browser.get(path)
    assert page.status_code == 200
    assert len(page.content) < BUDGET_BYTES + 8 * 1024 * path.count("msg")
    addresses = set(
        re.findall(r'(?:href|src)="(/(?:static|brands)[^"#]*\.(?:css|js)[^"#]*)"', page.text)
    )
    assert len(addresses) >= 9
    modules = {f"/static/{Assets().version}/js/{path.name}" for path in (ROOT / "js").glob("*.js")}
    sizes = [
        len(gzip.compress((await browser.get(address)).content)) for address in addresses | modules
    ]
    assert sum(sizes) < BUDGET_BYTES


async def test_pages_forbid_everything_that_is_not_ours(browser: httpx.AsyncClient) -> None:
    page = await browser.get("/inbox/m/msg_8")
    policy = page.headers["content-security-policy"]
    assert "script-src 'self';" in policy
    assert "style-src 'self';" in policy
    assert "unsafe" not in policy
    assert page.headers["cache-control"] == "no-store"
    # Outside of quotes: what people wrote may stand in a title.
    assert not re.search(r"""<\w(?:[^<>"]|"[^"]*")*?\s(style|on\w+)=""", page.text)
    assert len(re.findall(r"<script", page.text)) == 2


def test_no_template_writes_scripts_or_styles_inline() -> None:
    for path in sorted(Path(TEMPLATES).rglob("*.html")):
        text = path.read_text()
        assert not re.search(r"<style|\sstyle=|\son[a-z]+=|javascript:", text), path.name
        assert all("src=" in tag for tag in re.findall(r"<script[^>]*>", text)), path.name
        assert "|safe" not in text or path.name == "parts.html", path.name


async def test_files_are_kept_for_ever_under_the_hash_of_what_they_hold() -> None:
    app = FastAPI()
    answer_problems(app)
    assets = Assets()
    app.include_router(asset_routes(assets))
    client = httpx.AsyncClient(
        transport=httpx.ASGITransport(app), base_url="http://inbox.test", follow_redirects=True
    )
    fresh = await client.get(assets.url("css/base.css"))
    assert fresh.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert fresh.headers["content-encoding"] == "gzip"
    assert fresh.headers["content-type"].startswith("text/css")
    plain = await client.get(assets.url("css/base.css"), headers={"accept-encoding": "identity"})
    assert plain.content == (ROOT / "css/base.css").read_bytes()
    old = await client.get("/static/00000000/css/base.css")
    assert "immutable" not in old.headers["cache-control"]
    for missing in ("css/none.css", "../templating.py", "%2e%2e/templating.py", "vendor"):
        assert (await client.get(f"/static/{assets.version}/{missing}")).status_code == 404


def test_every_icon_that_is_used_is_there() -> None:
    known = set(re.findall(r'symbol id="([^"]+)"', (ROOT / "icons/icons.svg").read_text()))
    for path in sorted(Path(TEMPLATES).rglob("*.html")):
        used = set(re.findall(r'icon\("([a-z0-9-]+)"[,)]', path.read_text()))
        assert used <= known, (path.name, used - known)
