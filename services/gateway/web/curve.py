"""The curve of an incident as plain SVG numbers: hostile against the usual range, with its marks. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import sqrt

from services.gateway.domain.incident_views import CurvePoint

WIDTH, HEIGHT = 760, 240
LEFT, RIGHT, TOP, BOTTOM = 44, 12, 24, 28
MOST_DRAWN = 240
_STEPS_MIN = (5, 10, 15, 30, 60, 120, 240, 480, 720, 1440, 2880)
_MOST_TIMES = 7


@dataclass(frozen=True, slots=True)
class Tick:
    """A label at a place of an axis."""

    at: float
    label: str


@dataclass(frozen=True, slots=True)
class Mark:
    """A line through the chart: an alarm, a freeze, its end. `kind` is alarm, freeze or resume."""

    kind: str
    at: datetime
    label: str
    x: float = 0.0
    y: float = 0.0


@dataclass(frozen=True, slots=True)
class Chart:
    """What the template draws: paths, axes, marks, and the rows of the table beside it."""

    hostile: str
    area: str
    expected: str
    usual: str
    times: list[Tick]
    counts: list[Tick]
    marks: list[Mark]
    rows: list[CurvePoint]
    last: tuple[float, float]
    summary: str


def chart_of(points: Sequence[CurvePoint], marks: Sequence[Mark] = ()) -> Chart | None:
    """Return the chart; None while there are fewer than two minutes to draw."""
    drawn = thinned(points)
    if len(drawn) < 2:
        return None
    plot = _Plot(drawn[0].at, drawn[-1].at, _top(drawn))
    hostile = [(plot.x(one.at), plot.y(one.hostile)) for one in drawn]
    expected = [(plot.x(one.at), plot.y(one.expected_hostile)) for one in drawn]
    floor = HEIGHT - BOTTOM
    area = [(hostile[0][0], floor), *hostile, (hostile[-1][0], floor)]
    return Chart(
        hostile=_path(hostile),
        area=_path(area) + "Z",
        expected=_path(expected),
        usual=_path(_band(drawn, plot)) + "Z",
        times=_times(plot),
        counts=[Tick(plot.y(count), str(count)) for count in _counts(plot.top)],
        marks=_placed(marks, plot),
        rows=rows_of(drawn),
        last=hostile[-1],
        summary=_summary(drawn),
    )


def thinned(points: Sequence[CurvePoint], most: int = MOST_DRAWN) -> list[CurvePoint]:
    """Return at most `most` points: of each stretch the one with the most hostile, and the newest."""
    if len(points) <= most:
        return list(points)
    size = -(-len(points) // (most - 1))
    stretches = [points[at : at + size] for at in range(0, len(points), size)]
    kept = [max(one, key=lambda point: (point.hostile, point.at)) for one in stretches]
    return kept if kept[-1].at == points[-1].at else [*kept, points[-1]]


def rows_of(points: Sequence[CurvePoint], most: int = 12) -> list[CurvePoint]:
    """Return points at even steps, the newest first, for the table under the chart."""
    step = -(-len(points) // most)
    return list(points[::-1][::step])


@dataclass(frozen=True, slots=True)
class _Plot:
    since: datetime
    until: datetime
    top: int

    def x(self, at: datetime) -> float:
        span = max(1.0, (self.until - self.since).total_seconds())
        share = min(1.0, max(0.0, (at - self.since).total_seconds() / span))
        return round(LEFT + share * (WIDTH - LEFT - RIGHT), 1)

    def y(self, count: float) -> float:
        share = min(1.0, max(0.0, count / self.top))
        return round(HEIGHT - BOTTOM - share * (HEIGHT - TOP - BOTTOM), 1)


def _top(points: Sequence[CurvePoint]) -> int:
    highest = max(max(one.hostile, one.expected_hostile, 4) for one in points)
    for size in (5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 20_000, 50_000, 100_000):
        if highest <= size:
            return size
    return -(-int(highest) // 100_000) * 100_000


def _counts(top: int) -> list[int]:
    return (
        [0, top]
        if top < 4
        else [0, top // 2, top]
        if top % 4
        else [0, top // 4, top // 2, top * 3 // 4, top]
    )


def _band(points: Sequence[CurvePoint], plot: _Plot) -> list[tuple[float, float]]:
    """Two standard deviations of a count around the expected."""
    above = [
        (plot.x(one.at), plot.y(one.expected_hostile + 2 * sqrt(one.expected_hostile)))
        for one in points
    ]
    below = [
        (plot.x(one.at), plot.y(max(0.0, one.expected_hostile - 2 * sqrt(one.expected_hostile))))
        for one in points
    ]
    return [*above, *reversed(below)]


def _path(points: Sequence[tuple[float, float]]) -> str:
    return "M" + "L".join(f"{x:g} {y:g}" for x, y in points)


def _times(plot: _Plot) -> list[Tick]:
    minutes = (plot.until - plot.since).total_seconds() / 60
    step_min = next((one for one in _STEPS_MIN if minutes / one <= _MOST_TIMES), 2880)
    step, shape = timedelta(minutes=step_min), "%H:%M" if step_min < 720 else "%-d %b"
    day = plot.since.replace(hour=0, minute=0, second=0, microsecond=0)
    at = day + step * (-(-(plot.since - day) // step))
    ticks = []
    while at <= plot.until:
        ticks.append(Tick(plot.x(at), at.strftime(shape)))
        at += step
    return [one for one in ticks if LEFT + 8 <= one.at <= WIDTH - RIGHT - 12]


def _placed(marks: Sequence[Mark], plot: _Plot) -> list[Mark]:
    """Return the marks inside the chart; labels of near ones stand below each other."""
    placed: list[Mark] = []
    for mark in sorted(marks, key=lambda one: one.at):
        # What was done about the newest minute comes a little after it.
        if plot.since <= mark.at <= plot.until + timedelta(minutes=2):
            x = plot.x(mark.at)
            near = sum(1 for one in placed if abs(one.x - x) < 90)
            placed.append(Mark(mark.kind, mark.at, mark.label, x, 12 + 16 * near))
    return placed


def _summary(points: Sequence[CurvePoint]) -> str:
    first, last = points[0], points[-1]
    peak = max(points, key=lambda one: one.hostile)
    return (
        f"From {first.at:%H:%M} to {last.at:%H:%M} UTC the hostile messages in a window went from"
        f" {first.hostile} to {last.hostile}; the most were {peak.hostile} at {peak.at:%H:%M};"
        f" {last.expected_hostile:.1f} are expected now."
    )
