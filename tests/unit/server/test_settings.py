"""Settings and secrets: what an operator may say, and what a first start makes."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from server.settings import (
    leave_to_its_user,
    load_secret,
    make_data_folder,
    read_settings,
    sqlite_file_of,
)
from shared.kernel.errors import BadInput, StoreFault
from tests.factories.somebody_else import by_somebody_else
from tests.fakes.entropy import SeededEntropy


def test_without_any_setting_sqlite_in_the_data_folder_is_used(tmp_path: Path) -> None:
    """Nothing but the folder is needed; secrets are made once and kept."""
    environment = {"GATEKEEPER_DATA": str(tmp_path)}
    first = read_settings(environment, SeededEntropy(1))
    again = read_settings(environment, SeededEntropy(2))
    assert first.database == f"sqlite:///{tmp_path / 'gatekeeper.db'}"
    assert first.access_token_secret == again.access_token_secret
    assert len(first.access_token_secret) == 32
    assert not first.is_https
    file = tmp_path / "secrets" / "access_token.key"
    assert file.stat().st_mode & 0o777 == 0o600
    assert [path.name for path in file.parent.iterdir()] == [file.name], "no draft remains"


def test_a_setting_may_stand_in_a_file(tmp_path: Path) -> None:
    """`…_FILE` names a file, as containers hand secrets over; it goes before the variable."""
    file = tmp_path / "url"
    file.write_text("postgresql://me@db/office\n")
    found = read_settings(
        {"GATEKEEPER_DATA": str(tmp_path), "GATEKEEPER_DATABASE_FILE": str(file)},
        SeededEntropy(),
    )
    assert found.database == "postgresql://me@db/office"
    assert found.sqlite_file is None


def test_a_file_of_a_setting_that_is_no_text_is_said_to_be_none(tmp_path: Path) -> None:
    """The key's file itself, say, where its text was meant: no fault of the program."""
    file = tmp_path / "token"
    file.write_bytes(b"\xd0\xff\x00")
    given = {"GATEKEEPER_DATA": str(tmp_path), "GATEKEEPER_METRICS_TOKEN_FILE": str(file)}
    with pytest.raises(BadInput, match="METRICS_TOKEN_FILE: it is not UTF-8 text"):
        read_settings(given, SeededEntropy())


def test_a_data_folder_without_rights_to_its_secrets_is_not_said_to_be_missing(
    tmp_path: Path,
) -> None:
    """It is there and whole: whoever is told to make another would lose all that is in it."""
    make_data_folder(tmp_path / "data")
    with (
        by_somebody_else(tmp_path / "data" / "secrets"),
        pytest.raises(
            StoreFault, match=r"no permission to use the data folder .*: run this as its owner"
        ),
    ):
        make_data_folder(tmp_path / "data")


def test_root_leaves_nothing_in_another_users_folder(tmp_path: Path) -> None:
    """A key for backups that root had made kept the server's own user from backing up."""
    if os.geteuid() == 0:
        os.chown(tmp_path, 65_534, -1)
    with pytest.raises(
        StoreFault, match=r"belongs to user \S+, whose server .*: run this as that user"
    ):
        leave_to_its_user(tmp_path, user=0)
    leave_to_its_user(tmp_path, user=65_534)
    leave_to_its_user(tmp_path / "none yet", user=0)


def test_the_option_goes_before_the_environment(tmp_path: Path) -> None:
    """What stands on the command line counts."""
    environment = {
        "GATEKEEPER_DATA": str(tmp_path),
        "GATEKEEPER_DATABASE": "sqlite:////elsewhere.db",
        "GATEKEEPER_PUBLIC_URL": "https://tickets.example/",
        "GATEKEEPER_TRUSTED_PROXIES": "10.0.0.1, 10.0.0.2",
    }
    found = read_settings(environment, SeededEntropy(), database="sqlite:///here.db")
    assert found.sqlite_file == Path("here.db")
    assert found.public_url == "https://tickets.example"
    assert found.is_https
    assert found.trusted_proxies == {"10.0.0.1", "10.0.0.2"}


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://me:p@ss@db/office",
        "postgresql://me:pa/ss@db/office",
        "postgresql://me:pa#ss@db/office",
        "postgresql://me:pa?ss@db/office",
        "postgresql://db:notaport/office",
        "postgresql://me:pass@[fd00::2/office",
        "postgresql://db/office?user=me&password=pass",
    ],
)
def test_a_postgres_url_that_no_program_reads_is_said_without_its_password(url: str) -> None:
    """It was a fault of the program, whose words had a piece of the password."""
    with pytest.raises(BadInput) as caught:
        sqlite_file_of(url)
    assert "postgresql://" in str(caught.value) or "before the @" in str(caught.value)
    assert "ss@" not in str(caught.value)
    assert caught.value.__cause__ is None


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://me:p%40ss%3Aw%2F%23%3F%25@db:5433/office?sslmode=verify-full",
        "postgres:///office?host=/var/run/postgresql",
        "postgresql://[fd00::2]:5432/office",
    ],
)
def test_a_postgres_url_is_no_file(url: str) -> None:
    """As libpq has them."""
    assert sqlite_file_of(url) is None


@pytest.mark.parametrize("login", ["", "me:pass@", "me:pa,ss@"])
def test_a_url_of_several_hosts_is_told_that_one_is_taken(login: str) -> None:
    """It was told how a password is written, in which nothing was wrong."""
    with pytest.raises(BadInput, match="names several hosts: name one") as caught:
        sqlite_file_of(f"postgresql://{login}a:5432,b:5432/office")
    assert "ss@" not in str(caught.value)
    with pytest.raises(BadInput, match="cannot be read"):
        sqlite_file_of(f"postgresql://{login}a:notaport/office")


