"""`gatekeeper-server keys`: list keys of every kind, rotate, bound, declare one compromised.

What a rotated key signed stays good, and another signs in its place. Tickets of a bounded one
admit up to a moment. What a compromised key signed proves nothing from the commit on: of its
tickets only listed ones pass. After a compromised root each device needs a fresh code
(`gatekeeper enrol --new-root`); gates admit meanwhile.
"""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Final

from command_line.exit_statuses import say_line
from server.commands.asking_operator import add_yes_option, is_agreed
from server.commands.options import add_action, print_line, settings_of, show_example
from server.commands.organization_option import add_organization_option, whose
from shared.kernel.id_types import EventId, OrganizationId
from shared.kernel.instant import parse_instant

if TYPE_CHECKING:
    from server.db.unit import Context
    from server.keys.models import KeyRecord
    from server.publishing.publisher import Publisher
    from server.settings import Settings

_LOST: Final[Mapping[str, str]] = {
    "root": (
        "Every gate and till of the organization needs a new code (`gatekeeper enrol"
        " --new-root`) before it accepts anything new from this server."
    ),
    "manifest": "What it signed for gates is no longer trusted; another key signs it again.",
}
_LOST_TICKETS: Final = "Of the tickets it signed, gates let in only those on the list."


def describe(parser: argparse.ArgumentParser) -> None:
    """Describe the verb."""
    show_example(parser, "gatekeeper-server keys rotate 5f0c… --organization og_7k2m9q4t1x0c")
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    listing = add_action(actions, "list", about="print a line for each key, including ended ones")
    listing.add_argument("--event", metavar="ID", help="only the keys of an event")
    rotating = add_action(
        actions,
        "rotate",
        about="replace a key with a new one; what it has signed stays valid",
        example="5f0c… --reason 'once a season'",
    )
    compromise = add_action(
        actions,
        "compromise",
        about="declare for good that others may have a key: it is never trusted again",
        example="5f0c… --reason 'the laptop was stolen'",
    )
    add_yes_option(compromise)
    bounding = add_action(
        actions,
        "bound",
        about="limit how long the tickets signed by a key are valid",
        example="5f0c… --until 2026-12-01T00:00:00Z --reason 'everyone has a new ticket by then'",
    )
    bound = bounding.add_mutually_exclusive_group(required=True)
    bound.add_argument("--until", metavar="MOMENT", help="the last moment, with its time zone")
    bound.add_argument("--without-end", action="store_true", help="remove the limit")
    for action in (rotating, bounding, compromise):
        action.add_argument("key", metavar="KEY", help="its name, as `list` prints it")
        action.add_argument(
            "--reason", default="", help="repeated on standard error, for your record"
        )
    for action in (listing, rotating, bounding, compromise):
        add_organization_option(action)


def run(args: argparse.Namespace) -> int:
    """Do it; prints a line for each key that is listed, or for the key and its successor.

    1 if a person would rather not.
    """
    actions: dict[str, Callable[[Context, Publisher, OrganizationId], Awaitable[int]]] = {
        "list": lambda context, _, org: _list(context, org, args.event),
        "rotate": lambda context, publisher, org: _end(context, publisher, org, args),
        "bound": lambda context, publisher, org: _bound(context, publisher, org, args),
        "compromise": lambda context, publisher, org: _end(context, publisher, org, args),
    }
    return asyncio.run(_with_publisher(settings_of(args), args.organization, actions[args.action]))


async def _with_publisher(
    settings: Settings,
    organization_id: OrganizationId | None,
    action: Callable[[Context, Publisher, OrganizationId], Awaitable[int]],
) -> int:
    from server.start_up.ending_keys_and_devices_again import open_publisher
    from server.start_up.preparing_and_opening_epochs import check_secret, prepared_context

    async with prepared_context(settings) as context:
        await check_secret(settings, context.entropy)
        publisher = open_publisher(context, settings)
        return await action(context, publisher, await whose(context, organization_id))


async def _list(
    context: Context, organization_id: OrganizationId, event_id: EventId | None
) -> int:
    from server.publishing.key_changes import list_keys

    async with context.read(organization_id) as unit:
        for row in await list_keys(unit, event_id=event_id):
            _print(row)
    return 0


async def _end(
    context: Context,
    publisher: Publisher,
    organization_id: OrganizationId,
    args: argparse.Namespace,
) -> int:
    from server.publishing import key_changes

    async with context.read(organization_id) as unit:
        row = await key_changes.find_key(unit, args.key)
    if args.action == "compromise" and not is_agreed(args, _question(row)):
        return 1
    act = key_changes.rotate_key if args.action == "rotate" else key_changes.compromise_key
    with _audited(context, args, row):
        async with context.write(organization_id) as unit:
            new = await act(unit, publisher, args.key)
            old = await key_changes.find_key(unit, args.key)
    say_line(args.action, f"{args.key} ({args.reason or 'no reason given'})")
    _print(old)
    if new is not None:
        _print(new)
    return 0


async def _bound(
    context: Context,
    publisher: Publisher,
    organization_id: OrganizationId,
    args: argparse.Namespace,
) -> int:
    from server.publishing import key_changes

    until = None if args.without_end else parse_instant(args.until)
    async with context.read(organization_id) as unit:
        row = await key_changes.find_key(unit, args.key)
    with _audited(context, args, row):
        async with context.write(organization_id) as unit:
            row = await key_changes.limit_admissions_by_key(unit, publisher, args.key, until)
    say_line(args.action, f"{args.key} ({args.reason or 'no reason given'})")
    _print(row)
    return 0


def _question(row: KeyRecord) -> str:
    """Say what the loss of a key comes to, and ask."""
    of = f" of event {row.event_id}" if row.event_id is not None else ""
    return (
        f"This is a {row.purpose} key{of}. {_LOST.get(row.purpose, _LOST_TICKETS)} This"
        " cannot be undone. Declare it compromised?"
    )


def _audited(
    context: Context, args: argparse.Namespace, row: KeyRecord
) -> AbstractContextManager[None]:
    """Give an act upon a key its line in the audit, which names the key as `list` does."""
    from server.commands.command_audit import audited
    from server.publishing.key_routes import detail_of

    key_name = detail_of(row).name
    return audited(context.clock, context.entropy, "keys", args.action, key_name=key_name)


def _print(row: KeyRecord) -> None:
    from server.publishing.key_routes import detail_of

    detail = detail_of(row)
    print_line(
        key=detail.name,
        purpose=detail.purpose,
        kid=detail.kid,
        event_id=detail.event_id,
        device_id=detail.device_id,
        state=detail.state,
        admits_until=None if detail.admits_until is None else detail.admits_until.isoformat(),
        public_key=detail.public_key,
    )
