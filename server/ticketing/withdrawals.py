"""Taking tickets' rights away: each withdrawal on record, with what it makes of the ticket.

The ticket's row is locked, so whoever claims it for another purpose comes before or after; what
is on record of it by then is what the withdrawal knew.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final

import msgspec
from sqlalchemy import Select, select

from server.db.column_types import TICKET_ID_OFFSET
from server.db.hot_path_connections import Row, Transaction
from server.db.hot_path_statements import columns_of, lookup
from server.db.unit import Unit
from server.feed.appending import read_feed_state
from server.problem_answers import Problem
from server.ticketing.finding_and_changing_tickets import (
    announce,
    draw_manual_codes,
    erase_holders,
    lock_tickets,
    set_state,
    void_ticket,
)
from server.ticketing.inventory import Stock, move_stock
from server.ticketing.models import Ticket, TicketWithdrawal
from server.ticketing.ports import ChangeFeed, UsageLookup
from server.ticketing.ticket_seats import free_seats_of
from server.webhooks.message_kinds import Kind
from server.webhooks.outbox import tell_programs
from shared.admission.facts import TicketState
from shared.admission.purpose import ENDING, Purpose, purpose_of
from shared.kernel.id_types import ClaimId, DeviceId, EventId, OrganizationId, TicketId
from shared.kernel.ids import format_ticket_id
from shared.kernel.instant import Duration, Instant

__all__ = ["TicketWithdrawal"]
"""The rows that other domains read."""

DESK: Final = "desk"
CLAIMED: Final = "claim"
JOURNALED: Final = "journal"
CLAIM_ID_SIZE: Final = 16
NAMED_MAX: Final = 5
"""Used tickets that a refusal names."""


class WithdrawalRecord(msgspec.Struct):
    """A row of `ticket_withdrawal`; `ticket_id` is the unsigned one."""

    claim_id: ClaimId
    ticket_id: TicketId
    purpose: str
    generation: int
    becomes: int | None
    at: Instant
    at_error: Duration | None
    device_id: DeviceId
    mode: str
    source: str
    seq: int
    knew: int
    head: int
    is_annulled: bool
    boot: bytes | None
    dseq: int | None
    manual_code: int | None
    amount_minor: int = 0


_COLUMNS: Final = columns_of(TicketWithdrawal, " ".join(WithdrawalRecord.__struct_fields__))
_READ: Final = lookup("ticket_withdrawal", ", ".join(_COLUMNS), "ticket_id", "bigint", given=3)
WITHDRAWALS_AS_ROWS: Final = lookup(
    "ticket_withdrawal", f"ROW({', '.join(_COLUMNS)})", "ticket_id", "bigint", given=4
).postgres
"""A part of the one reading in `claims/claim_statements.py`; its fourth parameter has the ids."""


class WantedWithdrawal(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be recorded of the withdrawal of one ticket or of several; see the table.

    Attributes:
        claim_id: Empty to draw one for each ticket.
        generation: As the till knew it; None for the row's own.
        becomes: As the till has signed it; None for the next.
        manual_code: Of the new credential, as the till has drawn it; None to draw one.
        knew: None for all that is on record.
    """

    purpose: Purpose
    actor: str
    claim_id: ClaimId = ClaimId("")
    device_id: DeviceId = DeviceId("")
    person: str = ""
    mode: str = "online"
    source: str = DESK
    reason: str = ""
    reference: str = ""
    currency: str = ""
    amount_minor: int = 0
    tender: str = ""
    at: Instant | None = None
    at_error: Duration | None = Duration(0)
    generation: int | None = None
    becomes: int | None = None
    manual_code: int | None = None
    knew: int | None = None
    boot: bytes | None = None
    dseq: int | None = None


async def read_withdrawals(
    transaction: Transaction,
    organization_id: OrganizationId,
    event_id: EventId,
    ticket_ids: Iterable[TicketId],
) -> dict[TicketId, list[WithdrawalRecord]]:
    """Read what took some tickets' rights away, by ticket."""
    signed = sorted(ticket_id - TICKET_ID_OFFSET for ticket_id in set(ticket_ids))
    if not signed:
        return {}
    return withdrawals_of(await transaction.fetch(_READ, event_id, organization_id, signed))


