"""`gatekeeper sync`: upload the journal and fetch what changed, once."""

from __future__ import annotations

import argparse
from typing import Final

from command_line.exit_statuses import EXIT_DONE, say_line
from command_line.json_lines import encode_line
from gatekeeper.commands.away_words import words_of_away
from gatekeeper.commands.own_folder import add_profile
from gatekeeper.device.composition_root import machine_system
from gatekeeper.device.opened_gate import GateSession
from gatekeeper.device_loop import run_in_device_loop
from gatekeeper.gate.answer import SyncProgress
from gatekeeper.store.profile import IN_CLEAR, save_profile
from gatekeeper.sync.engine import SyncOutcome
from shared.kernel.errors import Rejected, ServerFault

_NAME: Final = "gatekeeper sync"
_REFUSED: Final = 403
_NO_SUCH_EVENT: Final = 404
_NOT_ASSIGNED: Final = (
    "This device is not assigned to such an event; the organizer assigns it. It stays with its own"
)
_STEPS_SHOWN: Final = 10
_EXAMPLE: Final = """\
example:
  $ gatekeeper sync --profile ~/gates/north
  {"cursor":1284,"tickets":25000,"uploaded":17,"pending":0,"conflicts":0}
"""


def describe(parser: argparse.ArgumentParser) -> None:
    """Describe the verb."""
    parser.description = (
        "Exchange with the server until nothing is pending and nothing is new. Progress goes\n"
        "to standard error. Whatever fails, no entry is lost. If the server has moved, its\n"
        "signed notice says where: from --server, the device's folder or the old address."
    )
    parser.epilog = _EXAMPLE
    add_profile(parser, "the device")
    parser.add_argument("--event", metavar="ID", help="switch to this event, if the server has it")
    parser.add_argument(
        "--server",
        metavar="GKA1…",
        help="where the server is now: the QR code on the desk's page Server",
    )


def run(args: argparse.Namespace) -> int:
    """Sync once and print where the device stands; give the exit status."""
    outcome = run_in_device_loop(_run(args))
    print(encode_line(outcome).decode())
    return EXIT_DONE


async def _run(args: argparse.Namespace) -> SyncOutcome:
    session = await GateSession.open(args.profile, system=machine_system(), starts_boot=False)
    former = session.profile
    if former.speaks_in_clear:
        say_line(_NAME, IN_CLEAR)
    try:
        if args.server:
            session.mover.take(args.server)
        if args.event:
            session.serve(args.event)
        if session.profile.event_id is None:
            say_line(_NAME, "no event yet: name one with --event")
        outcome = await _sync_where_it_is(session)
        if told := session.engine.problem.text:  # it has just heard that it is revoked
            raise Rejected(told, problem="device-revoked", status=_REFUSED)
        if args.event and session.profile.event_id != args.event:
            raise Rejected(_NOT_ASSIGNED, problem="not-found", status=_NO_SUCH_EVENT)
        return outcome
    except Rejected as refusal:
        if args.event and former.event_id and refusal.status == _NO_SUCH_EVENT:
            # A slip in the event's id must not cost the gate the event that it serves.
            save_profile(session.store.disk, former)
        raise
    finally:
        await session.close()


async def _sync_where_it_is(session: GateSession) -> SyncOutcome:
    """Sync once with the device's server, at its new address if it has moved."""
    report = ProgressLines()
    try:
        return await session.sync_once(report)
    except (ServerFault, Rejected) as fault:
        if not await session.mover.tidy(is_up=False):
            if isinstance(fault, Rejected):
                raise
            said = words_of_away(fault, session.profile)
            raise ServerFault(said, kind=fault.kind) from fault
        say_line(_NAME, f"the server is at {session.profile.server_url} now")
    return await session.sync_once(report)


class ProgressLines:
    """Writes progress to standard error: each step, and every tenth of it."""

    def __init__(self) -> None:
        self._last = ("", -1)

    def __call__(self, progress: SyncProgress) -> None:
        """Show progress, unless it is hardly more than what was shown last."""
        tenth = progress.done * _STEPS_SHOWN // max(1, progress.total)
        if (progress.step, tenth) == self._last:
            return
        self._last = (progress.step, tenth)
        say_line(progress.step, f"{progress.done} of {progress.total}")
