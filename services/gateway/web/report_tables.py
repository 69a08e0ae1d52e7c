"""The report as rows for a spreadsheet: one table, every text cell safe from being read as a formula."""

import csv
import io
from collections.abc import Iterable, Mapping
from datetime import datetime
from types import MappingProxyType

from services.gateway.domain.after_report import ReportView

HEAD = ("section", "at_utc", "name", "value", "who", "text")
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "|", "%")
MOMENTS: Mapping[str, str] = MappingProxyType({
    "onset": "Began", "watch": "Watched", "storm": "Alarm: a storm", "serious": "Serious, S3 or more",
    "subsiding": "Subsiding", "first_answer": "First answer", "peak": "Peak", "calm": "Calm again",
    "freeze": "Frozen", "page": "First page", "acknowledged": "Page acknowledged",
    "signed": "Statement signed off", "resume": "Let go again",
})  # fmt: skip
Cell = str | int | float | datetime | None


def report_csv(report: ReportView, brand: str) -> str:
    """Return the report as comma-separated values, lines ended by CRLF (RFC 4180)."""
    paper = io.StringIO()
    writer = csv.writer(paper)
    writer.writerow(HEAD)
    for row in _rows(report, brand):
        writer.writerow([cell(one) for one in row])
    return paper.getvalue()


def cell(value: Cell) -> str:
    """Return a cell: times in UTC, numbers as they are, texts never the start of a formula."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%d %H:%M:%S")
    if isinstance(value, int | float):
        return f"{value:.2f}".rstrip("0").rstrip(".") if isinstance(value, float) else str(value)
    # What a spreadsheet skips before it looks for a formula is skipped here, too.
    return f"'{value}" if value.lstrip(" \u00a0\ufeff").startswith(_FORMULA) else value


def _rows(report: ReportView, brand: str) -> Iterable[tuple[Cell, ...]]:
    incident = report.incident
    line = incident.line
    yield ("incident", line.opened_at, "brand", None, brand, line.sentence)
    for name, value in (
        ("top_severity", line.top_severity), ("peak_hostile", line.peak.hostile),
        ("minutes_to_detect", report.detect_min), ("minutes_to_first_answer", report.first_answer_min),
        ("minutes_to_calm", report.calm_min), ("negative_messages", report.negative),
        ("answered_messages", report.answered), ("share_before_alarm", report.seen_before_alarm),
    ):  # fmt: skip
        yield ("figure", None, name, value, None, None)
    if line.verdict:
        verdict = "storm" if line.verdict.is_confirmed else "false alarm"
        yield ("verdict", line.verdict.at, verdict, None, line.verdict.by_name, line.verdict.note)
    for moment in report.moments:
        yield ("timeline", moment.at, MOMENTS[moment.name], moment.after_min, None, None)
    for one in report.what_if:
        yield ("what_if", one.at, f"bar x {one.factor:g}", one.earlier_min, None, None)
    for said in report.said:
        yield (said.kind, said.at, said.message_id, None, said.who, said.text)
    for entry in report.log:
        yield ("log", entry.at, entry.kind, None, entry.who_name, entry.text)
