"""`gatekeeper-server take-over FOLDER`: make this machine the server whose copy lies there.

All of it or nothing: the copy is opened beside the data folder, a higher ledger epoch is opened in
it, and only then it becomes the data folder at one stroke. Authority and keys are the former
server's, so devices know this one; by its signed address they find it.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Final

import msgspec

from command_line.clock_and_randomness import SystemClock, SystemEntropy
from command_line.exit_statuses import say_line
from server.commands.asking_operator import ask_secret
from server.commands.options import add_epoch_option, print_line, show_example
from server.copies import backup_sealing, kept_server_copies, server_copy_files, server_copy_plan
from server.copies.backup_sealing import Seal
from server.copies.lists_beside_server_copies import bring_lists
from server.copies.server_copy_files import About
from server.copies.telling_former_server import note_take_over
from server.db.revision import NEWER_COPY, finding_newer
from server.durable_files import make_durable, make_folder_durable
from server.settings import (
    PREFIX,
    PRIVATE_FOLDER,
    Settings,
    default_data_folder,
    read_settings,
)
from server.start_up.command_locks import SUFFIX
from server.start_up.seen_epochs import remember_epoch
from shared.kernel.errors import BadInput, StoreFault
from shared.kernel.instant import format_instant
from shared.kernel.os_errors import words_of_system
from shared.kernel.recovery_code import parse_recovery_code
from shared.wire.server_copies import PLAN_FILE, TakeOver

REASON: Final = "taken over from a copy"
_LATER: Final = (
    "what was revoked after that is not known. If a device was revoked or a key declared"
    " compromised, do it again before gates reach this server"
)
_LEFT_BEHIND: Final = (
    "server.log",
    "server.log.1",
    f"{server_copy_files.DATABASE}.serving",
    f"{server_copy_files.DATABASE}{SUFFIX}",
)
"""Of a server that was to start here and had no data yet."""
_STEP_BYTES: Final = 2
"""Of the step to the new epoch, drawn at random: where two machines take over from one copy, one
is in the higher epoch, and whoever has met both tells the other that it is over."""


def describe(parser: argparse.ArgumentParser) -> None:
    """Describe the verb."""
    show_example(parser, "gatekeeper-server take-over /media/stick")
    parser.add_argument(
        "folder", type=Path, metavar="FOLDER", help="the folder that `copy` wrote to"
    )
    add_epoch_option(parser)


def run(args: argparse.Namespace) -> int:
    """Take over; the recovery code is asked for, or read from standard input."""
    named = os.environ.get(PREFIX + "DATA")
    target = (Path(named) if named else default_data_folder(os.environ)).resolve()
    found = kept_server_copies.find_copies(args.folder)
    if not found:
        raise BadInput(f"there is no backup of a server in {args.folder}")
    _check_target(target, args.folder.resolve())
    code = parse_recovery_code(ask_secret(None, "Recovery code"))
    draft = target.with_name(f"{target.name}.taking-over")
    try:
        about, copy, seal = _unpack(found, code, draft)
        bring_lists(args.folder, seal, draft)
        done = _prepare(draft, about, args.epoch)
        if target.exists():
            _check_target(target, args.folder.resolve())
            _make_way(target)
        draft.replace(target)
        make_folder_durable(target.parent)
        # Only now is the place of the database its own.
        remember_epoch(_settings(target), done.epoch)
    except OSError as error:
        raise StoreFault(f"{target} cannot be created: {words_of_system(error)}") from error
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    copied_at = format_instant(about.copied_at)
    say_line("gatekeeper-server", f"the backup was made at {copied_at}; {_LATER}")
    print_line(
        copy=str(copy),
        copied_at=copied_at,
        epoch=done.epoch,
        former=list(about.urls),
    )
    return 0


def _unpack(found: list[Path], code: str, draft: Path) -> tuple[About, Path, Seal]:
    """Open the newest copy that is whole; returns its seal as well.

    Raises:
        BadInput: if none opens, as the newest one says; or if it is a newer program's. The one
            before it may be of before an upgrade, and is no way around.
    """
    faults = []
    for copy in found:
        shutil.rmtree(draft, ignore_errors=True)
        draft.mkdir(mode=PRIVATE_FOLDER, parents=True)
        try:
            head = backup_sealing.read_head(copy)
            seal = Seal(head, backup_sealing.passphrase_key(head, code))
            about = server_copy_files.unpack(copy, seal.key, draft)
            _check(draft / server_copy_files.DATABASE, copy)
        except BadInput as fault:
            faults.append(fault)
            continue
        _refuse_newer(draft / server_copy_files.DATABASE)
        return about, copy, seal
    raise faults[0]


def _check(database: Path, copy: Path) -> None:
    try:
        with closing(sqlite3.connect(database)) as opened:
            state = opened.execute("PRAGMA integrity_check(1)").fetchone()[0]
    except sqlite3.Error as error:
        raise BadInput(f"{copy} is damaged: {error}") from error
    if state != "ok":
        raise BadInput(f"{copy} is damaged: {state}")


def _refuse_newer(database: Path) -> None:
    with closing(sqlite3.connect(database)) as opened:
        if opened.execute(finding_newer()).fetchone() is not None:
            raise BadInput(NEWER_COPY)


def _prepare(draft: Path, about: About, known: int) -> TakeOver:
    """Open the higher epoch in what was unpacked, and let it copy itself to no stick yet."""
    from server.commands.command_audit import audited
    from server.start_up.preparing_and_opening_epochs import open_epoch_of_draft

    now, database = SystemClock().wall(), draft / server_copy_files.DATABASE
    step = int.from_bytes(SystemEntropy().random_bytes(_STEP_BYTES), "big")
    with audited(SystemClock(), SystemEntropy(), "take-over"):
        epoch = asyncio.run(
            open_epoch_of_draft(
                _settings(draft),
                database,
                at_least=max(known, about.epoch) + step,
                reason=REASON,
                now=now,
            )
        )
    with closing(sqlite3.connect(database)) as opened:
        opened.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    make_durable(database)
    plan_file = draft / server_copy_plan.SECRETS / PLAN_FILE
    plan = msgspec.json.decode(plan_file.read_bytes(), type=server_copy_plan.CopyPlan)
    plan_file.write_bytes(msgspec.json.encode(msgspec.structs.replace(plan, folder="")))
    make_durable(plan_file)
    done = TakeOver(
        copied_at=about.copied_at,
        taken_at=now,
        epoch=epoch,
        urls=about.urls,
        earlier=about.former,
    )
    note_take_over(draft, done)
    return done


def _settings(folder: Path) -> Settings:
    return read_settings({PREFIX + "DATA": str(folder)}, SystemEntropy())


def _check_target(target: Path, copies: Path) -> None:
    """See that nothing of anybody's is where the data folder is to be.

    Raises:
        BadInput: if there is, or the folder cannot be replaced; it says what to do.
        StoreFault: if it cannot be looked at.
    """
    said = f"Choose another folder with {PREFIX}DATA; nothing was changed"
    if target == copies or target in copies.parents:
        raise BadInput(f"the backups are in {target}, where the data should go. {said}")
    try:
        inside = sorted(one.name for one in target.iterdir()) if target.exists() else []
    except OSError as error:
        raise StoreFault(f"{target} cannot be read: {words_of_system(error)}") from error
    if any(name in {server_copy_files.DATABASE, server_copy_plan.SECRETS} for name in inside):
        raise BadInput(f"{target} already holds a server; nothing was changed")
    if target.is_mount():
        raise BadInput(
            f"{target} is a whole disk or volume, and cannot be replaced: choose a folder"
            f" inside it with {PREFIX}DATA; nothing was changed"
        )
    strange = [name for name in inside if name not in _LEFT_BEHIND]
    if strange:
        raise BadInput(f"{target} holds {strange[0]}, which would be lost. {said}")


def _make_way(target: Path) -> None:
    """Remove what a server that never began has left, and its folder."""
    for name in _LEFT_BEHIND:
        (target / name).unlink(missing_ok=True)
    target.rmdir()
