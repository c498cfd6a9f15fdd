"""The drawer at a till: each act durable with its number, by right only, whole or not at all."""

from __future__ import annotations

import contextlib
from pathlib import Path

import msgspec
import pytest

from gatekeeper.boxoffice.shift_requests import OpenShift, ShiftAnswer, ShiftReason, ShiftRequest
from gatekeeper.boxoffice.shifts import Shifts
from gatekeeper.device.opened_gate import GateSession
from shared.credential.badges_and_pins import hash_badge
from shared.journal.chain import decode_body, decode_entry
from shared.journal.sale_body import SaleBody, SalePayment, SoldTicket
from shared.journal.shift_body import ShiftAct, ShiftBody
from shared.kernel.ed25519 import sha256
from shared.kernel.errors import StoreFault
from shared.kernel.id_types import DeviceId, TicketId
from shared.manifest.badge_signatures import BadgeScope, badge_key, is_supervisors_word, shift_word
from shared.manifest.event_config import SupervisorConfig
from shared.sales.cashier_rights import CashierRights
from shared.sales.cashiers import CashierConfig
from tests.factories.gate_event import EVENT, ORGANIZATION, TicketOffice, make_config
from tests.factories.gate_profile import PairedGate
from tests.fakes.clock import ManualClock
from tests.fakes.sync_server import FakeSyncServer

BADGE = "GKB1-ABCDE-FGHJK-MNPQR"
JO = SupervisorConfig(
    id="sv_jo",
    name="Jo",
    pin_hash="",
    badge_hash=hash_badge(BADGE, ORGANIZATION),
    sign_key=badge_key(BADGE, ORGANIZATION).public_key,
)
MARA = CashierConfig(
    id="ca_mara", name="Mara", badge_hash="a" * 64, rights=CashierRights(sell=True)
)
BEN = CashierConfig(
    id="ca_ben",
    name="Ben",
    badge_hash="b" * 64,
    rights=CashierRights(
        sell=True, paid_out=True, open_drawer=True, see_expected=True, refund_minor=1_000
    ),
)
NEW = CashierConfig(id="ca_new", name="Nobody yet", badge_hash="c" * 64)
TICKET = SoldTicket(
    ticket_id=TicketId(1),
    ticket_type_code=1,
    generation=0,
    key_id=1,
    manual_code=1,
    valid_from=None,
    valid_until=None,
    price_minor=0,
)


class Counter:
    """A till with its drawer; opened again as often as wanted."""

    def __init__(self, folder: Path) -> None:
        office = TicketOffice(config=make_config(supervisors=(JO,)))
        self.server = FakeSyncServer(office, ManualClock())
        self.server.cashiers = (BEN, MARA, NEW)
        self.server.publish()
        self.paired = PairedGate(folder, self.server, device_id=DeviceId("dv_till"), role="till")
        self.session: GateSession
        self.shifts: Shifts

    async def open(self) -> None:
        self.session = await self.paired.open()
        await self.session.sync_once()
        self.shifts = self.session.shifts

    async def open_again(self) -> None:
        await self.session.close()
        await self.open()

    def do(self, act: str, amount: int | None = None, **more: object) -> ShiftAnswer:
        request = ShiftRequest(act=act, amount_minor=amount, cashier=MARA.id)
        return self.shifts.do(msgspec.structs.replace(request, **more))

    def sell(self, *parts: tuple[str, int], sale_id: str = "5a" * 16) -> None:
        """Record a sale as the till's engine does."""
        shift = self.shifts.require("EUR")
        assert isinstance(shift, OpenShift)
        store, stamp = self.session.store, self.session._recorder.stamp()
        total = sum(amount for _, amount in parts)
        with store.transaction("sale"):
            body = SaleBody(
                sale_id=sale_id,
                receipt_number=store.receipt_numbers.take(),
                currency="EUR",
                total_minor=total,
                tender="split",
                tickets=(TICKET,),
                payments=tuple(
                    SalePayment(kind=kind, amount_minor=amount) for kind, amount in parts
                ),
                shift_id=shift.shift_id,
            )
            store.journal.append(body, stamp)

    def bodies(self) -> list[ShiftBody]:
        journal = self.session.store.journal
        entries = [decode_entry(one.entry) for _, one in journal.read(1, journal.last_seq)]
        found = [decode_body(entry) for entry in entries]
        return [body for body in found if isinstance(body, ShiftBody)]


