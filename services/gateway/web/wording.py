"""The words of the pages: labels, states and errors in short plain English. No markup here."""

from collections.abc import Mapping
from types import MappingProxyType

from contracts.networks.table import NETWORKS as TABLE
from contracts.networks.table import rules

Words = Mapping[str, str]

NETWORKS: Words = MappingProxyType({network: rules(network).title for network in TABLE})
RECEIPTS: Words = MappingProxyType({
    "sent": "Sent", "delivered": "Delivered", "read": "Read", "failed": "Not delivered",
})  # fmt: skip
INTENTS: Words = MappingProxyType({
    "question": "Question", "complaint": "Complaint", "praise": "Praise", "request": "Request",
    "purchase_intent": "Wants to buy", "spam": "Spam", "abuse": "Abuse", "other": "Other",
})  # fmt: skip
SENTIMENTS: Words = MappingProxyType(
    {"negative": "Negative", "neutral": "Neutral", "positive": "Positive"}
)
URGENCIES: Words = MappingProxyType({"0": "Can wait", "1": "Today", "2": "Soon", "3": "Urgent"})
NEEDS_HUMAN: Words = MappingProxyType({"true": "Needs a person", "false": "Routine"})
EMOTIONS: Words = MappingProxyType({
    "anger": "Anger", "joy": "Joy", "optimism": "Optimism", "sadness": "Sadness", "fear": "Fear",
    "disappointment": "Disappointment", "gratitude": "Gratitude", "surprise": "Surprise",
    "neutral": "No strong feeling",
})  # fmt: skip
OFFENCES: Words = MappingProxyType({"offensive": "Offensive", "not_offensive": "Not offensive"})
IRONIES: Words = MappingProxyType({"irony": "Ironic", "not_irony": "Meant as said"})
SPAMS: Words = MappingProxyType({"spam": "Spam", "ham": "No spam"})
JOB_STATES: Words = MappingProxyType({
    "reading": "Reading", "read": "Read, waits for a decision", "switching": "Switching",
    "switched": "Switched", "dropped": "Dropped", "failed": "Failed", "shadow": "On trial",
})  # fmt: skip
LANGUAGES: Words = MappingProxyType({
    "ar": "Arabic", "ca": "Catalan", "de": "German", "en": "English", "es": "Spanish",
    "fr": "French", "he": "Hebrew", "hi": "Hindi", "it": "Italian", "ja": "Japanese",
    "ko": "Korean", "nl": "Dutch", "pl": "Polish", "pt": "Portuguese", "ru": "Russian",
    "tr": "Turkish", "uk": "Ukrainian", "zh": "Chinese", "und": "Not known",
})  # fmt: skip
HEADS: Words = MappingProxyType({
    "language": "Language", "sentiment": "Sentiment", "intent": "Intent",
    "urgency": "Urgency", "needs_human": "Needs a person", "emotion": "Emotion",
    "offensive": "Offence", "irony": "Irony", "spam": "Spam",
})  # fmt: skip
KINDS: Words = MappingProxyType({
    "post": "Post", "comment": "Comment", "mention": "Mention", "dm": "Message",
    "review": "Review", "reaction": "Reaction",
})  # fmt: skip
AUDIENCES: Words = MappingProxyType({
    "public": "public", "unlisted": "public, unlisted",
    "private": "followers only", "direct": "private",
})  # fmt: skip
MODES: Words = MappingProxyType({
    "silent": "Silent", "suggest": "Suggest", "hold": "Hold for approval", "automatic": "Automatic",
})  # fmt: skip
MODE_MEANINGS: Words = MappingProxyType({
    "silent": "Nothing is drafted. People write every answer themselves.",
    "suggest": "A draft waits under each message. Any agent of the brand may publish it.",
    "hold": "A draft waits under each message. Only an approver may publish it.",
    "automatic": "Inside its limits an answer leaves by itself. All others wait for an approver.",
})  # fmt: skip
ROLES: Words = MappingProxyType({
    "owner": "Owner", "lead": "Lead", "agent": "Agent", "approver": "Approver",
    "client_approver": "Client approver", "auditor": "Auditor",
})  # fmt: skip
CONNECTION_STATES: Words = MappingProxyType({
    "active": "Working", "needs_reauthorisation": "Connect again",
    "paused": "Paused", "removed": "Removed",
})  # fmt: skip
STATES: Words = MappingProxyType({
    "open": "Open", "answered": "Answered", "done": "Done", "all": "All",
})  # fmt: skip
REPLY_CHIPS: Words = MappingProxyType({
    "drafted": "Draft", "approved": "Publishing", "waiting": "Trying again",
    "unknown": "Checking", "published": "Answered", "failed": "Not published",
    "parked": "Needs a decision", "rejected": "Draft rejected", "scheduled": "Scheduled",
    "taken_back": "Taken back",
})  # fmt: skip
ACTIONS: Words = MappingProxyType({
    "reply.approved": "Approved an answer", "reply.rejected": "Rejected a draft",
    "reply.consented": "Said yes to an answer", "reply.expired": "Waited too long for approval",
    "reply.holding": "Let the holding reply stand in", "reply.by_link": "Answered a mail for approval",
    "reply.consents_voided": "Took approvals back by a change",
    "brands.braked": "Stopped or resumed all automatic answers",
    "reply.retried": "Opened another answer", "reply.proposed": "Sent an answer for approval",
    "item.claimed": "Took a message", "item.released": "Gave a message back",
    "item.closed": "Marked a message done", "item.reopened": "Reopened a message",
    "agency.created": "Made the agency", "brand.created": "Added a brand",
    "brand.changed": "Changed a brand's rules",
    "session.opened": "Signed in", "session.ended": "Signed out",
    "person.created": "Added a person", "person.password": "Set a person's password",
    "person.active": "Let a person in, or kept one out", "role.granted": "Changed somebody's role",
    "key.created": "Made an API key", "key.revoked": "Revoked an API key",
    "connection.added": "Connected an account", "connection.renewed": "Renewed an account's access",
    "connection.paused": "Paused an account", "connection.resumed": "Resumed an account",
    "account.connect": "Asked to connect an account", "account.check": "Asked to check an account",
    "account.backfill": "Asked to read an account again", "account.pause": "Asked to pause an account",
    "account.resume": "Asked to resume an account", "account.remove": "Asked to remove an account",
    "message.hide": "Asked to hide a message", "message.unhide": "Asked to show a hidden message",
    "message.delete": "Asked to delete a message", "message.like": "Asked to like a message",
    "message.unlike": "Asked to take a like back", "message.block": "Asked to block an author",
    "message.unblock": "Asked to unblock an author",
    "reply.recalled": "Took an answer back before it left",
    "reply.amended": "Began to change a published answer",
    "reply.removed": "Asked to delete our own answer", "reply.handover": "Took a thread to private",
    "storm.raise": "Raised a storm", "storm.end": "Ended a storm", "storm.snooze": "Snoozed a brand's alarm",
    "drill.asked": "Asked for a drill", "drill.started": "Started a drill", "drill.ended": "Ended a drill",
    "storms.cross_read": "Saw a topic at several brands",
    "storm.expect": "Announced a campaign", "incident.steer": "Steered a storm",
    "incident.verdict": "Judged an incident", "incident.step": "Ticked a step of a playbook",
    "incident.statement": "Drafted a statement", "incident.signed": "Signed a statement off",
    "freeze.freeze": "Stopped what goes out by itself", "freeze.resume": "Let it go out again",
    "triage.released": "Let many answers go", "triage.stopped": "Stopped a release",
    "playbook.changed": "Changed a playbook",
    "label.corrected": "Corrected a label", "relabel.started": "Had messages read again",
    "relabel.shadowed": "Tried a model beside the other", "relabel.switched": "Switched to other labels",
    "relabel.dropped": "Dropped other labels",
    "entry.added": "Wrote down what a brand knows", "entry.changed": "Changed what a brand knows",
    "entry.removed": "Took out what a brand knew",
    "promise.kept": "Said a promise was kept", "promise.told": "Said they told in time",
    "promise.dropped": "Said it was no promise", "promise.done": "Made a broken promise good",
})  # fmt: skip
LIFE: Words = MappingProxyType({
    "delivered": "Arrived", "labelled": "Understood", "drafted": "Drafted", "changed": "Changed",
    "consented": "Agreed", "approved": "Released", "rejected": "Rejected", "published": "Published",
    "failed": "Not published", "receipt": "Receipt", "act": "Moderated", "reacted": "Wrote again",
})  # fmt: skip
PROMISES: Words = MappingProxyType({
    "open": "Promised", "kept": "Kept", "told": "Told in time", "broken": "Broken",
    "dropped": "No promise",
})  # fmt: skip
PROMISE_ACTS: Words = MappingProxyType({
    "kept": "It was kept", "told": "They were told in time", "dropped": "This is no promise",
    "done": "Made good since",
})  # fmt: skip
ENTRY_KINDS: Words = MappingProxyType({
    "saved": "Saved reply", "fact": "Fact", "answer": "Answer", "hours": "Opening hours",
    "policy": "Policy",
})  # fmt: skip
ENTRY_GROUPS: Words = MappingProxyType({
    "saved": "Saved replies", "fact": "Facts", "answer": "Answers", "hours": "Opening hours",
    "policy": "Policies",
})  # fmt: skip
ENTRY_ADDS: Words = MappingProxyType({
    "saved": "Add a saved reply", "fact": "Add a fact", "answer": "Add an answer",
    "hours": "Add opening hours", "policy": "Add a policy",
})  # fmt: skip
EMPTY_QUEUES: Words = MappingProxyType({
    "open": "Nothing is waiting. New comments, mentions and messages of your brands appear here "
            "by themselves.",
    "answered": "No answers yet. What your brands have answered is listed here.",
    "done": "Nothing is done yet. What you close without an answer is listed here.",
    "all": "Nothing has arrived yet. As soon as a brand has a connection, what people write to it "
           "appears here.",
})  # fmt: skip


def word(words: Words, key: str | None) -> str:
    """Return the word for a key; the key itself, made readable, for one that is new to us."""
    if not key:
        return ""
    return words.get(key) or key.replace("_", " ").replace(".", " ").capitalize()
