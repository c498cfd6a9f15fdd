"""`gatekeeper-server keys` as an operator runs it."""

from __future__ import annotations

import json
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.factories.migrated_files import begins_with_copies, copying_unless_whole
from tests.integration.server.commands.test_commands import run

__all__ = ["begins_with_copies"]


@pytest.fixture(scope="module")
def seed_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a data folder with a load event, to be copied."""
    folder = tmp_path_factory.mktemp("seeded")
    words = ("--tickets", "3", "--gates", "1", "--devices", "1")
    with copying_unless_whole():
        seeded = run(folder / "data", "seed", *words, "--export", str(folder / "seeded.json"))
    assert seeded.returncode == 0, seeded.stderr
    return folder / "data"


@pytest.fixture
def seeded(seed_once: Path, tmp_path: Path) -> Path:
    """Give a copy of it."""
    return shutil.copytree(seed_once, tmp_path / "data")


def test_operator_lists_rotates_and_ends_keys(seeded: Path) -> None:
    """Each key is named; what ends is printed with the key that signs in its place."""
    listed = {key["purpose"]: key for key in keys(seeded)}
    assert set(listed) == {"root", "manifest", "ticket"}
    assert {key["state"] for key in listed.values()} == {"active"}
    for act, state in (("rotate", "retired"), ("compromise", "compromised")):
        for purpose in ("ticket", "manifest", "root"):
            live = next(
                key
                for key in keys(seeded)
                if (key["purpose"], key["state"]) == (purpose, "active")
            )
            ended = run(seeded, "keys", act, live["key"], "--reason", "a drill")
            assert ended.returncode == 0, ended.stderr
            old, new = (json.loads(line) for line in ended.stdout.splitlines())
            assert (old["key"], old["state"]) == (live["key"], state)
            assert (new["purpose"], new["state"]) == (purpose, "active")
            again = run(seeded, "keys", act, live["key"])
            assert again.returncode != 0
            assert "before" in again.stderr or "already" in again.stderr
    assert len(keys(seeded)) == 9


def test_operator_bounds_a_ticket_key_and_lifts_the_bound(seeded: Path) -> None:
    """Up to a moment of a time zone; a key that lets nobody in has no such bound."""
    listed = {key["purpose"]: key["key"] for key in keys(seeded)}
    moment = "2026-12-01T00:00:00+00:00"
    for words, until in ((("--until", moment), moment), (("--without-end",), None)):
        bounded = run(seeded, "keys", "bound", listed["ticket"], *words)
        assert bounded.returncode == 0, bounded.stderr
        assert json.loads(bounded.stdout)["admits_until"] == until
    for name, words, said in (
        ("manifest", ("--until", moment), "lets nobody in"),
        ("ticket", ("--until", "tomorrow"), "write it like"),
        ("ticket", ("--until", "2026-12-01"), "write it like"),
    ):
        refused = run(seeded, "keys", "bound", listed[name], *words)
        assert refused.returncode != 0
        assert said in refused.stderr


def test_an_organization_that_is_none_is_not_answered_by_an_empty_list(
    tmp_path: Path, seeded: Path
) -> None:
    """A mistyped id must not read as "there are no keys"; nor must a server without any."""
    empty = run(tmp_path, "keys", "list")
    assert (empty.returncode, empty.stdout) == (2, "")
    assert "there is no organization yet" in empty.stderr
    for verb in ("keys", "supervisors"):
        refused = run(seeded, verb, "list", "--organization", "og_nobody")
        assert (refused.returncode, refused.stdout) == (2, "")
        assert "there is no organization of this id" in refused.stderr


def test_what_an_operator_does_at_the_machine_stands_in_the_audit(seeded: Path) -> None:
    """One line for each act, with the change: which verb, upon what; none for what is refused."""
    key = next(one for one in keys(seeded) if one["purpose"] == "ticket")
    organization = audit_lines(seeded, "SELECT id FROM organization")[0][0]
    named = f"key_name={key['key']}"
    for words in (
        ("bound", key["key"], "--without-end"),
        ("rotate", key["key"], "--reason", "CANARY"),
        ("compromise", key["key"], "--reason", "CANARY"),
        ("compromise", key["key"]),
    ):
        run(seeded, "keys", *words)
    assert run(seeded, "supervisors", "pins").returncode == 0
    assert run(seeded, "epoch", "open", "--reason", "CANARY").returncode == 0
    device = json.loads(run(seeded, "epoch", "show").stdout.splitlines()[1])["device"]
    assert run(seeded, "epoch", "absent", device).returncode == 0
    password = "seven lamps over the gate\n"
    account = ("--email", "CANARY@example.org")
    assert run(seeded, "create-admin", *account, "--name", "A", feed=password).returncode == 0
    assert run(seeded, "reset-password", *account, feed=password).returncode == 0
    user = audit_lines(seeded, "SELECT id FROM user_account WHERE email = 'CANARY@example.org'")[
        0
    ][0]
    query = "SELECT organization_id, route, targets, actor, method, request_id FROM audit_line"
    found = audit_lines(seeded, f"{query} WHERE method = 'COMMAND' ORDER BY at")
    assert [line[:3] for line in found] == [
        (organization, "gatekeeper-server/keys/bound", named),
        (organization, "gatekeeper-server/keys/rotate", named),
        (organization, "gatekeeper-server/keys/compromise", named),
        (organization, "gatekeeper-server/supervisors/pins", ""),
        ("", "gatekeeper-server/epoch/open", ""),
        (organization, "gatekeeper-server/epoch/absent", f"device_id={device}"),
        ("", "gatekeeper-server/create-admin", f"user_id={user}"),
        ("", "gatekeeper-server/reset-password", f"user_id={user}"),
    ]
    assert {line[3] for line in found} == {"operator"}
    assert "CANARY" not in str(found)


def test_a_copy_that_is_put_back_says_so_in_its_audit(tmp_path: Path) -> None:
    """The line stands in what was put back, so that it is there with the epoch that it opened."""
    folder, copy = tmp_path / "data", tmp_path / "copy"
    assert run(folder, "init").returncode == 0
    assert run(folder, "backup", str(copy)).returncode == 0
    assert run(folder, "restore", str(copy)).returncode == 0
    query = "SELECT route FROM audit_line WHERE method = 'COMMAND'"
    assert audit_lines(folder, query) == [("gatekeeper-server/restore",)]


def audit_lines(folder: Path, query: str) -> list[Any]:
    """Ask the data folder's database."""
    with closing(sqlite3.connect(folder / "gatekeeper.db")) as database:
        return database.execute(query).fetchall()


def keys(folder: Path) -> list[Any]:
    """Return what `keys list` prints."""
    listed = run(folder, "keys", "list")
    assert listed.returncode == 0, listed.stderr
    return [json.loads(line) for line in listed.stdout.splitlines()]
