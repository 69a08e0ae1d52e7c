"""What reading and answering mail must both know: ids of messages, counting. No I/O."""

from contracts.networks.protocol import Connecting, Field, Measure, Rules

LIMIT = 100_000
"""Characters of an answer. Mail itself has no limit; nobody reads more."""


def length(text: str) -> int:
    """Return the number of characters."""
    return len(text)


def message_id(key: str, address: str) -> str:
    """Return the Message-ID of an answer: the same key always gives the same one (RFC 5322, 3.6.4)."""
    domain = address.rpartition("@")[2].strip().lower() or "localhost"
    return f"<{key}@{domain}>"


def bare_id(header: str) -> str:
    """Return an id without its angle brackets, as items carry it."""
    return header.strip().removeprefix("<").removesuffix(">")


RULES = Rules(
    "email",
    "E-mail",
    Measure(LIMIT, "characters", length),
    Connecting(
        steps=(
            "Make an app password for the mailbox, if your provider has them.",
            "Enter the mailbox and its two servers; what arrives from now on is read.",
        ),
        fields=(
            Field("account_id", "Address", "The mailbox's address, like care@brand.example."),
            Field("username", "User name", "If it is not the address.", is_required=False),
            Field("token", "Password", "Or app password; it is sealed at once.", "secret"),
            Field("imap_host", "IMAP server", "Where mail is read."),
            Field("imap_port", "IMAP port", "993 with TLS.", "number", default="993"),
            Field("smtp_host", "SMTP server", "Where mail is sent."),
            Field("smtp_port", "SMTP port", "587 with STARTTLS, 465 with TLS.", "number", default="587"),
            Field("folder", "Folder", "Which folder is read.", default="INBOX", is_required=False),
            Field("sent_folder", "Sent folder", "To see what colleagues send from their own program, like Sent.", is_required=False),
            Field("from_name", "Sender's name", "How the brand signs as a sender.", is_required=False),
        ),
    ),
    arrivals=("stream", "poll"),
    missing=(
        "Files that come with a mail are named, not shown.",
        "An answer whose receipt was lost is left to a person: what a server took cannot be read back.",
        "Who cuts all headers out of an answer starts a new conversation: no token is put into Reply-To.",
        "Sign-in by OAuth (Google, Microsoft) is not offered: make an app password.",
    ),
)  # fmt: skip
