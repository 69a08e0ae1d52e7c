"""Names of the own network that are opened by a setting, and nothing beside them."""

import asyncio

import pytest

from runtime.addresses import Refused
from runtime.net import Guard, guarded_client
from runtime.settings import BusSettings, MongoSettings, ServiceSettings


async def test_an_opened_name_leads_to_a_private_address_and_others_do_not() -> None:
    asked: list[str] = []

    async def resolver(host: str, _port: int) -> list[str]:
        asked.append(host)
        return ["127.0.0.1"]

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n")
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    guard = Guard(resolver=resolver, open_hosts=frozenset({"sandbox"}))
    async with server, guarded_client(guard=guard) as client:
        assert (await client.get(f"http://sandbox:{port}/")).status_code == 204
        for other in ("sandbox.example", "inside", "127.0.0.1"):
            with pytest.raises(Refused):
                await client.get(f"http://{other}:{port}/")


def test_the_setting_takes_names_with_commas() -> None:
    settings = ServiceSettings(
        bus=BusSettings(url="127.0.0.1:1"),
        mongo=MongoSettings(url="mongodb://127.0.0.1"),
        net_open_hosts=" Sandbox ,blog.intern., ",
    )
    assert settings.open_hosts == {"sandbox", "blog.intern"}
