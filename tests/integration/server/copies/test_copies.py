"""Copies of a whole server: sealed, two in turn, whole whatever is pulled or killed meanwhile."""

from __future__ import annotations

import contextlib
import errno
import json
import os
import shutil
import sqlite3
import subprocess
import sys
import tarfile
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from io import BytesIO
from pathlib import Path

import pytest

from command_line.clock_and_randomness import SystemClock, SystemEntropy
from server.copies import (
    backup_sealing,
    server_copy_files,
    server_copy_plan,
    server_copy_schedule,
)
from server.copies.kept_server_copies import find_copies
from server.copies.server_copy_files import copy_once
from server.copies.server_copy_plan import load_plan, load_state
from server.serving.own_tls import keep_own_tls
from server.serving.signed_address import keep_address
from server.settings import Settings, read_settings
from shared.kernel.errors import BadInput
from shared.kernel.instant import HOUR, MINUTE, Duration, Instant
from shared.wire.server_copies import CopyFault
from tests.factories import programs
from tests.factories.migrated_files import begins_with_copies
from tests.factories.waiting import until
from tests.fakes.clock import ManualClock
from tests.integration.server.commands.test_commands import done, environment, run

__all__ = ["begins_with_copies"]
WORD, ADDRESS = "seven lamps over the gate", "root@example.org"
ADMIN = ("create-admin", "--name", "Root", "--email", ADDRESS)
CLOCK = SystemClock()


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """Give a data folder with an account and a recovery code, to be copied."""
    folder = tmp_path_factory.mktemp("made") / "data"
    done(folder, *ADMIN, feed=WORD + "\n")
    return folder, str(done(folder, "copy", "code")["code"])


@pytest.fixture
def folder(made: tuple[Path, str], tmp_path: Path) -> Path:
    """Give a data folder of its own, which copies itself to a stick."""
    shutil.copytree(made[0], tmp_path / "data")
    (tmp_path / "stick").mkdir()
    done(tmp_path / "data", "copy", "to", str(tmp_path / "stick"))
    return tmp_path / "data"


def settings_of(folder: Path) -> Settings:
    return read_settings({"GATEKEEPER_DATA": str(folder)}, SystemEntropy())


def copy(folder: Path) -> CopyFault:
    settings = settings_of(folder)
    plan = load_plan(settings)
    assert plan is not None
    return copy_once(settings, plan, CLOCK, ("https://192.0.2.7:8000",)).fault


def change(folder: Path) -> None:
    with closing(sqlite3.connect(folder / "gatekeeper.db")) as database:
        database.execute("UPDATE user_account SET name = name || '!'")
        database.commit()


def opens(file: Path, folder: Path, into: Path) -> server_copy_files.About:
    plan = load_plan(settings_of(folder))
    assert plan is not None
    into.mkdir()
    return server_copy_files.unpack(file, bytes.fromhex(plan.key), into)


def test_copy_holds_all_that_another_machine_needs_and_shows_nothing_of_it(
    folder: Path, tmp_path: Path
) -> None:
    """Database and secrets come out as they were; the stick's finder reads nothing."""
    assert copy(folder) is CopyFault.NONE
    (file,) = find_copies(tmp_path / "stick")
    stored = file.read_bytes()

    about = opens(file, folder, tmp_path / "out")

    assert stored.startswith(backup_sealing.MAGIC)
    for known in (ADDRESS.encode(), b"SQLite format 3", b"argon2", b"PRIVATE KEY"):
        assert known not in stored
    assert about.urls == ("https://192.0.2.7:8000",)
    with closing(sqlite3.connect(tmp_path / "out" / "gatekeeper.db")) as database:
        assert database.execute("SELECT email FROM user_account").fetchall() == [(ADDRESS,)]
    names = sorted(one.name for one in (folder / "secrets").iterdir())
    assert sorted(one.name for one in (tmp_path / "out" / "secrets").iterdir()) == names
    for one in (tmp_path / "out" / "secrets").iterdir():
        assert one.stat().st_mode & 0o077 == 0
    assert not list(folder.glob("*.copying"))


