"""Printers at the lowest layer: on TCP and on a serial line, in every mood they have."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from command_line.clock_and_randomness import SystemClock
from gatekeeper.printing.documents import Document
from gatekeeper.printing.escpos_printer import PRINTER_STATUS, EscposPrinter
from gatekeeper.printing.ports import Paper
from gatekeeper.printing.print_outcome import NotSent, Printed, SendResult, Unknown, Why
from gatekeeper.printing.printer_profiles import EscposProfile, PdfProfile
from gatekeeper.printing.printer_setup import (
    PrinterSetup,
    line_opener,
    make_setup,
    open_printer,
)
from gatekeeper.printing.rendering import render
from shared.kernel.errors import BadInput
from shared.kernel.instant import SECOND, Duration
from tests.factories.papers import make_ticket
from tests.factories.waiting import until
from tests.fakes.clock import ManualClock
from tests.fakes.receipt_printer import NetworkPrinter, ReceiptPrinter, SerialPrinter

PROFILE = EscposProfile(drawer_pin=2)


@pytest.fixture(params=["network", "serial"])
def printer(request: pytest.FixtureRequest) -> Iterator[ReceiptPrinter]:
    made = NetworkPrinter() if request.param == "network" else SerialPrinter()
    with made:
        yield made


@pytest.fixture
def network() -> Iterator[NetworkPrinter]:
    with NetworkPrinter() as made:
        yield made


def send(
    printer: ReceiptPrinter | str,
    document: Document | None = None,
    *,
    token: int = 17,
    clears: bool = False,
    profile: EscposProfile = PROFILE,
) -> SendResult:
    address = printer if isinstance(printer, str) else getattr(printer, "address", "")
    assert isinstance(address, str)
    setup = make_setup(address, profile, PdfProfile())
    opened = open_printer(setup, SystemClock())
    data = render(document or make_ticket(), opened.profile)
    return opened.send(Paper("ticket-1", data, token, clears))


def test_a_ready_printer_prints_and_says_so(printer: ReceiptPrinter) -> None:
    """Status before, bytes, and the job's own answer after."""
    assert send(printer) == Printed()
    assert printer.cuts == 1


def test_a_device_file_is_spoken_to_like_a_line() -> None:
    """USB printers are files of the system's."""
    with SerialPrinter() as printer:
        assert send(printer.device) == Printed()
        assert printer.cuts == 1


def test_a_roll_near_its_end_prints_all_the_same(printer: ReceiptPrinter) -> None:
    """That is no reason to refuse; a new one is to be at hand."""
    printer.is_low = True
    assert send(printer) == Printed(is_roll_low=True)


@pytest.mark.parametrize(
    ("mood", "why"),
    [
        ("is_open", Why.COVER_OPEN),
        ("has_fault", Why.PRINTER_ERROR),
        ("is_offline", Why.OFFLINE),
        ("is_silent", Why.SILENT),
    ],
)
def test_a_printer_that_cannot_print_gets_nothing(
    network: NetworkPrinter, mood: str, why: Why
) -> None:
    """What was not sent is surely not on paper, and the reason says what to do."""
    setattr(network, mood, True)
    assert send(network) == NotSent(why)
    assert network.cuts == 0


def test_a_printer_without_paper_gets_nothing(printer: ReceiptPrinter) -> None:
    """Out of paper is no print that waits in its buffer."""
    printer.rows_left = 0
    printer.paper.feed(b"x\n")
    assert send(printer) == NotSent(Why.NO_PAPER)
    assert printer.cuts == 0


def test_paper_that_ends_in_the_middle_is_half_a_ticket(printer: ReceiptPrinter) -> None:
    """It is asked while it prints, and says so before its time is up."""
    printer.rows_left = 200
    assert send(printer) == Unknown(Why.PAPER_ENDED)


def test_before_a_second_print_the_printer_forgets_the_first(network: NetworkPrinter) -> None:
    """Else it would print the rest of the first when paper is loaded."""
    assert send(network, clears=True) == Printed()
    assert network.paper.events[3].kind == "forget"  # after three questions for its status


def test_a_line_that_is_cut_in_the_middle_is_half_a_ticket() -> None:
    """The printer hung up with bytes still to come."""
    with NetworkPrinter() as network:
        network.hangs_up_after = 2_000
        result = send(network, make_ticket(event="Ярмарка " * 400))
    assert result in {Unknown(why, is_cut=True) for why in (Why.CUT_OFF, Why.NO_ANSWER)}
    assert network.cuts == 0


def test_a_printer_that_never_answers_a_job_is_asked_about(network: NetworkPrinter) -> None:
    """All was sent and nobody says that it is done: unknown, never fine."""

    network.answers_jobs = False
    opener = line_opener("tcp", f"127.0.0.1:{network.port}")
    printer = EscposPrinter(opener, PROFILE, SystemClock(), within=2 * SECOND)
    result = printer.send(Paper("ticket-1", render(make_ticket(), PROFILE), 1))
    assert result == Unknown(Why.NO_ANSWER)


