"""The server's page of the desk, of a server of this laptop with two sticks in it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from msgspec.structs import replace

from gatekeeper.organizer.before_doors.doors_ready_lines import Cause
from gatekeeper.organizer.organization.second_factor_client import Begun, Factor
from gatekeeper.presenters.desk.doors_ready_words import spell_advice, spell_line
from gatekeeper.ui.organizer.desk_pages import EventPages
from gatekeeper.ui.organizer.widgets.usb_stick_buttons import Stick

NOW: Final = datetime(2026, 11, 22, 18, 30, tzinfo=UTC)
FACTOR: Final = Factor(is_on=True, recovery_codes_left=8, is_rule=False, may_rule=True, etag='"a"')
LONG: Final = "Friends and supporters of the lantern makers and everybody they bring along"
STICKS: Final = (
    Stick("BACKUP", Path("/media/ada/BACKUP"), 990_000_000),
    Stick(LONG, Path("/media/ada/lantern"), 31_900_000_000),
)


def show_server(work: EventPages) -> Iterator[str]:
    """Show it without a stick, and with two; then a second factor that is set up."""
    work.enter("server")
    work.server.show_server(
        {"address": "https://192.0.2.7:8000", "digits": "a1b2 " * 16, "folder": "~/server"},
        is_own=True,
    )
    since = NOW - timedelta(minutes=9)
    copies = Cause.COPY_OLD.line(name="/media/stick", detail="", since=since)
    work.server.show_copies(copies.light, spell_line(copies, NOW), spell_advice(copies))
    work.server.show_address("GKA1 " + "5" * 120)
    work.server.factor.show_factor(FACTOR)
    yield "desk-server"
    work.server.sticks.offer(STICKS)
    yield "desk-server-sticks"
    card = work.server.factor
    card.show_factor(replace(FACTOR, is_on=False, may_rule=False))
    card.show_begun(Begun(secret="7K2M" * 8, otpauth_url="otpauth://totp/" + "5" * 120))
    yield "desk-server-factor-key"
    card.show_factor(FACTOR)
    card.show_codes(["7k2m-9q40-th5w"] * 10)
    assert not card.question.is_safe
    card.question.before(lambda: None)
    yield "desk-server-factor-codes"
    card.forget()
