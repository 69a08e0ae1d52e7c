"""What reading and answering on WordPress must both know: ids, limits, counting. No I/O."""

from contracts.networks.protocol import Connecting, Field, Measure, Rules

LIMIT = 65_525
"""Bytes of a comment as it is stored: wp_get_comment_fields_max_lengths, column comment_content."""

USER_OPTION = "user"
"""The connection's option that holds the user name the application password belongs to."""

USER_ID_OPTION = "user_id"
"""The connection's option that holds that user's number: own comments are found by it."""

API_OPTION = "api"
"""The connection's option that holds the address of the REST API, found when it was connected."""

GRANT_CODES = frozenset(
    {
        "incorrect_password", "invalid_username", "invalid_email", "invalid_application_password",
        "rest_not_logged_in", "rest_forbidden", "rest_forbidden_context", "rest_forbidden_status",
        "rest_forbidden_param", "rest_cannot_read", "rest_cannot_edit", "rest_cannot_delete",
        "rest_cannot_create", "rest_cannot_read_post", "rest_cannot_view",
        "application_passwords_disabled", "application_passwords_disabled_for_user",
    }
)  # fmt: skip
"""Error codes that a person mends: a new application password, or a user with more rights."""

GONE_CODES = frozenset({"rest_comment_invalid_id", "rest_post_invalid_id", "rest_already_trashed"})
"""Error codes that say that the comment or post is not there any more."""

_TYPED = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})


def route(api: str, path: str) -> str:
    """Return the address of a route below the REST API's, in pretty and plain (?rest_route=/) form."""
    return f"{api.rstrip('/')}/wp/v2/{path}"


def may_carry(url_scheme: str, host: str) -> bool:
    """Say whether a password may travel to this address: by TLS, or inside this machine."""
    return url_scheme == "https" or host in ("127.0.0.1", "::1", "localhost")


def html(text: str) -> str:
    """Return plain text as WordPress is sent it, so that "<" and "&" come out as typed."""
    return text.translate(_TYPED)


def length(text: str) -> int:
    """Return how WordPress counts a comment: bytes of UTF-8 of the HTML that is stored."""
    return len(html(text).encode("utf-8", "surrogatepass"))


RULES = Rules(
    "wordpress",
    "WordPress",
    Measure(LIMIT, "bytes", length),
    Connecting(
        steps=(
            "Sign in to the site as a user who may moderate comments (an editor or administrator).",
            "Open Users, Profile, Application Passwords; type Rapport as the name and add it.",
            "Copy the password that is shown: it is shown once.",
        ),
        fields=(
            Field("base_url", "Site", "The address of the site, like https://blog.example.com", "url"),
            Field(USER_OPTION, "User name", "The name that user signs in with."),
            Field("token", "Application password", "Four letters at a time, as shown.", "secret"),
        ),
    ),
    arrivals=("poll",),
    acts=frozenset({"hide", "unhide", "delete"}),
    can_amend=frozenset({"comment"}),
    missing=(
        "Push: WordPress calls nobody without a plugin; attach one through the generic webhook.",
        "Sites whose REST API or application passwords are switched off (some security plugins do).",
        "Likes: WordPress has none.",
    ),
)  # fmt: skip