def test_copy_that_somebody_asks_for_says_where_the_server_is(
    folder: Path, tmp_path: Path
) -> None:
    """Whoever takes over from it tells the former server; that one granted on, told by nobody."""
    url = "https://192.0.2.7:8000"
    keep_own_tls(folder, CLOCK.wall(), SystemEntropy())
    assert keep_address(folder, (url,), 1, CLOCK.wall())
    done(folder, "copy", "now")
    (file,) = find_copies(tmp_path / "stick")
    assert opens(file, folder, tmp_path / "out").urls == (url,)


def test_server_that_is_over_copies_itself_no_more(folder: Path, tmp_path: Path) -> None:
    """Its copy was the newest on its own stick, of an evening that went on elsewhere."""
    keep_own_tls(folder, CLOCK.wall(), SystemEntropy())
    assert copy(folder) is CopyFault.NONE
    before = find_copies(tmp_path / "stick")
    assert keep_address(folder, ("https://192.0.2.9:8000",), 2, CLOCK.wall()), "who took over"
    change(folder)
    assert copy(folder) is CopyFault.FAILED
    refused = run(folder, "copy", "now")
    assert refused.returncode == 1
    assert "another server took over in epoch 2" in refused.stderr
    assert find_copies(tmp_path / "stick") == before
    done(folder, "epoch", "open", "--reason", "it was a mistake")
    assert copy(folder) is CopyFault.NONE
    assert len(find_copies(tmp_path / "stick")) == 2


def test_copies_that_are_made_at_once_are_all_whole(folder: Path, tmp_path: Path) -> None:
    """The server copies itself to a newly chosen folder while somebody says `copy now`."""
    with ThreadPoolExecutor(4) as pool:
        for _ in range(10):
            change(folder)
            faults = set(pool.map(copy, [folder] * 4))
            assert faults == {CopyFault.NONE}, load_state(settings_of(folder)).said
    for number, file in enumerate(find_copies(tmp_path / "stick")):
        opens(file, folder, tmp_path / f"out-{number}")
    assert not list((tmp_path / "stick").glob("*.part"))


def test_code_from_the_paper_opens_it_and_no_other_does(
    made: tuple[Path, str], folder: Path, tmp_path: Path
) -> None:
    """Typed in small letters without hyphens, it is the same code."""
    plan = load_plan(settings_of(folder))
    assert plan is not None
    assert server_copy_plan.is_code(plan, made[1].replace("-", "").lower())
    other = done(folder, "copy", "code")["code"]
    assert not server_copy_plan.is_code(plan, other)


def test_a_new_code_is_shown_wherever_the_stick_is(folder: Path, tmp_path: Path) -> None:
    """The stick is in the other laptop; and where the plan is damaged, a new code mends it."""
    stick = tmp_path / "stick"
    stick.rename(tmp_path / "away")
    shown = run(folder, "copy", "code")
    assert shown.returncode == 0
    plan = load_plan(settings_of(folder))
    assert plan is not None
    assert server_copy_plan.is_code(plan, json.loads(shown.stdout)["code"])
    assert f"no backups are being made now: {stick} cannot be written" in shown.stderr
    assert f"copy to {stick}" in shown.stderr
    (tmp_path / "away").rename(stick)
    done(folder, "copy", "to", str(stick))
    (folder / server_copy_plan.SECRETS / "copies.json").write_text("junk")
    assert "create a new recovery code" in run(folder, "copy", "show").stderr
    code = str(done(folder, "copy", "code")["code"])
    plan = load_plan(settings_of(folder))
    assert plan is not None
    assert server_copy_plan.is_code(plan, code)


