"""One picture, drawn as SVG: minutes until the alarm against false alarms a brand-week."""

import math
from collections.abc import Sequence

Points = Sequence[tuple[float, float]]
_W, _H, _LEFT, _RIGHT, _TOP, _BOTTOM = 760, 460, 70, 20, 50, 60
_X = (0.01, 1.0)
_Y = (20.0, 2000.0)
_X_TICKS, _Y_TICKS = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1), (20, 50, 100, 200, 500, 1000, 2000)
_COLOURS = ("#0b6e4f", "#c1121f", "#5b5f97")


def _at(value: float, ends: tuple[float, float], start: float, end: float) -> float:
    inside = min(max(value, ends[0]), ends[1])
    part = math.log(inside / ends[0]) / math.log(ends[1] / ends[0])
    return round(start + part * (end - start), 1)


def _place(point: tuple[float, float]) -> tuple[float, float]:
    return _at(point[0], _X, _LEFT, _W - _RIGHT), _at(point[1], _Y, _H - _BOTTOM, _TOP)


def _text(x: float, y: float, words: str, anchor: str = "middle", colour: str = "#222") -> str:
    return f'<text x="{x}" y="{y}" text-anchor="{anchor}" fill="{colour}">{words}</text>'


def draw(title: str, lines: dict[str, Points]) -> str:
    """Lines of (false alarms a brand-week, median minutes); points beyond the axes are left out."""
    body = [f'<rect width="{_W}" height="{_H}" fill="#fff"/>', _text(_W / 2, 26, title)]
    for tick in _X_TICKS:
        x, _ = _place((tick, 1))
        body.append(f'<path d="M{x} {_TOP}V{_H - _BOTTOM}" stroke="#e4e4e4"/>')
        body.append(_text(x, _H - _BOTTOM + 18, f"{tick:g}"))
    for tick in _Y_TICKS:
        _, y = _place((1, tick))
        body.append(f'<path d="M{_LEFT} {y}H{_W - _RIGHT}" stroke="#e4e4e4"/>')
        body.append(_text(_LEFT - 8, y + 4, str(tick), "end"))
    body.append(_text(_W / 2, _H - 14, "false alarms a brand-week"))
    body.append(
        f'<text transform="translate(18 {_H / 2}) rotate(-90)" text-anchor="middle">'
        "median minutes from onset to alarm</text>"
    )
    for i, (name, points) in enumerate(lines.items()):
        body += _line(name, [p for p in points if p[1] < math.inf and p[0] > 0], i)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_W} {_H}" role="img" '
        f'font-family="sans-serif" font-size="13"><title>{title}</title>'
        + "".join(body)
        + "</svg>\n"
    )


def _line(name: str, points: Points, i: int) -> list[str]:
    colour, dash = _COLOURS[i % 3], ("", "6 4", "2 3")[i % 3]
    places = [_place(p) for p in points]
    path = "L".join(f"{x} {y}" for x, y in places)
    y = _TOP + 18 + 18 * i
    made = (
        [
            f'<path d="M{path}" fill="none" stroke="{colour}" stroke-width="2" stroke-dasharray="{dash}"/>'
        ]
        if places
        else []
    )
    made += [f'<circle cx="{x}" cy="{y}" r="3.5" fill="{colour}"/>' for x, y in places]
    made.append(
        f'<path d="M{_W - 300} {y - 4}h26" stroke="{colour}" stroke-width="2" stroke-dasharray="{dash}"/>'
    )
    made.append(_text(_W - 268, y, name, "start", colour))
    return made
