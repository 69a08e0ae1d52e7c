"""The life of a service: order of start and stop, failures, the drain deadline."""

import asyncio

import pytest

from runtime.errors import Unavailable
from runtime.service import Loop, Service
from runtime.settings import BusSettings, MongoSettings, ServiceSettings


def service(drain_s: float = 5.0) -> Service:
    settings = ServiceSettings(
        bus=BusSettings(url="127.0.0.1:1"),
        mongo=MongoSettings(url="mongodb://127.0.0.1:1"),
        drain_deadline_s=drain_s,
    )
    return Service("test", settings)


class Part:
    def __init__(self, name: str, said: list[str], fails: bool = False, slow_s: float = 0) -> None:
        self.name, self.said, self.fails, self.slow_s = name, said, fails, slow_s

    async def start(self) -> None:
        if self.fails:
            raise Unavailable("test.away", "not there")
        self.said.append(f"+{self.name}")

    async def stop(self) -> None:
        await asyncio.sleep(self.slow_s)
        self.said.append(f"-{self.name}")


async def test_parts_start_in_order_and_stop_in_reverse() -> None:
    said: list[str] = []
    under_test = service()
    for name in "abc":
        under_test.add(Part(name, said))
    asyncio.get_running_loop().call_later(0.05, under_test.end)
    assert await under_test.run() == 0
    assert said == ["+a", "+b", "+c", "-c", "-b", "-a"]


async def test_what_started_is_stopped_when_a_later_part_cannot() -> None:
    said: list[str] = []
    under_test = service()
    under_test.add(Part("a", said))
    under_test.add(Part("b", said, fails=True))
    assert await under_test.run() == 70
    assert said == ["+a", "-a"]


async def test_a_loop_that_dies_ends_the_service_with_a_failure() -> None:
    async def die(_ending: asyncio.Event) -> None:
        raise ZeroDivisionError

    said: list[str] = []
    under_test = service()
    under_test.add(Part("a", said))
    under_test.add(Loop("dying", die))
    async with asyncio.timeout(5):
        assert await under_test.run() == 70
    assert said == ["+a", "-a"]


async def test_a_drain_that_takes_too_long_is_cut() -> None:
    under_test = service(drain_s=0.1)
    under_test.add(Part("slow", [], slow_s=30))
    asyncio.get_running_loop().call_later(0.05, under_test.end)
    async with asyncio.timeout(5):
        assert await under_test.run() == 70


@pytest.mark.parametrize("problem", [None, "no turn of the loop for 91 s"])
async def test_liveness_listens_to_heartbeats_and_readiness_to_probes(problem: str | None) -> None:
    import httpx

    from runtime.web import health_app

    class Beating(Part):
        def heartbeat(self) -> str | None:
            return problem

    under_test = service()
    under_test.add(Beating("loop", []), lambda: "a fuse is open")
    transport = httpx.ASGITransport(health_app(under_test))
    async with httpx.AsyncClient(transport=transport, base_url="http://health") as client:
        assert (await client.get("/livez")).status_code == (503 if problem else 200)
        ready = await client.get("/readyz")
        assert ready.status_code == 503
        assert ready.json()["problems"] == {"loop": "a fuse is open"}
        assert (await client.get("/startupz")).status_code == 503
        metrics = await client.get("/metrics")
        assert "rapport_build_info" in metrics.text
