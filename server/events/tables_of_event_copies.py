"""What of an event goes into a copy of it: every table that hangs on an event, and each column.

The one place that says so. A test walks all tables
(`tests/unit/server/events/test_tables_of_event_copies.py`): a new one that hangs on an event
stands in one of the two lists, a new column of a copied one in its line, or the test fails. The
rooms make the rows of a copy by `copy_row`, which knows no more than what stands here.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from typing import Any, Final, TypeVar

import msgspec

from server.db.model import Model
from server.db.unit import Unit

R = TypeVar("R", bound=Model)
T = TypeVar("T")
_ROWS_AT_ONCE: Final = 100
_DRAFTED_AT_ONCE: Final = 50


class Columns(msgspec.Struct, frozen=True, kw_only=True):
    """What becomes of the columns of a table that is copied.

    Attributes:
        same: Taken over as they are.
        moved: Moments, or what holds moments: moved by the venue's clock.
        own: The copy's own: ids, counts from nothing, when it was made.
    """

    same: frozenset[str]
    moved: frozenset[str] = frozenset()
    own: frozenset[str]

    @property
    def given(self) -> frozenset[str]:
        """What whoever copies a row has to say."""
        return self.moved | self.own


def _columns(same: str, own: str, moved: str = "") -> Columns:
    return Columns(
        same=frozenset(same.split()), moved=frozenset(moved.split()), own=frozenset(own.split())
    )


_MADE: Final = "id organization_id event_id created_at"

COPIED: Final[Mapping[str, Columns]] = {
    "event": _columns(
        "profile timezone currency policy",
        "id organization_id name state plan_version over_at frozen_at freeze_lifts created_at"
        " updated_at copied_from copy_key copy_digest",
        "pricing",  # until when refunds are given, and tickets passed on
    ),
    # That a date was called off, or moved before, is of that evening.
    "occurrence": _columns("name", f"{_MADE} earlier cancelled_at", "starts_at ends_at doors_at"),
    # The code too: a list of a foreign shop that names types by it goes on.
    "ticket_type": _columns(
        "code name price_minor currency persons offline_policy check_id questions",
        f"{_MADE} occurrence_id",
        "sales_from sales_until valid_from valid_until selling",  # `selling`: tiers
    ),
    "inventory": _columns(
        "quantity_limit", "event_id ticket_type_id organization_id sold held allotted beyond"
    ),
    # Without a code only: of one that has a code the hash alone is kept, and it is the event's.
    "promotion": _columns(
        "name kind percent_points fixed_minor buy free uses combinable",
        f"{_MADE} code_hash ticket_type_ids removed_at",
        "starts_at ends_at",
    ),
    "zone": _columns(
        "name admit_pending multiple_entries reentry_after_exit capacity strict_anti_passback",
        f"{_MADE} occurrence_id ticket_type_ids",
        "rule",  # the instants in it
    ),
    "gate": _columns("name direction lanes", f"{_MADE} zone_id"),
    "event_seating": _columns("packed_map seat_count", "event_id organization_id created_at"),
    # All free, but those that were taken out of the room.
    "event_seat": _columns(
        "seat_id place", "event_id map_number organization_id state holder ticket_id seq"
    ),
    "seat_counter": _columns(
        "", "event_id organization_id seq map_number map_seq last_map unswept_since"
    ),
    "alarm_limits": _columns("limits", "event_id organization_id"),
    # The pictures themselves are the organization's: both events use the same ones.
    "event_look": _columns(
        "picture_id logo_id has_band accent hidden note page",
        "event_id organization_id changed_at",
    ),
}
"""Tables of which a copy has rows of its own, and what becomes of each column."""

_PEOPLE: Final = "people's data: a copy begins without guests, buyers and their words"
_SOLD: Final = "what was sold, paid or given back: of the event that it was sold for"
_HAPPENED: Final = "what happened at the gates and tills of that event, or was found out about it"
_DEVICES: Final = "devices stand at gates; a copy's gates are others, and nobody stands there yet"
_KEYS: Final = "keys, homes and what was signed: made anew when the copy is handed to gates"
_TOLD: Final = "what devices were told, numbered by event; begins from nothing"
_COUNTS: Final = "a count; begins from nothing"
_HELD: Final = "kept for somebody on that evening, by their name"
_ORGANIZATIONS: Final = "the organization's, good for each of its events as it is"

LEFT: Final[Mapping[str, str]] = {
    **dict.fromkeys(("ticket", "ticket_holder", "imported_code"), _PEOPLE),
    **dict.fromkeys(("ticket_import", "ticket_import_file", "ticket_import_line"), _PEOPLE),
    **dict.fromkeys(("ticket_file", "ticket_file_piece", "erasure"), _PEOPLE),
    **dict.fromkeys(("notice", "notice_order"), _PEOPLE),
    **dict.fromkeys(("ticket_order", "order_line", "refund", "payment", "payment_fact"), _SOLD),
    **dict.fromkeys(("payout", "payout_fact", "voucher_spend"), _SOLD),
    **dict.fromkeys(("refund_run", "refund_run_order", "till_shift"), _SOLD),
    **dict.fromkeys(("ticket_use", "ticket_withdrawal", "claim_mark", "alarm"), _HAPPENED),
    **dict.fromkeys(("door_answer", "place_pause"), _HAPPENED),
    **dict.fromkeys(("conflict", "conflict_side", "conflict_disposition"), _HAPPENED),
    **dict.fromkeys(("journal_entry", "journal_boot", "journal_span"), _HAPPENED),
    **dict.fromkeys(("journal_ruling", "journal_fork", "journal_refusal"), _HAPPENED),
    **dict.fromkeys(("evacuation_word", "ledger_alarm", "reoffer"), _HAPPENED),
    **dict.fromkeys(("device", "device_place", "device_report", "enrolment_code"), _DEVICES),
    **dict.fromkeys(("allotment", "price_allotment", "till_grant", "till_knowledge"), _DEVICES),
    **dict.fromkeys(("zone_share", "roster"), _DEVICES),
    **dict.fromkeys(("signing_key", "home_range", "home_move", "home_ask"), _KEYS),
    **dict.fromkeys(("manifest", "manifest_chunk", "manifest_class", "told_plan"), _KEYS),
    **dict.fromkeys(("event_feed", "feed", "checkin_cursor"), _TOLD),
    **dict.fromkeys(("webhook_message", "webhook_delivery"), _TOLD),
    **dict.fromkeys(("tally", "tally_note", "price_count", "zone_presence"), _COUNTS),
    "stock_hold": _HELD,
    "report_schedule": (
        f"{_ORGANIZATIONS}; one for all events has the copy in it, one that names events mails"
        " people and is for a person to add to"
    ),
    **dict.fromkeys(("report_run", "report_mail"), "what was mailed of other events"),
}
"""Tables of which a copy has nothing of its event's, and why."""


