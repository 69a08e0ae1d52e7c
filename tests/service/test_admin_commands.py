"""The commands that set up agencies, people, brands and accounts, on a real mongod."""

from __future__ import annotations

import asyncio
import json
import os
import pty
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, get_args

import pytest
from click.testing import CliRunner

from cli.commands import brands as brands_command
from cli.commands import people as people_command
from cli.main import main
from contracts.brands import MODES, BrandChanged
from runtime.clock import SystemClock
from services.gateway.app import open_stores
from services.gateway.auth import Passwords, _sha256
from services.gateway.domain.views import Role
from services.gateway.store.database import GatewayDatabase
from tests.service.command_line import PASSWORD, Rapport, answer, rest

VOICE = {
    "signature": "Casa Verde",
    "phrases": [
        {
            "language": "es",
            "greetings": ["¡Hola {name}!"],
            "closings": ["Un saludo"],
            "thanks": ["¡Gracias!"],
            "apologies": ["Lo sentimos."],
            "handovers": ["Lo miramos hoy."],
            "disclosure": "Respuesta automática.",
        }
    ],
    "facts": [
        {
            "fact_id": "hours.es",
            "title": "Horario",
            "language": "es",
            "keywords": ["horario", "abierto"],
            "text": "Abrimos de lunes a sábado.",
        }
    ],
}


@pytest.fixture
def rapport(mongo_url: str, database_prefix: str) -> Iterator[Rapport]:
    made = Rapport(mongo_url, f"{database_prefix}_")
    yield made
    made.client.close()
    for secret in (PASSWORD, made.env["SEAL_KEYS"].partition(":")[2]):
        assert secret not in made.said


def test_the_lists_that_are_written_twice_agree() -> None:
    assert get_args(Role) == people_command.ROLES
    assert brands_command.MODES == MODES


# People


def test_a_first_person_can_sign_in(rapport: Rapport) -> None:
    rapport.add_brand()
    said = rapport.add_person("--role", "owner", "--brand", "casa verde")
    assert "Added Ana Ruiz <ana@marea.example> to Studio Marea." in said
    assert "has the role owner for Casa Verde" in said
    (person,) = rapport.all("gateway", "people")
    assert asyncio.run(Passwords().is_right(PASSWORD, person["password_hash"]))
    assert rapport.json("people", "list") == [
        {
            "email": "ana@marea.example",
            "name": "Ana Ruiz",
            "agency": "Studio Marea",
            "active": True,
            "roles": {"Casa Verde": "owner"},
        }
    ]
    assert "Casa Verde: owner" in rapport("people", "list", "--agency", "studio marea")
    assert rapport.trail() == [
        "agency.created", "brand.created", "person.created", "role.granted",
    ]  # fmt: skip


def test_adding_somebody_again_adds_roles_only(rapport: Rapport) -> None:
    rapport.add_brand()
    rapport.add_person()
    before = rapport.all("gateway", "people")[0]
    words = ("people", "add", "--agency", "Studio Marea", "--email", " ANA@marea.example", "--name")
    said = rapport(*words, "Other", "--role", "lead", "--brand", "Casa Verde")
    assert "is there already; name and password stay" in said
    after = rapport.all("gateway", "people")[0]
    assert list(after.pop("roles").values()) == ["lead"]
    assert after == {key: value for key, value in before.items() if key != "roles"}


@pytest.mark.parametrize(
    ("words", "told", "complaint"),
    [
        (["--email", "nobody"], PASSWORD, "is no e-mail address"),
        (["--email", "a@b.example"], "too short", "has 9 characters: take 10"),
        (["--email", "a@b.example"], "", "held no password"),
        (["--email", "a@b.example", "--role", "owner"], PASSWORD, "one --role for each --brand"),
        (["--email", "a@b.example", "--role", "king", "--brand", "x"], PASSWORD, "'king'"),
        (["--email", "a@b.example", "--role", "lead", "--brand", "x"], PASSWORD, "no brand 'x'"),
        (["--email", "a@b.example", "--agency", "agy_0"], PASSWORD, "no agency with the id agy_0"),
        (["--email", "a@b.example", "--agency", "!?"], PASSWORD, "'!?' is no name"),
    ],
)
def test_wrong_input_about_people_changes_nothing(
    rapport: Rapport, words: list[str], told: str, complaint: str
) -> None:
    agency = [] if "--agency" in words else ["--agency", "Studio"]
    said = rapport.fails(
        "people", "add", "--name", "A", "--password-stdin", *agency, *words, told=f"{told}\n"
    )
    assert complaint in said
    assert rapport.all("gateway", "people") == []
    assert rapport.all("gateway", "agencies") == []