def test_a_cheap_printer_that_says_nothing_is_unknown_at_once(network: NetworkPrinter) -> None:
    """Its cashier is asked; nobody waits for what never comes."""
    network.is_silent = True
    cheap = EscposProfile(tells_status=False, tells_done=False, forgets=False)
    assert send(network, profile=cheap) == Unknown(Why.NO_ANSWER)


def test_the_answer_of_another_job_confirms_nothing(network: NetworkPrinter) -> None:
    """Only this job's own digits say that it is done."""
    from gatekeeper.printing.printer_connections import PrinterLine, TcpLine

    class Late(TcpLine):
        def read(self, seconds: float) -> bytes:
            return super().read(seconds).replace(b"0017", b"0016")

    def opens() -> PrinterLine:
        return Late("127.0.0.1", network.port)

    printer = EscposPrinter(opens, PROFILE, SystemClock(), within=SECOND)
    assert printer.send(Paper("t", render(make_ticket(), PROFILE), 17)) == Unknown(Why.NO_ANSWER)


def test_nobody_at_the_address_is_not_sent() -> None:
    """A port that refuses, a device that is not there."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    assert send(f"tcp:127.0.0.1:{port}") == NotSent(Why.UNREACHABLE)
    assert send("serial:/dev/no-such-line") == NotSent(Why.UNREACHABLE)
    assert send("device:/dev/no-such-printer") == NotSent(Why.UNREACHABLE)


def test_a_printer_in_use_by_another_till_gets_nothing_twice(network: NetworkPrinter) -> None:
    """One connection at a time: the second waits without an answer, and is not sent."""
    with socket.create_connection(("127.0.0.1", network.port)) as other:
        other.sendall(b"\x1b@")
        assert send(network) == NotSent(Why.SILENT)
    assert send(network) == Printed()
    assert network.cuts == 1


def test_a_printer_that_talks_without_end_is_as_good_as_silent() -> None:
    """Its till's other papers and its drawer wait for no more than its word."""
    with socket.create_server(("127.0.0.1", 0)) as talking:
        talking.settimeout(20)

        def talk() -> None:
            line, _ = talking.accept()
            line.settimeout(20)
            with line, contextlib.suppress(OSError):
                while not has_ended.is_set():
                    line.sendall(b"\x12" * 4_096)

        has_ended = threading.Event()
        end = threading.Timer(10 * PRINTER_STATUS / SECOND, has_ended.set)
        printer = threading.Thread(target=talk)
        end.start()
        printer.start()
        result = send(f"tcp:127.0.0.1:{talking.getsockname()[1]}")
        was_in_time = not has_ended.is_set()
        end.cancel()
        has_ended.set()
        end.join()
        printer.join()
    assert (result, was_in_time) == (NotSent(Why.SILENT), True)


def test_a_printer_that_takes_a_byte_now_and_then_is_given_up() -> None:
    """Each one came in time: the drawer and all later papers waited for it without end."""
    clock = ManualClock()

    class Dripping:
        """Takes one byte as it would be given up."""

        taken = 0

        def write(self, data: bytes) -> int:
            """Take one."""
            clock.advance(Duration(int(1.9 * SECOND)))
            self.taken += 1
            return len(data[:1])

        def read(self, seconds: float) -> bytes:
            """Say that all is well."""
            return bytes([0x12]) if seconds else b""

        def close(self) -> None:
            """Do nothing."""

    line, data = Dripping(), render(make_ticket(), PROFILE)
    sent = EscposPrinter(lambda: line, PROFILE, clock).send(Paper("ticket-1", data, 17))
    assert sent == Unknown(Why.STOPPED, is_cut=True)
    assert line.taken < len(data) // 100


def test_the_connection_is_let_go_after_each_job(network: NetworkPrinter) -> None:
    """So that other tills come in between."""
    for token in range(3):
        assert send(network, token=token) == Printed()
    assert network.connections == 3


def test_the_drawer_opens_also_without_paper(printer: ReceiptPrinter) -> None:
    """Change must be given whatever the roll says."""
    printer.rows_left = 0
    printer.paper.feed(b"x\n")
    address = getattr(printer, "address", "")
    opened = open_printer(PrinterSetup(address, PROFILE), SystemClock())
    assert opened.kick_drawer() is None
    until(lambda: any(event.kind == "drawer" for event in printer.paper.events))


def test_a_folder_holds_whole_files(tmp_path: Path) -> None:
    """A stick gets one file for each paper; a full or missing one says so."""
    setup = make_setup(f"folder:{tmp_path}", PROFILE, PdfProfile())
    printer = open_printer(setup, SystemClock())
    assert printer.send(Paper("ticket-1", b"%PDF-1", 1)) == Printed()
    assert [one.name for one in tmp_path.iterdir()] == ["ticket-1.pdf"]
    gone = make_setup(f"folder:{tmp_path / 'gone'}", PROFILE, PdfProfile())
    result = open_printer(gone, SystemClock()).send(Paper("ticket-1", b"%PDF-1", 1))
    assert result == NotSent(Why.NOT_WRITTEN)