@pytest.fixture
async def counter(tmp_path: Path) -> Counter:
    counter = Counter(tmp_path)
    await counter.open()
    return counter


async def test_an_evening_from_float_to_z_report(counter: Counter) -> None:
    """The contract's acts, in order; the drawer, the card sum and the printout's hash agree."""
    assert counter.shifts.current() is None
    opened = counter.do("open", 20_000)
    assert (opened.ok, opened.number) == (True, 1)
    counter.sell(("cash", 4_800))
    counter.sell(("cash", 1_000), ("card", 3_800), sale_id="6b" * 16)
    assert counter.do("paid_in", 500, why="change").ok
    assert counter.do("drop", 10_000, why="safe").ok
    counted = counter.do("count", 16_250)
    assert (counted.expected_minor, counted.difference_minor) == (16_300, -50)
    report = counter.do("x")
    assert report.sums is not None
    assert report.expected_minor == 16_300
    closed = counter.do("close", left_minor=10_000, terminal_minor=3_800)
    assert (closed.ok, closed.z_number, closed.card_minor) == (True, 1, 3_800)
    assert closed.difference_minor == -50
    ((_, signed),) = counter.session.store.journal.read(closed.seq, closed.seq)
    assert closed.entry == sha256(signed.entry).hex(), "what the printout names is the entry"
    bodies = counter.bodies()
    assert [body.number for body in bodies] == list(range(1, 7))
    assert bodies[-1].sums == closed.sums
    assert (bodies[-1].left_minor, bodies[-1].terminal_minor) == (10_000, 3_800)
    assert counter.shifts.current() is None
    await counter.session.close()


async def test_without_a_shift_nothing_is_done_and_nothing_written(counter: Counter) -> None:
    """Every act but an opening says `no_shift`, and so does what a sale asks for."""
    for act in ("paid_in", "paid_out", "drop", "no_sale", "count", "x", "close", "hand_over"):
        answer = counter.do(act, 5, cashier=JO.id, receiver=BEN.id)
        assert (answer.ok, answer.reason) == (False, ShiftReason.NO_SHIFT), act
    required = counter.shifts.require("EUR")
    assert isinstance(required, ShiftAnswer)
    assert required.reason == ShiftReason.NO_SHIFT
    assert counter.bodies() == []
    await counter.session.close()


@pytest.mark.parametrize(
    ("act", "cashier"),
    [
        ("open", NEW.id),
        ("open", ""),
        ("open", "ca_nobody"),
        ("paid_out", MARA.id),
        ("no_sale", MARA.id),
        ("x", MARA.id),
        ("count", NEW.id),
        ("close", NEW.id),
        ("close", BEN.id),
        ("hand_over", BEN.id),
        ("approve", BEN.id),
    ],
)
async def test_what_a_right_does_not_cover_is_refused_and_leaves_no_entry(
    counter: Counter, act: str, cashier: str
) -> None:
    """Rights default to none; another's drawer is a supervisor's to close."""
    if act != "open":
        counter.do("open", 0)
    before = counter.bodies()
    answer = counter.do(act, 5, cashier=cashier, receiver=BEN.id, z_number=1)
    assert (answer.ok, answer.reason) == (False, ShiftReason.NOT_ALLOWED)
    assert answer.expected_minor is None
    assert counter.bodies() == before
    await counter.session.close()


async def test_a_supervisor_allows_what_a_cashier_may_not_and_their_badge_signs_it(
    counter: Counter,
) -> None:
    """The entry names both; without the badge it names them all the same, unsigned."""
    counter.do("open", 10_000)
    assert counter.do("paid_out", 300, authorized_by=JO.id, why="flowers").ok
    counter.session._knowledge.badge.take(JO.id, BADGE)
    assert counter.do("no_sale", authorized_by=JO.id, why="coins").ok
    plain, signed = counter.bodies()[-2:]
    assert (plain.cashier, plain.authorized_by, plain.signature) == (MARA.id, JO.id, b"")
    event = counter.session._knowledge.event
    assert event is not None
    speaker = BadgeScope(ORGANIZATION, event.event_id, DeviceId("dv_till"), JO.id)
    word = shift_word(
        speaker,
        shift_id=signed.shift_id,
        number=signed.number,
        act="no_sale",
        amount_minor=0,
        currency="EUR",
    )
    assert is_supervisors_word(word, signed.signature, [JO])
    await counter.session.close()


