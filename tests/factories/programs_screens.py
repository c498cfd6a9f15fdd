"""The pages of other programs and of alarms, in each of its states, without a server behind it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from PySide6.QtWidgets import QApplication

from gatekeeper.organizer.during.alarms_client import (
    LIMITS,
    AlarmLimits,
    AlarmMail,
    AlarmPage,
    DeskAlarm,
    PastAlarm,
)
from gatekeeper.organizer.merging_edits import Clash, find_clashes
from gatekeeper.organizer.organization.api_keys_client import ApiKeyOverview, Key, NewKey
from gatekeeper.organizer.organization.webhooks_client import (
    DeliveryAttempt,
    Log,
    Message,
    Program,
    SentMessage,
)
from gatekeeper.organizer.server_api import EventSite
from gatekeeper.ui.organizer.desk_pages import EventPages
from gatekeeper.ui.organizer.during.alarm_limits_flow import WORDS
from gatekeeper.ui.organizer.widgets.plain_table import select_row
from gatekeeper.wording.texts import TEXTS
from shared.kernel.id_types import EventId, OrganizationId

NOW: Final = datetime(2026, 11, 22, 18, 30, tzinfo=UTC)


def program(number: int = 1, **more: Any) -> Program:
    """Make a program that takes its messages."""
    fields: dict[str, Any] = {
        "id": f"wh_{number}",
        "name": f"Books {number}",
        "url": f"https://books-{number}.example.org/in?token=sesame",
        "kinds": (),
        "state": "active",
        "paused_because": "",
        "is_failing": False,
        "failures": 0,
        "failing_since": None,
        "last_taken_at": NOW,
        "old_secret_until": None,
        "etag": '"a"',
    }
    return Program(**(fields | more))


def message(number: int = 1, **more: Any) -> Message:
    """Make a message that was taken."""
    fields: dict[str, Any] = {
        "message_id": f"ms_7k2m9q4t{number:04}",
        "kind": "order.confirmed",
        "state": "taken",
        "attempts": 1,
        "status": 204,
        "said": "",
        "created_at": NOW - timedelta(minutes=number),
    }
    return Message(**(fields | more))


FAILED: Final = message(2, kind="ticket.transferred", state="failed", attempts=11, status=500)
LOG: Final = Log(
    (
        message(1, kind="webhook.test", state="waiting", attempts=2, status=301),
        FAILED,
        message(
            3,
            state="held",
            attempts=2,
            status=None,
            said="The receiver's name stands for no address.",
        ),
        message(4),
    ),
    "next",
)
TRIES: Final = tuple(
    DeliveryAttempt(at=NOW, ms=120, status=status, said=said, answer=answer)
    for status, said, answer in (
        (500, "", '{"error": "the books are closed"}'),
        (None, "The receiver did not answer in time.", ""),
    )
)
SENT: Final = SentMessage(FAILED, TRIES)
PROGRAMS: Final = (
    program(1, old_secret_until=NOW + timedelta(days=1)),
    program(2, name="Mailing list of the friends of the lantern makers", kinds=("order.created",)),
    program(3, is_failing=True, failures=7, failing_since=NOW),
    program(4, state="paused", paused_because="gone"),
    program(5, state="paused", paused_because="unanswered"),
)


def key(number: int = 1, **more: Any) -> Key:
    """Make a key that reads events, and ends with a year."""
    fields: dict[str, Any] = {
        "id": f"ak_{number}",
        "name": f"Books {number}",
        "shown": "gks_7K2m",
        "scopes": ("events:read", "orders:read"),
        "created_at": NOW - timedelta(days=30),
        "expires_at": datetime(2027, 11, 23, tzinfo=UTC),
        "last_used_at": NOW,
        "created_by": "us_mara",
    }
    return Key(**(fields | more))


KEYS: Final = ApiKeyOverview(
    (
        key(),
        key(
            2,
            name="Mailing list of the friends of the lantern makers",
            scopes=("tickets:read", "tickets:write", "weather:read"),
            expires_at=None,
            last_used_at=None,
        ),
        key(3, expires_at=NOW, created_by="us_gone"),
        key(4, expires_at=datetime(9999, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC)),
        key(5, expires_at=datetime(1, 1, 1, tzinfo=UTC)),
    ),
    {"us_mara": "Mara Okoye"},
    ("Mara Okoye",),
)
LIMITS_READ: Final = AlarmLimits(
    dict(zip(LIMITS, (1, 25, 20, 5, 5, 90, 0, 5), strict=True)), '"a"'
)
ALARM: Final = DeskAlarm(
    id="al_1",
    site=EventSite(OrganizationId("og_lantern"), EventId("ev_lantern")),
    event="Night of the Lanterns",
    kind="gate_silent",
    what="North has not been heard of for 6 minutes",
    place="North",
    count=6,
    out_of=0,
    seen_by="",
)


PAST: Final = AlarmPage(
    tuple(
        PastAlarm(
            id=f"al_{number}",
            kind=kind,
            what="",
            place=place,
            count=12,
            out_of=40,
            raised_at=NOW - timedelta(minutes=number),
            ended_at=ended,
            seen_by=who,
            seen_at=None if who is None else NOW,
            note=note,
        )
        for number, (kind, place, ended, who, note) in enumerate(
            (
                ("gate_silent", "North", None, None, ""),
                ("many_denials", "Stairs to the upper gallery", NOW, "Mara Okoye", ""),
                ("double_use", "", NOW, "حسن", "Two friends with one printed ticket"),
            )
        )
    ),
    "next",
)


def show_limits(work: EventPages) -> Iterator[str]:
    """Show limits, under an alarm and after somebody else's edit."""
    page = work.alarm_limits
    work.enter("alarm_limits")
    page.show_limits(LIMITS_READ, is_anew=True)
    page.show_mail(AlarmMail(wanted=True, language=TEXTS.language, is_set_up=True))
    yield "desk-limits"
    work.alarms.show_alarms((ALARM, ALARM))
    page.show_mail(AlarmMail(wanted=False, language="en", is_set_up=False))
    yield "desk-alarm"
    work.alarms.show_alarms(())
    mine = LIMITS_READ.limits | {"silent_minutes": 10}
    theirs = LIMITS_READ.limits | {"silent_minutes": 15, "zone_percent": 80}
    page.fields["silent_minutes"].setValue(10)
    page.clash.show_clash(
        Clash(
            by="Mara Okoye",
            at=NOW,
            etag='"b"',
            theirs=theirs,
            fields=find_clashes(LIMITS_READ.limits, theirs, mine),
        ),
        WORDS,
    )
    yield "desk-limits-clash"
    page.tabs.setCurrentIndex(1)
    page.history.show_page(PAST)
    for _ in range(3):
        QApplication.processEvents()  # a page within tabs is laid out a round later
    yield "desk-limits-history"