def test_a_person_of_another_agency_is_refused(rapport: Rapport) -> None:
    rapport.add_person()
    words = ("--agency", "Other", "--email", "ana@marea.example", "--name", "A")
    assert "belongs to another agency" in rapport.fails("people", "add", *words)
    assert [one["name"] for one in rapport.all("gateway", "agencies")] == ["Studio Marea"]


def test_roles_are_given_and_taken(rapport: Rapport) -> None:
    brand = rapport.add_brand()
    rapport.add_brand("Mar", agency="South")
    rapport.add_person()
    grant = ("people", "grant", "ana@marea.example")
    assert "has the role agent for Casa Verde from now on" in rapport(*grant, brand, "agent")
    assert "already" in rapport(*grant, "Casa Verde", "agent")
    rapport(*grant, "Casa Verde", "none")
    assert rapport.all("gateway", "people")[0]["roles"] == {}
    assert rapport.trail().count("role.granted") == 2
    assert "no brand 'Mar' in this agency" in rapport.fails(*grant, "Mar", "agent")
    assert "Nobody has the address" in rapport.fails("people", "grant", "x@y.z", brand, "agent")


def test_an_api_key_is_printed_once_and_works(rapport: Rapport) -> None:
    brand = rapport.add_brand()
    words = ("people", "key", "reports", "--brand", "Casa Verde", "--role", "auditor")
    first = rapport(*words, "--days", "7")
    assert re.fullmatch(r"rk_\S{43}\n", first)
    viewer = asyncio.run(_viewer(rapport, first.strip()))
    assert (viewer.name, viewer.roles) == ("API key reports", {brand: "auditor"})
    second = rapport(*words, "--days", "7")
    assert asyncio.run(_viewer(rapport, first.strip())) is None
    assert asyncio.run(_viewer(rapport, second.strip())) is not None
    kept = json.dumps(rapport.all("gateway", "api_keys"), default=str)
    assert second.strip() not in kept + json.dumps(rapport.all("gateway", "audit"), default=str)
    assert "A key needs a brand" in rapport.fails("people", "key", "reports", "--days", "7")
    rapport.fails(*words, "--days", "0")


async def _viewer(rapport: Rapport, token: str) -> Any:
    database = GatewayDatabase(rapport.settings)
    try:
        return await open_stores(database, SystemClock()).people.key_viewer(_sha256(token))
    finally:
        await database.stop()


def test_a_new_password_ends_all_sessions(rapport: Rapport) -> None:
    rapport.add_person()
    (person,) = rapport.all("gateway", "people")
    database = rapport.client[f"{rapport.settings.database_prefix}gateway"]
    database.sessions.insert_one({"_id": "s", "person_id": person["_id"], "ends_at": _NEVER})
    said = rapport(
        "people", "password", "ana@marea.example", "--password-stdin", told="another password\r\n"
    )
    assert "sessions have ended" in said
    (person,) = rapport.all("gateway", "people")
    assert asyncio.run(Passwords().is_right("another password", person["password_hash"]))
    assert rapport.all("gateway", "sessions") == []
    assert rapport.trail()[-1] == "person.password"


_NEVER = datetime(2099, 1, 1, tzinfo=UTC)


def test_a_password_is_asked_for_at_a_terminal_and_not_shown(rapport: Rapport) -> None:
    rapport.add_person()
    there, here = pty.openpty()
    command = [sys.executable, "-m", "cli.main", "people", "password", "ana@marea.example"]
    child = subprocess.Popen(
        command,
        env={**os.environ, **rapport.env},
        stdin=here,
        stdout=here,
        stderr=here,
        start_new_session=True,
    )
    os.close(here)
    said = answer(there, b"Password:", b"typed at a terminal\n")
    said += answer(there, b"confirmation:", b"typed at a terminal\n")
    said += rest(there)
    assert child.wait(60) == 0, said
    assert b"typed" not in said
    (person,) = rapport.all("gateway", "people")
    assert asyncio.run(Passwords().is_right("typed at a terminal", person["password_hash"]))


