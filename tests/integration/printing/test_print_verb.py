"""`gatekeeper print`: set-up, a test page, a sale's papers from the journal, what is open."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from command_line.clock_and_randomness import SystemEntropy
from gatekeeper.boxoffice.shift_requests import ShiftRequest
from gatekeeper.device.opened_till import DRAWER_BY_COMMAND, PAPER_AGAIN
from gatekeeper.terminals.terminal_setup import SWAPPED
from shared.journal.chain import decode_body, decode_entry
from shared.journal.entry import NoteBody
from shared.kernel.id_types import DeviceId
from shared.sales.cashier_rights import CashierRights
from shared.sales.cashiers import CashierConfig
from tests.factories import programs
from tests.factories.gate_event import STANDARD
from tests.factories.gate_profile import PairedGate
from tests.factories.selling import sell
from tests.factories.till_house import make_market
from tests.fakes.receipt_printer import NetworkPrinter


def run_print(profile: Path, *arguments: str) -> tuple[int, list[dict[str, Any]], str]:
    """Run the verb; return its status, its lines and what it said to a person."""
    words: programs.Words = [programs.GATEKEEPER, "print", "--profile", profile, *arguments]
    done = programs.run(words, seconds=240)
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    return done.returncode, lines, done.stderr.decode()


def run_terminal(profile: Path, *arguments: str) -> int:
    """Run the verb that says which card terminal the till asks; return its status."""
    words: programs.Words = [programs.GATEKEEPER, "terminal", "--profile", profile, *arguments]
    return programs.run(words, seconds=240).returncode


async def test_a_sale_is_printed_from_the_journal_and_its_job_had_again(tmp_path: Path) -> None:
    """Set up, test, print what was sold, print it again as a copy; an absent printer says so."""
    till = PairedGate(
        tmp_path,
        make_market(),
        device_id=DeviceId("dv_till"),
        role="till",
        entropy=SystemEntropy(),
    )
    session = await till.open()
    await session.sync_once()
    sale = await sell(session, STANDARD, 1)
    await session.close()
    with NetworkPrinter() as printer:
        use = ("--use", printer.address, "--language", "de")
        status, (setup, tested), _ = run_print(tmp_path, *use, "--test")
        assert (status, setup["printer"]) == (0, printer.address)
        assert (tested["state"], tested["confirmed_by"]) == ("printed", "printer")
        assert run_print(tmp_path, "--sale", sale.sale_id)[:2] == (0, [])
        status, jobs, _ = run_print(tmp_path, "--about", sale.sale_id)
        assert [(one["kind"], one["state"], one["copy"]) for one in jobs] == [
            ("ticket", "printed", 0),
            ("receipt", "printed", 0),
        ]
        status, (again,), _ = run_print(tmp_path, "--again", str(jobs[0]["job"]))
        assert (status, again["copy"]) == (0, 1)
        assert printer.cuts == 4
        assert "Beleg 1" in printer.paper.texts()
    status, (gone,), _ = run_print(tmp_path, "--again", str(jobs[1]["job"]))
    assert (status, gone["state"]) == (1, "gone")
    assert "Strom und Kabel" in gone["next"]
    status, lines, said = run_print(tmp_path, "--use", "usb")
    assert (status, lines) == (2, [])
    assert "tcp:HOST" in said


async def test_a_picture_is_a_tickets_paper_where_no_printer_has_had_it(tmp_path: Path) -> None:
    """Of a till without a printer, or whose printer is off: else each one more is on no record."""
    till = PairedGate(
        tmp_path,
        make_market(),
        device_id=DeviceId("dv_till"),
        role="till",
        entropy=SystemEntropy(),
    )
    session = await till.open()
    await session.sync_once()
    sale = await sell(session, STANDARD, 1)
    await session.close()
    run_print(tmp_path, "--sale", sale.sale_id)
    _, (ticket, receipt), _ = run_print(tmp_path, "--about", sale.sale_id)
    assert (ticket["state"], receipt["state"]) == ("queued", "queued")
    for number in range(3):
        drawn = ("--picture", str(ticket["job"]), "--to", str(tmp_path / f"{number}.png"))
        assert run_print(tmp_path, *drawn)[0] == 0
    with NetworkPrinter() as printer:
        run_print(tmp_path, "--use", printer.address)
        assert printer.cuts == 1, "the receipt alone"
    _, (ticket, _), _ = run_print(tmp_path, "--about", sale.sale_id)
    assert (ticket["state"], ticket["confirmed_by"], ticket["copy"]) == ("printed", "picture", 2)
    again = await till.open()
    journal = again.store.journal
    bodies = [decode_body(decode_entry(one.entry)) for _, one in journal.read(1, journal.last_seq)]
    assert [(one.topic, one.text) for one in bodies if isinstance(one, NoteBody)] == [
        (PAPER_AGAIN, f"ticket {sale.sale_id} 1"),
        (PAPER_AGAIN, f"ticket {sale.sale_id} 2"),
    ]
    await again.close()


async def test_what_commands_do_at_a_till_is_on_record_as_at_its_window(tmp_path: Path) -> None:
    """A second paper or picture of a ticket, the drawer, another terminal: each is an entry."""
    till = PairedGate(
        tmp_path,
        make_market(),
        device_id=DeviceId("dv_till"),
        role="till",
        entropy=SystemEntropy(),
    )
    session = await till.open()
    await session.sync_once()
    sale = await sell(session, STANDARD, 1)
    await session.close()
    with NetworkPrinter() as printer:
        run_print(tmp_path, "--use", printer.address, "--drawer-pin", "2", "--sale", sale.sale_id)
        _, (ticket, _), _ = run_print(tmp_path, "--about", sale.sale_id)
        assert run_print(tmp_path, "--again", str(ticket["job"]))[0] == 0
        picture = ("--picture", str(ticket["job"]), "--to", str(tmp_path / "friend.png"))
        assert run_print(tmp_path, *picture)[0] == 0
        assert run_print(tmp_path, "--drawer")[:2] == (0, [{"drawer": True}])
    for address in ("zvt:127.0.0.1:9", "by-hand", "by-hand"):
        run_terminal(tmp_path, "--use", address)
    again = await till.open()
    journal = again.store.journal
    bodies = [decode_body(decode_entry(one.entry)) for _, one in journal.read(1, journal.last_seq)]
    assert [(one.topic, one.text) for one in bodies if isinstance(one, NoteBody)] == [
        (PAPER_AGAIN, f"ticket {sale.sale_id} 1"),
        (PAPER_AGAIN, f"ticket {sale.sale_id} 2"),
        (DRAWER_BY_COMMAND, ""),
        (SWAPPED, "by-hand zvt:127.0.0.1:9"),
        (SWAPPED, "zvt:127.0.0.1:9 by-hand"),
    ]
    await again.close()


async def test_a_shift_counts_how_often_a_command_has_opened_its_drawer(tmp_path: Path) -> None:
    """As the window's: else whoever closed it opened the drawer as often as they liked."""
    server = make_market()
    rights = CashierRights(sell=True)
    server.cashiers = (CashierConfig(id="ca_1", name="Mara", badge_hash="m" * 64, rights=rights),)
    till = PairedGate(
        tmp_path, server, device_id=DeviceId("dv_till"), role="till", entropy=SystemEntropy()
    )
    session = await till.open()
    await session.sync_once()
    session.keep_drawer()
    assert session.shifts.do(ShiftRequest(act="open", amount_minor=0, cashier="ca_1")).ok
    await session.close()
    with NetworkPrinter() as printer:
        run_print(tmp_path, "--use", printer.address, "--drawer-pin", "2")
        for _ in range(2):
            assert run_print(tmp_path, "--drawer")[:2] == (0, [{"drawer": True}])
    again = await till.open()
    again.keep_drawer()
    sums = again.shifts.sums()
    assert sums is not None
    assert sums.no_sale_count == 2
    await again.close()