def show_programs(work: EventPages) -> Iterator[str]:
    """Show each state, and name it."""
    page = work.programs
    work.enter("programs")
    page.show_programs(PROGRAMS)
    page.form.name.setText("Books")
    page.say(TEXTS.say("programs.wrong_url"), "bad")
    yield "desk-programs-new"
    page.show_program(PROGRAMS[1])
    yield "desk-programs"
    page.show_program(PROGRAMS[0])
    page.show_secret("whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD", is_second=True)
    page.say(TEXTS.say("programs.renewed"), "good")
    yield "desk-programs-secret"
    page.show_program(PROGRAMS[2])
    page.ask("remove")
    yield "desk-programs-remove"
    page.ask("")
    page.program_tabs.setCurrentIndex(1)
    page.log.show_log(LOG)
    select_row(page.log.table, 1)
    page.log.show_sent(SENT)
    yield "desk-programs-log"
    page.show_program(None)
    yield from _show_keys(work)


def _show_keys(work: EventPages) -> Iterator[str]:
    """Show keys: a new one, one that was made, one that is asked about, and whose they are."""
    page = work.programs.keys
    work.programs.tabs.setCurrentIndex(1)
    page.show_overview(KEYS, NOW)
    page.form.scopes["orders:read"].setChecked(True)
    for _ in range(3):
        QApplication.processEvents()  # a page within tabs is laid out a round later
    yield "desk-keys-new"
    page.show_key(KEYS.keys[1])
    page.ask()
    yield "desk-keys"
    page.show_made(NewKey("gks_" + "7K2m9Q" * 6, KEYS.keys[0]), NOW)
    page.show_overview(KEYS, NOW)
    yield "desk-keys-made"
    page.let_edit(is_owner=False)
    yield "desk-keys-not-mine"
    page.let_edit(is_owner=True)
    page.forget()
    work.programs.tabs.setCurrentIndex(0)
