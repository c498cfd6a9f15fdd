"""The first sale: cut off, durable, within the allotment, and good at any gate."""

from __future__ import annotations

import contextlib
from pathlib import Path

import msgspec
import pytest

from gatekeeper.boxoffice.till_requests import one_type
from gatekeeper.gate.requests import Scan
from shared.credential.codec import decode_credential, from_digits
from shared.credential.sizes_and_bounds import DIGIT_COUNT
from shared.journal.chain import decode_body, decode_entry
from shared.journal.entry import CLOCK_JUMP, NoteBody
from shared.journal.sale_body import SaleBody
from shared.kernel.errors import BadInput, Rejected, StoreFault
from shared.kernel.id_types import DeviceId, OccurrenceId, TicketId
from shared.kernel.instant import DAY, HOUR, MINUTE, Instant
from shared.kernel.trouble import TroubleKind
from shared.sales.sale_refusals import SaleReason
from shared.sales.tenders import Tender
from tests.factories.gate_event import (
    GROUP,
    SOUTH,
    STANDARD,
    STARTS,
    TicketOffice,
    make_config,
)
from tests.factories.gate_profile import PairedGate
from tests.factories.selling import sell
from tests.factories.till_house import (
    REDUCED,
    REDUCED_MINOR,
    STANDARD_MINOR,
    TillHouse,
    adds_up,
    basket,
    cash,
    make_market,
    sales_of,
)
from tests.fakes.clock import ManualClock
from tests.fakes.sync_server import FakeSyncServer

LATE = Instant(STARTS + 2 * HOUR)


@pytest.fixture
def server() -> FakeSyncServer:
    office = TicketOffice()
    office.sell()
    server = FakeSyncServer(office, ManualClock())
    server.publish()
    return server


async def test_a_till_that_is_cut_off_sells_and_a_gate_that_never_heard_of_it_admits(
    tmp_path: Path, server: FakeSyncServer
) -> None:
    """The gate knows the till's key; the ticket's own signature does the rest."""
    till = await PairedGate(
        tmp_path / "t", server, device_id=DeviceId("dv_till"), role="till"
    ).open()
    gate = await PairedGate(
        tmp_path / "g", server, device_id=DeviceId("dv_south"), gate_id=SOUTH
    ).open()
    await till.sync_once()
    await gate.sync_once()
    server.is_cut = True

    sale = await sell(till, STANDARD, 2, "cash", "pe_1")
    assert (sale.receipt_number, sale.total.minor_units, sale.total.currency) == (1, 5000, "EUR")
    for ticket in sale.tickets:
        assert len(ticket.digits) == DIGIT_COUNT
        assert from_digits(ticket.digits)
        assert (await gate.scan(Scan(ticket.digits))).reason == "ok"
        assert (await gate.scan(Scan(ticket.digits))).reason == "already_used"
    by_code = await till.scan(Scan(sale.tickets[0].manual_code, is_manual=True))
    assert by_code.reason == "ok"

    server.is_cut = False
    await till.sync_once()
    assert {int(t.ticket_id, 16) for t in sale.tickets} <= set(server.office.rows)
    for session in (till, gate):
        await session.close()


async def test_a_gate_that_never_heard_of_a_till_s_ticket_keeps_its_type_s_hours(
    tmp_path: Path,
) -> None:
    """The till signs them: from ten o'clock on, to the quarter of an hour, outwards."""
    types = [
        msgspec.structs.replace(kind, valid_from=LATE, valid_until=Instant(LATE + 2 * HOUR))
        for kind in make_config().ticket_types
    ]
    server = FakeSyncServer(
        TicketOffice(config=make_config(ticket_types=tuple(types))), ManualClock()
    )
    server.publish()
    till = await PairedGate(
        tmp_path / "t", server, device_id=DeviceId("dv_till"), role="till"
    ).open()
    south = PairedGate(tmp_path / "g", server, device_id=DeviceId("dv_south"), gate_id=SOUTH)
    gate = await south.open()
    await till.sync_once()
    await gate.sync_once()
    server.is_cut = True

    sold = (await sell(till, STANDARD, 1)).tickets[0]
    code = sold.digits
    claims, _, _ = decode_credential(from_digits(code))
    assert (claims.valid_from, claims.valid_until) == (LATE, LATE + 2 * HOUR)
    by_code = await till.scan(Scan(sold.manual_code, is_manual=True))
    assert by_code.reason == "not_yet_valid"
    assert (await gate.scan(Scan(code))).reason == "not_yet_valid"
    south.clock.advance(LATE - south.clock.wall())
    assert (await gate.scan(Scan(code))).reason == "ok"
    for session in (till, gate):
        await session.close()


