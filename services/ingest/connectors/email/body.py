"""The words and files of an e-mail: the plain part first, quotes and signature cut off. Headers live in payloads."""

import re
from email.message import EmailMessage

from selectolax.lexbor import LexborHTMLParser

from contracts.messages import Media
from services.ingest.connectors.fields import scrub
from services.ingest.connectors.reading import media_of
from services.ingest.connectors.text import html_to_text

_FILES_MAX = 50
_QUOTED_HTML = "blockquote, .gmail_quote, .gmail_signature, .moz-cite-prefix, .moz-signature, #divRplyFwdMsg, #appendonsend"
# "On … wrote:" in the languages of the brands: a line, or two, that ends with a colon before the quote.
_ATTRIBUTION = re.compile(
    r"^(?:On|Am|Le|El|Il|Op|Em|W dniu|Den|På)\b.{0,300}"
    r"(?:wrote|schrieb\b.{0,120}|a écrit|escribió|ha scritto|schreef\b.{0,120}|geschreven|escreveu|napisał(?:\(a\))?|"
    r"pisze|skrev\b.{0,120})\s*:\s*$"
    # In any language: a time of day and an address.
    r"|^(?=.{0,300}\d{1,2}[:.]\d{2})(?=.{0,300}<[^<>\s]{1,300}@[^<>\s]{1,300}>).{1,300}:\s*$",
    re.IGNORECASE,
)
_SEPARATOR = re.compile(
    r"^(?:-{2,}\s*(?:Original Message|Ursprüngliche Nachricht|Original-Nachricht|Message d'origine|Mensaje original|"
    r"Messaggio originale|Mensagem original|Oorspronkelijk bericht|Wiadomość oryginalna|Ursprungligt meddelande|"
    r"Forwarded message|Weitergeleitete Nachricht)\s*-{2,}|_{20,})\s*$",
    re.IGNORECASE,
)
_HEADED = re.compile(r"^\*?(?:From|Von|De|Da|Van|Od)\s*:\*?\s.+", re.IGNORECASE)
_HEADED_NEXT = re.compile(
    r"^\*?(?:Sent|Gesendet|Date|Datum|Envoyé|Enviado|Inviato|Verzonden|To|An|À|Para|A|Aan)\s*:",
    re.IGNORECASE,
)
_SIGNATURE = re.compile(r"^-- ?$")
_LONGEST_LINE = 1000


def written(plain: str | None, html: str | None) -> str | None:
    """Return what the person wrote in this message; all of it where nothing would be left."""
    if plain and plain.strip():
        return cut(plain) or plain.strip()
    if html and html.strip():
        return cut(html_to_text(_without_quotes(html)) or "") or html_to_text(html)
    return None


def cut(text: str) -> str | None:
    """Return a plain text without quotes, their introductions, and the signature."""
    kept: list[str] = []
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    for at, line in enumerate(lines):
        if _SIGNATURE.match(line) or _begins_quote(lines, at):
            break
        if line.lstrip().startswith(">"):
            _drop_introduction(kept)
            continue
        kept.append(line.rstrip())
    return re.sub(r"\n{3,}", "\n\n", "\n".join(kept)).strip() or None


def _begins_quote(lines: list[str], at: int) -> bool:
    """True where everything below is an older message that is not marked line by line."""
    line = lines[at].strip()[:_LONGEST_LINE]
    if _SEPARATOR.match(line):
        return True
    if _HEADED.match(line):
        return any(
            _HEADED_NEXT.match(one.strip()[:_LONGEST_LINE]) for one in lines[at + 1 : at + 3]
        )
    count = next((one for one in (1, 2) if _ATTRIBUTION.match(_joined(lines, at, one))), 0)
    if not count:
        return False
    # An answer may go on under a marked quote; without marks all that follows is quoted.
    following = next((one for one in lines[at + count :] if one.strip()), "")
    return not following.lstrip().startswith(">")


def _joined(lines: list[str], at: int, count: int) -> str:
    """Return a line, or two that belong together: mail programs break introductions, too."""
    parts = [line.strip() for line in lines[at : at + count]]
    whole = " ".join(parts)[:_LONGEST_LINE]
    return whole if count == 1 or (all(parts) and "@" in whole) else ""


def _drop_introduction(kept: list[str]) -> None:
    """Take back the line or two that say whose words are quoted."""
    while kept and not kept[-1]:
        kept.pop()
    for count in (1, 2):
        if len(kept) >= count and _ATTRIBUTION.match(
            " ".join(kept[-count:]).strip()[:_LONGEST_LINE]
        ):
            del kept[-count:]
            return
    if kept:
        kept.append("")


def _without_quotes(html: str) -> str:
    tree = LexborHTMLParser(html.replace("\x00", "\ufffd"))
    for node in tree.css(_QUOTED_HTML):
        node.decompose()
    return tree.html or ""


def original_text(mail: EmailMessage) -> tuple[str | None, str | None]:
    """Return the plain and the HTML part, uncut."""
    plain, html = mail.get_body(("plain",)), mail.get_body(("html",))
    return _decoded(plain), _decoded(html)


def _decoded(part: object) -> str | None:
    """Return a part's text; a wrong or unknown character set is read as well as can be."""
    if not isinstance(part, EmailMessage):
        return None
    payload = part.get_payload(decode=True)
    data = payload if isinstance(payload, bytes) else str(payload or "").encode("utf-8", "replace")
    for charset in (part.get_content_charset(), "utf-8"):
        try:
            return scrub(data.decode(charset or "utf-8"))
        except (LookupError, ValueError):
            continue
    return data.decode("cp1252", "replace")


def attachments(mail: EmailMessage) -> list[Media]:
    """Return the files of a message by name and kind; their bytes stay in the delivery."""
    found = []
    for at, part in enumerate(mail.iter_attachments()):
        if at == _FILES_MAX:
            break
        main = part.get_content_maintype()
        kind = main if main in {"image", "video", "audio"} else "file"
        content_id = str(part.get("Content-ID") or "").strip("<> ") or None
        found.append(
            media_of(
                kind, None, scrub(content_id or f"part:{at + 1}"), scrub(part.get_filename() or "")
            )
        )
    return found
