"""`gatekeeper-server` as an operator runs it: real files, and a real process that serves."""

from __future__ import annotations

import io
import json
import os
import signal
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from server.cli import main
from server.commands.backup import run_postgres_tool
from tests.factories import programs
from tests.factories.migrated_files import begins_with_copies
from tests.factories.postgres import PostgresCluster, PostgresDatabase
from tests.factories.strength import sized

__all__ = ["begins_with_copies"]


@dataclass(frozen=True)
class Ended:
    """What a verb's end looks like from outside."""

    returncode: int
    stdout: str
    stderr: str


def run(folder: Path, *words: str, feed: str = "", database: str | None = None) -> Ended:
    """Run a verb to its end, in this process: the same code without a start-up each."""
    out, err = io.StringIO(), io.StringIO()
    with pytest.MonkeyPatch.context() as patch:
        for name in os.environ:
            if name.startswith("GATEKEEPER_"):
                patch.delenv(name)
        for name, value in environment(folder, database).items():
            if name.startswith("GATEKEEPER_"):
                patch.setenv(name, value)
        patch.setattr(sys, "stdin", io.StringIO(feed))
        with redirect_stdout(out), redirect_stderr(err):
            status = main(list(words))
    return Ended(status, out.getvalue(), err.getvalue())


def environment(folder: Path, database: str | None = None) -> dict[str, str]:
    """Return an environment with a data folder of its own."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith("GATEKEEPER_")}
    return (
        kept
        | {"GATEKEEPER_DATA": str(folder)}
        | ({"GATEKEEPER_DATABASE": database} if database else {})
    )


def done(folder: Path, *words: str, **more: Any) -> Any:
    """Run a verb that must succeed, and return its one JSON line."""
    result = run(folder, *words, **more)
    assert result.returncode == 0, result.stderr
    (line,) = result.stdout.splitlines()
    return json.loads(line)


@contextmanager
def serving(
    folder: Path,
    *words: str,
    database: str | None = None,
    is_cold: bool = False,
    ending: int = signal.SIGTERM,
) -> Iterator[str]:
    """Serve on a free port, and give the address; afterwards it must stop by itself."""
    process = programs.start(
        [programs.SERVER, "serve", "--port", "0", *words],
        environment=environment(folder, database),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        is_text=True,
        is_cold=is_cold,
    )
    assert process.stdout is not None
    try:
        line = process.stdout.readline()
        if not line:
            _, problems = process.communicate(timeout=30)
            raise AssertionError(problems)
        yield str(json.loads(line)["listening"])
    finally:
        process.send_signal(ending)
        rest, problems = process.communicate(timeout=60)
    assert process.returncode == 0, problems
    assert rest == "", "standard output holds JSON lines only"
    assert "Traceback" not in problems, problems


def epoch_of(folder: Path) -> tuple[int, bool]:
    """Return the ledger's epoch and whether it is open, from the SQLite file itself."""
    with closing(sqlite3.connect(folder / "gatekeeper.db")) as connection:
        epoch, is_open = connection.execute("SELECT epoch, open FROM ledger").fetchone()
    return epoch, bool(is_open)


@pytest.fixture
def hears_hangups() -> Iterator[None]:
    """Let programs hear SIGHUP: those of whoever runs the tests by nohup ignore it."""
    before = signal.signal(signal.SIGHUP, signal.SIG_DFL)
    yield
    signal.signal(signal.SIGHUP, before)


@pytest.mark.usefixtures("hears_hangups")
def test_serve_makes_what_is_missing_and_ends_in_order_where_its_terminal_is_closed(
    tmp_path: Path,
) -> None:
    """From an empty folder to ready; secrets are private; then a clean end.

    By SIGHUP here: answers under way are given, and the status is that of any other end.
    """
    folder = tmp_path / "data"
    workers = sized("1", "2")  # each loads a thousand modules by itself
    with serving(folder, "--workers", workers, is_cold=True, ending=signal.SIGHUP) as url:
        ready = httpx.get(f"{url}/health/ready", verify=False).json()
        assert ready["status"] == "ok"
        ledger = {"ok": True, "epoch": 1, "open": True, "closed_organizations": 0}
        assert ready["checks"]["ledger"] == ledger
        second = run(folder, "serve", "--port", "0")
        assert second.returncode == 3
        assert "already served" in second.stderr
    for secret in (folder / "secrets").iterdir():
        assert secret.stat().st_mode & 0o777 == 0o600


