"""Copies of a whole server, made while it serves: its database, and the secrets that it needs.

Sealed as backups are, under a key that is stretched once of the recovery code; so whoever has a
copy and the paper with the code has the server. Two lie in turn in the chosen folder, so that one
is whole whenever power, stick or program go; what is written has another name until it is whole.
"""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
import sqlite3
import tarfile
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from io import BytesIO
from pathlib import Path
from typing import IO, Final

import msgspec

from server.copies import backup_sealing
from server.copies.backup_sealing import Seal
from server.copies.kept_server_copies import find_slots, slots_of
from server.copies.lists_beside_server_copies import copy_lists
from server.copies.server_copy_plan import SECRETS, CopyPlan, load_state, mark_of, save
from server.copies.telling_former_server import list_untold
from server.db.plain_copies import OF_SERVER
from server.durable_files import make_durable, make_folder_durable
from server.serving.signed_address import read_word
from server.settings import PRIVATE_FILE, PRIVATE_FOLDER, Settings
from server.start_up.seen_epochs import seen_epoch
from shared.kernel.errors import BadInput, StoreFault
from shared.kernel.instant import Instant
from shared.kernel.os_errors import words_of_system
from shared.kernel.ports import Clock
from shared.kernel.undecodable import UNDECODABLE
from shared.wire.server_copies import STATE_FILE, CopyFault, CopyState

ABOUT: Final = "about.json"
DATABASE: Final = "gatekeeper.db"
_FULL: Final = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
_BLOCK: Final = 512


class About(msgspec.Struct, frozen=True, kw_only=True):
    """What a copy says of itself, under its seal.

    Attributes:
        copied_at: µs.
        epoch: The highest of the ledger that the server had seen.
        urls: By what addresses devices knew it.
        former: Where those were that it had followed and could not tell; see `TakeOver.earlier`.
    """

    copied_at: Instant
    epoch: int
    urls: tuple[str, ...] = ()
    former: tuple[tuple[str, ...], ...] = ()


def copy_once(settings: Settings, plan: CopyPlan, clock: Clock, urls: Sequence[str]) -> CopyState:
    """Make a copy if something has changed, and write down how copies stand.

    One at a time: the server's own and one that somebody asks for write the same files.

    Raises:
        StoreFault: if that cannot be written down; the former copies stay.
    """
    file = settings.sqlite_file
    assert file is not None, "only a SQLite file is copied"
    lock = OF_SERVER.lock_beside(file)
    try:
        lock.acquire()
    except OSError as error:
        raise StoreFault(f"{file} cannot be copied: {words_of_system(error)}") from error
    try:
        return _copy_alone(settings, plan, clock.wall(), urls)
    finally:
        lock.close()


def _copy_alone(
    settings: Settings, plan: CopyPlan, now: Instant, urls: Sequence[str]
) -> CopyState:
    former = load_state(settings)
    if former.folder != plan.folder:
        former = CopyState(folder=plan.folder)
    state = msgspec.structs.replace(
        former, tried_at=now, fault=CopyFault.NONE, said="", is_same_disk=_is_same(settings, plan)
    )
    try:
        if not mark_of(Path(plan.folder), plan).exists():
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT))
        _refuse_later_epoch(settings, plan)
        marks = f"{plan.salt} {_marks(settings)}"
        slot, newest = find_slots(plan, now)
        if marks == former.marks and newest is not None and newest.stat().st_size == former.size:
            state = msgspec.structs.replace(state, good_at=now)
        else:
            size = _write(settings, plan, slot, now, urls)
            state = msgspec.structs.replace(
                state, copied_at=now, good_at=now, size=size, marks=marks
            )
        copy_lists(settings, plan, now)
    except (OSError, StoreFault) as error:
        fault = _fault_of(error, plan)
        state = msgspec.structs.replace(state, fault=fault, said=words_of_system(error))
    save(settings.data_folder / STATE_FILE, msgspec.json.encode(state))
    return state