async def test_a_count_is_blind_and_what_moves_cash_after_it_needs_another(
    counter: Counter,
) -> None:
    """Nobody reads what is expected first, and nobody closes on yesterday's count."""
    counter.do("open", 10_000)
    refused = counter.do("x")
    assert (refused.reason, refused.sums) == (ShiftReason.NOT_ALLOWED, None)
    assert counter.do("close").reason == ShiftReason.NOT_COUNTED
    assert counter.do("count", 9_000).difference_minor == -1_000
    assert counter.do("count", 10_000).difference_minor == 0
    counter.sell(("cash", 700))
    assert counter.do("close").reason == ShiftReason.NOT_COUNTED
    assert counter.do("x").reason == ShiftReason.NOT_ALLOWED
    closed = counter.do("close", 10_700)
    assert (closed.ok, closed.difference_minor) == (True, 0)
    acts = [body.act for body in counter.bodies()]
    assert acts == ["open", "count", "count", "count", "close"]
    assert closed.sums is not None
    assert closed.sums.entry_count == 5, "the count that came with the close is in its figures"
    await counter.session.close()


async def test_shift_goes_on_after_a_restart_and_z_reports_have_no_gap(counter: Counter) -> None:
    """Numbers, float and figures are the journal's; midnight and restarts close nothing."""
    for z_number in (1, 2, 3):
        opened = counter.do("open", 5_000)
        differs = None if z_number == 1 else 5_000 - 4_000
        assert opened.float_differs_minor == differs
        counter.sell(("cash", 100), sale_id=f"{z_number:032x}")
        await counter.open_again()
        assert counter.do("open", 1).reason == ShiftReason.SHIFT_OPEN
        current = counter.shifts.current()
        assert current is not None
        assert (current.cashier, current.shift_id) == (MARA.id, opened.shift_id)
        closed = counter.do("close", 5_100, left_minor=4_000)
        assert (closed.z_number, closed.difference_minor) == (z_number, 0)
        await counter.open_again()
    assert [body.number for body in counter.bodies()] == list(range(1, 10))
    await counter.session.close()


async def test_forgotten_shift_is_closed_by_a_supervisor_on_behalf(counter: Counter) -> None:
    """The entry says whose drawer it was and who counted; the next shift opens then."""
    counter.do("open", 5_000)
    await counter.open_again()
    refused = counter.do("open", 5_000, cashier=BEN.id)
    assert "supervisor" in refused.text
    closed = counter.do("close", 4_990, cashier=JO.id, why="forgotten")
    assert (closed.ok, closed.difference_minor) == (True, -10)
    body = counter.bodies()[-1]
    assert (body.cashier, body.authorized_by, body.why) == (MARA.id, JO.id, "forgotten")
    assert counter.do("open", 5_000, cashier=BEN.id).ok
    await counter.session.close()


async def test_drawer_is_handed_over_with_a_count_and_approved_afterwards(
    counter: Counter,
) -> None:
    """What was missing at the hand-over is on record under who had the drawer."""
    counter.do("open", 5_000)
    refused = counter.do("hand_over", 5_000, receiver=NEW.id)
    assert refused.reason == ShiftReason.UNKNOWN_CASHIER
    handed = counter.do("hand_over", 4_900, receiver=BEN.id)
    assert (handed.difference_minor, handed.handed_minor) == (-100, None)
    counted = counter.do("count", 4_850, cashier=BEN.id)
    assert (counted.difference_minor, counted.handed_minor) == (-150, -100)
    assert counter.do("close", 4_900).reason == ShiftReason.NOT_ALLOWED
    assert counter.do("close", 4_900, cashier=BEN.id).z_number == 1
    assert counter.do("approve", authorized_by=JO.id, z_number=2).reason == (
        ShiftReason.UNKNOWN_REPORT
    )
    approved = counter.do("approve", cashier="", authorized_by=JO.id, z_number=1)
    assert (approved.ok, counter.bodies()[-1].z_number) == (True, 1)
    await counter.session.close()