def test_without_a_terminal_a_secret_must_be_piped(rapport: Rapport) -> None:
    rapport.add_person()
    said = rapport.fails("people", "password", "ana@marea.example", told=f"{PASSWORD}\n")
    assert "pipe it with --password-stdin" in said


# Brands


def test_a_new_brand_waits_to_be_announced(rapport: Rapport) -> None:
    words = ("--languages", "ES, en,es", "--colour", "#2F7D4F", "--mode", "hold")
    said = rapport("brands", "add", "--agency", "Studio Marea", "--name", "Vélo  Atelier", *words)
    assert "New agency: Studio Marea" in said
    (event,) = rapport.waiting("gateway", "brands")
    told = event.read(BrandChanged)
    assert (told.name, told.initials, told.colour) == ("Vélo Atelier", "VA", "#2f7d4f")
    assert (told.languages, told.policy.mode, told.revision) == (["es", "en"], "hold", 1)
    (agency,) = rapport.all("gateway", "agencies")
    assert agency["brand_ids"] == [told.brand_id]
    assert told.agency_id == agency["_id"]


def test_adding_a_brand_again_changes_nothing(rapport: Rapport) -> None:
    rapport.add_brand()
    before = rapport.all("gateway", "brands")
    words = ("--name", "casa verde", "--mode", "automatic")
    said = rapport("brands", "add", "--agency", "studio-marea", *words)
    assert "is there already" in said
    assert rapport.all("gateway", "brands") == before
    assert rapport.trail() == ["agency.created", "brand.created"]


def test_brands_are_listed(rapport: Rapport) -> None:
    assert "No brand yet" in rapport("brands", "list")
    brand = rapport.add_brand()
    assert rapport.json("brands", "list") == [
        {
            "brand": "Casa Verde",
            "id": brand,
            "agency": "Studio Marea",
            "languages": ["es", "en"],
            "mode": "suggest",
            "revision": 1,
        }
    ]
    assert "es, en" in rapport("brands", "list")


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (["--name", " "], "--name: give a name"),
        (["--name", "A\x1b[2J"], "--name: give a name"),
        (["--name", "A", "--languages", "english"], "two-letter codes"),
        (["--name", "A", "--colour", "green"], "--colour: 'green'"),
        (["--name", "A", "--mode", "loud"], "'loud'"),
    ],
)
def test_wrong_input_about_brands_changes_nothing(
    rapport: Rapport, words: list[str], complaint: str
) -> None:
    assert complaint in rapport.fails("brands", "add", "--agency", "Studio", *words)
    assert rapport.all("gateway", "agencies") == []


def test_a_voice_is_loaded_announced_and_kept(rapport: Rapport, tmp_path: Path) -> None:
    rapport.add_brand()
    path = tmp_path / "voice.json"
    path.write_text(json.dumps(VOICE), "utf-8")
    said = rapport("brands", "voice", "Casa Verde", str(path))
    assert "1 fact(s), phrases in 1 language(s) (revision 2)" in said
    told = rapport.waiting("gateway", "brands")[-1].read(BrandChanged)
    assert told.revision == 2
    assert told.voice.facts[0].text == "Abrimos de lunes a sábado."
    assert "speaks like that already" in rapport("brands", "voice", "Casa Verde", str(path))
    rapport("brands", "voice", "Casa Verde", "-", told='{"facts": []}')
    told = rapport.waiting("gateway", "brands")[-1].read(BrandChanged)
    assert (told.revision, told.voice.facts, len(told.voice.phrases)) == (3, [], 1)
    assert rapport.trail()[-2:] == ["brand.changed", "brand.changed"]


def _without(name: str) -> Callable[[Any], None]:
    return lambda voice: voice["facts"][0].pop(name)