def unpack(copy: Path, key: bytes, into: Path) -> About:
    """Put what a copy holds into an empty folder, for its owner only.

    Raises:
        BadInput: if the key is another one, or the copy is damaged.
        OSError: if it cannot be read or written.
    """
    plain = into / "copy.tar"
    plain.touch(PRIVATE_FILE)
    (into / SECRETS).mkdir(mode=PRIVATE_FOLDER)
    about: About | None = None
    try:
        with plain.open("wb") as target:
            backup_sealing.open_sealed(copy, target, key)
        with tarfile.open(plain) as archive:
            for member in archive:
                content = archive.extractfile(member) if member.isreg() else None
                if content is None or not _is_ours(member.name):
                    raise BadInput(
                        f"{copy} contains something that no backup contains: {member.name[:80]!r}"
                    )
                if member.name == ABOUT:
                    about = msgspec.json.decode(content.read(), type=About)
                    continue
                file = into / member.name
                file.touch(PRIVATE_FILE)
                with file.open("wb") as target:
                    shutil.copyfileobj(content, target)
                make_durable(file)
    except (tarfile.TarError, *UNDECODABLE) as error:
        raise BadInput(f"{copy} is damaged: {error}") from error
    finally:
        plain.unlink(missing_ok=True)
    if about is None or not (into / DATABASE).exists():
        raise BadInput(f"{copy} is damaged: it holds no database")
    make_folder_durable(into / SECRETS)
    return about


def _refuse_later_epoch(settings: Settings, plan: CopyPlan) -> None:
    """Copy no server that is over, and leave the copies of the one that took over as they are.

    Its copy would be the newest in its own folder, and who takes over from it is over the other.

    Raises:
        StoreFault: if there is such a one.
    """
    word = read_word(settings.data_folder)
    if word is not None and word.epoch > seen_epoch(settings):
        raise StoreFault(
            f"another server took over in epoch {word.epoch} and replaced this one; to go"
            " on with this one, open a higher epoch: gatekeeper-server epoch open"
        )
    later = max(_epoch_of(slot, plan) for slot in slots_of(plan))
    if later > seen_epoch(settings):
        raise StoreFault(
            f"a server that took over in epoch {later} makes its backups there and"
            " replaced this one; to go on with this one, remove those backups"
        )


def _epoch_of(slot: Path, plan: CopyPlan) -> int:
    """Return the epoch that a copy says; 0 of none, and of one that does not open."""
    try:
        begins = backup_sealing.open_beginning(slot, bytes.fromhex(plan.key))
        head = tarfile.TarInfo.frombuf(begins[:_BLOCK], tarfile.ENCODING, "strict")
        return msgspec.json.decode(begins[_BLOCK : _BLOCK + head.size], type=About).epoch
    except (BadInput, OSError, tarfile.TarError, *UNDECODABLE):
        return 0


def _is_ours(name: str) -> bool:
    head, _, tail = name.partition("/")
    is_secret = head == SECRETS and tail not in {"", ".", ".."} and "/" not in tail
    return name in {ABOUT, DATABASE} or (is_secret and "\\" not in tail)


def _write(
    settings: Settings, plan: CopyPlan, slot: Path, now: Instant, urls: Sequence[str]
) -> int:
    """Write a copy whole into a slot; on a full stick the older of two makes room."""
    draft = slot.parent / f"{plan.name}.part"
    try:
        with _whole(settings, now, urls) as parts:
            try:
                _fill(draft, parts, plan.seal(now))
            except OSError as error:
                if error.errno not in _FULL or not slot.exists():
                    raise
                slot.unlink()
                for part in parts:
                    part.seek(0)
                _fill(draft, parts, plan.seal(now))
        size = draft.stat().st_size
        draft.replace(slot)
        with contextlib.suppress(OSError):  # not every stick's file system knows it
            make_folder_durable(slot.parent)
        return size
    finally:
        with contextlib.suppress(OSError):
            draft.unlink(missing_ok=True)


def _fill(draft: Path, parts: Sequence[IO[bytes]], seal: Seal) -> None:
    draft.unlink(missing_ok=True)
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE_FILE)
    with os.fdopen(handle, "wb") as target:
        backup_sealing.write_sealed(_Chain(parts), target, seal)
    make_durable(draft)


