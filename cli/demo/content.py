"""Who and what is in the demo, read from brands/*.json. Storing it is seeding.py's business."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

from contracts.brands import Fact, Phrases, Policy, Voice
from sandbox.demo import DEMO, DemoAccount
from services.gateway.domain.views import Role
from services.gateway.store.brands import NewBrand

AGENCY_SLUG = "studio-marea"
OWNER_EMAIL = "mara@studio-marea.example"


@dataclass(frozen=True, slots=True)
class DemoPerson:
    """Somebody who may sign in, and their role for each brand (by its slug)."""

    email: str
    name: str
    roles: Mapping[str, Role]


PEOPLE: tuple[DemoPerson, ...] = (
    DemoPerson(
        OWNER_EMAIL,
        "Mara Lindqvist",
        {"casa-verde": "owner", "nordlicht": "owner", "velo-atelier": "owner"},
    ),
    DemoPerson(
        "ana@studio-marea.example", "Ana Ruiz", {"casa-verde": "lead", "velo-atelier": "lead"}
    ),
    DemoPerson(
        "jonas@studio-marea.example",
        "Jonas Weber",
        {"nordlicht": "agent", "casa-verde": "agent"},
    ),
    DemoPerson("chiara@studio-marea.example", "Chiara Conti", {"velo-atelier": "approver"}),
    DemoPerson("frauke@nordlicht.example", "Frauke Petersen", {"nordlicht": "client_approver"}),
)


def read_brands() -> list[NewBrand]:
    """Return the brands of the sandbox's accounts, in its order, whole."""
    accounts = {account.brand: account for account in DEMO}
    return [_brand(account) for account in accounts.values()]


def _brand(account: DemoAccount) -> NewBrand:
    path = files("cli.demo") / "brands" / f"{account.brand}.json"
    told: dict[str, Any] = json.loads(path.read_text("utf-8"))
    return NewBrand(
        slug=account.brand,
        name=account.brand_name,
        initials=told["initials"],
        colour=account.colour,
        languages=list(account.languages),
        policy=Policy(**told["policy"]),
        voice=Voice(
            signature=told["signature"],
            uses_emoji=told["uses_emoji"],
            phrases=[Phrases(language=code, **said) for code, said in told["phrases"].items()],
            facts=[
                Fact(fact_id=f"{name}.{code}", language=code, **fact)
                for name, versions in told["facts"].items()
                for code, fact in versions.items()
            ],
        ),
    )
