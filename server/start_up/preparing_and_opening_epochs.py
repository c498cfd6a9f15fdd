"""What happens before the first request: migrations, then a look whether time went backwards.

A database that is older than what this data folder has seen was put back by somebody who did not
say so. Gates hold answers that such a database has forgotten, so the ledger gets a higher epoch
and stays closed until their journals are here again. PostgreSQL itself tells of a restored or
promoted cluster by its system identifier and timeline.
"""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

import msgspec
from sqlalchemy import select, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import configure_mappers

from command_line.clock_and_randomness import SystemClock, SystemEntropy
from command_line.exit_statuses import say_line
from server.accounts.sessions import end_all_sessions
from server.db.database_connections import Database
from server.db.database_fault_words import said_in_words
from server.db.ledger_state import (
    PUT_BACK,
    LedgerRow,
    LedgerState,
    ensure_ledger,
    open_epoch,
    read_ledger,
)
from server.db.promoted_standby import cluster_of
from server.db.tenancy import SYSTEM
from server.db.unit import Context
from server.devices.enrolment_codes import end_all_codes
from server.erasures.hashed_words import PURPOSE
from server.jobs.leases_of_ended_workers import end_leases
from server.keys.models import KeyRecord
from server.keys.vault import SEALED_BY_ANOTHER, has_vault, open_vault
from server.organizations.invitations import end_all_invitations
from server.persons.after_erasure import keep_list
from server.persons.erasing_again import erase_again
from server.settings import Settings
from server.start_up.command_locks import at_work
from server.start_up.ended_list import ENDINGS
from server.start_up.ending_keys_and_devices_again import end_again
from server.start_up.filling_ended_list import keep_endings
from server.start_up.known_before_copy import Known, bring_kept, bring_known, read_known
from server.start_up.migrating import migrate
from server.start_up.plain_drafts import remove_drafts
from server.start_up.seen_epochs import SIDE_FILE, remember_epoch, seen_epoch
from shared.kernel.errors import StoreFault
from shared.kernel.instant import Instant
from shared.kernel.os_errors import words_of_system
from shared.kernel.ports import Clock, Entropy


class Prepared(msgspec.Struct, frozen=True):
    """How a database stands once this program may serve by it."""

    revision: str
    ledger: LedgerState


RESTORED: Final = "restored from a backup"
"""Why the ledger has a higher epoch where `restore` has put a copy back."""
_SEEN_NEWER: Final = "the database is older than this data folder has seen"
_OLDER: Final = frozenset({RESTORED, _SEEN_NEWER})
"""Reasons by which what was ended since is in the database once more; not one of a failover."""
_PUT_BACK: Final = "put_back"
"""Why a sign-in has ended."""


async def prepare(settings: Settings, clock: Clock, *, at_least: int = 0) -> Prepared:
    """Migrate, and close the ledger if the database went back.

    Args:
        settings: Name the database and the data folder.
        clock: Whose time is noted.
        at_least: The highest epoch known from elsewhere, where the database went back.

    Raises:
        StoreFault: if the database cannot be used, is of a newer version, or is gone.
    """
    _miss_no_file(settings)
    revision = await migrate(settings, clock.wall())
    configure_mappers()  # now, not in the writer's turn: claims of a server beside would wait
    database = Database(settings.database, pool_size=1)
    try:
        with said_in_words(settings):
            cluster = await cluster_of(database)
            async with database.write(org=SYSTEM) as session:
                before = await ensure_ledger(session, clock.wall())
                reason = _why_older(before, cluster, seen_epoch(settings))
                if reason in _OLDER:
                    await _let_nobody_in(session, clock.wall())
                if reason is not None:
                    await open_epoch(
                        session,
                        at_least=max(at_least, seen_epoch(settings)),
                        reason=reason,
                        now=clock.wall(),
                        admits_claims=False,
                    )
                if cluster or before.cluster == PUT_BACK:
                    await session.execute(update(LedgerRow).values(cluster=cluster))
                ledger = await read_ledger(session)
                if not database.is_sqlite:
                    await bring_kept(session, settings, ledger.epoch, clock.wall())
            await _erase_again(settings, database, clock)
            await end_again(settings, database, clock)
            await _note_endings(settings, database)
    finally:
        await database.close()
    remember_epoch(settings, ledger.epoch)
    return Prepared(revision, ledger)


