"""The demo agency: three invented brands with people, rules, voices and facts, ready to be looked at."""

from cli.demo.content import OWNER_EMAIL
from cli.demo.seeding import seed

__all__ = ["OWNER_EMAIL", "seed"]
