"""Invented accounts for looking at the pages: every state and trouble at once."""

from datetime import datetime, timedelta

from contracts.connections import Quota
from services.gateway.domain.account_views import AccountView, HealthView, RequestView


def accounts(now: datetime) -> list[AccountView]:
    """Return accounts that work, that starve, that ended, that are paused, and that just came."""
    well = HealthView(
        is_reading=True, measured_at=now, last_item_at=now - timedelta(minutes=4), last_read_at=now,
        lag_s=3.2, quota=Quota(remaining=1740, limit=2000, resets_at=now + timedelta(minutes=38)),
        gaps_found=2, gaps_filled=2, gap_items=14,
    )  # fmt: skip
    troubled = HealthView(
        is_reading=False, measured_at=now, last_item_at=now - timedelta(hours=5), lag_s=1260,
        quota=Quota(remaining=0, limit=300, resets_at=now + timedelta(minutes=12)), gaps_found=1,
        trouble="mastodon.throttled", trouble_since=now - timedelta(minutes=9),
        advice="The server asks us to wait. Reading goes on by itself in 12 minutes.",
        backfill_since=now - timedelta(days=2),
    )  # fmt: skip
    ended = HealthView(
        is_reading=False, measured_at=now, last_item_at=now - timedelta(hours=30), gaps_found=1,
        trouble="facebook.grant_invalid", trouble_since=now - timedelta(hours=29),
    )  # fmt: skip
    return [
        AccountView("con_1", "facebook", "Casa Verde Restaurantes", None, "active", None, "brd_casa",
                    "https://graph.facebook.com", now + timedelta(days=51), well),
        AccountView("con_7", "instagram", "Casa Verde", "casaverde", "active", None, "brd_casa",
                    "https://graph.facebook.com", now + timedelta(days=4), well),
        AccountView("con_2", "mastodon", "Lumen Bikes", "lumen@social.example", "active", None, "brd_lumen",
                    "https://social.example", None, troubled),
        AccountView("con_4", "email", "Lumen Bikes help desk, with a name that is longer than a phone is wide",
                    "help@lumen.example", "paused", None, "brd_lumen", "imap://mail.lumen.example", None, None),
        AccountView("con_3", "facebook", "Nordlicht Reisen", None, "needs_reauthorisation",
                    "Facebook no longer accepts our access.", "brd_nord", "https://graph.facebook.com",
                    now - timedelta(hours=29), ended),
        AccountView("con_5", "whatsapp", "Nordlicht Reisen", "+47 555 0100", "active", None, "brd_nord",
                    "https://graph.facebook.com", None, None),
    ]  # fmt: skip


def requests(now: datetime) -> list[RequestView]:
    """Return a request of each state."""
    return [
        RequestView("req_waiting", "brd_casa", "connect", "mastodon", None, now - timedelta(seconds=4),
                    "Ana Ruiz", "waiting"),
        RequestView("req_done", "brd_casa", "connect", "facebook", None, now, "Ana Ruiz", "done",
                    ["con_1", "con_7"]),
        RequestView("req_refused", "brd_casa", "connect", "mastodon", None, now, "Ana Ruiz", "refused", [],
                    "mastodon.grant_invalid", "Make a new access token: Mastodon no longer accepts this one."),
        RequestView("req_check", "brd_nord", "check", None, "con_5", now - timedelta(seconds=20),
                    "Ana Ruiz", "waiting"),
        RequestView("req_again", "brd_casa", "backfill", None, "con_7", now, "Ana Ruiz", "refused", [],
                    "instagram.throttled", "Nothing to do: Instagram asked us to wait, and reading goes on by itself."),
    ]  # fmt: skip