def test_serve_works_on_postgresql(tmp_path: Path, postgres_database: PostgresDatabase) -> None:
    """An owner's plain URL is enough: it migrates, protects, serves and counts."""
    with serving(tmp_path, "--workers", "2", database=postgres_database.url) as url:
        assert httpx.get(f"{url}/health/ready", verify=False).json()["status"] == "ok"
        counted = sum(httpx.get(f"{url}/health/live", verify=False).is_success for _ in range(20))
        metrics = httpx.get(f"{url}/metrics", verify=False).text
        series = 'gatekeeper_http_requests_total{method="GET",route="/health/live",status="200"}'
        (line,) = [line for line in metrics.splitlines() if line.startswith(series)]
        assert float(line.split()[-1]) >= counted, "a scrape counts all workers"


def test_a_taken_port_is_said_plainly(tmp_path: Path) -> None:
    """Exit 3 and a sentence that says what to do, before anything is started."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        refused = run(tmp_path, "serve", "--port", str(port))
    assert refused.returncode == 3
    assert refused.stderr == (
        f"gatekeeper-server: cannot listen on 127.0.0.1:{port}: Address already in use;"
        " end the program that listens there, or choose another --port\n"
    )


def test_an_address_of_another_machine_is_said_plainly(tmp_path: Path) -> None:
    """Where that machine's address stands is told as well."""
    refused = run(tmp_path, "serve", "--host", "203.0.113.9", "--port", "0")
    assert (refused.returncode, refused.stderr.count("with --host\n")) == (3, 1)


def test_init_and_migrate_say_what_they_did(tmp_path: Path) -> None:
    """Both are idempotent and print one line."""
    made = done(tmp_path, "init")
    assert made["database"] == f"sqlite:///{tmp_path / 'gatekeeper.db'}"
    assert done(tmp_path, "migrate")["revision"] == made["revision"]
    assert done(tmp_path, "init") == made


def test_database_may_be_named_behind_an_action_too(tmp_path: Path) -> None:
    """`epoch show --database URL` looks at that one, as in front of the action."""
    url = f"sqlite:///{tmp_path / 'elsewhere.db'}"
    asked = ("epoch", "show", "--database", url), ("epoch", "--database", url, "show")
    for words in asked:
        assert done(tmp_path / "data", *words)["epoch"] == 1
    assert (tmp_path / "elsewhere.db").exists()
    assert not (tmp_path / "data" / "gatekeeper.db").exists()


def test_an_admin_signs_in(tmp_path: Path) -> None:
    """The account works; a second one for the address is refused with 1, a weak word with 1."""
    words = ("create-admin", "--email", "root@example.org", "--name", "Root")
    weak = run(tmp_path, *words, feed="password1234\n")
    assert weak.returncode == 1, weak.stderr
    done(tmp_path, *words, feed="seven lamps over the gate\n")
    assert run(tmp_path, *words, feed="seven lamps over the gate\n").returncode == 1
    with serving(tmp_path) as url:
        body = {"email": "root@example.org", "password": "seven lamps over the gate"}
        token = httpx.post(f"{url}/api/v1/sessions", json=body).json()["access_token"]
        me = httpx.get(f"{url}/api/v1/me", headers={"authorization": f"Bearer {token}"})
        assert me.json()["is_platform_admin"] is True


