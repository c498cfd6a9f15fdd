"""`gatekeeper-server epoch`: look at the ledger's epoch, open a higher one, let devices go.

After the database was put back to an older state, gates hold answers that it has forgotten. A
higher epoch asks every device for its whole journal; claims wait until all have answered.
"""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any, Final

from server.commands.asking_operator import add_yes_option, is_agreed
from server.commands.options import add_action, print_line, settings_of, show_example
from shared.kernel.id_types import DeviceId

if TYPE_CHECKING:
    from server.db.unit import Context
    from server.settings import Settings


def describe(parser: argparse.ArgumentParser) -> None:
    """Describe the verb."""
    show_example(parser, "gatekeeper-server epoch open --reason 'put back the copy of Friday'")
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    add_action(
        actions,
        "show",
        about="print the epoch, which organizations are closed, and which devices are awaited",
    )
    opening = add_action(
        actions,
        "open",
        about="open a higher epoch; admission waits until devices have sent their journals",
        example="--reason 'put back the copy of Friday'",
    )
    opening.add_argument("--reason", required=True, help="for the record")
    absent = add_action(
        actions,
        "absent",
        about="stop waiting for a device; what only it knows may be lost",
        example="dv_7k2m9q4t1x0c --reason 'stolen with its bag'",
    )
    absent.add_argument("device", metavar="DEVICE", help="its id, as `show` prints it")
    absent.add_argument("--reason", default="declared absent", help="for the record")
    for action in (opening, absent):
        add_yes_option(action)


def run(args: argparse.Namespace) -> int:
    """Do it; prints the ledger's state, then a line for each device that it is about.

    First those that hold what the ledger has forgotten, each of which closes it for its own
    organization; then those that are waited for. 1 if a person would rather not.
    """
    settings = settings_of(args)
    question = _QUESTIONS.get(args.action)
    if question is not None and not is_agreed(args, question):
        return 1
    actions: dict[str, Callable[[Context], Awaitable[None]]] = {
        "show": _show,
        "open": lambda context: _open(context, settings, args.reason),
        "absent": lambda context: _absent(context, args.device, args.reason),
    }
    asyncio.run(_with_context(settings, actions[args.action]))
    return 0


_QUESTIONS: Final = {
    "open": (
        "The ledger grants no claims until every gate and till has sent its journal again or been"
        " declared absent. This cannot be undone. Open a higher epoch?"
    ),
    "absent": (
        "What only this device knows may be lost, and tickets it admitted may be admitted"
        " again. Declare it absent?"
    ),
}


async def _with_context(settings: Settings, action: Callable[[Context], Awaitable[None]]) -> None:
    from server.exchange.epochs import start_waiting
    from server.start_up.preparing_and_opening_epochs import prepared_context

    async with prepared_context(settings) as context:
        await start_waiting(context)
        await action(context)


async def _show(context: Context) -> None:
    from server.commands.ledger_standing import read_standing
    from shared.kernel.instant import format_instant

    standing = await read_standing(context)
    state, pending, behind = standing.state, standing.pending, standing.behind
    print_line(
        epoch=state.epoch,
        open=state.open,
        reason=state.reason,
        since=format_instant(state.changed_at),
        waiting=len(pending),
        closed_organizations=len({word.organization_id for word in behind}),
    )
    for word in behind:
        print_line(
            holds_forgotten_page=f"{word.page[0]}/{word.page[1]}",
            device=word.device_id,
            organization=word.organization_id,
            event_id=word.event_id,
        )
    for device in pending:
        print_line(**_device(device))


async def _open(context: Context, settings: Settings, reason: str) -> None:
    from server.commands.command_audit import audited
    from server.exchange.epochs import open_higher_epoch
    from server.start_up.seen_epochs import remember_epoch, seen_epoch

    with audited(context.clock, context.entropy, "epoch", "open"):
        state = await open_higher_epoch(context, reason, at_least=seen_epoch(settings))
    remember_epoch(settings, state.epoch)
    await _show(context)


async def _absent(context: Context, device_id: DeviceId, reason: str) -> None:
    from server.commands.command_audit import audited
    from server.exchange.epochs import declare_absent

    with audited(context.clock, context.entropy, "epoch", "absent", device_id=device_id):
        await declare_absent(context, device_id, reason)
    await _show(context)


def _device(device: Any) -> dict[str, Any]:
    return {
        "device": device.device_id,
        "organization": device.organization_id,
        "event_id": device.event_id or None,
        "asked": device.is_asked,
    }