async def _note_endings(settings: Settings, database: Database) -> None:
    """List what has ended; where the disk refuses, the server serves, and the next start lists."""
    try:
        await keep_endings(database, settings.data_folder)
    except OSError as error:
        why = words_of_system(error)
        say_line("gatekeeper-server", f"{ENDINGS.file_name} cannot be written: {why}")


async def _erase_again(settings: Settings, database: Database, clock: Clock) -> None:
    """Erase whom an older copy names although the list beside the database has them erased."""
    folder, key = settings.data_folder, None
    if has_vault(folder):
        key = open_vault(folder, SystemEntropy()).derive(PURPOSE)
    context = Context(database, clock, SystemEntropy())
    if await erase_again(context, folder, key):
        await database.empty_log()


async def prepare_at_work(settings: Settings, *, starts_server: bool = False) -> Prepared:
    """Prepare the database for a verb that asks no more of it.

    Args:
        settings: Which database.
        starts_server: As `at_work` says it.

    Raises:
        StoreFault: as `prepare`, or if a copy is being put in the database's place.
    """
    clock = SystemClock()
    async with at_work(settings, starts_server=starts_server):
        prepared = await prepare(settings, clock)
        if starts_server:
            _remove_drafts(settings)
            database = Database(settings.database, pool_size=1)
            try:
                with said_in_words(settings):
                    await end_leases(database, clock)
            finally:
                await database.close()
        return prepared


def _remove_drafts(settings: Settings) -> None:
    try:
        remove_drafts(settings)
    except OSError as error:  # it is served all the same
        why = words_of_system(error)
        said = f"what an interrupted restore or backup left unencrypted cannot be removed: {why}"
        say_line("gatekeeper-server", said)


@asynccontextmanager
async def prepared_context(settings: Settings, *, connections: int = 1) -> AsyncIterator[Context]:
    """Give a verb the prepared database, by connections that are closed afterwards.

    Raises:
        StoreFault: as `prepare`, or if a copy is being put in the database's place, or if the
            database fails the verb.
    """
    clock = SystemClock()
    async with at_work(settings):
        await prepare(settings, clock)
        database = Database(settings.database, pool_size=connections)
        try:
            with said_in_words(settings):
                yield Context(database, clock, SystemEntropy())
        finally:
            await database.close()


def _miss_no_file(settings: Settings) -> None:
    """Begin with no empty file where this folder has served one that held something."""
    file = settings.sqlite_file
    is_there = file is None or (file.exists() and file.stat().st_size > 0)
    if is_there or seen_epoch(settings) == 0:
        return
    raise StoreFault(
        f"{file} is missing or empty, although this folder has served it before: put it"
        " back, or restore a backup with gatekeeper-server restore FILE. To start with an"
        f" empty one, remove {SIDE_FILE}"
    )


async def check_secret(settings: Settings, entropy: Entropy) -> None:
    """See whether this data folder opens the private keys in the database, before they are used.

    A folder without the secret would be given another one at its first use, and nothing that
    the organizations sign would work: each gate would go on alone.

    Raises:
        StoreFault: if it does not; the sentence says what to put where.
    """
    database = Database(settings.database, pool_size=1)
    newest = (
        select(KeyRecord.sealed_seed, KeyRecord.public_key)
        .where(KeyRecord.sealed_seed.is_not(None))
        .order_by(KeyRecord.created_at.desc())
        .limit(1)
    )
    try:
        async with database.read(org=SYSTEM) as session:
            found = (await session.execute(newest)).one_or_none()
    finally:
        await database.close()
    if found is not None and not has_vault(settings.data_folder):
        raise StoreFault(SEALED_BY_ANOTHER)
    vault = open_vault(settings.data_folder, entropy)
    if found is not None:
        vault.open(found.sealed_seed, found.public_key)