async def test_hours_that_begin_long_before_doors_hold_at_a_gate_that_never_heard_of_the_ticket(
    tmp_path: Path,
) -> None:
    """Of two dates: a quarter past the hours' beginning the till and the gate both say yes."""
    config = make_config()
    tonight = config.occurrences[0]
    tomorrow = msgspec.structs.replace(
        tonight, id=OccurrenceId("oc_2"), starts_at=Instant(STARTS + DAY), doors_at=None
    )
    early = Instant((tonight.doors_at or STARTS) - 4 * HOUR)
    types = [
        msgspec.structs.replace(kind, occurrence_id=tonight.id, valid_from=early)
        for kind in config.ticket_types
    ]
    config = make_config(ticket_types=tuple(types), occurrences=(tonight, tomorrow))
    server = FakeSyncServer(TicketOffice(config=config), ManualClock(Instant(early - HOUR)))
    server.publish()
    house = PairedGate(tmp_path / "t", server, device_id=DeviceId("dv_till"), role="till")
    south = PairedGate(tmp_path / "g", server, device_id=DeviceId("dv_south"), gate_id=SOUTH)
    for machine in (house, south):
        machine.clock.set_wall(Instant(early - HOUR))
    till, gate = await house.open(), await south.open()
    await till.sync_once()
    await gate.sync_once()
    server.is_cut = True

    sold = (await sell(till, STANDARD, 1)).tickets[0]
    claims, _, _ = decode_credential(from_digits(sold.digits))
    assert claims.valid_from == early
    expected = ("not_yet_valid", "ok")
    for minutes, reason in zip((-15, 15), expected, strict=True):
        for machine in (house, south):
            machine.clock.advance(early + minutes * MINUTE - machine.clock.wall())
        by_code = await till.scan(Scan(sold.manual_code, is_manual=True))
        assert (by_code.reason, (await gate.scan(Scan(sold.digits))).reason) == (reason, reason)
    for session in (till, gate):
        await session.close()


async def test_a_ticket_is_printed_again_as_it_was_though_its_type_s_hours_were_changed(
    tmp_path: Path, server: FakeSyncServer
) -> None:
    """What was sold is what counts, at a till that can ask nobody."""
    till = await PairedGate(tmp_path, server, role="till").open()
    await till.sync_once()
    sold = (await sell(till, STANDARD, 1)).tickets[0]
    types = [
        msgspec.structs.replace(kind, valid_from=LATE)
        for kind in server.office.config.ticket_types
    ]
    server.office.config = msgspec.structs.replace(
        server.office.config, ticket_types=tuple(types), sequence=2
    )
    server.change_config()
    await till.sync_once()
    event = till._knowledge.event
    assert event is not None
    assert event.index.types_by_code[STANDARD].valid_from == LATE
    copy = till.copies.copy(TicketId(int(sold.ticket_id, 16)), "pe_1")
    assert copy.digits == sold.digits
    await till.close()


async def test_a_jump_of_the_till_s_clock_is_on_record_before_the_sale(
    tmp_path: Path, server: FakeSyncServer
) -> None:
    """Whatever is uploaded together: the server cannot see the entry before it."""
    paired = PairedGate(tmp_path, server, role="till")
    session = await paired.open()
    await session.sync_once()
    await sell(session, STANDARD, 1)
    paired.clock.step_wall(HOUR)
    for _ in range(2):
        await sell(session, STANDARD, 1)
    journal = session.store.journal
    entries = [decode_entry(signed.entry) for _, signed in journal.read(1, journal.last_seq)]
    assert [entry.kind for entry in entries[-4:]] == ["sale", "note", "sale", "sale"]
    note = decode_body(entries[-3])
    assert isinstance(note, NoteBody)
    assert note.topic == CLOCK_JUMP
    await session.close()