def _make_spooler(
    folder: Path,
    *,
    accepts: bool,
    waits: int,
    alerts: str = "none",
    end: str | None = "processing-to-stop-point",
) -> None:
    """Write the programs of a spooler that keeps the page, and lists it for a while.

    It says in the language of the machine what it has taken, as CUPS does, and `end` of a page
    that has ended; without it, it keeps no list of those.
    """
    ended = f'echo "door-17 till 1024 Sat"; echo "\tAlerts: {end}"'

    lp = f"""#!/bin/sh
{"true" if accepts else "echo 'lp: no such printer' >&2; exit 1"}
cat > {folder}/page.pdf
case "$LC_ALL" in C) echo "request id is door-17 (1 file(s))" ;;
*) echo "Anfrage-ID ist door-17 (1 Datei(en))" ;; esac
"""
    lpstat = f"""#!/bin/sh
asked=$(cat {folder}/asked 2>/dev/null || echo 0)
case "$2" in
completed) {ended if end else "true"}; exit ;;
esac
echo $((asked + 1)) > {folder}/asked
if [ -e {folder}/out ]; then exit; fi
if [ $asked -lt {waits} ]; then echo "door-17 till 1024 Sat"; echo "	Alerts: {alerts}"; fi
"""
    cancel = f"""#!/bin/sh
echo "$1" > {folder}/out
"""
    for name, script in (("lp", lp), ("lpstat", lpstat), ("cancel", cancel)):
        (folder / name).write_text(script, encoding="utf-8")
        (folder / name).chmod(0o755)


@pytest.mark.parametrize(
    ("accepts", "result"), [(True, Printed()), (False, NotSent(Why.UNREACHABLE))]
)
def test_the_systems_printer_is_followed_until_its_list_is_empty(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, accepts: bool, result: SendResult
) -> None:
    """A page is printed once the spooler no longer lists it; a printer that is none says so."""
    _make_spooler(tmp_path, accepts=accepts, waits=2)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    monkeypatch.setenv("LC_ALL", "de_DE.UTF-8")
    printer = open_printer(make_setup("system:door", PROFILE, PdfProfile()), SystemClock())
    assert printer.send(Paper("ticket-1", b"%PDF-1", 1)) == result
    if accepts:
        assert (tmp_path / "page.pdf").read_bytes() == b"%PDF-1"
        assert (tmp_path / "asked").read_text("utf-8").strip() == "3", "it was followed"


@pytest.mark.parametrize(
    ("alerts", "result"),
    [
        ("none", NotSent(Why.OFFLINE)),
        ("job-hold-until-specified", NotSent(Why.OFFLINE)),
        ("job-printing", Unknown(Why.NO_ANSWER)),
    ],
)
def test_a_page_that_stays_in_the_spooler_is_taken_out_of_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, alerts: str, result: SendResult
) -> None:
    """It would come out an hour later, beside its copy; one that never began is sent again."""
    _make_spooler(tmp_path, accepts=True, waits=1_000, alerts=alerts)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    monkeypatch.setattr("gatekeeper.printing.system_printer.SPOOLED_WITHIN", SECOND // 2)
    printer = open_printer(make_setup("system:door", PROFILE, PdfProfile()), SystemClock())
    assert printer.send(Paper("ticket-1", b"%PDF-1", 1)) == result
    assert (tmp_path / "out").read_text("utf-8") == "door-17\n"


@pytest.mark.parametrize(
    ("end", "why"), [("job-canceled-by-user", Why.STOPPED), (None, Why.NO_ANSWER)]
)
def test_a_page_that_somebody_took_out_of_the_spooler_is_not_called_printed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, end: str | None, why: Why
) -> None:
    """It is listed no more, as one on paper is; some spoolers list nothing that has ended."""
    _make_spooler(tmp_path, accepts=True, waits=1, end=end)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    printer = open_printer(make_setup("system:door", PROFILE, PdfProfile()), SystemClock())
    assert printer.send(Paper("ticket-1", b"%PDF-1", 1)) == Unknown(why)


def test_a_machine_without_a_spooler_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No `lp`, no print."""
    monkeypatch.setenv("PATH", str(tmp_path))
    printer = open_printer(make_setup("system:", PROFILE, PdfProfile()), SystemClock())
    assert printer.send(Paper("ticket-1", b"%PDF-1", 1)) == NotSent(Why.UNREACHABLE)


@pytest.mark.parametrize("address", ["", "tcp:", "usb:1", "tcp:host:port", "serial:/dev/x@fast"])
def test_what_is_no_printer_is_refused_at_set_up(address: str) -> None:
    """With a sentence that says what to write."""
    with pytest.raises(BadInput, match="tcp:HOST"):
        make_setup(address, PROFILE, PdfProfile())