async def start_epoch(
    settings: Settings, *, at_least: int, reason: str, now: Instant
) -> LedgerState:
    """Open a higher epoch than any seen, closed for claims; after a restore."""
    state = await _open_above(
        settings.database,
        at_least=max(at_least, seen_epoch(settings)),
        reason=reason,
        now=now,
    )
    remember_epoch(settings, state.epoch)
    return state


async def open_epoch_of_draft(
    settings: Settings,
    draft: Path,
    *,
    at_least: int,
    reason: str,
    now: Instant,
    known: Known | None = None,
) -> int:
    """Upgrade a SQLite file that shall take the database's place, and open a higher epoch in it.

    Args:
        settings: Of the database that the file is to replace.
        draft: The file, which nobody else has open.
        at_least: The highest epoch known from elsewhere.
        reason: For the operator and the audit.
        now: µs.
        known: What the database that is replaced knows.

    Returns:
        The epoch: above the draft's, `at_least` and all that the data folder has seen.

    Raises:
        StoreFault: if the file cannot be used, or is of a newer version.
    """
    url = f"sqlite:///{draft}"
    settings_of_draft = msgspec.structs.replace(settings, database=url)
    await migrate(settings_of_draft, now)
    highest = max(at_least, seen_epoch(settings))
    state = await _open_above(url, at_least=highest, reason=reason, now=now)
    database = Database(url, pool_size=1)
    try:
        await _erase_again(settings, database, SystemClock())
        await end_again(settings_of_draft, database, SystemClock())
        if known is not None:
            async with database.write(org=SYSTEM) as session:
                await bring_known(session, settings, known, state.epoch, now)
    finally:
        await database.close()
    return state.epoch


async def known_to_be_replaced(settings: Settings) -> Known:
    """Return what a database knows whose place a copy takes, and keep the lists beside it whole.

    They name all erasures and endings then that it knows. One that cannot be read has nothing to
    add.

    Raises:
        StoreFault: if a list is damaged, or cannot be written.
    """
    file = settings.sqlite_file
    if file is not None and not file.exists():
        return Known([], [])
    database = Database(settings.database, pool_size=1)
    try:
        for keep in (keep_list, keep_endings):
            with contextlib.suppress(DBAPIError):  # damaged, or of a version without such tables
                await keep(database, settings.data_folder)
    except OSError as error:
        message = f"the lists in {settings.data_folder} cannot be written"
        raise StoreFault(f"{message}: {words_of_system(error)}") from error
    finally:
        await database.close()
    return await read_known(settings, SystemClock().wall())


async def _open_above(url: str, *, at_least: int, reason: str, now: Instant) -> LedgerState:
    database = Database(url, pool_size=1)
    try:
        async with database.write(org=SYSTEM) as session:
            await _let_nobody_in(session, now)
            return await open_epoch(
                session, at_least=at_least, reason=reason, now=now, admits_claims=False
            )
    finally:
        await database.close()


async def _let_nobody_in(session: AsyncSession, now: Instant) -> None:
    """End sign-ins and one-time codes: a copy holds those that were ended or used since."""
    await end_all_sessions(session, _PUT_BACK, now)
    await end_all_codes(session, now)
    await end_all_invitations(session, now)


def _why_older(ledger: LedgerState, cluster: str, seen: int) -> str | None:
    if ledger.cluster == PUT_BACK:
        return RESTORED
    if ledger.epoch < seen:
        return _SEEN_NEWER
    if cluster and ledger.cluster and cluster != ledger.cluster:
        return "the database cluster was restored or promoted"
    return None
