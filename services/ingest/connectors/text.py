"""HTML as the networks send it to plain text, for reading and understanding. Cleaning for display lives elsewhere."""

from collections.abc import Iterator
from urllib.parse import unquote

from selectolax.lexbor import LexborHTMLParser, LexborNode

_DROPPED = frozenset(
    {"script", "style", "head", "title", "template", "noscript", "iframe", "object", "svg", "math"}
)
_BLOCKS = frozenset(
    {
        "p",
        "blockquote",
        "ul",
        "ol",
        "pre",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "table",
        "figure",
        "dl",
    }
)
_LINES = frozenset(
    {"div", "li", "tr", "section", "article", "header", "footer", "dt", "dd", "figcaption", "hr"}
)
_CELLS = frozenset({"td", "th"})
_SPACE = " \t\n\r\f"
_TO_SPACE = str.maketrans(_SPACE, " " * len(_SPACE))


def html_to_text(html: str, without: frozenset[str] = frozenset()) -> str | None:
    """Return the text a reader sees, or None when there is none. Never raises on any text.

    `<br>` is a new line, a paragraph a blank line, entities are decoded. A link becomes its address,
    because the shown text is often cut; mentions and hash tags stay as shown. An image gives its
    alternative text (custom emoji). Elements with a class in `without` are left out.
    """
    if not html:
        return None
    writer = _Writer()
    body = LexborHTMLParser(html.replace("\x00", "\ufffd")).body
    for node, is_end in _walk(body, without):
        writer.end(node) if is_end else writer.start(node)
    return writer.text()


def _walk(root: LexborNode | None, without: frozenset[str]) -> Iterator[tuple[LexborNode, bool]]:
    """Yield each node at its start and its end, in order. No recursion: hostile HTML nests without limit."""
    stack: list[tuple[LexborNode, bool]] = [(root, False)] if root is not None else []
    while stack:
        node, is_end = stack.pop()
        if not is_end and _is_dropped(node, without):
            continue
        yield node, is_end
        if not is_end:
            stack.append((node, True))
            stack.extend((child, False) for child in reversed(_children(node)))


def _children(node: LexborNode) -> list[LexborNode]:
    if node.tag == "a" and _address(node) is not None:
        return []
    found, child = [], node.first_child
    while child is not None:
        found.append(child)
        child = child.next
    return found


def _is_dropped(node: LexborNode, without: frozenset[str]) -> bool:
    return node.tag in _DROPPED or bool(without and without & _classes(node))


def _classes(node: LexborNode) -> set[str]:
    return set((node.attributes.get("class") or "").split()) if node.is_element_node else set()


def _address(node: LexborNode) -> str | None:
    """The address that stands for this link in the text, or None when its shown text does."""
    href = (node.attributes.get("href") or "").strip()
    shown = node.text(deep=True).strip()
    if not href.lower().startswith(("http://", "https://")) or shown.startswith(("@", "#")):
        return None
    if "mention" in _classes(node) or "hashtag" in _classes(node):
        return None
    return href if _is_shortened(shown, href) else f"{shown} ({href})"


def _is_shortened(shown: str, href: str) -> bool:
    """True when what is shown is the address or a part of it, as networks cut it."""
    tail = href.split("://", 1)[1].removeprefix("www.").lower()
    head = shown.lower().split("://", 1)[-1].removeprefix("www.").rstrip("\u2026./")
    return not head or tail.startswith(head) or unquote(tail).startswith(head)


class _Writer:
    """Builds the text: collapses white space as a browser does and holds breaks back until words follow."""

    def __init__(self) -> None:
        self._parts: list[str] = []
        self._breaks = 0
        self._space = False
        self._preformatted = 0

    def text(self) -> str | None:
        return "".join(self._parts).strip() or None

    def start(self, node: LexborNode) -> None:
        tag = node.tag
        if node.is_text_node:
            self._write(node.text_content or "")
        elif tag == "br":
            self._breaks += 1
            self._space = False
        elif tag == "img":
            self._write(node.attributes.get("alt") or "")
        elif tag == "a":
            self._write(_address(node) or "")
        else:
            self._block(tag)
            self._preformatted += tag == "pre"

    def end(self, node: LexborNode) -> None:
        self._block(node.tag)
        self._preformatted -= node.tag == "pre"

    def _block(self, tag: str | None) -> None:
        wanted = 2 if tag in _BLOCKS else 1 if tag in _LINES else 0
        if tag in _CELLS:
            self._space = True
        if wanted:
            self._breaks = max(self._breaks, wanted)
            self._space = False

    def _write(self, text: str) -> None:
        if self._preformatted:
            self._emit(text)
            return
        words = " ".join(word for word in _split(text) if word)
        if not words:
            self._space = self._space or bool(text)
            return
        self._space = self._space or text[0] in _SPACE
        self._emit(words)
        self._space = text[-1] in _SPACE

    def _emit(self, text: str) -> None:
        if self._parts:
            self._parts.append("\n" * self._breaks or " " * self._space)
        self._breaks, self._space = 0, False
        self._parts.append(text)


def _split(text: str) -> list[str]:
    # Only the white space HTML collapses: a no-break space is the author's.
    return text.translate(_TO_SPACE).split(" ")
