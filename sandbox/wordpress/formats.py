"""Items as WordPress writes them: comments, posts, users, the API's index."""

from datetime import datetime, timedelta
from html import escape
from typing import Any

from sandbox.models import Account, Item

_OFFSET = timedelta(hours=2)
Body = dict[str, Any]


def number_of(item_id: str) -> int:
    """The number of a comment or post: what stands behind the account in the world's ids."""
    return int(item_id.rpartition("_")[2])


def status_of(item: Item) -> str:
    """approved, hold or trash."""
    if item.is_deleted:
        return "trash"
    return "hold" if item.is_hidden else "approved"


def paragraphs(text: str, is_html: bool = False) -> str:
    """Text in paragraphs and line breaks, as wpautop writes them."""
    html = text if is_html else escape(text, quote=False)
    parts = html.replace("\r\n", "\n").split("\n\n")
    return "".join(f"<p>{part.replace(chr(10), '<br />' + chr(10))}</p>\n" for part in parts)


def comment(site: str, item: Item, context: str) -> Body:
    """One comment. Only `context=edit` shows what was typed and who it was in private."""
    number, post = number_of(item.id), number_of(item.root_id)
    parent = 0 if item.parent_id in (None, item.root_id) else number_of(item.parent_id or "0")
    content: Body = {"rendered": paragraphs(item.text, "html" in item.extra)}
    links: Body = {"up": [_link(f"{site}/wp-json/wp/v2/posts/{post}", post_type="post")]}
    if parent:
        links["in-reply-to"] = [_link(f"{site}/wp-json/wp/v2/comments/{parent}")]
    body: Body = {
        "id": number,
        "post": post,
        "parent": parent,
        "author": int(item.author_id) if item.is_own else 0,
        "author_name": escape(item.author_name, quote=False),
        "author_url": "",
        "date": _stamp(item.created_at + _OFFSET),
        "date_gmt": _stamp(item.created_at),
        "content": content,
        "link": f"{site}/?p={post}#comment-{number}",
        "status": status_of(item),
        "type": item.extra.get("type", "comment"),
        "author_avatar_urls": {"24": "https://secure.gravatar.com/avatar/x?s=24"},
        "meta": [],
        "_links": links,
    }
    if context == "edit":
        content["raw"] = item.text
        body |= {
            "author_email": "" if item.is_own else "visitor@example.net",
            "author_ip": "192.0.2.10",
            "author_user_agent": "Mozilla/5.0",
        }
    return body


def post(site: str, item: Item) -> Body:
    """One post of the blog."""
    title, _, rest = item.text.partition("\n")
    return {
        "id": number_of(item.id),
        "author": 3,
        "date_gmt": _stamp(item.created_at),
        "modified_gmt": _stamp(item.edited_at or item.created_at),
        "link": f"{site}/?p={number_of(item.id)}",
        "status": "publish",
        "title": {"rendered": escape(title, quote=False)},
        "content": {"rendered": paragraphs(rest.strip()), "protected": False},
        "excerpt": {"rendered": "", "protected": False},
    }


def me(account: Account) -> Body:
    """The signed-in user with what they may do."""
    may_moderate = account.options.get("role", "editor") in ("editor", "administrator")
    return {
        "id": int(account.options.get("user_id", "3")),
        "name": account.name,
        "slug": account.handle,
        "capabilities": {"read": True, "moderate_comments": may_moderate},
    }


def index(site: str, account: Account) -> Body:
    """What the API says about itself."""
    return {
        "name": f"{account.name} Blog",
        "url": site,
        "namespaces": ["oembed/1.0", "wp/v2"],
        "authentication": {"application-passwords": {}},
    }


def _link(href: str, **more: str) -> Body:
    return {"embeddable": True, **more, "href": href}


def _stamp(moment: datetime) -> str:
    return moment.replace(tzinfo=None).isoformat(timespec="seconds")
