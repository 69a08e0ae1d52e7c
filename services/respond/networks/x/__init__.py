"""The writing half of X."""

from services.respond.networks.x.writer import build

__all__ = ["build"]
