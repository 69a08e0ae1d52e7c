"""Favourites, blocks and deletions on Mastodon. Every one of them may be repeated without harm."""

from urllib.parse import quote

import httpx

from services.respond.networks.mastodon.answers import ask, object_of
from services.respond.networks.protocol import (
    Account,
    Amend,
    Done,
    Failure,
    Moderate,
    Moderated,
    Permanent,
)

_GONE = "mastodon.target_gone"
_ENDS_WITH_IT = frozenset({"unlike", "delete"})
"""Acts that a status which is gone leaves nothing to do for."""


async def moderate(client: httpx.AsyncClient, account: Account, wish: Moderate) -> Moderated:
    """Do the act. What the rules do not list is refused."""
    target = quote(wish.target.external_id, safe="")
    if wish.act == "like":
        done = await ask(client, account, "POST", f"statuses/{target}/favourite")
    elif wish.act == "unlike":
        done = await ask(client, account, "POST", f"statuses/{target}/unfavourite")
    elif wish.act == "delete":
        done = await _delete(client, account, target)
    elif wish.act in ("block", "unblock"):
        done = await _block(client, account, wish)
    else:
        return Permanent("network.unsupported", f"Mastodon has no way to {wish.act}")
    is_over = isinstance(done, Permanent) and done.code == _GONE and wish.act in _ENDS_WITH_IT
    return Done() if isinstance(done, httpx.Response) or is_over else done


async def amend(client: httpx.AsyncClient, account: Account, wish: Amend) -> Moderated:
    """Change an own status's text. What an edit does not name is cleared, so its warning goes along."""
    target = quote(wish.target.external_id, safe="")
    known = await ask(client, account, "GET", f"statuses/{target}")
    if not isinstance(known, httpx.Response):
        return known
    status = object_of(known)
    kept = {
        name: status[name] for name in ("spoiler_text", "sensitive", "language") if status.get(name)
    }
    body = {**kept, "status": wish.text}
    done = await ask(client, account, "PUT", f"statuses/{target}", json=body)
    return Done() if isinstance(done, httpx.Response) else done


async def _delete(
    client: httpx.AsyncClient, account: Account, status_id: str
) -> httpx.Response | Failure:
    # A server answers 404 for other people's statuses, too: that must not pass for deleted.
    author_id = await _author_of(client, account, status_id)
    if not isinstance(author_id, str):
        return author_id
    if author_id != account.account_id:
        return Permanent("mastodon.not_own", "only the account's own statuses can be deleted")
    return await ask(client, account, "DELETE", f"statuses/{status_id}")


async def _block(
    client: httpx.AsyncClient, account: Account, wish: Moderate
) -> httpx.Response | Failure:
    target = wish.target
    author_id = target.author_id or await _author_of(
        client, account, quote(target.external_id, safe="")
    )
    if not isinstance(author_id, str):
        return author_id
    if author_id == account.account_id:
        return Permanent("mastodon.not_allowed", "an account cannot block itself")
    return await ask(client, account, "POST", f"accounts/{quote(author_id, safe='')}/{wish.act}")


async def _author_of(client: httpx.AsyncClient, account: Account, status_id: str) -> str | Failure:
    answer = await ask(client, account, "GET", f"statuses/{status_id}")
    if not isinstance(answer, httpx.Response):
        return answer
    author = object_of(answer).get("account")
    author_id = author.get("id") if isinstance(author, dict) else None
    if not author_id:
        return Permanent("mastodon.refused", "the server does not say who wrote it")
    return str(author_id)