def test_a_backup_is_put_back_in_a_higher_epoch(tmp_path: Path) -> None:
    """What came after the copy is gone, and the epoch is above any seen."""
    folder, copy = tmp_path / "data", tmp_path / "copy"
    words = ("create-admin", "--name", "Root", "--email")
    done(folder, *words, "first@example.org", feed="seven lamps over the gate\n")
    done(folder, "backup", str(copy))
    assert copy.stat().st_mode & 0o777 == 0o600
    assert run(folder, "backup", str(copy)).returncode == 2, "never overwrites"
    done(folder, *words, "second@example.org", feed="seven lamps over the gate\n")
    restored = done(folder, "restore", str(copy))
    assert restored["epoch"] == 2
    assert epoch_of(folder) == (2, True)
    again = done(folder, "restore", str(copy), "--epoch", "40")
    assert again["epoch"] == 41
    for beyond in ("9" * 10, str(2**63), "-5", "soon"):
        refused = run(folder, "restore", str(copy), "--epoch", beyond)
        assert refused.returncode == 2, "a slip must not leave the ledger without a higher epoch"
        assert "an epoch has 1 to 9 digits" in refused.stderr
    assert epoch_of(folder) == (41, True)
    with closing(sqlite3.connect(folder / "gatekeeper.db")) as connection:
        emails = connection.execute("SELECT email FROM user_account").fetchall()
    assert emails == [("first@example.org",)]


def test_restore_says_how_the_ledger_stands_as_epoch_show_does(tmp_path: Path) -> None:
    """Open, and waiting for so many devices; and so does `migrate`, in the same words."""
    folder, copy = tmp_path / "data", tmp_path / "copy"
    size = ("--tickets", "1", "--gates", "1", "--devices", "2")
    done(folder, "seed", *size, "--export", str(tmp_path / "seed.json"))
    done(folder, "backup", str(copy))
    restored, migrated = done(folder, "restore", str(copy)), done(folder, "migrate")
    shown = json.loads(run(folder, "epoch", "show").stdout.splitlines()[0])
    for said in (restored, migrated):
        assert (said["epoch"], said["ledger_open"]) == (shown["epoch"], shown["open"])
        assert said["waiting"] == shown["waiting"] > 0


def copy_plainly(folder: Path, copy: Path) -> None:
    """Copy the database as earlier versions did, and as any tool of SQLite's may."""
    with closing(sqlite3.connect(folder / "gatekeeper.db")) as connection:
        connection.execute("VACUUM INTO ?", (str(copy),))


def test_a_copy_put_back_by_hand_is_noticed(tmp_path: Path) -> None:
    """Without any verb: the data folder remembers a higher epoch, so the ledger begins another."""
    folder, copy = tmp_path / "data", tmp_path / "copy"
    done(folder, "init")
    copy_plainly(folder, copy)
    done(folder, "restore", str(copy), "--unsealed")
    assert epoch_of(folder)[0] == 2
    for suffix in ("-wal", "-shm"):
        (folder / f"gatekeeper.db{suffix}").unlink(missing_ok=True)
    (folder / "gatekeeper.db").write_bytes(copy.read_bytes())
    assert done(folder, "migrate")["epoch"] == 3
    with serving(folder) as url:
        ledger = httpx.get(f"{url}/health/ready", verify=False).json()["checks"]["ledger"]
        assert ledger["epoch"] == 3, "with no device to wait for it may open by itself"


def test_a_folder_without_the_secret_of_the_keys_is_not_served(tmp_path: Path) -> None:
    """Nothing that an organization signs would work, and every gate would go on alone.

    It is said at the start, with what to put where; no new secret takes the place of the old one.
    """
    folder = tmp_path / "data"
    size = ("--tickets", "1", "--gates", "1", "--devices", "1")
    done(folder, "seed", *size, "--export", str(tmp_path / "seed.json"))
    secret = folder / "secrets" / "signing_keys.key"
    kept = secret.read_text()
    for wrong in (None, "", kept[:32], kept[::-1]):
        secret.unlink() if wrong is None else secret.write_text(wrong)
        for verb in (("migrate",), ("keys", "list")):
            ended = run(folder, *verb)
            assert ended.returncode == 3
            assert "signing_keys.key" in ended.stderr
            assert "restore" in ended.stderr
        assert secret.exists() is (wrong is not None)
    secret.write_text(kept)
    done(folder, "migrate")


def test_a_damaged_memory_of_epochs_says_what_to_do(tmp_path: Path) -> None:
    """A power cut may leave it empty; the way out is named, and works."""
    folder = tmp_path / "data"
    done(folder, "init")
    side = folder / "ledger-epoch.json"
    side.write_bytes(b"")
    ended = run(folder, "migrate")
    assert ended.returncode == 3
    assert "remove this file" in ended.stderr
    side.unlink()
    done(folder, "migrate")


