"""`gatekeeper paper`: who was let in by a list on paper, keyed in by a supervisor afterwards."""

from __future__ import annotations

import argparse
import sys
from typing import Any, Final

import msgspec

from command_line.exit_statuses import EXIT_DONE, EXIT_NO, say_line
from command_line.json_lines import encode_line
from gatekeeper.commands.away_words import words_of_away
from gatekeeper.commands.own_folder import add_profile
from gatekeeper.device.attended_gate import AttendedGate
from gatekeeper.device.composition_root import machine_system
from gatekeeper.device_loop import run_in_device_loop
from gatekeeper.gate.requests import KeyIn
from gatekeeper.this_machine import read_lines
from shared.kernel.errors import BadInput, GatekeeperError, StoreFault
from shared.kernel.ids import format_ticket_id
from shared.kernel.instant import MINUTE, Duration, Instant, format_instant, parse_instant
from shared.kernel.undecodable import UNDECODABLE

PAPER_WATCH: Final[Duration] = MINUTE
"""How far the time that somebody wrote on a list may be off: a watch, and whole minutes."""

LINE_SIZE_MAX: Final = 64 * 1024
_EXAMPLE: Final = """\
example:
  $ { echo '{"badge": "GKB1-…", "pin": "483920"}'
      echo '{"code": "7K2M-9Q4T-H", "at": "2026-07-04T19:42:00+02:00"}'
      echo '{"code": "1A5C-77RZ-0", "count": 2,
             "from": "2026-07-04T19:30:00Z", "until": "2026-07-04T20:10:00Z"}' | tr -d '\\n'
    } | gatekeeper paper --profile ~/gates/north --gate North
  {"ok": true, "person": "sv_…"}
  {"ok": true, "seq": 812, "ticket_id": "a1b2c3d4e5f60718", "from": "…", "until": "…"}

The first line is the badge and PIN of the supervisor who vouches for the rest. Each further line
is an object with "code", and either "at" (as exact as a watch) or "from" and "until"; optionally
"count", and "sure": true if the ticket would not be admitted now but was by paper, or if the time
is right although doors were to open later. Times are ISO 8601 with their offset from UTC. A line
is answered once it is on disk; one that is not accepted is answered with "ok": false and
"problem", and the exit status is 1.
"""


class BadgeLine(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Who keys in."""

    badge: str
    pin: str


class PaperLine(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One who was let in."""

    code: str
    at: str | None = None
    from_: str | None = msgspec.field(default=None, name="from")
    until: str | None = None
    count: int = 1
    sure: bool = False

    def request(self, person: str, now: Instant) -> KeyIn:
        """Return what the gate is asked.

        Args:
            person: The supervisor.
            now: An exact time is never later than this, whatever a watch may be off.

        Raises:
            BadInput: if a time is missing, or none.
        """
        if self.at is not None and self.from_ is None and self.until is None:
            at = parse_instant(self.at)
            first, last = Instant(at - PAPER_WATCH), Instant(at + PAPER_WATCH)
            last = min(last, max(now, at))
        elif self.at is None and self.from_ is not None and self.until is not None:
            first, last = parse_instant(self.from_), parse_instant(self.until)
        else:
            raise BadInput('give "at", or "from" and "until"')
        return KeyIn(
            code=self.code.strip(),
            first=first,
            last=last,
            person=person,
            count=self.count,
            is_sure=self.sure,
        )


def describe(parser: argparse.ArgumentParser) -> None:
    """Describe the verb."""
    parser.description = (
        "Read from standard input who was admitted by a gate's paper list, and record it\n"
        "in a supervisor's name, with the time or the two times between which it was."
    )
    parser.epilog = _EXAMPLE
    add_profile(parser, "the device")
    parser.add_argument("--gate", metavar="NAME", help="the gate's name or id")


def run(args: argparse.Namespace) -> int:
    """Key in until the input ends; give the exit status."""
    return run_in_device_loop(_run(args))


async def _run(args: argparse.Namespace) -> int:
    gate = await AttendedGate.open(args.profile, system=machine_system(), gate=args.gate)
    is_all = True
    try:
        person = ""
        async for line in read_lines(sys.stdin.buffer, LINE_SIZE_MAX):
            if not person:
                person = await _unlock(gate, line)
                _write({"ok": True, "person": person})
                continue
            answer = _key_in(gate, line, person)
            is_all = is_all and bool(answer["ok"])
            _write(answer)
        try:
            await gate.sync_once()
        except GatekeeperError as fault:
            say_line("gatekeeper paper", f"not synced: {words_of_away(fault, gate.profile)}")
    finally:
        await gate.close()
    return EXIT_DONE if is_all else EXIT_NO


async def _unlock(gate: AttendedGate, line: bytes) -> str:
    """Return whose badge and PIN a line has.

    Raises:
        BadInput: if it has not both of one supervisor.
    """
    try:
        shown = msgspec.json.decode(line, type=BadgeLine)
    except UNDECODABLE as fault:
        raise BadInput(f'the first line must have "badge" and "pin": {fault}') from None
    badge = gate.find_badge(shown.badge.strip())
    if badge is None:
        raise BadInput("this badge is not a supervisor's for this event")
    answer = await gate.unlock(badge, shown.pin)
    if not answer.is_right:
        raise BadInput("the PIN is wrong, or there were too many attempts")
    return badge.person


def _key_in(gate: AttendedGate, line: bytes, person: str) -> dict[str, Any]:
    try:
        told = msgspec.json.decode(line, type=PaperLine)
        request = told.request(person, gate.now())
        found = gate.supervision.look_on_paper(request)
        seq = gate.supervision.do(request)
    except (BadInput, StoreFault) as fault:
        return {"ok": False, "problem": str(fault)}
    except UNDECODABLE as fault:
        return {"ok": False, "problem": f"not a request: {fault}"}
    return {
        "ok": True,
        "seq": seq,
        "ticket_id": format_ticket_id(found.ticket_id),
        "from": format_instant(request.first),
        "until": format_instant(request.last),
    }


def _write(answer: dict[str, Any]) -> None:
    sys.stdout.buffer.write(encode_line(answer) + b"\n")
    sys.stdout.buffer.flush()