def test_a_code_that_could_not_be_shown_is_none(made: tuple[Path, str], folder: Path) -> None:
    """Its line went into a full disk: the paper in hand opens what it did."""
    with Path("/dev/full").open("w") as full:
        status = subprocess.run(
            [programs.SERVER, "copy", "code"], env=environment(folder), stdout=full, check=False
        )
    assert status.returncode == 3
    plan = load_plan(settings_of(folder))
    assert plan is not None
    assert server_copy_plan.is_code(plan, made[1])


def test_nothing_is_copied_twice_and_two_lie_in_turn(folder: Path, tmp_path: Path) -> None:
    """An unchanged server is known to be copied; a changed one fills the other slot."""
    copy(folder)
    first = load_state(settings_of(folder))
    copy(folder)
    second = load_state(settings_of(folder))
    change(folder)
    copy(folder)

    assert second.copied_at == first.copied_at
    assert second.good_at > first.good_at
    newest, older = find_copies(tmp_path / "stick")
    opens(newest, folder, tmp_path / "new")
    opens(older, folder, tmp_path / "old")
    with closing(sqlite3.connect(tmp_path / "new" / "gatekeeper.db")) as database:
        assert database.execute("SELECT name FROM user_account").fetchall() == [("Root!",)]


@pytest.mark.parametrize("off", [HOUR, -HOUR], ids=["ahead", "behind"])
def test_the_newest_copy_is_found_though_the_clock_was_wrong_meanwhile(
    folder: Path, tmp_path: Path, off: Duration
) -> None:
    """A copy that says a time to come would else be taken over for good, however old it is."""
    settings = settings_of(folder)
    plan = load_plan(settings)
    assert plan is not None
    now = CLOCK.wall()
    for at in (now, now + off, now + MINUTE, now + 2 * MINUTE):
        clock = ManualClock(Instant(at))
        change(folder)
        copy_once(settings, plan, clock, ())
        copy_once(settings, plan, clock, ())
        about = opens(find_copies(tmp_path / "stick")[0], folder, tmp_path / f"at{at}")
        assert about.copied_at == at


def test_pulled_stick_is_said_and_nothing_is_written_where_it_was(
    folder: Path, tmp_path: Path
) -> None:
    """An empty folder in its place is no stick; back in, it goes on."""
    copy(folder)
    (tmp_path / "stick").rename(tmp_path / "pocket")
    assert copy(folder) is CopyFault.GONE
    (tmp_path / "stick").mkdir()
    assert copy(folder) is CopyFault.GONE
    assert list((tmp_path / "stick").iterdir()) == []
    (tmp_path / "stick").rmdir()
    (tmp_path / "pocket").rename(tmp_path / "stick")
    assert copy(folder) is CopyFault.NONE