def withdrawals_of(rows: Iterable[Row]) -> dict[TicketId, list[WithdrawalRecord]]:
    """Turn rows of `ticket_withdrawal` into these, by ticket."""
    found: dict[TicketId, list[WithdrawalRecord]] = {}
    for row in rows:
        record = _record_of(row)
        found.setdefault(record.ticket_id, []).append(record)
    return found


def _record_of(row: Row) -> WithdrawalRecord:
    record = WithdrawalRecord(*row)
    record.ticket_id = TicketId(record.ticket_id + TICKET_ID_OFFSET)
    record.is_annulled = bool(record.is_annulled)
    return record


async def find_withdrawal(
    unit: Unit, event_id: EventId, claim_id: ClaimId
) -> TicketWithdrawal | None:
    """Return a withdrawal by its claim id."""
    query = select(TicketWithdrawal).where(
        TicketWithdrawal.event_id == event_id, TicketWithdrawal.claim_id == claim_id
    )
    return await unit.find(query)


async def check_unused(
    unit: Unit,
    usage: UsageLookup,
    event_id: EventId,
    rows: Sequence[Ticket],
    *,
    even_if_used: bool,
) -> None:
    """Refuse to take away what was used, unless somebody says so who may; rows are locked.

    Raises:
        Problem: `conflict`.
    """
    paid = [row.ticket_id for row in rows if row.state == TicketState.PAID]
    if even_if_used or not paid:
        return
    used = sorted(await usage.used(unit.session, event_id, paid))
    if used:
        names = ", ".join(format_ticket_id(TicketId(one)) for one in used[:NAMED_MAX])
        detail = (
            f"Someone has already entered on {names}. A manager may go on with even_if_used=true."
        )
        raise Problem("conflict", detail)


async def withdraw(
    unit: Unit,
    changes: ChangeFeed,
    event_id: EventId,
    rows: Sequence[Ticket],
    wanted: WantedWithdrawal,
) -> list[TicketWithdrawal]:
    """Take the rights of locked tickets away, and tell the gates; the last in a transaction.

    Tickets that are not paid have none to take away: they change their state, and nothing is
    recorded.

    Returns:
        What was recorded, in the order of the tickets.
    """
    head = await _head(unit, event_id)
    good = [row for row in rows if row.state == TicketState.PAID]
    made = [_new(unit, event_id, row, wanted, head) for row in good]
    await _apply(unit, changes, event_id, rows, wanted, made)
    query = select(Ticket.ticket_id, Ticket.updated_seq).where(
        Ticket.event_id == event_id, Ticket.ticket_id.in_([row.ticket_id for row in good])
    )
    told: dict[int, int] = {row[0]: row[1] for row in await unit.session.execute(query)}
    for one in made:
        seq = told.get(one.ticket_id, 0)
        one.seq = seq if seq > head else 0
    unit.session.add_all(made)
    await unit.session.flush()
    if wanted.source != CLAIMED:  # whose till may say yet that nothing came of it
        await _pass_on(unit, made)
    return made


async def withdraw_without_right(
    unit: Unit,
    changes: ChangeFeed,
    event_id: EventId,
    ticket_id: TicketId,
    row: Ticket | None,
    wanted: WantedWithdrawal,
) -> None:
    """Record a withdrawal of a ticket of which there is no row yet, or no right any more.

    A newer credential that was given out is the newest all the same: its ticket may be good again
    yet, where a till says that it paid nothing out.
    """
    head = await _head(unit, event_id)
    made = _made(unit, event_id, ticket_id, wanted, wanted.generation or 0, head)
    if row is not None and wanted.purpose not in ENDING:
        await _apply(unit, changes, event_id, [row], wanted, [made])
        await _pass_on(unit, [made])
    await unit.add(made)


