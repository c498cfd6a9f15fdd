"""`gatekeeper lane`: a lane without a screen, for turnstiles and tests."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import signal
import sys
from collections.abc import AsyncIterator, Callable
from functools import partial
from typing import IO, Any, Final

import msgspec

from command_line.exit_statuses import EXIT_DONE, say_line
from command_line.json_lines import encode_line
from gatekeeper.commands.away_words import words_of_away
from gatekeeper.commands.lan_arguments import add_lan_options, lan_options
from gatekeeper.commands.own_folder import add_profile
from gatekeeper.device.composition_root import machine_system
from gatekeeper.device.opened_gate import GateSession
from gatekeeper.device.practice import make_practice
from gatekeeper.device_loop import run_in_device_loop
from gatekeeper.gate.answer import ScanAnswer
from gatekeeper.gate.requests import Scan
from gatekeeper.gate.troubles import of_copies
from gatekeeper.readers.debounce import Debounce
from gatekeeper.readers.lane_readers import LaneReaders, Reading, tell_parts
from gatekeeper.readers.nfc.tag_scan import SilentPhone, TagScan, TagTorn
from gatekeeper.readers.reader_from_text import READER_HELP, open_readers
from gatekeeper.store.profile import IN_CLEAR
from gatekeeper.sync.engine import FIRST_SYNC_SECONDS
from gatekeeper.this_machine import is_null_input, read_lines
from shared.credential.badges_and_pins import is_badge
from shared.kernel.errors import BadInput, GatekeeperError, StoreFault
from shared.kernel.instant import format_instant, parse_instant
from shared.kernel.undecodable import UNDECODABLE

LINE_SIZE_MAX: Final = 8 * 1024 * 1024
POLL_SECONDS: Final = 0.01
_LIVE_SECONDS: Final = 0.25
_SAID_MAX: Final = 500
"""Characters of a message: a line of the input may be in it, whole."""
_NEW_ADDRESS: Final = (
    "the server's new address was read; it is tried while the server cannot be reached"
)
_KNOWN_ADDRESS: Final = (
    "a server's address was read that is known already, or not signed by this device's server"
)
_BADGE: Final = "a staff badge was read: it does nothing at a gate without a screen"

_EXAMPLE: Final = """\
example:
  $ printf '%s\\n' 1234567890 7K2M-9Q4T-H \\
      | gatekeeper lane --profile ~/gates/north --gate North --direction in
  {"verdict": "deny", "reason": "unknown_ticket", "ticket_id": null, "remaining": 0, …}
  {"verdict": "admit", "reason": "ok", "ticket_id": "a1b2c3d4e5f60718", "remaining": 3, …}

  $ echo '{"code": "7K2M-9Q4T-H", "count": 2}' | gatekeeper lane --profile ~/gates/north --json

Each input line gets one answer line, in order, once it is on disk. A line is a code as it was
read, whatever it says. With --json each line is an object with "code" and, optionally, "count",
"direction" (in, out) and "at" (ISO 8601; test and rehearsal profiles only), and nothing else. Use
it only for programs that write the lines themselves: a ticket's code must never be an order.

If a ticket type asks questions at the door, the answer is to refer, with "question": a lane
without a screen cannot ask, so the holder goes to a gate with staff; standard error says what to
ask. If the disk cannot be written to, the answer is to refer to a supervisor, and "seq" is null.
If another gate must be used, "gate" names it. A code that says where the server is now ("GKA1 …")
is not a scan: "seq" is null, and "server" says "new", or "known" if it is no newer than what is
known or not from this device's server. Nor is a staff badge: "seq" is null and "badge" is true;
its owner goes to a gate with a screen. Ctrl-C ends the lane at once, with status 130: every line
that was answered is on disk.

With --lan, if the server cannot be reached, the event's other gates on the network are asked, and
the answer's mode is "lan"; gates find each other through the event's list of gates and --peer.

With --reader, codes and tags held to a reader are answered with a line too, and "source" names the
reader; the state of each reader goes to standard error, and so does a wristband's other code if
its holder was just admitted. With the null device as input the lane then runs until it is told to
terminate, as by a service manager.

  $ gatekeeper lane --profile ~/gates/north --reader pcsc --reader serial:0c2e:0b6a < /dev/null
"""


class ScanLine(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One request of the input."""

    code: str
    count: int = 1
    direction: str | None = None
    at: str | None = None

    def request(self) -> Scan:
        """Return what the gate is asked.

        Raises:
            BadInput: if `at` is no time.
        """
        at = None if self.at is None else parse_instant(self.at)
        return Scan(self.code, count=self.count, direction=self.direction, at=at)


ReadLine = Callable[[str], Scan]


