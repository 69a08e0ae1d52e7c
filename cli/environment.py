"""Settings of the operators' commands, with errors a person can act on."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

import click
from pydantic import ValidationError
from pydantic_settings import BaseSettings

from runtime.errors import RapportError

S = TypeVar("S", bound=BaseSettings)
ENV_FILE = "env"


class WrongInput(click.ClickException):
    """What was typed cannot be done as it stands: one sentence that says how to mend it, exit code 2."""

    exit_code = 2


def adopt_running() -> None:
    """Take the addresses of the Rapport that `rapport up` runs here, unless others are set."""
    if "BUS_URL" in os.environ or "MONGO_URL" in os.environ:
        return
    path = Path(os.environ.get("RAPPORT_DATA", "data")) / ENV_FILE
    if path.is_file():
        for line in path.read_text().splitlines():
            name, _, value = line.partition("=")
            os.environ.setdefault(name, value)


def read_settings(model: type[S]) -> S:
    """Read settings from the environment, or leave with one sentence per problem."""
    try:
        return model()
    except ValidationError as error:
        prefix = str(model.model_config.get("env_prefix") or "")
        for problem in error.errors(include_url=False, include_input=False):
            name = prefix + "_".join(str(part) for part in problem["loc"]).upper()
            sys.stderr.write(f"{name}: {problem['msg']}\n")
        sys.exit(2)


@contextmanager
def clear_errors() -> Iterator[None]:
    """Turn an expected failure into one sentence and exit code 1."""
    try:
        yield
    except RapportError as error:
        sys.stderr.write(f"{error.why} ({error.code})\n")
        sys.exit(1)
