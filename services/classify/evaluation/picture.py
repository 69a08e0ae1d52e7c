"""Draws the report's picture as SVG: abstention curves, and figures between floor and published ones. No library."""

from collections.abc import Mapping, Sequence
from typing import Any

from services.classify.evaluation.limits import LIMITS, value_at

NAME = "understanding-report.svg"
_COLOURS = {"fast": "#0b6e99", "accurate": "#b3541e", "cascade": "#3f7d3a"}
_DASHES = ("", "6 3", "2 3", "8 3 2 3")
_CURVES = ("sentiment", "emotion", "offensive", "intent")
_SHOWN = LIMITS[:6]
_REFERENCES = {
    0: ("RoBERTa-base", 71.3),
    1: ("RoBERTa-base", 76.1),
    2: ("RoBERTa-base", 79.5),
    3: ("RoBERTa-base", 59.7),
    4: ("XLM-R", 66.0),
    5: ("XLM-R", 69.4),
}
_LEFT, _TOP, _WIDE, _HIGH = 60, 50, 380, 300
_LOW, _TOP_VALUE = 50.0, 85.0


def draw(report: Mapping[str, Any]) -> str:
    """The picture of a report, 980 by 420 points."""
    parts = [
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 980 420" font-family="sans-serif" font-size="11" fill="#222">',
        '<rect width="980" height="420" fill="#fff"/>',
        *_curves(report["tiers"]),
        *_figures(report["tiers"]),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def _curves(tiers: Mapping[str, Any]) -> list[str]:
    found = [
        _text(_LEFT, 24, "Wrong answers when the least sure are left to people", 13),
        _text(_LEFT, 40, "share of messages answered (across), share of wrong answers (up)"),
    ]
    for step in range(6):
        y = _TOP + _HIGH - step * _HIGH / 5
        found += [_line(_LEFT, y, _LEFT + _WIDE, y), _text(_LEFT - 30, y + 4, f"{step * 10} %")]
    found += [
        _text(_LEFT + _WIDE * part / 100 - 10, _TOP + _HIGH + 16, f"{part} %")
        for part in (10, 30, 50, 70, 90)
    ]
    row = 0
    for tier, figures in tiers.items():
        for place, name in enumerate(_CURVES):
            points = _points(figures, name)
            if points:
                found.append(_path(points, _COLOURS[tier], _DASHES[place]))
                found += _key(row, f"{tier}: {name}", _COLOURS[tier], _DASHES[place])
                row += 1
    return found


def _points(figures: Mapping[str, Any], name: str) -> list[tuple[float, float]]:
    source = figures.get("own", {}) if name == "intent" else figures.get("published", {})
    curve = source.get(name, {}).get("risk_coverage", {}).get("curve", [])
    return [
        (_LEFT + _WIDE * part, _TOP + _HIGH - _HIGH * min(risk, 0.5) / 0.5) for part, risk in curve
    ]


def _figures(tiers: Mapping[str, Any]) -> list[str]:
    left, wide = 720, 240
    found = [
        _text(
            530, 24, "Figures (dot, 95 % interval), floors (bar) and published ones (diamond)", 13
        )
    ]
    for place, limit in enumerate(_SHOWN):
        y = 60 + place * 54
        found += [_text(530, y + 14, line) for line in (limit.name.split(" (")[0].split(", ")[0],)]
        found.append(_text(530, y + 28, limit.name.split(", ", 1)[1]))
        found.append(_line(left, y + 18, left + wide, y + 18))
        name, value = _REFERENCES[place]
        x = _across(value, left, wide)
        found.append(
            f'<path d="M{x} {y + 12} l6 6 -6 6 -6 -6z" fill="#888"><title>{name} {value:g}</title></path>'
        )
        found.append(_text(x - 20, y + 38, name, 9, "#666"))
        for row, (tier, figures) in enumerate(tiers.items()):
            found += _dot(figures, place, _across, (left, wide, y + 12 + row * 8, tier))
    found += [_text(_across(v, left, wide) - 8, 390, f"{v:g}") for v in (50, 60, 70, 80)]
    found += [
        _text(530 + 100 * place, 408, tier, colour=_COLOURS[tier])
        for place, tier in enumerate(tiers)
    ]
    return found


def _dot(
    figures: Mapping[str, Any], place: int, across: Any, where: tuple[int, int, float, str]
) -> list[str]:
    limit, (left, wide, y, tier) = _SHOWN[place], where
    value = value_at(figures, limit.path)
    if value is None:
        return []
    colour = _COLOURS[tier]
    found = []
    low, high = (value_at(figures, (*limit.path[:-1], end)) for end in ("low", "high"))
    if low is not None and high is not None:
        found.append(_line(across(low, left, wide), y, across(high, left, wide), y, colour))
    found.append(
        f'<circle cx="{across(value, left, wide)}" cy="{y}" r="4" fill="{colour}"><title>{tier} {value:g}</title></circle>'
    )
    floor = limit.floors.get(tier)
    if floor is not None:
        x = across(floor, left, wide)
        found.append(_line(x, y - 5, x, y + 5, colour))
    return found


def _across(value: float, left: int, wide: int) -> float:
    share = (min(max(value, _LOW), _TOP_VALUE) - _LOW) / (_TOP_VALUE - _LOW)
    return round(left + wide * share, 1)


def _key(row: int, name: str, colour: str, dash: str) -> list[str]:
    x, y = _LEFT + (row % 3) * 150, _TOP + _HIGH + 34 + (row // 3) * 14
    return [_path([(x, y - 4), (x + 24, y - 4)], colour, dash), _text(x + 30, y, name)]


def _text(x: float, y: float, words: str, size: int = 11, colour: str = "#222") -> str:
    plain = words.replace("&", "&amp;").replace("<", "&lt;")
    return f'<text x="{x:g}" y="{y:g}" font-size="{size}" fill="{colour}">{plain}</text>'


def _line(x: float, y: float, to_x: float, to_y: float, colour: str = "#ddd") -> str:
    return f'<line x1="{x:g}" y1="{y:g}" x2="{to_x:g}" y2="{to_y:g}" stroke="{colour}"/>'


def _path(points: Sequence[tuple[float, float]], colour: str, dash: str) -> str:
    way = " ".join(f"{x:g},{y:g}" for x, y in points)
    return f'<polyline points="{way}" fill="none" stroke="{colour}" stroke-width="1.6" stroke-dasharray="{dash}"/>'