def describe(parser: argparse.ArgumentParser) -> None:
    """Describe the verb."""
    parser.description = (
        "Read codes from standard input and answer each with a JSON line. While it\n"
        "runs, it uploads its journal and downloads changes; at the end of the input it syncs\n"
        "once more if it can."
    )
    parser.epilog = _EXAMPLE
    add_profile(parser, "the device")
    parser.add_argument("--gate", metavar="NAME", help="the gate's name or id")
    parser.add_argument("--direction", choices=["in", "out"], help="which way the lane is used")
    parser.add_argument("--reader", metavar="SPEC", action="append", default=[], help=READER_HELP)
    parser.add_argument("--json", action="store_true", help="each input line is a JSON object")
    parser.add_argument(
        "--practice",
        action="store_true",
        help="admit only tickets that tills sell in practice mode",
    )
    add_lan_options(parser, default=None)


def run(args: argparse.Namespace) -> int:
    """Answer until the input ends; give the exit status."""
    return run_in_device_loop(_run(args))


async def _run(args: argparse.Namespace) -> int:
    system = machine_system()
    opened = open_readers(args.reader, system.clock)
    system = msgspec.structs.replace(system, read_readers=partial(tell_parts, opened))
    folder = args.profile
    if args.practice:
        folder, system = await make_practice(folder, system)
    readers = LaneReaders(opened, Debounce())
    try:
        session = await GateSession.open(
            folder,
            system=system,
            gate=args.gate,
            direction=args.direction,
            lan=lan_options(args),
        )
        try:
            if problem := session.status().problem:
                _say(problem)
            if session.profile.speaks_in_clear:
                _say(IN_CLEAR)
            await _learn_event(session)
            telling = asyncio.ensure_future(_tell_of_others(session))
            try:
                read = _read_object if args.json else _read_code
                await _serve(session, readers if args.reader else None, read)
            finally:
                telling.cancel()
            session.engine.say_leaving()
            try:
                await session.sync_once()
            except GatekeeperError as fault:
                _say(f"not synced: {words_of_away(fault, session.profile)}")
            if problem := of_copies(session.store).text:
                _say(problem)
        finally:
            await session.close()
    finally:
        readers.close()
    return EXIT_DONE


async def _serve(session: GateSession, readers: LaneReaders | None, read: ReadLine) -> None:
    """Answer lines and readers, one scan at a time, until the input ends."""
    turn = asyncio.Lock()
    lines = read_lines(sys.stdin.buffer, LINE_SIZE_MAX)
    beside = [asyncio.ensure_future(session.run_background())]
    try:
        if readers is None:
            await _serve_lines(session, lines, turn, read)
            return
        beside.append(asyncio.ensure_future(_serve_readers(session, readers, turn)))
        end = _until_terminated() if is_null_input() else _serve_lines(session, lines, turn, read)
        beside.append(asyncio.ensure_future(end))
        done, _ = await asyncio.wait(beside[1:], return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()
    finally:
        for task in beside:
            task.cancel()
        for task in beside:
            with contextlib.suppress(asyncio.CancelledError, GatekeeperError):
                await task


async def _serve_lines(
    session: GateSession, lines: AsyncIterator[bytes], turn: asyncio.Lock, read: ReadLine
) -> None:
    async for line in lines:
        async with turn:
            _write(sys.stdout.buffer, await _answer(session, line, read))


async def _tell_of_others(session: GateSession) -> None:
    """Say on standard error how many gates are live, and why none is asked, when that changes.

    And, once, that this device's folder was put back or is at work twice.
    """
    told, complaint, has_copies = (0, 0), "", False
    while True:
        if session.store.other_life and not has_copies:
            has_copies = True
            _say(of_copies(session.store).text)
        live, problem = session.lan.live_of(), session.lan.problem.text
        if problem not in {"", complaint}:
            _say(problem)
        complaint = problem
        if live != told:
            told = live
            _say(f"{live[0]} of {live[1]} other gates are live")
        await asyncio.sleep(_LIVE_SECONDS)


async def _until_terminated() -> None:
    """Wait until the system asks the process to end."""
    asked = asyncio.Event()
    # Windows has no such signal; there the process is ended, and nothing is lost.
    with contextlib.suppress(NotImplementedError):
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, asked.set)
    await asked.wait()


async def _serve_readers(session: GateSession, readers: LaneReaders, turn: asyncio.Lock) -> None:
    """Answer what readers read, and tell how they are."""
    while True:
        for news in readers.news():
            _say(str(news))
        for reading in readers.poll():
            async with turn:
                answer = await _answer_reading(session, reading)
                if answer is not None:
                    _write(sys.stdout.buffer, answer)
        await asyncio.sleep(POLL_SECONDS)


