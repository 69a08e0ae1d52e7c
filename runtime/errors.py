"""The errors that carry a decision. Anything else that is raised is a bug of ours."""


class RapportError(Exception):
    """An error with a stable dotted code and a sentence a person can act on."""

    def __init__(self, code: str, why: str) -> None:
        super().__init__(f"{code}: {why}")
        self.code = code
        self.why = why


class Invalid(RapportError):
    """Can never succeed as it is: dead-lettered at once, or 400 to a person."""


class Unavailable(RapportError):
    """May succeed later: retried, or 503 with Retry-After."""

    def __init__(self, code: str, why: str, retry_after_s: float | None = None) -> None:
        super().__init__(code, why)
        self.retry_after_s = retry_after_s


class Reauthorise(RapportError):
    """The network no longer accepts the grant: a person must connect the account again."""


class Conflict(RapportError):
    """Somebody else was first: 409."""


class NotFound(RapportError):
    """No such thing, or none that this person may see: 404."""


class Forbidden(RapportError):
    """Known, but not allowed to: 403."""


class Misconfigured(RapportError):
    """The service cannot start as it is set up: every problem in one message, exit code 78."""