@pytest.mark.parametrize("url", ["mysql://x", "sqlite://", "sqlite:///", "sqlite:///:memory:", ""])
def test_an_unknown_database_is_refused(url: str) -> None:
    """A sentence that says what to write."""
    with pytest.raises(
        BadInput, match="write sqlite:///FILE, with three slashes, or postgresql://"
    ):
        sqlite_file_of(url)


def test_a_refused_url_does_not_show_its_password() -> None:
    """Only the scheme is repeated."""
    with pytest.raises(BadInput) as caught:
        sqlite_file_of("mysql://me:hunter2@db/x")
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize("value", ["0", "-1", "x", "1.5", "65", "²"])
def test_a_number_out_of_its_range_is_refused(tmp_path: Path, value: str) -> None:
    """The variable's name and its range are in the message."""
    environment = {"GATEKEEPER_DATA": str(tmp_path), "GATEKEEPER_WORKERS": value}
    with pytest.raises(BadInput, match="GATEKEEPER_WORKERS must be a whole number from 1"):
        read_settings(environment, SeededEntropy())


def test_a_damaged_secret_is_named(tmp_path: Path) -> None:
    """A half-written key is a fault of the machine; it is not replaced in silence."""
    make_data_folder(tmp_path)
    (tmp_path / "secrets" / "access_token.key").write_text("abc")
    with pytest.raises(StoreFault, match="64 hex digits"):
        load_secret(tmp_path, "access_token", SeededEntropy())


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    """A file in its place is said plainly."""
    (tmp_path / "taken").write_text("")
    with pytest.raises(StoreFault, match="set GATEKEEPER_DATA"):
        make_data_folder(tmp_path / "taken" / "data")


def test_a_data_folder_that_others_could_read_is_closed_to_them(tmp_path: Path) -> None:
    """The database and the secrets are their owner's only, whoever made the folder."""
    folder = tmp_path / "data"
    (folder / "secrets").mkdir(parents=True)
    files = [folder / "gatekeeper.db", folder / "secrets" / "access_token.key"]
    for path in (folder, folder / "secrets", *files):
        path.touch()
        path.chmod(0o755)
    make_data_folder(folder)
    assert {path.stat().st_mode & 0o777 for path in files} == {0o600}
    assert {path.stat().st_mode & 0o777 for path in (folder, folder / "secrets")} == {0o700}


@pytest.mark.parametrize(
    "url",
    [
        "tickets.example",
        "foo",
        "ftp://x",
        "https://",
        "https://a b",
        "https://x/?a=1",
        "http://x:y",
    ],
)
def test_a_public_address_that_is_none_is_refused(tmp_path: Path, url: str) -> None:
    """Before any device was told it: nobody finds the server by that."""
    environment = {"GATEKEEPER_DATA": str(tmp_path), "GATEKEEPER_PUBLIC_URL": url}
    with pytest.raises(BadInput, match=r"PUBLIC_URL must be an address such as https://"):
        read_settings(environment, SeededEntropy())


@pytest.mark.parametrize("proxies", ["proxy.example", "10.0.0.0/8", "10.0.0.1 10.0.0.2"])
def test_a_proxy_that_no_connection_can_come_from_is_refused(tmp_path: Path, proxies: str) -> None:
    """A name or a network would match nobody, and all would look like one stranger."""
    environment = {"GATEKEEPER_DATA": str(tmp_path), "GATEKEEPER_TRUSTED_PROXIES": proxies}
    with pytest.raises(BadInput, match="TRUSTED_PROXIES must be addresses, such as"):
        read_settings(environment, SeededEntropy())


def test_a_proxys_address_is_taken_as_connections_write_it(tmp_path: Path) -> None:
    """However long the operator has written it."""
    environment = {"GATEKEEPER_DATA": str(tmp_path), "GATEKEEPER_TRUSTED_PROXIES": "FD00:0:0::2"}
    assert read_settings(environment, SeededEntropy()).trusted_proxies == {"fd00::2"}


@pytest.mark.parametrize(
    "origins",
    ["foo", "tickets.example.org", "https://a.example/", "https://a.example/shop", "https://A.b"],
)
def test_an_origin_that_no_browser_sends_is_refused(tmp_path: Path, origins: str) -> None:
    """It would match no page, and the operator would look for the reason elsewhere."""
    environment = {
        "GATEKEEPER_DATA": str(tmp_path),
        "GATEKEEPER_ALLOWED_ORIGINS": f"http://b.example:8080,{origins}",
    }
    with pytest.raises(BadInput, match="ALLOWED_ORIGINS must be origins, such as https://"):
        read_settings(environment, SeededEntropy())
    environment["GATEKEEPER_ALLOWED_ORIGINS"] = "http://b.example:8080, https://a.example"
    settings = read_settings(environment, SeededEntropy())
    assert settings.allowed_origins == {"http://b.example:8080", "https://a.example"}


def test_an_authority_that_is_no_certificate_is_refused(tmp_path: Path) -> None:
    """Before any device is enrolled by it; a file's name is none."""
    environment = {"GATEKEEPER_DATA": str(tmp_path), "GATEKEEPER_AUTHORITY": "/etc/ssl/own.pem"}
    with pytest.raises(BadInput, match="AUTHORITY must be a certificate in PEM"):
        read_settings(environment, SeededEntropy())