async def _answer_reading(session: GateSession, reading: Reading) -> dict[str, Any] | None:
    """Answer one reading; None for what is no scan.

    That is a tag that was torn away, a phone that says nothing, and the other medium of a
    wristband whose holder was just let in.
    """
    if isinstance(reading, TagTorn):
        _say(f"{reading.source}: hold the tag still")
        return None
    if isinstance(reading, SilentPhone):
        _say(f"{reading.source}: this phone gives no ticket by touch; show its code instead")
        return None
    request = Scan(reading if isinstance(reading, TagScan) else reading.text)
    try:
        if session.is_met_again(request):
            _say(f"{reading.source}: the ticket that was just let in, on its other medium")
            return None
        answer = await _answer_scan(session, request)
    except (BadInput, StoreFault) as fault:
        _say(str(fault))
        answer = _unrecorded(session)
    return answer | {"source": reading.source}


async def _learn_event(session: GateSession) -> None:
    """Fetch the event if nothing is known of it yet, and make sure that there is a gate.

    Raises:
        BadInput: if the event has several gates and none was named.
    """
    status = session.status()
    if not status.event:
        try:
            async with asyncio.timeout(FIRST_SYNC_SECONDS):
                await session.sync_once()
        except TimeoutError:
            _say("the server is taking too long; answering without an event until it has synced")
        except BadInput:
            raise
        except GatekeeperError as fault:
            _say(f"answering without an event until it has synced: {fault}")
        status = session.status()
    if status.event and status.gate_id is None:
        names = ", ".join(f"{gate.name} ({gate.id})" for gate in session.gates())
        raise BadInput(f"name the gate with --gate; the event has: {names}")


async def _answer(session: GateSession, line: bytes, read: ReadLine) -> dict[str, Any]:
    """Answer one line; whatever it holds, there is an answer."""
    text = line.rstrip(b"\r\n").decode("utf-8", "surrogateescape")
    try:
        try:
            return await _answer_scan(session, read(text))
        except BadInput as fault:
            _say(str(fault))
            return _spell(session.refuse_line(text))
    except StoreFault as fault:
        # Nothing is on disk, so nobody passes; but whoever waits for a line gets one.
        _say(str(fault))
        return _unrecorded(session)


async def _answer_scan(session: GateSession, request: Scan) -> dict[str, Any]:
    """Answer what was read; a server's address or a badge of staff is no ticket that is refused.

    Raises:
        BadInput: if count, direction or `at` cannot be used.
        StoreFault: if the answer could not be made durable.
    """
    heard = session.hear_address(request.text)
    if heard is not None:
        _say(_NEW_ADDRESS if heard.is_new else _KNOWN_ADDRESS)
        return _unrecorded(session) | {"server": "new" if heard.is_new else "known"}
    if is_badge(request.text):
        _say(_BADGE)
        return _unrecorded(session) | {"badge": True}
    answer = await session.scan(request)
    _tell_questions(answer)
    return _spell(answer)


def _tell_questions(answer: ScanAnswer) -> None:
    """Say what staff would ask: nobody does here."""
    for one in answer.questions:
        _say(f"send the holder to a gate with staff, who ask: {one.text}")


def _read_code(text: str) -> Scan:
    """Take a line as what a reader read: never as an order, whatever it looks like."""
    return Scan(text.strip(), count=1)


def _read_object(text: str) -> Scan:
    """Read a line that another program has put together.

    Raises:
        BadInput: if it is no request, or holds more than one can hold.
    """
    try:
        line = msgspec.json.decode(text.encode("utf-8", "surrogateescape"), type=ScanLine)
    except (UnicodeEncodeError, *UNDECODABLE) as fault:
        raise BadInput(f"not a request: {fault}") from None
    return line.request()


def _spell(answer: ScanAnswer) -> dict[str, Any]:
    spelled: dict[str, Any] = {
        "verdict": answer.verdict,
        "reason": answer.reason,
        "ticket_id": answer.ticket_id,
        "remaining": answer.remaining,
        "mode": answer.mode,
        "seq": answer.seq,
        "at": format_instant(answer.at),
        "ms": round(answer.ms, 3),
    }
    if answer.gate is not None:
        spelled["gate"] = answer.gate
    return spelled


def _unrecorded(session: GateSession) -> dict[str, Any]:
    return {
        "verdict": "refer",
        "reason": "supervisor",
        "ticket_id": None,
        "remaining": None,
        "mode": session.lane.rung().value,
        "seq": None,
        "at": format_instant(session.now()),
        "ms": 0.0,
    }


def _write(stream: IO[bytes], answer: dict[str, Any]) -> None:
    stream.write(encode_line(answer) + b"\n")
    stream.flush()


def _say(sentence: str) -> None:
    say_line("gatekeeper lane", sentence[:_SAID_MAX])