async def apply_earlier(
    unit: Unit, changes: ChangeFeed, event_id: EventId, ticket_ids: Iterable[TicketId]
) -> bool:
    """Let tickets that a till has sold say what was done with them before their sale arrived.

    Returns:
        Whether anything was.
    """
    query = _standing(event_id, ticket_ids)
    query = query.order_by(TicketWithdrawal.ticket_id, TicketWithdrawal.becomes)
    found = await unit.all(query)
    for one in found:
        rows = await lock_tickets(unit, event_id, [one.ticket_id])
        paid = [row for row in rows if row.state == TicketState.PAID]
        wanted = WantedWithdrawal(
            purpose=Purpose(one.purpose), actor=one.actor, becomes=one.becomes
        )
        await _apply(unit, changes, event_id, paid, wanted, [one])
    return bool(found)


async def confirm_withdrawal(
    unit: Unit, made: TicketWithdrawal, row: Ticket | None, boot: bytes, dseq: int
) -> None:
    """Note that a till's journal holds what it was granted; what it ended may be sold again."""
    is_first = not made.is_confirmed
    made.is_confirmed, made.boot, made.dseq = True, boot, dseq
    await unit.session.flush()
    if is_first:
        await _pass_on(unit, [made])
    if is_first and is_ending(made.purpose) and row is not None:
        await move_stock(unit, row.event_id, row.ticket_type_id, 1, out_of=Stock.SOLD, into=None)
        await free_seats_of(unit, row.event_id, [row])


async def free_withdrawal(
    unit: Unit, changes: ChangeFeed, made: TicketWithdrawal
) -> TicketWithdrawal | None:
    """Take a grant back of which its till says that it came to nothing; None if it stands.

    What was ended is good again, unless somebody else has ended it too: that has an effect now. A
    generation that was raised stays: somebody may have printed it.
    """
    rows = await lock_tickets(unit, made.event_id, [made.ticket_id])
    await unit.session.refresh(made)
    if made.is_annulled or made.is_confirmed:
        return None
    made.is_annulled = True
    await unit.session.flush()
    gone = [row for row in rows if row.state == TicketState.CANCELLED]
    if is_ending(made.purpose) and gone:
        gone[0].state = TicketState.PAID
        others = await unit.all(_standing(made.event_id, [made.ticket_id]))
        if any(is_ending(one.purpose) for one in others):
            await set_state(unit, changes, made.event_id, gone, TicketState.CANCELLED)
        else:
            await announce(unit, changes, made.event_id, gone)
    return made


async def is_newest_in_hand(unit: Unit, row: Ticket, shown: int) -> bool:
    """Tell whether nobody has a newer credential of a ticket than the one that was shown.

    Of each newer generation its till has signed that nothing came of it.
    """
    if shown >= row.generation:
        return True
    query = select(TicketWithdrawal.becomes).where(
        TicketWithdrawal.event_id == row.event_id,
        TicketWithdrawal.ticket_id == row.ticket_id,
        TicketWithdrawal.is_annulled.is_(True),
    )
    gone = set((await unit.session.scalars(query)).all())
    return gone.issuperset(range(shown + 1, row.generation + 1))


def _standing(event_id: EventId, ticket_ids: Iterable[TicketId]) -> Select[TicketWithdrawal]:
    return select(TicketWithdrawal).where(
        TicketWithdrawal.event_id == event_id,
        TicketWithdrawal.ticket_id.in_(list(ticket_ids)),
        TicketWithdrawal.is_annulled.is_(False),
    )


async def end_grants(unit: Unit, rows: Sequence[Ticket], *, even_if_granted: bool) -> None:
    """Refuse to end tickets that a till is taking back, or take its grants back; rows are locked.

    What the till says then that it has paid out is money of its own, and named.

    Args:
        unit: A writing one.
        rows: Of one event.
        even_if_granted: Somebody says so who may, since the till will never say what came of it.

    Raises:
        Problem: `conflict`.
    """
    gone = {row.ticket_id: row for row in rows if row.state == TicketState.CANCELLED}
    if not gone:
        return
    query = select(TicketWithdrawal).where(
        TicketWithdrawal.event_id == rows[0].event_id,
        TicketWithdrawal.ticket_id.in_(sorted(gone)),
        TicketWithdrawal.purpose.in_(sorted(one.value for one in ENDING)),
        TicketWithdrawal.source == CLAIMED,
        ~TicketWithdrawal.is_confirmed,
        ~TicketWithdrawal.is_annulled,
    )
    for made in await unit.all(query.order_by(TicketWithdrawal.claim_id).with_for_update()):
        if not even_if_granted:
            raise Problem(
                "conflict",
                f"A till is taking {format_ticket_id(made.ticket_id)} back, and has not said yet"
                " whether it has paid. Ask again once it has; if it is lost, a manager may go on"
                " with even_if_used=true.",
            )
        made.is_annulled = True
        gone[made.ticket_id].state = TicketState.PAID
    await unit.session.flush()


