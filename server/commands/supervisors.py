"""`gatekeeper-server supervisors`: what to do when a gate or a badge is in wrong hands.

`pins` draws every supervisor another PIN: whoever carried a gate's folder away has what the PINs
of before are tried against. `withdraw` ends a badge that was lost or copied, and `badge` draws its
holder another one. Gates hear of each with their next exchange.
"""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Final

from server.commands.asking_operator import add_yes_option, is_agreed
from server.commands.options import add_action, print_line, settings_of, show_example
from server.commands.organization_option import add_organization_option, whose
from shared.kernel.id_types import OrganizationId

if TYPE_CHECKING:
    from server.db.unit import Context
    from server.settings import Settings
    from server.supervisors.supervisors_and_pins import Supervisor


def describe(parser: argparse.ArgumentParser) -> None:
    """Describe the verb."""
    show_example(parser, "gatekeeper-server supervisors pins --organization og_7k2m9q4t1x0c")
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    one = "sv_7k2m9q4t1x0c"
    listing = add_action(actions, "list", about="print a line for each supervisor")
    pins = add_action(actions, "pins", about="give everyone a new PIN, printed only this once")
    add_yes_option(pins)
    badge = add_action(
        actions, "badge", about="issue someone a new badge, printed only this once", example=one
    )
    withdraw = add_action(
        actions, "withdraw", about="withdraw a badge that was lost or copied", example=one
    )
    for action in (badge, withdraw):
        action.add_argument("supervisor", metavar="ID", help="as `list` prints it")
    for action in (listing, pins, badge, withdraw):
        add_organization_option(action)


def run(args: argparse.Namespace) -> int:
    """Do it; prints a line for each supervisor that is listed or changed.

    1 if a person would rather not.
    """
    if args.action == "pins" and not is_agreed(args, _QUESTION):
        return 1
    actions: dict[str, Callable[[Context, OrganizationId], Awaitable[None]]] = {
        "list": _list,
        "pins": _change_pins,
        "badge": lambda context, org: _draw_badge(context, org, args.supervisor),
        "withdraw": lambda context, org: _withdraw(context, org, args.supervisor),
    }
    asyncio.run(_with_context(settings_of(args), args.organization, actions[args.action]))
    return 0


_QUESTION: Final = (
    "All supervisors' PINs stop working, and each needs the new one, which is printed"
    " only this once. Give everyone a new PIN?"
)


async def _with_context(
    settings: Settings,
    organization_id: OrganizationId | None,
    action: Callable[[Context, OrganizationId], Awaitable[None]],
) -> None:
    from server.start_up.preparing_and_opening_epochs import prepared_context

    async with prepared_context(settings) as context:
        await action(context, await whose(context, organization_id))


async def _list(context: Context, organization_id: OrganizationId) -> None:
    from server.supervisors.supervisors_and_pins import list_staff

    async with context.read(organization_id) as unit:
        for row in await list_staff(unit):
            _print(row)


async def _change_pins(context: Context, organization_id: OrganizationId) -> None:
    from server.commands.command_audit import audited
    from server.supervisors.supervisors_and_pins import change_all_pins

    with audited(context.clock, context.entropy, "supervisors", "pins"):
        changed = await change_all_pins(context, organization_id)
    for row, pin in changed:
        _print(row, pin=pin)


async def _draw_badge(
    context: Context, organization_id: OrganizationId, supervisor_id: str
) -> None:
    from server.supervisors.badges import renew_badge

    with _audited(context, "badge", supervisor_id):
        async with context.write(organization_id) as unit:
            row, code = await renew_badge(unit, supervisor_id)
    _print(row, badge=code)


async def _withdraw(context: Context, organization_id: OrganizationId, supervisor_id: str) -> None:
    from server.supervisors.badges import withdraw_badge

    with _audited(context, "withdraw", supervisor_id):
        async with context.write(organization_id) as unit:
            row = await withdraw_badge(unit, supervisor_id)
    _print(row)


def _audited(context: Context, action: str, supervisor_id: str) -> AbstractContextManager[None]:
    from server.commands.command_audit import audited

    targets = {"supervisor_id": supervisor_id}
    return audited(context.clock, context.entropy, "supervisors", action, **targets)


def _print(row: Supervisor, **more: str) -> None:
    print_line(
        id=row.id,
        name=row.name,
        signs=row.sign_key is not None,
        has_badge=row.has_badge,
        role="steward" if row.is_steward else "supervisor",
        **more,
    )
