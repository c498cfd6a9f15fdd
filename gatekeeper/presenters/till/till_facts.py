"""What the window shows of a till by itself: event, stock, shift, papers, and what is wrong."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from gatekeeper.boxoffice.counted_prices import counts_at
from gatekeeper.device.attended_gate import AttendedGate
from gatekeeper.device.opened_till import OpenedTill
from gatekeeper.gate.answer import PRACTICE
from gatekeeper.gate.ends_of_printed_codes import SHOWN
from gatekeeper.gate.troubles import of_copies
from gatekeeper.presenters.till.screen_parts import spell_code
from gatekeeper.presenters.till.state import TillFacts
from gatekeeper.printing.documents import (
    DrawerReport,
    NameBadge,
    TicketPaper,
    decode_document,
)
from gatekeeper.printing.print_queue import PrintQueue, advice_key
from gatekeeper.printing.receipt_and_refund_slips import name_receipt
from gatekeeper.printing.report_slip import name_report
from gatekeeper.store.print_job_table import ASKING, WAITING, PrintJob
from gatekeeper.store.profile import LIVE
from gatekeeper.wording.texts import TEXTS
from gatekeeper.wording.wall_clocks import zone_named
from shared.admission.offline_policy import Rung
from shared.kernel.id_types import EventId
from shared.kernel.trouble import TroubleKind
from shared.sales.receipt import Receipt

_OF_CLOCK: Final = frozenset({TroubleKind.CLOCK_SLOW, TroubleKind.CLOCK_WRONG})


def read_facts(opened: OpenedTill) -> TillFacts:
    """Gather what the window shows of an open till."""
    session = opened.session
    till = session.till
    jobs = opened.printer.list_open()
    asking = next((job for job in jobs if job.state in ASKING), None)
    stuck = asking or next((job for job in jobs if job.reason), None)
    stock = till.stock()
    status = session.status()
    event_id = session.knowledge.event_id or EventId("")
    return TillFacts(
        event=status.event,
        currency=stock[0].currency if stock else "",
        stock=stock,
        plan=till.prices(),
        price_counts=counts_at(
            session.store,
            session.knowledge.event,
            can_ask=till.ports.stock is not None and till.ports.mode() == Rung.ONLINE.value,
        ),
        now=till.now(),
        mode=till.ports.mode() if session.profile.kind == LIVE else PRACTICE,
        waiting=status.pending,
        shift=session.shifts.current(),
        badges=frozenset(one.badge_hash for one in session.staff.cashiers),
        evacuated=_evacuated(session),
        paper_key=_advice(opened.printer, stuck),
        is_roll_low=opened.printer.is_roll_low,
        asked_job=None if asking is None else asking.number,
        asked_paper="" if asking is None else _name_paper(asking),
        event_id=event_id,
        open_sales=till.open_sales.list_open(),
        parked=tuple(till.open_sales.list_parked(event_id)),
        paid_in_part=till.open_sales.find_parts(event_id),
        gate_hint="till.gate_hint" if till.has_to_ask else "",
        is_emptied_by_close=till.is_emptied_by_close,
        has_terminal=till.ports.terminal is not None,
        has_printer=opened.printer.setup is not None,
        unprinted=_find_unprinted(jobs),
        has_vouchers=till.ports.vouchers is not None,
        device_key=_device_key(session, status.trouble),
        seats=session.seats.view(),
        zone=zone_named(status.timezone) if status.timezone else None,
    )


def _advice(printer: PrintQueue, stuck: PrintJob | None) -> str:
    """Return the key of what is to be done about paper or drawer, or ""."""
    if stuck is not None:
        return advice_key(stuck)
    return "print.drawer_shut" if printer.is_drawer_shut else ""


def _name_paper(job: PrintJob) -> str:
    """Say which paper it is, by what stands on it; "" where nobody knows any more."""
    document = decode_document(job.document) if job.document else None
    match document:
        case TicketPaper():
            code = spell_code(document.manual_code[-SHOWN:], "")
            return TEXTS.beside(document.ticket_type, document.seat, code)
        case Receipt():
            return name_receipt(document, TEXTS)
        case DrawerReport():
            return name_report(document, TEXTS)
        case NameBadge():
            return document.name
        case None:
            return ""


def _find_unprinted(jobs: Sequence[PrintJob]) -> frozenset[str]:
    """Return what open jobs are about that are stuck, or wait behind one that is."""
    is_held = any(job.reason for job in jobs if job.state in WAITING)
    return frozenset(job.about for job in jobs if is_held or job.reason)


def _device_key(session: AttendedGate, trouble: str) -> str:
    """Name what a cashier has to hear of revocation, clock and folder, or ""."""
    if session.knowledge.state.is_erased:
        return "till.refused.revoked"
    if trouble in _OF_CLOCK:
        return "till.clock_wrong"
    return f"trouble.{of_copies(session.store).kind}" if session.store.other_life else ""


def _evacuated(session: AttendedGate) -> tuple[str, ...]:
    event = session.knowledge.event
    if event is None:
        return ()
    stopped = session.store.uses.evacuations.stopped(event.event_id)
    return tuple(zone.name for zone in event.config.zones if zone.id in stopped)
