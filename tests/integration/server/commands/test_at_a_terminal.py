"""What a person at a terminal is asked and told, and a script never is."""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path

import pytest

from tests.factories.migrated_files import begins_with_copies, copying_unless_whole
from tests.factories.typing_person import INTERRUPT, sit
from tests.integration.server.commands.test_commands import environment, run

__all__ = ["begins_with_copies"]
SERVER = Path(sys.executable).with_name("gatekeeper-server")
LINES = """
import asyncio, sys
from command_line.exit_statuses import run_to_status
from gatekeeper.this_machine import read_lines

async def lane():
    print("waiting", file=sys.stderr, flush=True)
    async for line in read_lines(sys.stdin.buffer, 1000):
        print(line, flush=True)
    return 0

sys.exit(run_to_status("lane", lambda: asyncio.run(lane())))
"""


def _seed(file: Path) -> list[str]:
    sizes = ["--tickets", "1", "--gates", "1", "--devices", "0"]
    return ["seed", *sizes, "--export", str(file)]


def test_a_person_is_asked_before_a_load_event_is_put_beside_others(tmp_path: Path) -> None:
    """Into an empty ledger without a word; beside organizations after a yes; a script at once."""
    folder, file = tmp_path / "data", tmp_path / "load.json"
    assert run(folder, *_seed(file)).returncode == 0
    before = file.read_bytes()
    sitting = sit([SERVER, *_seed(file)], environment(folder), until="[y/N]", typed=b"\n")
    assert sitting.status == 1
    assert "holds 1 organizations" in sitting.screen
    assert file.read_bytes() == before, "the file of before was overwritten"
    agreed = sit([SERVER, *_seed(file)], environment(folder), until="[y/N]", typed=b"y\n")
    assert agreed.status == 0, agreed.screen
    assert json.loads(agreed.output)["tickets"] == 1
    script = run(folder, *_seed(file))
    assert script.returncode == 0
    assert "[y/N]" not in script.stderr


@pytest.fixture(scope="module")
def seed_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a folder with a data folder of a load event and a backup of it, to be copied."""
    place = tmp_path_factory.mktemp("seeded")
    with copying_unless_whole():
        assert run(place / "data", *_seed(place / "load.json")).returncode == 0
        assert run(place / "data", "backup", str(place / "copy")).returncode == 0
    return place


@pytest.mark.parametrize(
    "words",
    [
        ("keys", "compromise", "KEY"),
        ("supervisors", "pins"),
        ("epoch", "open", "--reason", "a drill"),
        ("epoch", "absent", "dv_000000000000"),
        ("restore", "COPY"),
    ],
)
def test_a_person_is_asked_before_what_cannot_be_taken_back(
    seed_once: Path, tmp_path: Path, words: tuple[str, ...]
) -> None:
    """What it comes to is said, and nothing is changed without a yes; `--yes` asks nothing."""
    shutil.copytree(seed_once, tmp_path, dirs_exist_ok=True)
    folder, copy = tmp_path / "data", tmp_path / "copy"
    key = json.loads(run(folder, "keys", "list").stdout.splitlines()[0])["key"]
    command = [{"KEY": key, "COPY": str(copy)}.get(word, word) for word in words]
    before = (folder / "gatekeeper.db").read_bytes()
    sitting = sit([SERVER, *command], environment(folder), until="[y/N]", typed=b"\n")
    assert sitting.status == 1, sitting.screen
    assert "nothing was changed" in sitting.screen
    assert sitting.output == ""
    assert (folder / "gatekeeper.db").read_bytes() == before
    agreed = sit([SERVER, *command, "--yes"], environment(folder), until="never", typed=b"")
    assert "[y/N]" not in agreed.screen
    assert agreed.status == 0 or "device that is waited for" in agreed.screen, agreed.screen


def test_an_interrupt_at_the_terminal_ends_a_lane_that_waits_for_a_line(tmp_path: Path) -> None:
    """The thread that waits holds no lock of the interpreter's, which would end by a crash."""
    sitting = sit(
        [sys.executable, "-c", LINES],
        environment(tmp_path),
        until="waiting",
        typed=INTERRUPT,
    )
    assert sitting.status == 130, sitting.screen
    assert "Fatal" not in sitting.screen


@pytest.mark.parametrize("email", ["notanemail", "a b@example.org", "@"])
def test_an_account_that_could_never_sign_in_is_not_made(tmp_path: Path, email: str) -> None:
    """The address is checked as signing in checks it, and before a password is asked for."""
    words = ("create-admin", "--email", email, "--name", "Root")
    ended = run(tmp_path / "data", *words, feed="seven lamps over the gate\n")
    assert ended.returncode == 2
    assert "--email must be an e-mail address" in ended.stderr
    assert not (tmp_path / "data").exists()


def test_a_password_that_is_refused_is_told_why(tmp_path: Path) -> None:
    """Which field, and what is wanted of it."""
    words = ("create-admin", "--email", "ada@example.org", "--name", "Ada")
    short = run(tmp_path / "data", *words, feed="short\n")
    assert short.returncode == 1
    assert "password must have 12 to 256 characters" in short.stderr
    lost = run(tmp_path / "data", *words, "--password-file", str(tmp_path / "nosuch"))
    assert lost.returncode == 2
    assert "nosuch cannot be read: No such file" in lost.stderr
    assert "Errno" not in lost.stderr