async def test_drawer_is_not_handed_over_to_whoever_has_it(counter: Counter) -> None:
    """What is short stays theirs: the close would else say that it was short when they took it."""
    counter.do("open", 5_000)
    before = len(counter.bodies())
    for who in ({}, {"authorized_by": JO.id}, {"cashier": JO.id}):
        refused = counter.do("hand_over", 4_000, receiver=MARA.id, **who)
        assert refused.reason == ShiftReason.UNKNOWN_CASHIER
    assert len(counter.bodies()) == before
    closed = counter.do("close", 4_000)
    assert (closed.difference_minor, closed.handed_minor) == (-1_000, None)
    await counter.session.close()


@pytest.mark.parametrize("act", ["drop", "paid_out"])
async def test_more_than_ever_came_in_is_taken_out_only_by_a_supervisors_word(
    counter: Counter, act: str
) -> None:
    """A cashier's slip is found at once; the bound is too coarse to tell what must be there."""
    counter.do("open", 5_000)
    counter.sell(("cash", 4_000))
    before = len(counter.bodies())
    for amount in (16_384, 90_000, 99_999_999_999):
        refused = counter.do(act, amount, cashier=BEN.id)
        assert refused.reason == ShiftReason.FAR_BEYOND
        assert not any(letter.isdigit() for letter in refused.text)
    assert counter.do(act, 90_000, cashier=BEN.id, authorized_by=NEW.id).reason == "far_beyond"
    assert len(counter.bodies()) == before
    assert counter.do(act, 9_000, cashier=BEN.id).ok
    assert counter.do(act, 90_000, cashier=BEN.id, authorized_by=JO.id).ok
    assert counter.do("count", 0).expected_minor == -90_000
    await counter.session.close()


@pytest.mark.parametrize("act", ["drop", "paid_out"])
async def test_what_was_taken_out_already_is_not_taken_out_again_without_a_supervisor(
    counter: Counter, act: str
) -> None:
    """All cash was brought to the safe, and the slip is keyed in twice."""
    counter.do("open", 5_000)
    counter.sell(("cash", 4_000))
    for _ in range(2):
        assert counter.do(act, 4_500, cashier=BEN.id).ok
    assert counter.do(act, 9_000, cashier=BEN.id).reason == ShiftReason.FAR_BEYOND
    counter.do("paid_in", 9_000, cashier=BEN.id)
    assert counter.do(act, 9_000, cashier=BEN.id).ok, "as much came in again"
    await counter.session.close()


async def test_wrong_tender_is_moved_by_an_entry_within_what_was_booked(counter: Counter) -> None:
    """Card slips in the drawer are no cash; nothing moves twice, and nothing of no sale."""
    counter.do("open", 0)
    counter.sell(("cash", 4_800), sale_id="aa" * 16)
    move = {"tender": "cash", "tender_to": "card", "authorized_by": JO.id}
    assert counter.do("tender_moved", 100, sale_id="bb" * 16, **move).reason == (
        ShiftReason.UNKNOWN_SALE
    )
    alone = counter.do("tender_moved", 4_800, sale_id="aa" * 16, tender="cash", tender_to="card")
    assert alone.reason == ShiftReason.NOT_ALLOWED
    same = counter.do("tender_moved", 1, sale_id="aa" * 16, tender="cash", tender_to="cash")
    assert same.reason in {ShiftReason.NOT_ALLOWED, ShiftReason.WRONG_TENDER}
    assert counter.do("tender_moved", 800, sale_id="aa" * 16, **move).ok
    assert counter.do("tender_moved", None, sale_id="aa" * 16, **move).ok, "all that is left of it"
    assert counter.bodies()[-1].amount_minor == 4_000
    again = counter.do("tender_moved", 1, sale_id="aa" * 16, **move)
    assert again.reason == ShiftReason.WRONG_AMOUNT
    closed = counter.do("close", 0)
    assert (closed.difference_minor, closed.card_minor) == (0, 4_800)
    await counter.session.close()