def test_a_lost_database_is_not_served_as_an_empty_one(tmp_path: Path) -> None:
    """All devices would be unknown to it; a backup can be put back at once."""
    folder, backup = tmp_path / "data", tmp_path / "backup"
    done(folder, "init")
    done(folder, "backup", str(backup))
    for content in (None, b""):
        for file in folder.glob("gatekeeper.db*"):
            file.unlink()
        if content is not None:
            (folder / "gatekeeper.db").write_bytes(content)
        ended = run(folder, "migrate")
        assert ended.returncode == 3
        assert "restore" in ended.stderr
        done(folder, "restore", str(backup))
        done(folder, "migrate")
    (folder / "gatekeeper.db").unlink()
    (folder / "ledger-epoch.json").unlink()
    done(folder, "migrate")


@pytest.mark.parametrize("content", [b"", b"not a database", b"SQLite format 3\0" + b"\0" * 4080])
def test_a_damaged_copy_replaces_nothing(tmp_path: Path, content: bytes) -> None:
    """Exit 2 and a sentence; the database stays as it was."""
    folder, copy = tmp_path / "data", tmp_path / "copy"
    done(folder, "init")
    copy.write_bytes(content)
    for words in ((), ("--unsealed",)):
        refused = run(folder, "restore", str(copy), *words)
        assert refused.returncode == 2, refused.stderr
        assert "Traceback" not in refused.stderr
    assert epoch_of(folder) == (1, True)


def test_a_folder_named_as_a_copy_is_said_to_be_one(tmp_path: Path) -> None:
    """It is where the copies lie: whoever named it saw that there is something."""
    refused = run(tmp_path / "data", "restore", str(tmp_path))
    assert refused.returncode == 2
    assert f"{tmp_path} is a folder; name the file" in refused.stderr


def test_postgresql_is_backed_up_and_put_back(
    tmp_path: Path, served_postgres: PostgresDatabase
) -> None:
    """The same through pg_dump and pg_restore, under row-level security."""
    folder, copy = tmp_path / "data", tmp_path / "copy"
    url = served_postgres.url
    words = ("create-admin", "--name", "Root", "--email")
    done(folder, *words, "first@example.org", feed="seven lamps over the gate\n", database=url)
    done(folder, "backup", str(copy), database=url)
    assert copy.stat().st_mode & 0o777 == 0o600
    done(folder, *words, "second@example.org", feed="seven lamps over the gate\n", database=url)
    assert done(folder, "restore", str(copy), database=url)["epoch"] == 2
    again = run(
        folder,
        *words,
        "second@example.org",
        feed="seven lamps over the gate\n",
        database=url,
    )
    assert again.returncode == 0, "what came after the copy is gone"
    known = run(
        folder, *words, "first@example.org", feed="seven lamps over the gate\n", database=url
    )
    assert known.returncode == 1, "what was in the copy is back"


def test_postgresql_s_copy_of_before_an_upgrade_is_put_back(
    tmp_path: Path, served_postgres: PostgresDatabase, postgres_cluster: PostgresCluster
) -> None:
    """What a newer version has added since is gone; of a damaged copy nothing is put back."""
    folder, copy, torn = tmp_path / "data", tmp_path / "copy", tmp_path / "torn"
    url, name = served_postgres.url, served_postgres.name
    done(folder, "init", database=url)
    done(folder, "backup", str(copy), database=url)
    options = ["--format=custom", "--enable-row-security", f"--file={torn}"]
    run_postgres_tool("pg_dump", options, url)
    torn.write_bytes(torn.read_bytes()[:-2_000])
    postgres_cluster.run_sql(
        "SET ROLE gatekeeper_owner; CREATE TABLE novel (event_id text REFERENCES event (id));"
        " ALTER TABLE event ADD COLUMN novel text;",
        name,
    )
    assert run(folder, "restore", str(torn), "--unsealed", database=url).returncode == 2
    look = "SELECT (SELECT epoch FROM ledger), to_regclass('novel')"
    assert postgres_cluster.run_sql(look, name).strip() == "1|novel"
    assert done(folder, "restore", str(copy), database=url)["epoch"] == 2
    assert postgres_cluster.run_sql(look, name).strip() == "2|"
    assert not list(folder.glob("*.part"))


