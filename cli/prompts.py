"""Reads a secret from a person or a pipe. It is never an argument, never shown, never logged."""

import sys

import click

from cli.environment import WrongInput

LONGEST_BYTES = 64 * 1024
LONGEST_TOKEN = 4096


def read_secret(
    what: str, *, is_piped: bool, must_confirm: bool = False, shown_as: str | None = None
) -> str:
    """Return one line from standard input, or what was typed unseen. Raises `WrongInput`."""
    if not is_piped:
        if not sys.stdin.isatty():
            why = f"There is no terminal to ask for the {what} at: pipe it with --{what}-stdin."
            raise WrongInput(why)
        asked = shown_as or what.capitalize()
        return str(click.prompt(asked, hide_input=True, confirmation_prompt=must_confirm))
    try:
        line = sys.stdin.buffer.readline(LONGEST_BYTES).decode()
    except UnicodeDecodeError:
        raise WrongInput(f"The {what} on standard input is not UTF-8 text.") from None
    secret: str = line.rstrip("\r\n")
    if not secret:
        raise WrongInput(f"Standard input held no {what}: write it there as one line.")
    return secret


def read_password(*, is_piped: bool) -> str:
    """Return a new password of a length that is allowed. Raises `WrongInput`."""
    from services.gateway.auth import LONGEST_PASSWORD, SHORTEST_PASSWORD

    password = read_secret("password", is_piped=is_piped, must_confirm=True)
    if not SHORTEST_PASSWORD <= len(password) <= LONGEST_PASSWORD:
        raise WrongInput(
            f"The password has {len(password)} characters: take {SHORTEST_PASSWORD} to "
            f"{LONGEST_PASSWORD}."
        )
    return password


def read_token(*, is_piped: bool, shown_as: str | None = None) -> str:
    """Return an access token, which is one word of ASCII. Raises `WrongInput`."""
    token = read_secret("token", is_piped=is_piped, shown_as=shown_as).strip()
    is_word = token.isascii() and token.isprintable() and " " not in token
    if not token or not is_word or len(token) > LONGEST_TOKEN:
        raise WrongInput("This is no access token: paste it whole, as one word without spaces.")
    return token
