"""Static files under names that carry their content's hash, compressed once, cached for ever."""

import gzip
import hashlib
import mimetypes
from dataclasses import dataclass
from pathlib import Path

from fastapi import APIRouter, Request
from fastapi.responses import Response

from runtime.errors import NotFound

ROOT = Path(__file__).parent / "static"
FOREVER = "public, max-age=31536000, immutable"
COMPRESSED = {".css", ".js", ".svg", ".txt"}
SERVED = COMPRESSED | {".woff2"}


@dataclass(frozen=True, slots=True)
class Asset:
    """One file as it is sent: its bytes, the same compressed where that pays, and its type."""

    body: bytes
    zipped: bytes | None
    content_type: str


class Assets:
    """All static files, read once. The address of a file changes when any file changes.

    Scripts and styles name each other by relative address, so one hash covers the whole folder.
    """

    def __init__(self, root: Path = ROOT) -> None:
        self._files = {
            path.relative_to(root).as_posix(): _read(path)
            for path in sorted(root.rglob("*"))
            if path.suffix in SERVED
        }
        digest = hashlib.sha256()
        for name, asset in self._files.items():
            digest.update(name.encode() + asset.body)
        self.version = digest.hexdigest()[:8]

    def url(self, name: str) -> str:
        """Return the address of a file. Raises `KeyError` for a file that is not there."""
        self._files[name]
        return f"/static/{self.version}/{name}"

    def find(self, name: str) -> Asset | None:
        """Return a file by its path below the static folder."""
        return self._files.get(name)


def asset_routes(assets: Assets) -> APIRouter:
    """Serve the files. An older version's address still answers, but is not kept for long."""
    router = APIRouter(include_in_schema=False)

    @router.get("/static/{version}/{name:path}")
    async def static(request: Request, version: str, name: str) -> Response:
        asset = assets.find(name)
        if asset is None:
            raise NotFound("file.unknown", "There is no such file.")
        headers = {
            "Cache-Control": FOREVER if version == assets.version else "public, max-age=60",
            "Vary": "Accept-Encoding",
            "X-Content-Type-Options": "nosniff",
        }
        if asset.zipped is not None and "gzip" in request.headers.get("accept-encoding", ""):
            headers["Content-Encoding"] = "gzip"
            return Response(asset.zipped, headers=headers, media_type=asset.content_type)
        return Response(asset.body, headers=headers, media_type=asset.content_type)

    return router


def _read(path: Path) -> Asset:
    body = path.read_bytes()
    content_type = {".js": "text/javascript", ".woff2": "font/woff2"}.get(path.suffix)
    guessed = content_type or mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    zipped = gzip.compress(body, 9, mtime=0) if path.suffix in COMPRESSED else None
    return Asset(body, zipped, guessed)
