"""`rapport drill`: replays a storm of the brand's own, or a made one, for people to practise. Nothing goes out."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from cli.drilling import DrillDesk, Wish
    from cli.stores import Opened
    from services.classify.drilling import Played

KINDS = ("flash", "wave", "smoulder")
SCORE_WAIT_S, LOOK_S = 20.0, 0.5


@click.command()
@click.argument("brand")
@click.option("--storm", "incident_id", help="The incident to replay, as its page's address ends.")
@click.option("--generated", "kind", type=click.Choice(KINDS), help="Replay a made storm.")
@click.option("--speed", type=click.IntRange(1, 60), default=20, show_default=True, help="Times.")
@click.option("--seed", type=int, default=1, show_default=True, help="Of a made storm.")
@click.option("--end", "is_end", is_flag=True, help="End a drill whose command has died.")
def command(
    brand: str, incident_id: str | None, kind: Any, speed: int, seed: int, *, is_end: bool
) -> None:
    """Rehearse a storm at BRAND (id or name), by the real rules in a sealed copy.

    People see it in the storm room, marked as a drill; alarm, acknowledgement and first statement are
    timed. Nothing is published or frozen, and people are called in the page only, unless the
    brand's playbook says otherwise. Stop it with Ctrl-C.
    """
    from cli.drilling import Wish
    from cli.environment import WrongInput
    from cli.stores import administer

    if not is_end and (incident_id is None) == (kind is None):
        raise WrongInput("Say what to rehearse: --storm INCIDENT, or --generated KIND.")
    wish = None if is_end else Wish(incident_id, kind or "wave", speed, seed)
    administer(lambda opened: _with_bus(opened, brand, wish))


async def _with_bus(opened: Opened, brand: str, wish: Wish | None) -> None:
    from cli.drilling import DrillDesk
    from cli.environment import read_settings
    from runtime.bus import Bus
    from runtime.settings import BusSettings

    desk = await DrillDesk.of(opened, brand)
    bus = Bus(read_settings(BusSettings), "rapport-drill")
    await bus.start()
    try:
        if wish is None:
            ended = await desk.end_running(bus)
            click.echo(f"Ended: {ended}" if ended else f"No drill of {desk.name} is running.")
        else:
            await _play(desk, wish, bus)
    finally:
        await bus.stop()


async def _play(desk: DrillDesk, wish: Wish, bus: Any) -> None:
    drill, script, drill_id = await desk.prepare(wish, bus)
    minutes = (script.ends - script.begins) / 60
    click.echo(f"Drill of {desk.name} at {wish.speed}x: {script.about}, {drill_id}.")
    click.echo(
        f"It takes {minutes / wish.speed:.0f} min and is at /storms/{drill_id} once alarmed."
    )
    try:
        played = await drill.run()
    except asyncio.CancelledError:
        await drill.end()
        raise
    await _tell(desk, played)


async def _tell(desk: DrillDesk, played: Played) -> None:
    if not played.told:
        click.echo("Over. The rules saw nothing in it: no alarm was raised.")
        return
    alarm = played.onset_to_alarm_min
    click.echo("No alarm." if alarm is None else f"Alarm {alarm:.0f} min after the onset.")
    for _ in range(int(SCORE_WAIT_S / LOOK_S)):
        score = await desk.score(played.drill_id)
        if score is not None:
            click.echo(score)
            return
        await asyncio.sleep(LOOK_S)
    click.echo("The gateway has not scored it yet; its score will be in the incident's log.")