@pytest.mark.parametrize(
    ("spoil", "complaint"),
    [
        (_without("keywords"), "facts[0].keywords: is missing"),
        (lambda voice: voice["facts"][0].update(text=7), "facts[0].text: input should be"),
        (lambda voice: voice.update(fact=[]), "fact: is no field here"),
        (lambda voice: voice["phrases"][0].update(thanks="x"), "phrases[0].thanks: input"),
        (lambda voice: voice["facts"].append(voice["facts"][0]), "facts[1].fact_id: 'hours.es'"),
        (lambda voice: voice["phrases"].append(voice["phrases"][0]), "phrases[1].language: 'es'"),
    ],
)
def test_a_wrong_voice_is_refused_by_its_field(
    rapport: Rapport, spoil: Callable[[Any], None], complaint: str
) -> None:
    rapport.add_brand()
    voice = json.loads(json.dumps(VOICE))
    spoil(voice)
    said = rapport.fails("brands", "voice", "Casa Verde", "-", told=json.dumps(voice))
    assert complaint in said
    assert rapport.all("gateway", "brands")[0]["revision"] == 1


@pytest.mark.parametrize(
    ("raw", "complaint"),
    [
        (b"{", "is not JSON: Expecting property name"),
        (b"[]", "must hold one object"),
        (b"\xff\xfe", "is not UTF-8 text (byte 0)"),
        (b"[" * 200_000, "nested too deeply"),
        (b'"' + b"a" * 600_000, "larger than 500 kB"),
    ],
)
def test_a_file_that_is_no_voice_is_refused(
    rapport: Rapport, tmp_path: Path, raw: bytes, complaint: str
) -> None:
    path = tmp_path / "voice.json"
    path.write_bytes(raw)
    assert complaint in rapport.fails("brands", "voice", "Casa Verde", str(path))
    assert "No such file" in rapport.fails("brands", "voice", "Casa Verde", f"{path}.not")


def test_a_name_that_two_brands_have_is_refused(rapport: Rapport) -> None:
    rapport.add_brand()
    rapport("brands", "add", "--agency", "South", "--name", "Casa Verde")
    ids = sorted(one["_id"] for one in rapport.all("gateway", "brands"))
    said = rapport.fails("brands", "voice", "Casa Verde", "-", told="{}")
    assert "names 2 brands: give the id instead" in said
    assert all(one in said for one in ids)
    assert "speaks like that already" in rapport("brands", "voice", ids[0], "-", told="{}")
    said = rapport.fails("brands", "voice", "Casa Roja", "-", told="{}")
    assert "There is no brand 'Casa Roja'. There are: Casa Verde (brd_" in said


# The trail


def test_the_trail_is_listed_and_verified(rapport: Rapport) -> None:
    rapport.add_brand()
    rapport.add_person("--role", "owner", "--brand", "Casa Verde")
    said = rapport("audit", "verify")
    assert re.search(r"Studio Marea: 4 entries, whole, the last hash is [0-9a-f]{64}", said)
    rows = rapport.json("audit", "list", "--agency", "Studio Marea", "--limit", "2")
    assert [(row["seq"], row["action"], row["brand"]) for row in rows] == [
        (4, "role.granted", "Casa Verde"),
        (3, "person.created", None),
    ]
    assert "rapport command" in rapport("audit", "list", "--agency", "Studio Marea")
    assert "There is no agency 'X'" in rapport.fails("audit", "verify", "--agency", "X")


def test_a_changed_trail_is_found(rapport: Rapport) -> None:
    rapport.add_brand()
    rapport.add_brand("Mar", agency="South")
    (agency,) = (one for one in rapport.all("gateway", "agencies") if one["name"] == "South")
    rapport.change(
        "gateway", "audit", {"agency_id": agency["_id"], "seq": 2}, {"$set": {"who_name": "Eve"}}
    )
    assert "South: broken at entry 2" in rapport("audit", "verify", code=1)
    assert "Studio Marea: 2 entries, whole" in rapport(
        "audit", "verify", "--agency", "studio marea"
    )


# The database


@pytest.mark.parametrize(
    ("url", "code", "complaint"),
    [
        ("mongodb://127.0.0.1:1/?serverSelectionTimeoutMS=200", 1, "check MONGO_URL"),
        ("mongo.example:27017", 1, "check MONGO_URL"),
        (None, 2, "MONGO_URL: Field required"),
    ],
)
def test_a_database_that_is_not_there_is_one_sentence(
    url: str | None, code: int, complaint: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("MONGO_URL", raising=False)
    env = {"MONGO_URL": url, "MONGO_TIMEOUT_MS": "300"}
    result = CliRunner().invoke(main, ["brands", "list"], env=env)
    assert result.exit_code == code
    assert complaint in result.stderr
    assert "Traceback" not in result.output
