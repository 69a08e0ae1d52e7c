"""The report on paper: a PDF with headings, the curve, tables and what was said. Drawn by ReportLab."""

import io
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from xml.sax.saxutils import escape

from reportlab.graphics.shapes import Drawing, Line, PolyLine, String
from reportlab.lib import colors
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle, getSampleStyleSheet
from reportlab.lib.units import mm
from reportlab.platypus import Paragraph, SimpleDocTemplate, Spacer, Table, TableStyle

from services.gateway.domain.after_report import ReportView
from services.gateway.domain.incident_views import CurvePoint
from services.gateway.web.curve import thinned
from services.gateway.web.presentation import clean_line
from services.gateway.web.report_tables import MOMENTS

MOST_SAID, MOST_LOGGED = 60, 120
_WIDTH, _HEIGHT = 170 * mm, 50 * mm
_GRID = TableStyle([
    ("LINEBELOW", (0, 0), (-1, -1), 0.3, colors.HexColor("#d0d4da")),
    ("VALIGN", (0, 0), (-1, -1), "TOP"), ("LEFTPADDING", (0, 0), (-1, -1), 0),
    ("FONTSIZE", (0, 0), (-1, -1), 9),
])  # fmt: skip


def report_pdf(report: ReportView, brand: str, points: Sequence[CurvePoint]) -> bytes:
    """Return the report as PDF. Letters outside Latin-1 are shown as ? (the built-in fonts have no more)."""
    paper = io.BytesIO()
    page = SimpleDocTemplate(
        paper, pagesize=A4, leftMargin=20 * mm, rightMargin=20 * mm, topMargin=18 * mm,
        bottomMargin=18 * mm, title=f"Storm report, {_plain(brand)}", author="Rapport", invariant=1,
    )  # fmt: skip
    page.build(_story(report, brand, points))
    return paper.getvalue()


def _story(report: ReportView, brand: str, points: Sequence[CurvePoint]) -> list[Any]:
    style = getSampleStyleSheet()
    line = report.incident.line
    story: list[Any] = [
        Paragraph(f"Storm report: {_text(brand)}", style["Title"]),
        Paragraph(_text(line.sentence), style["BodyText"]),
        Spacer(1, 4 * mm),
        _table(_figures(report), (60 * mm, 110 * mm)),
    ]
    if len(points) > 1:
        story += [Spacer(1, 4 * mm), _drawing(thinned(points))]
    story += [
        Paragraph("When what happened (UTC)", style["Heading2"]),
        _table([(_at(one.at), MOMENTS[one.name], f"{one.after_min:.0f} min after it began") for one in report.moments]),
    ]  # fmt: skip
    if report.what_if:
        rows = [
            (f"{one.factor:g} times", _what(one.at), _sooner(one.earlier_min))
            for one in report.what_if
        ]
        story += [Paragraph("With other bars", style["Heading2"]), _table(rows)]
    said = [
        (_at(one.at), _text(one.who, 40), _cell(one.text, style)) for one in report.said[:MOST_SAID]
    ]
    story.append(Paragraph("What was said", style["Heading2"]))
    story.append(_table(said) if said else Paragraph("Nothing.", style["BodyText"]))
    log = [
        (_at(one.at), _text(one.who_name or "Rapport", 40), _cell(one.text, style))
        for one in report.log[:MOST_LOGGED]
    ]
    story.append(Paragraph("Log", style["Heading2"]))
    story.append(_table(log) if log else Paragraph("Empty.", style["BodyText"]))
    return story


def _figures(report: ReportView) -> list[tuple[str, str]]:
    line = report.incident.line
    seen = report.seen_before_alarm
    verdict = "not judged"
    if line.verdict:
        said = "a storm" if line.verdict.is_confirmed else "a false alarm"
        verdict = f"{said}, says {_plain(line.verdict.by_name)}"
    return [
        ("Judged", verdict),
        ("Highest severity", f"S{line.top_severity}" + (", a drill" if line.is_drill else "")),
        ("Peak", f"{line.peak.hostile} hostile in {report.incident.numbers.window_min} min, {_at(line.peak.at)}"),
        ("To detect", _min(report.detect_min)),
        ("To the first answer", _min(report.first_answer_min)),
        ("To calm", _min(report.calm_min)),
        ("Seen before the alarm", f"{seen:.0%} of the negative messages" if seen is not None else "not known"),
        ("Answered", f"{report.answered} of {report.negative} negative messages"),
    ]  # fmt: skip


def _drawing(points: Sequence[CurvePoint]) -> Drawing:
    since, until = points[0].at, points[-1].at
    span = max(1.0, (until - since).total_seconds())
    top = max(1, *(one.hostile for one in points))

    def place(one: CurvePoint, value: float) -> list[float]:
        x = 24 + (one.at - since).total_seconds() / span * (float(_WIDTH) - 24)
        return [x, 14 + min(1.0, value / top) * (float(_HEIGHT) - 20)]

    drawing = Drawing(float(_WIDTH), float(_HEIGHT))
    drawing.add(Line(24, 14, float(_WIDTH), 14, strokeColor=colors.HexColor("#9aa1ab")))
    for name, colour in (("expected_hostile", "#6b7280"), ("hostile", "#c0392b")):
        flat = [part for one in points for part in place(one, getattr(one, name))]
        drawing.add(PolyLine(flat, strokeColor=colors.HexColor(colour), strokeWidth=1.2))
    for x, y, told in (
        (0, 10, "0"),
        (0, float(_HEIGHT) - 12, str(top)),
        (24, 2, f"{since:%d %b %H:%M}"),
    ):
        drawing.add(String(x, y, told, fontSize=8))
    drawing.add(String(float(_WIDTH), 2, f"{until:%d %b %H:%M}", fontSize=8, textAnchor="end"))
    return drawing


def _table(rows: Sequence[Sequence[Any]], widths: Sequence[float] | None = None) -> Table:
    usual = (34 * mm, 40 * mm, 96 * mm)
    return Table(
        [list(row) for row in rows], colWidths=list(widths or usual), style=_GRID, hAlign="LEFT"
    )


def _cell(text: str, style: Any) -> Paragraph:
    small = ParagraphStyle("cell", parent=style["BodyText"], fontSize=9, leading=11)
    return Paragraph(_text(text, 600), small)


def _text(text: str, limit: int = 400) -> str:
    return escape(_plain(text, limit))


def _plain(text: str, limit: int = 400) -> str:
    return clean_line(text, limit).encode("latin-1", "replace").decode("latin-1")


def _at(at: datetime) -> str:
    return at.strftime("%d %b %Y %H:%M")


def _what(at: datetime | None) -> str:
    return _at(at) if at else "never"


def _sooner(minutes: float | None) -> str:
    if minutes is None:
        return "no alarm"
    if round(minutes) == 0:
        return "as it was"
    return f"{abs(minutes):.0f} min {'earlier' if minutes > 0 else 'later'}"


def _min(minutes: float | None) -> str:
    return f"{minutes:.0f} min" if minutes is not None else "not yet"