def copy_row(row: R, **given: Any) -> R:
    """Make the copy's row of a row, with all columns that are not the same; added by nobody yet.

    Args:
        row: Of a table in `COPIED`.
        given: What is moved and what is the copy's own, all of it.
    """
    name = str(row.__tablename__)
    columns = COPIED[name]
    assert given.keys() == columns.given, (name, columns.given ^ given.keys())
    return type(row)(**{one: getattr(row, one) for one in columns.same}, **given)


async def add_rows(unit: Unit, rows: Sequence[Model]) -> None:
    """Add rows piece by piece: between two, whoever else waits for this process has a turn."""
    for start in range(0, len(rows), _ROWS_AT_ONCE):
        unit.session.add_all(rows[start : start + _ROWS_AT_ONCE])
        await unit.session.flush()
        await asyncio.sleep(0)


async def in_turns(rows: Iterable[T]) -> AsyncIterator[T]:
    """Give rows one by one; between some of them whoever waits for this process has a turn."""
    for place, row in enumerate(rows, 1):
        yield row
        if not place % _DRAFTED_AT_ONCE:
            await asyncio.sleep(0)


def keep_known(ids: Iterable[str], known: Mapping[str, str]) -> list[str]:
    """Return the copy's ids of those that it has something for, in their order."""
    return [known[one] for one in ids if one in known]