def test_stick_pulled_in_the_middle_leaves_the_former_copy(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was half written is no copy."""
    copy(folder)
    change(folder)

    def pulled(_path: Path) -> None:
        (tmp_path / "stick").rename(tmp_path / "pocket")
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    monkeypatch.setattr(server_copy_files, "make_durable", pulled)
    settings = settings_of(folder)
    plan = load_plan(settings)
    assert plan is not None
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(server_copy_files, "save", lambda _file, _content: None)
        assert copy_once(settings, plan, CLOCK, ()).fault is CopyFault.GONE
    monkeypatch.undo()

    (file,) = find_copies(tmp_path / "pocket")
    opens(file, folder, tmp_path / "out")


@pytest.mark.parametrize("has_two", [False, True])
def test_full_stick_keeps_the_newest_copy(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, has_two: bool
) -> None:
    """The older of two makes room; where that does not do, it is said."""
    for _ in range(1 + has_two):
        copy(folder)
        change(folder)
    newest = find_copies(tmp_path / "stick")[0].read_bytes()
    room = [shutil.disk_usage(tmp_path).free]

    def full(source: object, target: object, seal: object) -> None:
        room.append(0)
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(backup_sealing, "write_sealed", full)
    assert copy(folder) is CopyFault.FULL
    assert len(room) == 2 + has_two, "tried again in the older one's room"
    left = find_copies(tmp_path / "stick")
    assert [file.read_bytes() for file in left] == [newest]
    assert not list((tmp_path / "stick").glob("*.part"))
    monkeypatch.undo()
    assert copy(folder) is CopyFault.NONE


def test_full_disk_of_the_laptop_is_not_said_of_the_stick(folder: Path, tmp_path: Path) -> None:
    """The database cannot be copied beside itself: the system's words say so."""
    copy(folder)
    change(folder)
    (folder / "gatekeeper.db.copying").write_text("in the way")
    newest = find_copies(tmp_path / "stick")[0].read_bytes()

    assert copy(folder) is CopyFault.FAILED
    assert load_state(settings_of(folder)).said
    assert find_copies(tmp_path / "stick")[0].read_bytes() == newest
    (folder / "gatekeeper.db.copying").unlink()
    assert copy(folder) is CopyFault.NONE


def size_of(part: Path) -> int:
    """Return a file's size; -1 while it is not there, or not any more."""
    try:
        return part.stat().st_size
    except FileNotFoundError:
        return -1


def test_program_killed_at_any_moment_leaves_whole_copies_only(
    folder: Path, tmp_path: Path
) -> None:
    """Killed again and again while it copies, what has a copy's name opens."""
    with closing(sqlite3.connect(folder / "gatekeeper.db")) as database:
        database.execute("CREATE TABLE filler (x BLOB)")
        for _ in range(24):
            database.execute("INSERT INTO filler VALUES (randomblob(1000000))")
        database.commit()
    copy(folder)
    words = [sys.executable, "-m", "server.cli", "copy", "now"]
    for turn in range(4):
        change(folder)
        part = tmp_path / "stick" / next(iter(tmp_path.glob("stick/*.here"))).with_suffix(".part")
        with subprocess.Popen(
            words, env=environment(folder), stdout=subprocess.DEVNULL
        ) as process:
            while process.poll() is None and size_of(part) < turn * 8_000_000:
                with contextlib.suppress(subprocess.TimeoutExpired):
                    process.wait(0.001)
            process.kill()
        for number, file in enumerate(find_copies(tmp_path / "stick")):
            opens(file, folder, tmp_path / f"out-{turn}-{number}")
    assert copy(folder) is CopyFault.NONE
    assert not list((tmp_path / "stick").glob("*.part"))
    assert not list(folder.glob("*.copying"))


def test_cut_or_altered_copy_is_refused(folder: Path, tmp_path: Path) -> None:
    """Nothing of it is used."""
    copy(folder)
    (file,) = find_copies(tmp_path / "stick")
    whole = file.read_bytes()
    for number, bad in enumerate((whole[:-9], whole[:-1] + bytes([whole[-1] ^ 1]))):
        file.write_bytes(bad)
        with pytest.raises(BadInput, match="cannot be opened"):
            opens(file, folder, tmp_path / f"out-{number}")


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("secrets/x.key", tarfile.SYMTYPE),
        ("secrets/x.key", tarfile.LNKTYPE),
        ("secrets/x.key", tarfile.FIFOTYPE),
        ("secrets", tarfile.SYMTYPE),
        ("secrets/../../x.key", tarfile.REGTYPE),
        ("/tmp/x.key", tarfile.REGTYPE),
    ],
)
def test_copy_puts_nothing_elsewhere_and_no_link(
    folder: Path, tmp_path: Path, name: str, kind: bytes
) -> None:
    """Whoever knows the code on paper may have made it; it is refused by name."""
    plan = load_plan(settings_of(folder))
    assert plan is not None
    head = tarfile.TarInfo(name)
    head.type, head.linkname = kind, "/etc/passwd"
    file = tmp_path / "forged"
    with file.open("wb") as target:
        content = BytesIO(head.tobuf() + bytes(1_024))
        backup_sealing.write_sealed(content, target, plan.seal(CLOCK.wall()))
    with pytest.raises(BadInput, match="contains something that no backup contains"):
        opens(file, folder, tmp_path / "out")
    assert list((tmp_path / "out").rglob("*")) == [tmp_path / "out" / "secrets"]


