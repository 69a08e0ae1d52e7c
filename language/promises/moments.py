"""The words in a text that say when: where they stand and what they mean. The date they lead to: due.py."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache

from language.promises.tongues.tongue import Table, Tongue

_GIVING = re.compile(
    r"(?:give|allow|gib|geb|danos|dame|denos|laiss|donn|dac|date|ci d|de-nos|da-nos|nos de)"
)
_PAST_BEFORE = re.compile(
    r"\b(?:since|last|every|each|past|after|between|vor|seit|letzte[nrms]?|vergangene[nrms]?|jeden|ab|hace|desde|pasado|cada|todos los|entre|"
    r"il y a|depuis|dernier|chaque|tous les|da|dal|scorso|ogni|tra|fra|dopo|ha|passad[oa]|todas as|todos os|entre|apos|apres|nach|von|from|of|vom|de|du|del|dei|delle|du|do|your|dein\w*|tu|votre|ton|a|an)\s+$"
)
_RANGE = (
    r"(?:between|zwischen|entre|tra|fra) (?:las? |le |as )?\d{1,2}(?:[:.h]\d{2})?(?: ?(?:h|uhr|[ap]\.?m\.?|horas))? (?:and|und|y|et|e) "
    r"(?:las? |le |as )?(?P<until>\d{1,2})(?:[:.h](?P<until_minute>\d{2}))?(?: ?(?:h|uhr|horas|(?P<until_half>[ap]\.?m\.?)))?"
)
_COUNTED = "%|euro|eur|prozent|percent|minut|stund|hour|h\\b|tag|day|or[ae]\\b|dia|jour|giorn|people|leute|person|kg|g\\b|week|woch"
_COMPOUND = r"(?:\b|(?=vormittag|nachmittag|mittag|abend|morgen|nacht|fruh))"
_FIRST_THING = re.compile(r"first thing|early")
_WEAK = re.compile(
    r"\b(?:ab|a|an|de|do|da|du|of|del|dei|nach|from|entre|tra|fra|your|dein\w*|tu|votre|ton|von|vom|dal)\s+$"
)
_PAST_AFTER = re.compile(
    r"\s+(?:ago|before|earlier|fa\b|atras|antes\b(?! d)|avant\b(?! le| la)|zuvor|vorher|old|alt|a day|am tag|al dia|par jour|al giorno|por dia|a week|pro woche|guarantee|garantie|(?:to|through|bis|a|al|au|ate)\s+(?:mon|tue|wed|thu|fri|sat|sun|dienstag|mittwoch|donnerstag|freitag|samstag|sonntag|martes|mi?ercoles|jueves|viernes|sabado|domingo|vendredi|samedi|dimanche|jeudi|venerdi|sabato|domenica|giovedi|sexta|quinta))"
)


@dataclass(frozen=True, slots=True)
class Moment:
    """text[start:end] says when. What is not said is None; `is_before` excludes the day or hour itself.

    `amount` counts `unit`s from now; `days` counts days from today; `weekday` is 0 for Monday; `date` is day,
    month and year, the latter two 0 where unsaid; `period` a name of tongues; `minute` is minutes after midnight,
    -1 for the end of the working day.
    """

    start: int
    end: int
    is_before: bool = False
    amount: float | None = None
    unit: str | None = None
    days: int | None = None
    weekday: int | None = None
    date: tuple[int, int, int] | None = None
    period: str | None = None
    minute: int | None = None
    is_bare: bool = False
    """Whether it is a weekday, date or time with nothing that points ahead: it may have been."""

    @property
    def is_clock_only(self) -> bool:
        """Whether it names a time of day and no day."""
        return self.minute is not None and all(
            part is None for part in (self.amount, self.days, self.weekday, self.date, self.period)
        )


def moments(text: str, tongue: Tongue) -> list[Moment]:
    """Every moment to come that folded text names, the longest reading of each place, in order."""
    found: list[Moment] = []
    readings = [moment for shape in _shapes(tongue) for moment in shape.read(text, tongue)]
    for moment in sorted(readings, key=lambda moment: (moment.start, -moment.end)):
        if (not found or moment.start >= found[-1].end) and not _is_past(text, moment):
            found.append(moment)
    return found


def _is_past(text: str, moment: Moment) -> bool:
    head, tail = text[max(0, moment.start - 24) : moment.start], text[moment.end : moment.end + 24]
    if _PAST_AFTER.match(tail):
        return True
    own = text[moment.start : moment.end]
    if _PAST_BEFORE.search(head) is None:
        return False
    # An article or "of" before a word like "tomorrow" is no past.
    return not (
        _WEAK.search(head)
        and re.match(
            r"(?:tomorrow|today|morgen|heute|manana|hoy|demain|aujourd|domani|oggi|amanha|hoje|within|by |bis |entro |ate |antes )",
            own,
        )
    )


@dataclass(frozen=True)
class _Shape:
    """One way of saying when, compiled for one language."""

    pattern: re.Pattern[str]
    is_duration: bool

    def read(self, text: str, tongue: Tongue) -> Iterator[Moment]:
        """Moments of this shape, overlapping ones too."""
        for match in self.pattern.finditer(text):
            moment = _duration(match, tongue) if self.is_duration else _named(match, tongue)
            if moment is not None:
                yield moment


@cache
def _shapes(tongue: Tongue) -> tuple[_Shape, ...]:
    number = f"(?:\\d{{1,3}}|{_any(tongue.numbers)})"
    unit = _any(tongue.units)
    within = f"(?:(?P<within>{tongue.within}) )"
    duration = (
        rf"(?<![\w-]){within}?(?:(?:{_any(tongue.numbers)}) )?(?P<num>{number})(?:(?: ?[-/] ?| (?:to|or|bis|oder|a|ou|o|e) )(?P<num2>{number}))?"
        rf" ?-?(?P<unit>{unit})\b(?: (?:or|o|ou|oder) (?P<num3>{number}))?(?: (?P<late>{tongue.latest}))?"
    )
    return (
        _Shape(re.compile(duration), is_duration=True),
        _Shape(re.compile(_day_first(tongue)), is_duration=False),
        _Shape(re.compile(_clock_first(tongue)), is_duration=False),
        _Shape(re.compile(_part_alone(tongue)), is_duration=False),
    )


def _any(options: Iterable[str]) -> str:
    return "(?:" + "|".join(options) + ")"


def _lead(tongue: Tongue) -> str:
    word = _any((tongue.before, tongue.by, tongue.on, tongue.latest))
    return rf"(?<![\w-])(?P<lead>(?:{word}(?:(?<=')| )){{0,3}}(?:{tongue.next_} )?)"


def _day(tongue: Tongue) -> str:
    return (
        f"(?:(?P<period>{_any(tongue.periods)})|(?P<dayword>{_any(tongue.days)})"
        rf"|(?P<date>{_dates(tongue)})|(?P<weekday>{_any(tongue.weekdays)})(?: (?:prochain|prossim[oa]|proxim[oa]|que vem|que viene|next))?)"
    )


def _dates(tongue: Tongue) -> str:
    return tongue.date.replace("MONTH", _any(tongue.months))


def _time(tongue: Tongue) -> str:
    bare = rf"(?:{tongue.at}) (?P<bare>\d{{1,2}})(?![\w%€$])(?![.,:/-]\d)(?! ?(?:{_COUNTED}))"
    return (
        rf"(?:(?P<range>{_RANGE})|(?P<clock>{tongue.clock})|{bare}|(?P<part>{_any(tongue.parts)}))"
    )


def _day_first(tongue: Tongue) -> str:
    second = rf"(?:,? (?:(?:{tongue.joins}) ){{0,2}}(?:{_plain(_dates(tongue))}))?"
    joins = f"(?:(?:{_any((tongue.joins, tongue.before, tongue.by))}) ){{0,2}}"
    late = rf"(?:,? (?P<late>{tongue.latest})\b)?"
    return rf"{_lead(tongue)}{_day(tongue)}{_COMPOUND}{second}(?:(?:,? {joins}|-|){_time(tongue)}(?![\w]))?{late}"


def _clock_first(tongue: Tongue) -> str:
    day = rf"(?:,? (?:{_any((tongue.on, tongue.by, tongue.joins))} )?{_day(tongue)}\b)?"
    return rf"{_lead(tongue)}{_time(tongue)}(?![\w]){day}(?:,? (?P<late>{tongue.latest})\b)?"


def _part_alone(tongue: Tongue) -> str:
    lead = rf"(?<![\w-])(?P<lead>(?:{_any((tongue.by, tongue.before))} )+)"
    return rf"{lead}(?:the |le |la |el |il |o |a |l'|zum )?{_time(tongue)}(?![\w])"


def _plain(expression: str) -> str:
    """The expression without names for its groups."""
    return re.sub(r"\?P<\w+>", "?:", expression)


def _duration(match: re.Match[str], tongue: Tongue) -> Moment | None:
    within, late = match.group("within"), match.group("late")
    if not within and not late:
        return None
    start = match.start("num") if within and _GIVING.match(within) else match.start()
    amount = _number(match.group("num3") or match.group("num2") or match.group("num"), tongue)
    unit = _value(match.group("unit"), tongue.units)
    if amount is None or unit is None:
        return None
    return Moment(start, match.end(), amount=amount, unit=unit)


def _number(text: str, tongue: Tongue) -> float | None:
    if text.isdigit():
        return float(text)
    value = _value(text, tongue.numbers)
    return None if value is None else float(value)


def _value(text: str, table: Table) -> str | None:
    return next(
        (value for expression, value in table.items() if re.fullmatch(expression, text)), None
    )


def _named(match: re.Match[str], tongue: Tongue) -> Moment | None:
    named = match.groupdict()
    lead = named["lead"].strip()
    if not _is_said(named, lead, tongue):
        return None
    days, minute = _dayword(named.get("dayword"), tongue)
    said = _minute(named, tongue)
    if said is None and _FIRST_THING.match(lead):
        said = 12 * 60
    start = match.start()
    end = start + len(match.group().rstrip(" ."))
    return Moment(
        start,
        end,
        is_before=bool(lead) and re.match(rf"(?:{tongue.before})\b", lead) is not None,
        days=days,
        weekday=_position(named.get("weekday"), tongue.weekdays),
        date=_date(named, tongue),
        period=_value(named["period"], tongue.periods) if named.get("period") else None,
        minute=minute if said is None else said,
        is_bare=_is_bare(named, lead, tongue),
    )


def _is_said(named: dict[str, str | None], lead: str, tongue: Tongue) -> bool:
    """A clock alone or a short name of a day needs a word before it."""
    if not any(named.get(kind) for kind in ("period", "dayword", "date", "weekday")):
        return bool(named.get("bare") or named.get("range")) or bool(
            re.match(_any((tongue.by, tongue.before, tongue.on, tongue.latest)) + r"\b", lead)
        )
    weekday = named.get("weekday")
    if weekday and len(weekday) <= 3:
        return bool(re.match(_any((tongue.by, tongue.before, tongue.on)) + r"\b", lead))
    period = named.get("period")
    return not (
        period and _value(period, tongue.periods) in {"week", "today", "day end"} and not lead
    )


def _is_bare(named: dict[str, str | None], lead: str, tongue: Tongue) -> bool:
    if (
        named.get("dayword")
        or named.get("period")
        or re.match(_any((tongue.by, tongue.before)) + r"\b", lead)
    ):
        return False
    return not named.get("clock") or not (named.get("weekday") or named.get("date"))


def _dayword(text: str | None, tongue: Tongue) -> tuple[int | None, int | None]:
    value = _value(text, tongue.days) if text else None
    if value is None:
        return None, None
    days, _, part = value.partition(" ")
    return int(days), 22 * 60 if part == "evening" else None


def _position(text: str | None, names: tuple[str, ...]) -> int | None:
    if not text:
        return None
    return next((place for place, name in enumerate(names) if re.fullmatch(name, text)), None)


def _minute(named: dict[str, str | None], tongue: Tongue) -> int | None:
    part = named.get("part")
    if part:
        value = _value(part, tongue.parts)
        return None if value is None else -1 if value == "end" else int(value) * 60
    if named.get("bare"):
        return int(named["bare"] or 0) * 60
    if not (named.get("clock") or named.get("range")):
        return None
    half = _first(named, "half", "half3", "until_half") or ""
    hour = _hour(int(_first(named, "hour", "hour2", "hour3", "until") or 0), half)
    return min(hour * 60 + int(_first(named, "minute", "minute2", "until_minute") or 0), 24 * 60)


def _hour(hour: int, half: str) -> int:
    """The hour of 24 for one that is said with its half of the day."""
    if (half[:1] == "p" or half in {"tarde", "noche", "noite", "sera", "pomeriggio"}) and hour < 12:
        return hour + 12
    return 0 if half[:1] == "a" and hour == 12 else hour


def _first(named: dict[str, str | None], *names: str) -> str | None:
    return next((named[name] for name in names if named.get(name)), None)


def _date(named: dict[str, str | None], tongue: Tongue) -> tuple[int, int, int] | None:
    if not named.get("date"):
        return None
    day = int(_first(named, "day", "day2", "day3", "day4") or 0)
    month_name = _first(named, "month", "month2")
    month = (
        (_position(month_name, tongue.months) or 0) + 1
        if month_name
        else int(named.get("month3") or 0)
    )
    year = int(_first(named, "year", "year2", "year3") or 0)
    if not 1 <= day <= 31 or month > 12:
        return None
    return day, month, year + 2000 if 0 < year < 100 else year
