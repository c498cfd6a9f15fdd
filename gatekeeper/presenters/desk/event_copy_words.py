"""What the desk says of a copy of an event: its dates, what comes along, what stays behind."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, tzinfo

from gatekeeper.organizer.prepare.event_copying import (
    CopiedDate,
    CopiedWindow,
    CopyPreview,
    Source,
)
from gatekeeper.presenters.desk.date_move_words import spell_date
from gatekeeper.wording.texts import TEXTS
from gatekeeper.wording.times import spell_apart

Rows = tuple[tuple[str, str], ...]
"""What, and how much or when."""


def spell_source(source: Source) -> str:
    """Say what a copy is, and what moves its dates."""
    key = "copying.lead" if source.dates else "copying.no_dates"
    return TEXTS.say(key, name=TEXTS.isolate(source.name), zone=TEXTS.isolate(source.timezone))


def spell_dates(preview: CopyPreview) -> tuple[tuple[str, str, str], ...]:
    """Say of each date what it is called, when it was, and when it is in the draft."""
    zone = preview.zone
    return tuple(
        (TEXTS.isolate(one.name), spell_apart(one.was_starts_at, zone), _spell_date(one, zone))
        for one in preview.dates
    )


def _spell_date(one: CopiedDate, zone: tzinfo) -> str:
    parts = [spell_date(one, zone)]
    if one.shift:
        parts.append(TEXTS.say(f"copying.shift.{one.shift}"))
    if one.was_cancelled:
        parts.append(TEXTS.say("copying.was_cancelled"))
    return " · ".join(parts)


def spell_coming(preview: CopyPreview) -> Rows:
    """Say what comes along, and when what moves is."""
    counts = (
        ("types", preview.ticket_types),
        ("promotions", preview.promotions),
        ("zones", preview.zones),
        ("gates", preview.gates),
        ("seats", preview.seats),
        ("killed", preview.seats_killed),
    )
    rows = [(TEXTS.say(f"copying.{name}"), TEXTS.number(count)) for name, count in counts if count]
    rows.append((TEXTS.say("copying.terms"), TEXTS.say("copying.as_is")))
    zone = preview.zone
    rows += [(_spell_window(one), _spell_span(one, zone)) for one in preview.windows]
    return tuple(rows)


def _spell_window(one: CopiedWindow) -> str:
    name = TEXTS.isolate(one.name)
    if one.part:
        name = f"{name}, {TEXTS.isolate(one.part)}"
    return TEXTS.say(f"copying.window.{one.kind}", name=name)


def _spell_span(one: CopiedWindow, zone: tzinfo) -> str:
    first, last = one.starts_at, one.ends_at
    if first is not None and last is not None:
        if first == last:
            return spell_apart(first, zone)
        times = {"first": spell_apart(first, zone), "last": spell_apart(last, zone)}
        return TEXTS.say("copying.span", **times)
    if first is not None:
        return TEXTS.say("copying.from", time=spell_apart(first, zone))
    return "" if last is None else TEXTS.say("copying.until", time=spell_apart(last, zone))


def spell_staying(preview: CopyPreview, now: datetime) -> Rows:
    """Say what a person must look at, then what stays behind."""
    rows: list[tuple[str, str]] = []
    if preview.dates and preview.dates[0].starts_at <= now:
        starts = spell_apart(preview.dates[0].starts_at, preview.zone)
        rows.append((TEXTS.say("copying.past"), starts))
    if preview.same_name:
        rows.append((TEXTS.say("copying.same_name"), TEXTS.number(preview.same_name)))
    named = (
        ("weekdays", preview.weekday_zones),
        ("idle", preview.idle_zones),
        ("codes", preview.codes_left),
        ("reports", preview.reports_left),
    )
    rows += [(TEXTS.say(f"copying.{name}"), _list(names)) for name, names in named if names]
    counts = (
        ("dates_left", preview.dates_left),
        ("types_left", preview.types_left),
        ("zones_left", preview.zones_left),
        ("holds_left", preview.holds_left),
    )
    rows += [
        (TEXTS.say(f"copying.{name}"), TEXTS.number(count)) for name, count in counts if count
    ]
    never = TEXTS.say("copying.never")
    rows += [(TEXTS.say(f"copying.{name}"), never) for name in ("people", "evening", "devices")]
    return tuple(rows)


def _list(names: Iterable[str]) -> str:
    return TEXTS.list(TEXTS.isolate(one) for one in names)
