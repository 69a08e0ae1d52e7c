"""Turns go round: a loud brand and a slow network leave room for everybody else."""

import asyncio

from services.ingest.fairness import Turns


async def test_a_loud_brand_does_not_keep_a_quiet_one_waiting() -> None:
    turns, order = Turns(2), []

    async def read(brand: str, network: str) -> None:
        async with turns.turn(brand, network):
            await asyncio.sleep(0)
            order.append(brand)

    loud = [asyncio.create_task(read("loud", f"n{number}")) for number in range(50)]
    await asyncio.sleep(0)
    quiet = [asyncio.create_task(read("quiet", "n1")) for _ in range(3)]
    await asyncio.gather(*loud, *quiet)
    assert max(at for at, brand in enumerate(order) if brand == "quiet") < 12


async def test_a_slow_network_takes_half_at_most() -> None:
    turns, is_open = Turns(4), asyncio.Event()
    read: list[str] = []

    async def slow(brand: str) -> None:
        async with turns.turn(brand, "slow"):
            await is_open.wait()

    async def quick(brand: str) -> None:
        async with turns.turn(brand, "quick"):
            read.append(brand)

    waiting = [asyncio.create_task(slow(f"b{number}")) for number in range(20)]
    await asyncio.sleep(0)
    async with asyncio.timeout(2):
        await asyncio.gather(*(quick(f"b{number}") for number in range(20)))
    assert len(read) == 20
    is_open.set()
    await asyncio.gather(*waiting)


async def test_who_gives_up_leaves_no_hole() -> None:
    turns, is_open = Turns(2), asyncio.Event()

    async def hold(brand: str) -> None:
        async with turns.turn(brand, "n"):
            await is_open.wait()

    held = asyncio.create_task(hold("a"))
    waiting = [asyncio.create_task(hold("b")) for _ in range(5)]
    await asyncio.sleep(0)
    for task in waiting:
        task.cancel()
    await asyncio.gather(*waiting, return_exceptions=True)
    is_open.set()
    await held
    async with asyncio.timeout(1), turns.turn("c", "n"), turns.turn("d", "m"):
        pass