@pytest.mark.parametrize(
    "wrong",
    [
        ShiftRequest(act="steal", amount_minor=1, cashier=BEN.id),
        ShiftRequest(act="", cashier=BEN.id),
        ShiftRequest(act="paid_in", cashier=BEN.id),
        ShiftRequest(act="paid_in", amount_minor=-1, cashier=BEN.id),
        ShiftRequest(act="paid_out", amount_minor=10**12 + 1, cashier=BEN.id),
        ShiftRequest(act="close", amount_minor=1, left_minor=2, cashier=JO.id),
        ShiftRequest(act="close", amount_minor=1, left_minor=-1, cashier=JO.id),
    ],
)
async def test_what_is_no_amount_or_no_act_is_refused(
    counter: Counter, wrong: ShiftRequest
) -> None:
    """Nothing of it is written."""
    counter.do("open", 0)
    before = counter.bodies()
    assert counter.shifts.do(wrong).ok is False
    assert counter.bodies() == before
    await counter.session.close()


async def test_sale_in_another_currency_finds_no_drawer(counter: Counter) -> None:
    """Two kinds of money are not added up."""
    counter.do("open", 0)
    answer = counter.shifts.require("CHF")
    assert isinstance(answer, ShiftAnswer)
    assert answer.reason == ShiftReason.TWO_CURRENCIES
    await counter.session.close()


async def test_unfinished_sale_is_settled_before_the_close_or_named_by_its_report(
    counter: Counter,
) -> None:
    """A card of which the terminal says nothing may have been charged."""
    counter.do("open", 0)
    store = counter.session.store
    with store.transaction("test"):
        store.open_sales.put("7c" * 16, EVENT, b"", {})
    refused = counter.do("close", 0)
    assert (refused.reason, counter.bodies()[-1].act) == (ShiftReason.OPEN_SALES, "open")
    assert counter.do("close", 0, names_open_sales=True).ok
    assert counter.bodies()[-1].open_sales == ("7c" * 16,)
    await counter.session.close()


class Killed(Exception):
    """The power is gone."""


@pytest.mark.parametrize("step", ["before_commit", "committed"])
@pytest.mark.parametrize(
    "act", ["open", "drop", "count", "hand_over", "close", "close with a count", "x"]
)
async def test_till_killed_at_any_step_of_an_act_has_done_it_whole_or_not_at_all(
    tmp_path: Path, act: str, step: str
) -> None:
    """Opened again it goes on: no number is missing or given twice, and the drawer adds up."""
    counter = Counter(tmp_path)
    await counter.open()
    if act != "open":
        counter.do("open", 1_000)
    if act in {"close", "x"}:
        counter.do("count", 1_000)

    def kill(point: str) -> None:
        if point == f"shift.{step}":
            raise Killed

    before = len(counter.bodies())
    counter.session.store.crash_point = kill
    with pytest.raises(Killed):
        amount = None if act in {"close", "x"} else 1_000
        counter.do(act.split(" ", maxsplit=1)[0], amount, receiver=BEN.id)
    with contextlib.suppress(Killed, StoreFault):
        await counter.session.close()
    await counter.open()
    bodies = counter.bodies()
    more = 2 if act == "close with a count" else 1
    assert len(bodies) == before + (more if step == "committed" else 0)
    assert [body.number for body in bodies] == list(range(1, len(bodies) + 1))
    current = counter.shifts.current()
    is_open = any(body.act == ShiftAct.OPEN for body in bodies) and bodies[-1].act != "close"
    assert (current is not None) == is_open
    if current is None and not bodies:
        assert counter.do("open", 1_000).number == 1
    current = counter.shifts.current()
    if current is not None:
        closed = counter.do("close", 1_000, cashier=JO.id)
        assert closed.z_number == 1
    assert [body.z_number for body in counter.bodies() if body.act == ShiftAct.CLOSE] == [1]
    await counter.session.close()


async def test_state_that_was_lost_is_read_off_the_entries(counter: Counter) -> None:
    """A database that was set aside and salvaged has the entries, and may lack the row."""
    counter.do("open", 1_000)
    counter.do("close", 1_000)
    opened = counter.do("open", 1_000)
    store = counter.session.store
    with store.transaction("test"):
        store.shifts._connection.execute("DELETE FROM setting WHERE name='shift'")
    await counter.open_again()
    current = counter.shifts.current()
    assert current is not None
    assert current.shift_id == opened.shift_id
    closed = counter.do("close", 1_000)
    assert (closed.number, closed.z_number) == (6, 2)
    await counter.session.close()