async def test_receipts_have_no_gap_and_the_allotment_is_kept_across_restarts(
    tmp_path: Path, server: FakeSyncServer
) -> None:
    """Three were granted: three are sold, numbered 1 to 3, and not a fourth."""
    paired = PairedGate(tmp_path, server, role="both")
    session = await paired.open()
    await session.sync_once()
    numbers = [(await sell(session, STANDARD, 1, "card")).receipt_number]
    with pytest.raises(BadInput, match="only 2 of Standard are left"):
        await sell(session, STANDARD, 3)
    await session.close()
    session = await paired.open()
    numbers += [(await sell(session, STANDARD, 1)).receipt_number for _ in range(2)]
    with pytest.raises(BadInput, match="only 0"):
        await sell(session, STANDARD, 1)

    assert numbers == [1, 2, 3]
    await session.sync_once()
    assert session.till.left(STANDARD) == 0
    server.allotment = {1: 10}
    await session.sync_once()
    assert session.till.left(STANDARD) == 7
    await session.close()


async def test_revoked_till_says_that_it_was_revoked_and_what_to_do(
    tmp_path: Path, server: FakeSyncServer
) -> None:
    """Selling, and writing to a tag what it had sold; after a restart as well."""
    till = PairedGate(tmp_path, server, role="till")
    session = await till.open()
    await session.sync_once()
    sold = (await sell(session, STANDARD, 1)).tickets[0]
    server.revoked.add(session.profile.device_id)
    with contextlib.suppress(Rejected):
        await session.sync_once()
    for _ in range(2):
        with pytest.raises(BadInput, match=r"been revoked.*organizer") as refused:
            await sell(session, STANDARD, 1)
        assert refused.value.kind is TroubleKind.REVOKED
        with pytest.raises(BadInput, match=r"been revoked.*organizer"):
            session.till.tag_signer(sold.ticket_id)
        await session.close()
        session = await till.open()
    await session.close()


async def test_what_cannot_be_sold_is_refused_with_its_reason(
    tmp_path: Path, server: FakeSyncServer
) -> None:
    """Wrong type, count, tender, or no delegated key: nothing is written."""
    session = await PairedGate(tmp_path, server, role="till").open()
    with pytest.raises(BadInput, match="has no event"):
        await sell(session, STANDARD, 1)
    await session.sync_once()
    for code, count, tender, why in (
        (GROUP, 1, "cash", "not sold at tills"),
        (99, 1, "cash", "not sold at tills"),
        (STANDARD, 0, "cash", "one ticket at least"),
        (STANDARD, 101, "cash", "1 to 100"),
        (STANDARD, 1, "gold", "tender"),
    ):
        with pytest.raises(BadInput, match=why):
            await sell(session, code, count, tender)
    assert session.store.journal.last_seq == 1
    await session.close()


async def test_nothing_is_sold_for_another_sum_than_was_shown(
    tmp_path: Path, server: FakeSyncServer
) -> None:
    """The guest was told 20.00 and lays down 50.00: by now it costs 25.00, and nobody said so."""
    session = await PairedGate(tmp_path, server, role="till").open()
    await session.sync_once()
    asked = msgspec.structs.replace(
        one_type(STANDARD), tenders=(Tender(kind="cash", amount_minor=5_000),), shown_minor=2_000
    )
    refused = await session.till.sell(asked)
    assert (refused.reason, refused.open_sale) == (SaleReason.SUM_DIFFERS, None)
    told = msgspec.structs.replace(asked, shown_minor=STANDARD_MINOR)
    assert (await session.till.sell(told)).sold().change_minor == 5_000 - STANDARD_MINOR
    await session.close()


