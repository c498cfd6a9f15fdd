"""`gatekeeper-server copy`: copies of the whole server while it serves, for another machine.

A backup holds the database alone. A copy holds the secrets too, sealed under a recovery code that
a person keeps on paper: with both, `take-over` makes another machine this server.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from command_line.clock_and_randomness import SystemClock, SystemEntropy
from command_line.exit_statuses import say_line
from server.commands.options import add_action, print_line, settings_of, show_example
from server.copies import server_copy_files, server_copy_plan
from server.serving.signed_address import read_word
from server.settings import Settings
from shared.kernel.errors import BadInput
from shared.kernel.instant import format_instant


def describe(parser: argparse.ArgumentParser) -> None:
    """Describe the verb."""
    show_example(parser, "gatekeeper-server copy to /media/stick")
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    add_action(
        actions, "code", about="generate a new recovery code, which opens all later backups"
    )
    to = add_action(
        actions, "to", about="choose where the server backs itself up", example="/media/stick"
    )
    to.add_argument("folder", type=Path, metavar="FOLDER", help="on a USB stick or another disk")
    add_action(actions, "off", about="stop making backups")
    add_action(actions, "now", about="make a backup now; exit status 1 if that failed")
    add_action(actions, "show", about="print the state of the backups")


def run(args: argparse.Namespace) -> int:
    """Do it."""
    settings = settings_of(args)
    if settings.sqlite_file is None:
        raise BadInput("only a SQLite database can be copied; for PostgreSQL use its own tools")
    if args.action == "code":
        said = server_copy_plan.draw_code(
            settings, SystemEntropy(), lambda code: print_line(code=code)
        )
        if said:
            say_line("gatekeeper-server", said)
    elif args.action in {"to", "off"}:
        chosen = server_copy_plan.choose_folder(
            settings, args.folder if args.action == "to" else None
        )
        print_line(folder=chosen.folder or None)
    elif args.action == "now":
        return _copy_now(settings)
    else:
        _show(settings)
    return 0


def _copy_now(settings: Settings) -> int:
    plan = server_copy_plan.load_plan(settings)
    if plan is None or not plan.folder:
        raise BadInput("first choose where backups go: gatekeeper-server copy to FOLDER")
    word = read_word(settings.data_folder)
    urls = word.urls if word is not None else ()
    state = server_copy_files.copy_once(settings, plan, SystemClock(), urls)
    _show(settings)
    if state.fault:
        say_line("gatekeeper-server", f"no backup was made in {plan.folder}: {state.said}")
    return 1 if state.fault else 0


def _show(settings: Settings) -> None:
    plan, state = server_copy_plan.load_plan(settings), server_copy_plan.load_state(settings)
    print_line(
        has_code=plan is not None,
        folder=(plan.folder or None) if plan is not None else None,
        copied_at=format_instant(state.copied_at) if state.copied_at else None,
        good_at=format_instant(state.good_at) if state.good_at else None,
        size=state.size,
        fault=state.fault or None,
        said=state.said or None,
        is_same_disk=state.is_same_disk,
    )