def test_a_former_server_writes_over_no_copy_of_the_one_that_took_over(
    made: tuple[Path, str], folder: Path, tmp_path: Path
) -> None:
    """Back with the same stick, or where its folder is reached: a third took its old state."""
    stick, new = tmp_path / "stick", tmp_path / "new"
    for _ in range(2):
        change(folder)
        assert copy(folder) is CopyFault.NONE
    taken = run(new, "take-over", str(stick), feed=f"{made[1]}\n")
    assert taken.returncode == 0, taken.stderr
    epoch = json.loads(taken.stdout)["epoch"]
    done(new, "copy", "to", str(stick))
    assert copy(new) is CopyFault.NONE
    change(folder)
    for _ in range(2):
        assert copy(folder) is CopyFault.FAILED
        assert f"that took over in epoch {epoch}" in load_state(settings_of(folder)).said
    for turn in range(2):
        change(new)
        assert copy(new) is CopyFault.NONE
        newest = find_copies(stick)[0]
        assert opens(newest, new, tmp_path / f"out{turn}").epoch == epoch
    for file in find_copies(stick):
        file.unlink()
    assert copy(folder) is CopyFault.NONE, "if it is this one that goes on"


def test_folder_of_the_server_itself_is_no_place(folder: Path) -> None:
    """It would be lost with the server."""
    refused = run(folder, "copy", "to", str(folder / "copies"))
    assert refused.returncode == 2
    assert "lost with it" in refused.stderr


def test_owner_resets_by_the_code_on_paper_only(made: tuple[Path, str], folder: Path) -> None:
    """The recovery code opens the account again; another one, or an unknown address, does not."""
    words = ("reset-password", "--email", ADDRESS, "--recovery-code")
    new = "nine lamps under the bridge"
    wrong = made[1].split("-")
    wrong[0], wrong[1] = wrong[1], wrong[0]
    assert run(folder, *words, feed="-".join(wrong) + f"\n{new}\n").returncode == 2
    assert "group 1" in run(folder, *words, feed="-".join(wrong) + f"\n{new}\n").stderr
    with closing(sqlite3.connect(folder / "gatekeeper.db")) as database:
        before = database.execute("SELECT password_hash FROM user_account").fetchone()
    done(folder, *words, feed=f"{made[1]}\n{new}\n")
    with closing(sqlite3.connect(folder / "gatekeeper.db")) as database:
        assert database.execute("SELECT password_hash FROM user_account").fetchone() != before
    unknown = run(folder, "reset-password", "--email", "x@example.org", feed=new + "\n")
    assert unknown.returncode == 1


def test_copies_go_on_although_the_log_lies_on_a_full_disk(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is said of a copy that failed is lost there; the copies after it are made."""
    monkeypatch.setattr(server_copy_schedule, "LOOK_S", 0.001)
    settings, clock = settings_of(folder), ManualClock()
    (tmp_path / "stick").rename(tmp_path / "pocket")
    with Path("/dev/full").open("w") as full:
        monkeypatch.setattr(sys, "stderr", full)
        copying = server_copy_schedule.Copying(settings, clock, tuple)
        copying.start()
        until(lambda: load_state(settings).fault is CopyFault.GONE)
        (tmp_path / "pocket").rename(tmp_path / "stick")

        def copied_a_minute_later() -> bool:
            clock.advance(MINUTE)
            return load_state(settings).fault is CopyFault.NONE

        until(copied_a_minute_later)
        copying.stop()
        until(lambda: all(one.name != "copying" for one in threading.enumerate()))
        monkeypatch.undo()