@contextmanager
def _whole(settings: Settings, now: Instant, urls: Sequence[str]) -> Iterator[list[IO[bytes]]]:
    """Give what a copy holds as the parts of an archive: the database first, then its secrets.

    A key that the database names is among the secrets before it is named.
    """
    about = About(
        copied_at=now,
        epoch=seen_epoch(settings),
        urls=tuple(urls),
        former=list_untold(settings.data_folder),
    )
    with _database_copy(settings) as database, contextlib.ExitStack() as opened:
        parts: list[IO[bytes]] = []
        _add(parts, ABOUT, BytesIO(msgspec.json.encode(about)))
        _add(parts, DATABASE, opened.enter_context(database.open("rb")))
        for file in sorted((settings.data_folder / SECRETS).iterdir()):
            if file.is_file() and file.suffix != ".draft":
                _add(parts, f"{SECRETS}/{file.name}", BytesIO(file.read_bytes()))
        parts.append(BytesIO(bytes(2 * _BLOCK)))
        yield parts


@contextmanager
def _database_copy(settings: Settings) -> Iterator[Path]:
    """Give a copy of the database by SQLite's own backup; it lies beside it meanwhile.

    Raises:
        StoreFault: if it cannot be made.
    """
    file = settings.sqlite_file
    assert file is not None, "only a SQLite file is copied"
    folder = OF_SERVER.folder_beside(file)
    try:
        shutil.rmtree(folder, ignore_errors=True)  # of one that was killed
        folder.mkdir(mode=PRIVATE_FOLDER)
        copy = folder / DATABASE
        copy.touch(PRIVATE_FILE)
        address = f"{file.absolute().as_uri()}?mode=ro"
        with (
            closing(sqlite3.connect(address, uri=True)) as source,
            closing(sqlite3.connect(copy)) as target,
        ):
            source.backup(target)
        yield copy
    except sqlite3.Error as error:
        raise StoreFault(f"{file} cannot be copied: {error}") from error
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _add(parts: list[IO[bytes]], name: str, content: IO[bytes]) -> None:
    """Add a file to an archive's parts: its head, its content, and what fills its last block."""
    size = content.seek(0, os.SEEK_END)
    content.seek(0)
    head = tarfile.TarInfo(name)
    head.size, head.mode = size, PRIVATE_FILE
    parts += [BytesIO(head.tobuf()), content, BytesIO(bytes(-size % _BLOCK))]


class _Chain(BytesIO):
    """Reads files one behind the other."""

    def __init__(self, parts: Sequence[IO[bytes]]) -> None:
        super().__init__()
        self._parts = list(parts)

    def read(self, size: int | None = -1, /) -> bytes:
        """Read of the first that has something left."""
        while self._parts:
            found = self._parts[0].read(-1 if size is None else size)
            if found:
                return found
            del self._parts[0]
        return b""


def _marks(settings: Settings) -> str:
    """Say how the data looks: what has not changed is not copied again."""
    file = settings.sqlite_file
    assert file is not None, "only a SQLite file is copied"
    files = [file, file.with_name(file.name + "-wal")]
    files += sorted((settings.data_folder / SECRETS).iterdir())
    seen = []
    for one in files:
        with contextlib.suppress(FileNotFoundError):
            stat = one.stat()
            if stat.st_size:  # looking at it leaves an empty log
                seen.append(f"{stat.st_mtime_ns}:{stat.st_size}")
    return " ".join(seen)


def _is_same(settings: Settings, plan: CopyPlan) -> bool:
    with contextlib.suppress(OSError):
        return Path(plan.folder).stat().st_dev == settings.data_folder.stat().st_dev
    return False


def _fault_of(error: OSError | StoreFault, plan: CopyPlan) -> CopyFault:
    with contextlib.suppress(OSError):
        if mark_of(Path(plan.folder), plan).exists():
            # The database's own fault is of this machine's disk, not of the stick.
            is_full = isinstance(error, OSError) and error.errno in _FULL
            return CopyFault.FULL if is_full else CopyFault.FAILED
    return CopyFault.GONE
