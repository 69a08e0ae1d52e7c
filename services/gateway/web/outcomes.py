"""What became of an answer, in sentences: why it is held, not drafted, or not published.

Keyed by the stable codes that the reply events carry; the words of everything else are wording.py's.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from services.gateway.domain.views import ConnectionView, ReplyView

MOST_REASONS = 2
RULES_ASK = "the brand's rules ask for one"
# The most telling first: the line names two.
HELD: Mapping[str, str] = MappingProxyType({
    "automatic.frozen": "the brand is frozen",
    "automatic.stopped": "automatic replies are stopped",
    "automatic.needs_human": "a person should answer this",
    "automatic.urgent": "it is too urgent",
    "automatic.negative": "the message is negative",
    "message.automatic": "a machine wrote it, or another app answers",
    "automatic.link": "the message has a link",
    "automatic.phone": "the message has a phone number",
    "automatic.mention": "the message names other people",
    "automatic.intent": "the brand does not answer this kind by itself",
    "automatic.language": "it may not be in one of the brand's languages",
    "automatic.no_answer": "no draft is fit to leave alone",
    "automatic.intent_unsure": "what the author wants is not sure enough",
    "automatic.sentiment_unsure": "how the author feels is not sure enough",
    "automatic.late": "the message is older than a day, or arrived late",
    "automatic.author_unknown": "the author is not known",
    "automatic.author_limit": "the author had an automatic answer today",
    "automatic.brand_limit": "the brand has sent enough by itself in the last hour",
    "automatic.never": "nothing like this is ever answered automatically",
    "automatic.unsure": "how the message was understood is not sure enough",
    "automatic.hours": "it is outside the hours for automatic answers",
    "automatic.wording": "its wording needs an approver",
    "automatic.off": "the brand no longer answers by itself here",
    "automatic.undisclosed": "the text does not say that no person wrote it",
    "automatic.ended_before": "an earlier answer to it ended",
    "policy.hold": RULES_ASK,
    "policy.automatic": "it left by itself, inside the brand's limits",
    "policy.suggest": "any agent of the brand may publish it",
})  # fmt: skip
NO_DRAFT: Mapping[str, str] = MappingProxyType({
    "wording.blocked": "Every draft held words that the brand never says, so there is none.",
    "policy.silent": "This brand writes every answer itself, so there is no draft.",
    "message.no_text": "There is no text to answer, so there is no draft.",
    "intent.other": "It asks for nothing, so there is no draft. Write one, or mark it done.",
    "intent.spam": "It looks like spam, so there is no draft. Mark it done if it is.",
    "intent.unclear": "What the author wants is not clear, so there is no draft.",
    "network.read_only": "Nobody can answer there from Rapport. Open it in the browser.",
    "facts.none": "The brand's facts do not answer this, so there is no draft.",
    "facts.other_language": "The brand's facts answer this in another language only; see the source.",
    "draft.too_long": "No draft fits into what the network allows.",
})  # fmt: skip
UNSURE: Mapping[str, str] = MappingProxyType({
    "facts.none": "The brand's facts do not fully answer this. The draft says so; please look closely.",
    "facts.other_language": "The brand knows this in another language only. The source is listed; please write the answer.",
    "intent.unclear": "What the author wants is not clear. The draft only says that you look into it.",
})  # fmt: skip
NOT_OUT: Mapping[str, str] = MappingProxyType({
    "approval.broken": "It is not what was approved, so it was stopped. Tell whoever runs Rapport.",
    "approval.unknown_key": "Its signature is not one of ours, so it was stopped. Tell whoever runs Rapport.",
    "approval.unsealed": "It carries no signature, so it was stopped. Tell whoever runs Rapport.",
    "approval.policy": "It claims to be automatic and is not, so it was stopped. Tell whoever runs Rapport.",
    "approval.missing": "The brand's rules ask for another approval now. Send it for approval again.",
    "approval.expired": "It waited too long after it was approved. Look at it again.",
    "approval.outdated": "The author changed the message after it was approved. Look at it again.",
    "approval.brand_behind": "The brand's newest rules have not arrived at the publisher.",
    "approval.message_behind": "The newest version of the message has not arrived at the publisher.",
    "holding.none": "Nobody approved in time, and the brand has agreed no holding reply.",
    "holding.repeated": "Nobody approved in time, and the message has an answer already.",
    "holding.too_long": "Nobody approved in time, and the holding reply is too long for {there}.",
    "wording.blocked": "The brand's rules do not allow these words. Change the text.",
    "wording.missing": "The brand's rules ask for words that are not in it. Add them.",
    "wording.routed": "An approver must see these words first.",
    "facebook.throttled": "Facebook asks us to slow down.",
    "mastodon.throttled": "The server asks us to slow down.",
    "facebook.blocked": "Facebook lets this account write nothing for some hours.",
    "network.unreachable": "{there} cannot be reached, so nothing was sent.",
    "network.server_error": "{there} has a fault of its own.",
    "network.answer_lost": "It was sent, and the answer of {there} was lost.",
    "network.answer_unreadable": "It was sent, and the answer of {there} could not be read.",
    "network.too_much": "{there} holds too much to look through.",
    "publish.interrupted": "Rapport was interrupted while it sent this.",
    "publish.unknown": "Rapport could not find out whether this answer stands at {there}.",
    "publish.never_applied": "{there} took it several times and never showed it.",
    "publish.too_late": "It waited for a whole day, so it was not sent any more.",
    "publish.failed": "It was not published.",
    "facebook.grant_invalid": "Facebook no longer accepts our access to this account.",
    "facebook.permission_missing": "Facebook took away the permission to answer for this account.",
    "mastodon.grant_invalid": "The server no longer accepts our access to this account.",
    "connection.reauthorise": "The account must be connected again; Accounts says how.",
    "connection.token_unreadable": "Our access to the account cannot be opened. It must be connected again.",
    "connection.paused": "The account is paused. It leaves when the account is resumed.",
    "connection.removed": "The account was removed.",
    "connection.unknown": "The account is not known to the publisher.",
    "message.unknown": "The message it answers is not known to the publisher.",
    "message.deleted": "What it answers was deleted.",
    "reply.recalled": "It was taken back before it left.",
    "reply.author_wrote_again": "The author wrote again before it left. Read that first.",
    "reply.nothing_to_change": "There is no answer of ours left to change.",
    "network.cannot_amend": "{there} has no way to change what is out.",
    "message.edited": "The author changed the message after this was written.",
    "facebook.target_gone": "What it answers is no longer there.",
    "mastodon.target_gone": "What it answers is no longer there.",
    "facebook.duplicate_text": "Facebook takes the same text only once. Change a few words.",
    "facebook.person_unavailable": "This person cannot be written to.",
    "facebook.window_closed": "The time in which Facebook lets a page write to this person is over.",
    "mastodon.not_allowed": "The server does not let this account answer here.",
    "mastodon.invalid": "The server does not accept this text.",
    "facebook.refused": "Facebook refused it for good.",
    "mastodon.refused": "The server refused it for good.",
    "messenger.throttled": "Messenger asks us to slow down.",
    "messenger.blocked": "Meta lets this account write nothing for some hours.",
    "messenger.grant_invalid": "Messenger no longer accepts our access to this account.",
    "messenger.permission_missing": "Meta took away the permission to write messages for this account.",
    "messenger.target_gone": "The conversation is no longer there.",
    "messenger.duplicate_text": "Messenger takes the same text only once. Change a few words.",
    "messenger.person_unavailable": "This person cannot be written to.",
    "messenger.window_closed": "The time in which a page may write to this person is over.",
    "messenger.refused": "Messenger refused it for good.",
    "instagram.throttled": "Instagram asks us to slow down.",
    "instagram.blocked": "Instagram lets this account write nothing for some hours.",
    "instagram.grant_invalid": "Instagram no longer accepts our access to this account.",
    "instagram.permission_missing": "Instagram took away the permission to answer for this account.",
    "instagram.target_gone": "What it answers is no longer there.",
    "instagram.duplicate_text": "Instagram takes the same text only once. Change a few words.",
    "instagram.person_unavailable": "This person cannot be written to.",
    "instagram.window_closed": "The time in which this account may write to this person is over.",
    "instagram.refused": "Instagram refused it for good.",
    "instagram.not_shown": "Instagram does not show what stands below somebody else's post.",
    "bluesky.throttled": "Bluesky asks us to slow down.",
    "bluesky.grant_invalid": "Bluesky no longer accepts the app password of this account.",
    "bluesky.account_closed": "Bluesky closed this account.",
    "bluesky.changed_meanwhile": "Somebody changed the same thing at the same time.",
    "bluesky.target_gone": "What it answers is no longer there.",
    "bluesky.not_allowed": "Bluesky does not let this account do that here.",
    "bluesky.not_own": "Only what this account wrote can be deleted.",
    "bluesky.not_own_thread": "Only answers in this account's own threads can be hidden.",
    "bluesky.invalid": "Bluesky does not accept this.",
    "mastodon.not_own": "Only what this account wrote can be deleted.",
    "wordpress.throttled": "The site asks us to slow down.",
    "wordpress.maintenance": "The site is being maintained.",
    "wordpress.grant_invalid": "The site no longer accepts the application password.",
    "wordpress.target_gone": "What it answers is no longer there.",
    "wordpress.closed": "Comments are closed below this post.",
    "wordpress.duplicate_text": "The site takes the same text only once. Change a few words.",
    "wordpress.no_api": "The site's REST API is switched off.",
    "wordpress.refused": "The site refused it for good.",
    "whatsapp.throttled": "WhatsApp asks us to slow down.",
    "whatsapp.spam_limit": "WhatsApp holds this number back: too many people blocked or reported it.",
    "whatsapp.grant_invalid": "WhatsApp no longer accepts our access to this number.",
    "whatsapp.permission_missing": "Meta took away the permission to write for this number.",
    "whatsapp.window_closed": "WhatsApp takes free text only within 24 hours of the customer's last message.",
    "whatsapp.template_invalid": "WhatsApp does not take the template that the account has for late answers.",
    "whatsapp.undeliverable": "WhatsApp cannot deliver messages to this person.",
    "whatsapp.account_locked": "Meta locked the WhatsApp account, or a payment is due.",
    "whatsapp.refused": "WhatsApp refused it for good.",
    "telegram.throttled": "Telegram asks us to slow down.",
    "telegram.grant_invalid": "Telegram no longer accepts the bot's token.",
    "telegram.moved": "The group moved while this was sent.",
    "telegram.person_unavailable": "This person blocked the bot, or the group removed it.",
    "telegram.target_gone": "What it answers is no longer there.",
    "telegram.refused": "Telegram refused it for good.",
    "webhook.throttled": "The other system asks us to slow down.",
    "webhook.signature_refused": "The other system does not accept our signature. Its secret may have changed.",
    "webhook.secret_invalid": "The account's secret cannot be used. It must be connected again.",
    "webhook.no_reply_url": "Nobody takes answers at the account's address.",
    "webhook.redirected": "The address for answers leads on to another one. Connect it with that one.",
    "webhook.gone": "The other system takes no more answers. Connect it again with a new address.",
    "webhook.refused": "The other system refused it for good.",
    "x.throttled": "X asks us to slow down.",
    "x.usage_capped": "This month's posts of the developer account at X are used up.",
    "x.grant_invalid": "X no longer accepts our access to this account.",
    "x.duplicate_text": "X takes the same text only once. Change a few words.",
    "x.reply_not_allowed": "X lets this account answer only people who named or quoted it.",
    "x.messages_closed": "This person takes no messages from this account.",
    "x.not_enrolled": "The developer account at X may not do this.",
    "x.not_allowed": "X does not let this account do that here.",
    "x.target_gone": "What it answers is no longer there.",
    "x.person_unknown": "X did not say whom this is from.",
    "x.invalid": "X does not accept this.",
    "youtube.throttled": "YouTube asks us to slow down.",
    "youtube.quota_spent": "Today's units of the Google project are spent. They are new at midnight in California.",
    "youtube.processing_failure": "YouTube could not take it just now.",
    "youtube.grant_invalid": "YouTube no longer accepts our access to this channel.",
    "youtube.target_gone": "What it answers is no longer there.",
    "youtube.comments_disabled": "Comments are switched off under this video.",
    "youtube.too_long": "The text is longer than YouTube takes.",
    "youtube.not_allowed": "YouTube does not let this channel do that here.",
    "reddit.throttled": "Reddit asks us to slow down.",
    "reddit.grant_invalid": "Reddit no longer accepts our access to this account.",
    "reddit.target_gone": "What it answers is no longer there.",
    "reddit.locked": "Comments are locked there.",
    "reddit.too_old": "Reddit takes no more comments there: it is too old.",
    "reddit.too_long": "The text is longer than Reddit takes.",
    "reddit.person_unavailable": "This person cannot be written to.",
    "reddit.not_own": "Only what this account wrote can be deleted.",
    "reddit.not_allowed": "Reddit does not let this account do that here.",
    "reddit.refused": "Reddit refused it for good.",
    "network.key_missing": "Rapport does not know under which key this was sent.",
    "tiktok.throttled": "TikTok asks us to slow down.",
    "tiktok.grant_invalid": "TikTok no longer accepts our access to this account.",
    "tiktok.permission_missing": "TikTok took away the permission to answer for this account.",
    "tiktok.target_gone": "What it answers is no longer there.",
    "tiktok.refused": "TikTok refused it for good.",
    "linkedin.throttled": "LinkedIn asks us to slow down.",
    "linkedin.grant_invalid": "LinkedIn no longer accepts our access to this page.",
    "linkedin.role_lost": "The member who connected the page may no longer look after it.",
    "linkedin.target_gone": "What it answers is no longer there.",
    "linkedin.duplicate": "LinkedIn has the same there already.",
    "linkedin.refused": "LinkedIn refused it for good.",
    "discord.throttled": "Discord asks us to slow down.",
    "discord.grant_invalid": "Discord no longer accepts the bot's token.",
    "discord.target_gone": "What it answers is no longer there.",
    "discord.channel_gone": "The channel is no longer there.",
    "discord.ban_gone": "This person is not kept out any more.",
    "discord.not_allowed": "The bot lacks a permission in this channel or server.",
    "discord.person_unavailable": "This person takes no messages from the bot.",
    "discord.invalid": "Discord does not accept this text.",
    "discord.refused": "Discord refused it for good.",
    "threads.throttled": "Threads asks us to slow down.",
    "threads.blocked": "Threads lets this profile write nothing for some hours.",
    "threads.quota_spent": "The profile published as many replies as Threads allows in 24 hours.",
    "threads.grant_invalid": "Threads no longer accepts our access to this profile.",
    "threads.permission_missing": "Meta took away the permission to reply for this profile.",
    "threads.target_gone": "What it answers is no longer there.",
    "threads.duplicate_text": "Threads takes the same text only once. Change a few words.",
    "threads.refused": "Threads refused it for good.",
    "google_business.throttled": "Google asks us to slow down.",
    "google_business.grant_invalid": "Google no longer accepts our access to this location.",
    "google_business.answered_elsewhere": "Somebody answered this review elsewhere. Delete that answer first.",
    "google_business.target_gone": "The review is no longer there.",
    "google_business.not_allowed": "Google does not let this account answer: the location may not be verified.",
    "google_business.not_own": "Only the brand's own answer can be deleted.",
    "google_business.refused": "Google refused it for good.",
    "network.not_shown": "{there} does not show what was sent from here.",
    "network.address_invalid": "The account's address cannot be called.",
    "network.address_forbidden": "The account's address is not in the public internet.",
    "network.unsupported": "Rapport cannot publish to {there}.",
    "network.read_only": "Nobody can answer there from Rapport. Open it in the browser.",
    "publish.undelivered": "{there} took it, and then could not deliver it.",
    "private.unsupported": "{there} has no private answer to this.",
    "private.too_late": "It is too late for a private answer to this.",
    "private.repeated": "It was answered in private already, and that is possible once.",
    "moderation.unsupported": "{there} has no such act.",
    "moderation.superseded": "Something else was asked for after it.",
    "moderation.too_late": "It could not be done within a day.",
    "text.empty": "There was no text to send.",
    "text.too_long": "The text is longer than this account may send.",
    "automatic.stopped": "Automatic replies were stopped before this one left.",
    "email.cannot_look": "It cannot be told whether the mail left. Look into the folder of sent mail.",
    "email.login_refused": "The mail server refused the password. Connect the account again.",
    "email.no_address": "The message names no address to answer to.",
    "email.put_off": "The mail server takes it later.",
    "email.refused": "The mail server refused it for good.",
    "email.server_unfit": "The mail server offers no sign-in or no encryption.",
    "brand.frozen": "The brand was frozen before this one left. It waits for you.",
    "guard.wrong_brand": "Message, account and brand did not belong together, so it was stopped.",
    "reply.rejected": "A person stopped it.",
    "bug.unexpected": "A mistake of ours. Nothing had been sent.",
})  # fmt: skip
DOUBTFUL = frozenset({"publish.unknown", "publish.never_applied"})
_SAYS_MORE = frozenset({
    "wordpress.refused", "whatsapp.refused", "telegram.refused", "webhook.refused",
    "whatsapp.template_invalid", "whatsapp.undeliverable", "instagram.refused", "messenger.refused",
    "facebook.refused", "mastodon.refused", "mastodon.invalid", "mastodon.not_allowed",
    "bluesky.invalid", "bluesky.not_allowed", "bluesky.account_closed",
    "tiktok.refused",
    "linkedin.refused",
    "discord.invalid", "discord.refused", "discord.not_allowed",
    "threads.refused",
    "google_business.refused", "google_business.not_allowed",
    "text.too_long", "publish.undelivered", "private.too_late",
})  # fmt: skip
_ACCOUNTS: Mapping[str, tuple[str, str, str]] = MappingProxyType({
    "active": ("green", "Working", ""),
    "paused": ("amber", "Paused", "Nothing is read and nothing is sent. Resume it on the page Accounts."),
    "needs_reauthorisation": (
        "red", "Connect again", "Nothing arrives and answers wait. Connect it again on the page Accounts.",
    ),
    "removed": ("grey", "Removed", "Nothing is read and nothing is sent."),
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Account:
    """How an account does: the colour of its dot, a word, and what to do when it does not work."""

    tone: str
    word: str
    advice: str


def held_because(reply: ReplyView) -> str:
    """Say why only an approver may release this draft; empty when an agent may."""
    if reply.approval != "approver" or not (reply.drafts or reply.draft):
        return ""
    told = [HELD[code] for code in HELD if not code.startswith("policy.") and code in reply.reasons]
    new = [code for code in reply.reasons if code.startswith("automatic.") and code not in HELD]
    told += [code.partition(".")[2].replace("_", " ") for code in new]
    shown, left = told[:MOST_REASONS], len(told) - MOST_REASONS
    return ", ".join(shown) + (f", and {left} more" if left > 0 else "") if shown else RULES_ASK


def draft_hint(reply: ReplyView) -> str:
    """Say why a person must write, or look closely; an empty text for a plain draft."""
    if reply.drafts:
        return UNSURE.get(reply.abstained, UNSURE["facts.none"]) if reply.abstained else ""
    if reply.abstained is None:
        return "There is no draft yet. One appears here as soon as it is written; you can start."
    known = NO_DRAFT.get(reply.abstained)
    return known or f"There is no draft: {reply.abstained.replace('_', ' ').rstrip('.')}."


def not_out(reply: ReplyView, there: str) -> str:
    """Say why an answer is not out (yet); empty for a code that is new to us."""
    return NOT_OUT.get(reply.code or "", "").format(there=there)


def is_worth_quoting(reply: ReplyView) -> bool:
    """Say whether the reason that came with the code tells a person more than our sentence."""
    return bool(reply.reason) and (reply.code not in NOT_OUT or reply.code in _SAYS_MORE)


def is_doubtful(reply: ReplyView) -> bool:
    """Say whether the answer may stand at the network although nobody knows."""
    return reply.code in DOUBTFUL or reply.code not in NOT_OUT


def account_of(connection: ConnectionView) -> Account:
    """Return how an account does, in words."""
    usual = ("grey", connection.state.replace("_", " ").capitalize(), "")
    return Account(*_ACCOUNTS.get(connection.state, usual))