async def _pass_on(unit: Unit, made: Sequence[TicketWithdrawal]) -> None:
    """Forget whose tickets were that are somebody else's now, and tell programs."""
    for one in made:
        if one.purpose == Purpose.TRANSFER.value:
            await erase_holders(unit, one.event_id, [one.ticket_id])
            what = {"ticket_id": format_ticket_id(one.ticket_id), "generation": one.becomes}
            await tell_programs(unit, Kind.TICKET_TRANSFERRED, one.event_id, what)


async def _head(unit: Unit, event_id: EventId) -> int:
    state = await read_feed_state(unit.session, event_id)
    return 0 if state is None else state.seq


async def _apply(
    unit: Unit,
    changes: ChangeFeed,
    event_id: EventId,
    rows: Sequence[Ticket],
    wanted: WantedWithdrawal,
    made: Sequence[TicketWithdrawal],
) -> None:
    """Let the tickets' rows say what has become of them, and `made` what stood for them before."""
    if wanted.purpose in ENDING:
        live = [row for row in rows if row.state != TicketState.CANCELLED]
        if wanted.source == CLAIMED:
            # Its till may say yet that nothing was paid out: the stock waits for that.
            for row in live:
                void_ticket(unit, row)
                row.state = TicketState.CANCELLED
            await announce(unit, changes, event_id, live)
            return
        await set_state(unit, changes, event_id, live, TicketState.CANCELLED)
        return
    raised, by_ticket = [], {one.ticket_id: one for one in made}
    for row in rows:
        becomes = _becomes(row, wanted)
        if becomes <= row.generation:
            continue  # another till's credential has that generation already
        row.generation = becomes
        void_ticket(unit, row)
        by_ticket[row.ticket_id].manual_code = row.manual_code
        if wanted.manual_code is not None:
            row.manual_code = wanted.manual_code
        elif row.manual_code is not None:
            row.manual_code = (await draw_manual_codes(unit, event_id, 1))[0]
        raised.append(row)
    await announce(unit, changes, event_id, raised)


def _becomes(row: Ticket, wanted: WantedWithdrawal) -> int:
    return row.generation + 1 if wanted.becomes is None else wanted.becomes


def _new(
    unit: Unit, event_id: EventId, row: Ticket, wanted: WantedWithdrawal, head: int
) -> TicketWithdrawal:
    generation = row.generation if wanted.generation is None else wanted.generation
    made = _made(unit, event_id, row.ticket_id, wanted, generation, head)
    if wanted.purpose not in ENDING:
        made.becomes = _becomes(row, wanted)
    return made


def _made(
    unit: Unit,
    event_id: EventId,
    ticket_id: TicketId,
    wanted: WantedWithdrawal,
    generation: int,
    head: int,
) -> TicketWithdrawal:
    fields: dict[str, Any] = {
        name: getattr(wanted, name)
        for name in (
            "device_id",
            "actor",
            "person",
            "mode",
            "source",
            "reason",
            "reference",
            "currency",
            "amount_minor",
            "tender",
            "boot",
            "dseq",
            "at_error",
            "becomes",
        )
    }
    drawn = ClaimId(unit.entropy.random_bytes(CLAIM_ID_SIZE).hex())
    return TicketWithdrawal(
        event_id=event_id,
        claim_id=wanted.claim_id or drawn,
        ticket_id=ticket_id,
        purpose=wanted.purpose.value,
        generation=generation,
        at=unit.now if wanted.at is None else wanted.at,
        seq=0,
        knew=head if wanted.knew is None else wanted.knew,
        head=head,
        is_annulled=False,
        is_confirmed=wanted.source != CLAIMED,
        **fields,
    )


def is_ending(purpose: str) -> bool:
    """Tell whether a withdrawal on record ended the ticket's right."""
    return purpose_of(purpose) in ENDING
