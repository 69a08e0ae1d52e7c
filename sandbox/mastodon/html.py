"""Turns plain text into the HTML a Mastodon server renders: p, br, mentions, tags, shortened links."""

import html
import re
from dataclasses import dataclass

_TOKEN = re.compile(
    r"(?P<url>https?://[^\s<>\"]+[^\s<>\".,;:!?)])"
    r"|(?<![\w/])@(?P<user>[A-Za-z0-9_]+)(?:@(?P<host>[A-Za-z0-9.-]+[A-Za-z0-9]))?"
    r"|(?<![\w&/])#(?P<tag>\w*[^\W\d]\w*)"
)
SHOWN_OF_LINK = 30


@dataclass(frozen=True, slots=True)
class Mentionable:
    """Somebody who may be named: `acct` as written, `url` of the profile."""

    acct: str
    username: str
    url: str


def render(text: str, people: dict[str, Mentionable], origin: str) -> str:
    """HTML of a status. `people` by lower-case acct; unknown @names stay plain text."""
    paragraphs = re.split(r"\n{2,}", text.strip())
    return "".join(f"<p>{_lines(one, people, origin)}</p>" for one in paragraphs)


def _lines(paragraph: str, people: dict[str, Mentionable], origin: str) -> str:
    return "<br />".join(_inline(line, people, origin) for line in paragraph.split("\n"))


def _inline(line: str, people: dict[str, Mentionable], origin: str) -> str:
    done, place = [], 0
    for match in _TOKEN.finditer(line):
        done.append(_escape(line[place : match.start()]))
        done.append(_token(match, people, origin))
        place = match.end()
    return "".join(done) + _escape(line[place:])


def _escape(text: str) -> str:
    return html.escape(text, quote=False).replace('"', "&quot;")


def _token(match: re.Match[str], people: dict[str, Mentionable], origin: str) -> str:
    if match["url"]:
        return _link(match["url"])
    if match["tag"]:
        href = f"{origin}/tags/{match['tag'].lower()}"
        return (
            f'<a href="{href}" class="mention hashtag" rel="tag">#<span>{match["tag"]}</span></a>'
        )
    acct = match["user"] + (f"@{match['host']}" if match["host"] else "")
    person = people.get(acct.lower())
    if person is None:
        return _escape(match[0])
    return (
        f'<span class="h-card" translate="no"><a href="{person.url}" class="u-url mention">'
        f"@<span>{person.username}</span></a></span>"
    )


def _link(url: str) -> str:
    prefix = re.match(r"https?://(?:www\.)?", url)
    head = prefix[0] if prefix else ""
    shown, rest = url[len(head) :][:SHOWN_OF_LINK], url[len(head) :][SHOWN_OF_LINK:]
    kind = "ellipsis" if rest else ""
    return (
        f'<a href="{html.escape(url)}" target="_blank" rel="nofollow noopener" translate="no">'
        f'<span class="invisible">{_escape(head)}</span><span class="{kind}">{_escape(shown)}</span>'
        f'<span class="invisible">{_escape(rest)}</span></a>'
    )