async def test_a_gate_gets_no_till_key(tmp_path: Path, server: FakeSyncServer) -> None:
    """Only a till's key is delegated."""
    session = await PairedGate(tmp_path, server).open()
    await session.sync_once()
    with pytest.raises(Rejected, match="no till"):
        await session.renew_till()
    with pytest.raises(BadInput, match="may not sell yet"):
        await sell(session, STANDARD, 1)
    await session.close()


async def test_a_sale_that_cannot_be_written_has_not_happened(
    tmp_path: Path, server: FakeSyncServer
) -> None:
    """A disk that refuses takes neither number nor ticket from the till."""
    session = await PairedGate(tmp_path, server, role="till").open()
    await session.sync_once()
    connection = session.store._database.connection
    connection.execute("PRAGMA query_only=1")
    with pytest.raises(StoreFault):
        await sell(session, STANDARD, 1)
    connection.execute("PRAGMA query_only=0")

    sale = await sell(session, STANDARD, 1)
    assert sale.receipt_number == 1
    assert session.till.left(STANDARD) == 2
    journal = session.store.journal
    bodies = [decode_body(decode_entry(s.entry)) for _, s in journal.read(1, journal.last_seq)]
    assert len([body for body in bodies if isinstance(body, SaleBody)]) == 1
    await session.close()


async def test_100_tickets_of_two_types_are_one_sale_and_one_entry(tmp_path: Path) -> None:
    """Lines, payments and what each ticket cost stand in it and add up; a cut-off gate admits."""
    server = make_market()
    till = await TillHouse(tmp_path / "t", server).open()
    gate = await PairedGate(
        tmp_path / "g", server, device_id=DeviceId("dv_south"), gate_id=SOUTH
    ).open()
    for session in (till, gate):
        await session.sync_once()
    server.is_cut = True
    due = 60 * STANDARD_MINOR + 40 * REDUCED_MINOR
    request = basket((STANDARD, 60), (REDUCED, 40), tenders=(cash(due + 5_000),))
    answer = await till.till.sell(request)
    assert answer.sold().change_minor == 5_000
    (sale,) = sales_of(till)
    assert adds_up(sale)
    assert (len(sale.tickets), sale.total_minor, sale.plan) == (100, due, 1)
    assert (sale.cashier, sale.tender) == ("cs_1", "cash")
    for ticket in answer.sold().tickets[::11]:
        assert (await gate.scan(Scan(ticket.digits))).reason == "ok"
    refused = await till.till.sell(basket((STANDARD, 60), (REDUCED, 41), tenders=(cash(),)))
    assert refused.reason is SaleReason.TOO_MANY
    for session in (till, gate):
        await session.close()


async def test_what_is_given_away_names_its_worth_who_allowed_it_and_why(tmp_path: Path) -> None:
    """The tickets cost nothing; the line says what they would have cost."""
    till = await TillHouse(tmp_path, make_market()).open()
    await till.sync_once()
    request = msgspec.structs.replace(
        basket((STANDARD, 2), tenders=(Tender(kind="comp"),)), authorized_by="pe_1", why="artist"
    )
    assert (await till.till.sell(request)).is_ok
    (sale,) = sales_of(till)
    assert adds_up(sale)
    assert (sale.total_minor, sale.tender, sale.authorized_by, sale.why) == (
        0,
        "comp",
        "pe_1",
        "artist",
    )
    assert (sale.lines[0].unit_minor, sale.lines[0].discount_minor) == (2_500, 5_000)
    await till.close()


async def test_voucher_and_promotion_are_refused_where_nobody_can_be_asked(tmp_path: Path) -> None:
    """Nothing is sold on a word that this till cannot check."""
    till = await TillHouse(tmp_path, make_market()).open()
    await till.sync_once()
    voucher = basket((STANDARD, 1), tenders=(Tender(kind="voucher", code="GIFT"),))
    assert (await till.till.sell(voucher)).reason is SaleReason.NO_VOUCHERS
    promo = msgspec.structs.replace(basket((STANDARD, 1), tenders=(cash(),)), promo="EARLY")
    assert (await till.till.sell(promo)).reason is SaleReason.UNKNOWN_CODE
    assert sales_of(till) == []
    await till.close()
