"""Feed bytes to safe XML text: the encoding, and no document type. What the elements mean lives in entries."""

import codecs
import re

from services.ingest.connectors.fields import Unreadable

SIZE_BYTES = 10 * 1024 * 1024
_DECLARED = re.compile(rb"^\s*<\?xml[^>]{0,200}?encoding\s*=\s*[\"']([A-Za-z0-9._-]{1,40})[\"']")
_DECLARATION = re.compile(r"^\s*<\?xml[^>]*>")
_ELEMENT = re.compile(r"<[A-Za-z_]")
_ITEM = re.compile(r"<(item|entry)[\s>]")
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
    (b"<\x00?\x00", "utf-16-le"),
    (b"\x00<\x00?", "utf-16-be"),
)
# Codecs that are no character sets of documents; some take quadratic time on hostile bytes.
_REFUSED = frozenset({"punycode", "idna", "unicode_escape", "raw_unicode_escape", "undefined"})


def decoded(raw: bytes) -> str:
    """Return the document's text, without its XML declaration. Raises `Unreadable` when it is too large."""
    if len(raw) > SIZE_BYTES:
        raise Unreadable("feed.too_large", f"more than {SIZE_BYTES} bytes")
    for name in _names(raw):
        try:
            text = raw.decode(name)
        except (LookupError, ValueError):
            continue
        return _DECLARATION.sub("", text.replace("\x00", ""), count=1)
    return _DECLARATION.sub("", raw.decode("cp1252", "replace").replace("\x00", ""), count=1)


def _names(raw: bytes) -> list[str]:
    names = [name for bom, name in _BOMS if raw.startswith(bom)][:1]
    if (declared := _DECLARED.match(raw)) is not None:
        names.append(declared[1].decode())
    return [*(name for name in names if _is_charset(name)), "utf-8", "cp1252"]


def _is_charset(name: str) -> bool:
    try:
        return codecs.lookup(name).name not in _REFUSED
    except LookupError:
        return False


def without_doctype(text: str) -> tuple[str, bool]:
    """Return the document without its document type, and whether that declared entities.

    The parser would expand entities, each in terms of others: a few lines become gigabytes.
    """
    start = text[: _first_element(text)].upper().find("<!DOCTYPE")
    if start < 0:
        return text, False
    end = _doctype_end(text, start)
    return text[:start] + text[end:], "<!ENTITY" in text[start:end].upper()


def _first_element(text: str) -> int:
    found = _ELEMENT.search(text)
    # An entity's value may hold elements: look behind the document type, if one begins before.
    return found.start() if found else len(text)


def _doctype_end(text: str, start: int) -> int:
    """Return where the document type ends: its subset is in brackets, its values in quotes."""
    depth, at = 0, start + 1
    while at < len(text):
        char = text[at]
        skip_to = "-->" if text.startswith("<!--", at) else char if char in "\"'" else None
        if skip_to is not None:
            found = text.find(skip_to, at + 1)
            at = len(text) if found < 0 else found + len(skip_to)
            continue
        if char == ">" and depth == 0:
            return at + 1
        depth += (char == "[") - (char == "]")
        # Declarations inside the subset end with the same sign.
        at += 1
    return len(text)


def sources(text: str) -> list[str]:
    """Return the XML of every item or entry, in order."""
    found: list[str] = []
    at = 0
    while (opened := _ITEM.search(text, at)) is not None:
        closing = f"</{opened[1]}>"
        end = text.find(closing, opened.end())
        if end < 0:
            break
        at = end + len(closing)
        found.append(text[opened.start() : at])
    return found
