"""A blog as RSS, Atom and JSON Feed, its comments as RSS, and its pages."""

import json
from collections.abc import Sequence
from datetime import datetime
from email.utils import format_datetime
from html import escape
from xml.sax.saxutils import escape as xml

from sandbox.models import Account, Item

_SPACES = (
    'xmlns:content="http://purl.org/rss/1.0/modules/content/" '
    'xmlns:wfw="http://wellformedweb.org/CommentAPI/" '
    'xmlns:dc="http://purl.org/dc/elements/1.1/" '
    'xmlns:sy="http://purl.org/rss/1.0/modules/syndication/" '
    'xmlns:slash="http://purl.org/rss/1.0/modules/slash/"'
)


class Blog:
    """Addresses of one blog. Items of the world carry a number behind the account's name."""

    def __init__(self, origin: str, account: Account) -> None:
        self.account = account
        self.home = f"{origin}/feeds/{account.id}/"

    def post(self, item_id: str) -> str:
        """A post's own page."""
        return f"{self.home}posts/{number_of(item_id)}/"

    def guid(self, item: Item) -> str:
        """The id a feed gives an item: no page is behind it."""
        post = f"{self.home}?p={number_of(item.root_id)}"
        return post if item.kind == "post" else f"{post}#comment-{number_of(item.id)}"


def number_of(item_id: str) -> str:
    """The number of a post or comment: what stands last in its id."""
    return item_id.rpartition("-")[2].rpartition("_")[2]


def rss(blog: Blog, posts: Sequence[Item]) -> str:
    """The posts, newest first, each naming the feed of its comments."""
    items = "".join(
        f"<item><title>{xml(_title(one))}</title><link>{blog.post(one.id)}</link>"
        f"<dc:creator><![CDATA[{one.author_name}]]></dc:creator>"
        f"<pubDate>{format_datetime(one.created_at)}</pubDate>"
        f'<guid isPermaLink="false">{xml(blog.guid(one))}</guid>'
        f"<description><![CDATA[{_html(one)}]]></description>"
        f"<content:encoded><![CDATA[{_html(one)}]]></content:encoded>"
        f"<wfw:commentRss>{blog.post(one.id)}feed/</wfw:commentRss></item>"
        for one in posts
    )
    return _channel(blog.account.name, blog.home, items)


def comments_rss(blog: Blog, link: str, comments: Sequence[Item]) -> str:
    """Comments, newest first, as WordPress writes them."""
    items = "".join(_comment(blog, one) for one in comments)
    return _channel(f"Comments on: {blog.account.name}", link, items)


def atom(blog: Blog, posts: Sequence[Item]) -> str:
    """The posts by RFC 4287, with the feeds of their comments by RFC 4685."""
    entries = "".join(
        f"<entry><id>{xml(blog.guid(one))}</id><title>{xml(_title(one))}</title>"
        f'<link rel="alternate" type="text/html" href="{blog.post(one.id)}"/>'
        f'<link rel="replies" type="application/atom+xml" href="{blog.post(one.id)}feed/"/>'
        f"<author><name>{xml(one.author_name)}</name></author>"
        f"<published>{_iso(one.created_at)}</published>"
        f"<updated>{_iso(one.edited_at or one.created_at)}</updated>"
        f'<content type="html">{xml(_html(one))}</content></entry>'
        for one in posts
    )
    updated = max((one.edited_at or one.created_at for one in posts), default=None)
    return (
        '<?xml version="1.0" encoding="utf-8"?><feed xmlns="http://www.w3.org/2005/Atom">'
        f"<title>{xml(blog.account.name)}</title><id>{blog.home}</id>"
        f"<updated>{_iso(updated) if updated else '2026-01-01T00:00:00Z'}</updated>{entries}</feed>"
    )


def json_feed(blog: Blog, posts: Sequence[Item]) -> str:
    """The posts as a JSON Feed 1.1."""
    items = [
        {
            "id": blog.guid(one),
            "url": blog.post(one.id),
            "title": _title(one),
            "content_html": _html(one),
            "date_published": _iso(one.created_at),
        }
        for one in posts
    ]
    version = "https://jsonfeed.org/version/1.1"
    told = {"version": version, "title": blog.account.name, "home_page_url": blog.home}
    return json.dumps({**told, "items": items}, ensure_ascii=False)


def page(blog: Blog) -> str:
    """The blog's home page, which names its feeds."""
    name = escape(blog.account.name)
    feed = blog.account.options.get("feed", "feed/")
    return (
        f"<!doctype html><html><head><title>{name}</title>"
        f'<link rel="alternate" type="application/rss+xml" title="{name} &raquo; Comments" '
        f'href="comments/feed/"><link rel="alternate" type="application/rss+xml" '
        f'title="{name}" href="{escape(feed)}"></head><body><h1>{name}</h1></body></html>'
    )


def _comment(blog: Blog, item: Item) -> str:
    link = f"{blog.post(item.root_id)}#comment-{number_of(item.id)}"
    hint = ""
    if item.parent_id and item.parent_id != item.root_id:
        above = f"{blog.post(item.root_id)}#comment-{number_of(item.parent_id)}"
        hint = f'<p>In reply to <a href="{above}">somebody</a>.</p>\n'
    body = f"<![CDATA[{hint}{_html(item)}]]>"
    return (
        f"<item><title>By: {xml(item.author_name)}</title><link>{link}</link>"
        f"<dc:creator><![CDATA[{item.author_name}]]></dc:creator>"
        f"<pubDate>{format_datetime(item.created_at)}</pubDate>"
        f'<guid isPermaLink="false">{xml(blog.guid(item))}</guid>'
        f"<description>{body}</description><content:encoded>{body}</content:encoded></item>"
    )


def _channel(title: str, link: str, items: str) -> str:
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><rss version="2.0" {_SPACES}><channel>'
        f"<title>{xml(title)}</title><link>{link}</link><description>Just a blog</description>"
        "<sy:updatePeriod>hourly</sy:updatePeriod><sy:updateFrequency>12</sy:updateFrequency>"
        f"{items}</channel></rss>"
    )


def _title(item: Item) -> str:
    return item.text.partition("\n")[0][:80]


def _html(item: Item) -> str:
    return f"<p>{escape(item.text).replace(chr(10), '<br>')}</p>"


def _iso(moment: datetime) -> str:
    return moment.isoformat(timespec="seconds").replace("+00:00", "Z")
