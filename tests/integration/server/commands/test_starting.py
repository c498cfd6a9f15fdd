"""What an operator reads where a server cannot start as it was told to."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.factories import programs
from tests.factories.migrated_files import begins_with_copies
from tests.factories.running_server import run_server
from tests.integration.server.commands.test_commands import done, environment, run

__all__ = ["begins_with_copies"]


@pytest.mark.parametrize(
    ("variable", "value", "said"),
    [
        ("MAIL_SERVER", "smtp://mail.example", "GATEKEEPER_MAIL_FROM both, or neither"),
        ("WEBHOOK_NETWORKS", "the venue", "GATEKEEPER_WEBHOOK_NETWORKS must be networks"),
    ],
)
def test_serve_ends_where_no_worker_can_work_by_its_settings(
    tmp_path: Path, variable: str, value: str, said: str
) -> None:
    """One sentence and status 2 in place of workers that end and are replaced for ever."""
    started = programs.start(
        [programs.SERVER, "serve", "--port", "0", "--workers", "2"],
        environment=environment(tmp_path) | {f"GATEKEEPER_{variable}": value},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        is_text=True,
    )
    out, err = started.communicate(timeout=60)
    assert (started.returncode, out) == (2, "")
    assert said in err
    assert "Traceback" not in err


@pytest.mark.parametrize(
    ("url", "where"),
    [
        ("postgresql://me:secret@127.0.0.1:1/office", "127.0.0.1:1"),
        ("postgresql://me:secret@db.invalid/office", "db.invalid:5432"),
    ],
)
def test_a_database_that_is_not_reached_is_named_without_its_password(
    tmp_path: Path, url: str, where: str
) -> None:
    """The host as it was written, so that a slip in it is seen."""
    refused = run(tmp_path, "migrate", database=url)
    assert refused.returncode == 3
    assert f"cannot prepare the database at {where}: " in refused.stderr
    assert "secret" not in refused.stderr


def test_a_database_file_is_said_by_its_whole_path(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Three slashes and a name lie in the folder of the moment: whoever reads it sees which."""
    monkeypatch.chdir(tmp_path)
    made = done(tmp_path / "data", "init", "--database", "sqlite:///var/office.db")
    assert made["database"] == f"sqlite:///{tmp_path / 'var' / 'office.db'}"
    assert (tmp_path / "var" / "office.db").exists()


def test_serve_refuses_a_certificate_that_is_not_there(tmp_path: Path) -> None:
    """Before anything is prepared, by the file's name."""
    words = ("--tls-certificate", str(tmp_path / "no.pem"), "--tls-key", str(tmp_path / "no.key"))
    refused = run(tmp_path / "data", "serve", "--port", "0", *words)
    assert refused.returncode == 2
    assert f"cannot read --tls-certificate {tmp_path / 'no.pem'}: No such file" in refused.stderr


def test_a_server_listens_on_one_ipv6_address_alone(tmp_path: Path) -> None:
    """It blamed a public address that nobody had set, and ended."""
    with run_server(tmp_path / "server", words=("--host", "::1")) as server:
        assert server.url == f"http://[::1]:{server.port}"