def test_wrong_use_is_answered_with_2(tmp_path: Path) -> None:
    """An unknown database, a wrong option, no verb: a sentence and 2."""
    for words in (("init", "--database", "mysql://x"), ("serve", "--port", "x"), ()):
        result = run(tmp_path, *words)
        assert result.returncode == 2, words
        assert ("Traceback" in result.stderr, result.stdout) == (False, "")


def test_an_unreachable_database_is_answered_with_3(tmp_path: Path) -> None:
    """Nobody listens there: a sentence without a traceback, and without the password."""
    url = "postgresql://me:hunter2@127.0.0.1:9/none"
    result = run(tmp_path, "init", "--database", url)
    assert result.returncode == 3, result.stderr
    assert not any(word in result.stderr for word in ("Traceback", "hunter2"))


def test_the_api_describes_itself_without_a_database(tmp_path: Path) -> None:
    """`openapi` prints one line and opens nothing."""
    document = done(tmp_path, "openapi", "--public-url", "https://tickets.example")
    assert document["servers"] == [{"url": "https://tickets.example"}]
    assert "/api/v1/sessions" in document["paths"]
    assert not (tmp_path / "gatekeeper.db").exists()


@pytest.mark.parametrize(
    "verb", ["serve", "init", "migrate", "backup", "restore", "create-admin", "openapi"]
)
def test_every_verb_explains_itself(tmp_path: Path, verb: str) -> None:
    """Its help has an example."""
    result = run(tmp_path, verb, "--help")
    assert result.returncode == 0
    assert f"gatekeeper-server {verb}" in result.stdout.partition("example:")[2]


ACTIONS = ("epoch show", "epoch open", "epoch absent", "keys list", "keys rotate", "keys bound")
STAFF = ("supervisors list", "supervisors pins", "supervisors badge", "supervisors withdraw")


@pytest.mark.parametrize("action", [*ACTIONS, "keys compromise", *STAFF, "seed"])
def test_every_action_explains_itself(tmp_path: Path, action: str) -> None:
    """So does each of a verb's actions, and where the database may be named."""
    result = run(tmp_path, *action.split(), "--help")
    assert result.returncode == 0
    assert f"gatekeeper-server {action}" in result.stdout.partition("example:")[2]
    assert "--database" in result.stdout


def test_an_interrupt_ends_a_long_export_at_once(tmp_path: Path) -> None:
    """Ctrl-C while many tickets are signed: no wait, no traceback, and the event stands."""
    export = tmp_path / "load.json"
    done(tmp_path, "init")
    many = sized("10000", "30000")
    process = programs.start(
        [programs.SERVER, "seed", "--tickets", many, "--devices", "0", "--export", export],
        environment=environment(tmp_path),
        stderr=subprocess.PIPE,
        is_text=True,
        leads_session=True,
    )
    assert process.stderr is not None
    said = ""
    try:
        while "signing" not in said:
            line = process.stderr.readline()
            assert line, said
            said += line
        process.send_signal(signal.SIGINT)
        _, rest = process.communicate(timeout=30)
    finally:
        process.kill()
    assert (process.returncode, rest) == (130, "")


def test_a_verb_without_streams_does_what_it_is_for(tmp_path: Path) -> None:
    """As a service is started, whose output nobody wants."""
    done(tmp_path, "init")
    copy = tmp_path / "copy"
    words = [str(programs.SERVER), "backup", str(copy)]

    def shut() -> None:
        for handle in (0, 1, 2):
            os.close(handle)

    status = subprocess.run(words, env=environment(tmp_path), preexec_fn=shut, check=False)
    assert status.returncode == 0
    assert done(tmp_path, "restore", str(copy))["epoch"] == 2


def test_a_password_that_is_no_text_is_refused_in_words(tmp_path: Path) -> None:
    """Typed where another encoding is spoken."""
    words = ("create-admin", "--email", "ada@example.org", "--name", "Ada")
    status = run(tmp_path, *words, feed="correct horse \udce4 battery\n")
    assert status.returncode == 2
    assert "is not UTF-8 text" in status.stderr
