"""Profiles and keys on disk."""

from __future__ import annotations

import stat
from pathlib import Path

import msgspec
import pytest

from gatekeeper.store.disk import FolderDisk
from gatekeeper.store.profile import (
    COPY,
    DEVICE_KEY_NAME,
    PROFILE_NAME,
    Profile,
    keep_twice,
    load_key,
    load_profile,
    save_key,
    save_profile,
)
from gatekeeper.this_machine import ProfileLock
from shared.kernel.ed25519 import SigningKey
from shared.kernel.errors import BadInput, StoreFault
from shared.kernel.id_types import DeviceId, OrganizationId
from shared.kernel.trouble import TroubleKind
from tests.factories.somebody_else import by_somebody_else

PROFILE = Profile(
    server_url="http://127.0.0.1:8000",
    device_id=DeviceId("dv_1"),
    organization_id=OrganizationId("og_1"),
    organization="Lantern Society",
    root_public_key="00" * 32,
    token="secret",
    role="both",
)


def test_profile_and_key_come_back_and_are_private(tmp_path: Path) -> None:
    """What was saved is read again, by its owner only."""
    disk = FolderDisk(tmp_path / "p")
    save_profile(disk, PROFILE)
    save_key(disk, DEVICE_KEY_NAME, SigningKey(bytes(range(32))))

    assert load_profile(disk) == PROFILE
    assert load_key(disk, DEVICE_KEY_NAME).seed == bytes(range(32))
    kept = sorted(name + twin for name in (PROFILE_NAME, DEVICE_KEY_NAME) for twin in ("", COPY))
    for name in kept:
        assert stat.S_IMODE((tmp_path / "p" / name).stat().st_mode) == 0o600
    assert sorted(p.name for p in (tmp_path / "p").iterdir()) == kept


SPOILT: tuple[bytes, ...] = (b"", b"{", bytes(40), bytes(32), bytes(range(33)))
"""What may stand in a file after a power cut or on a bad sector."""


@pytest.mark.parametrize("spoilt", SPOILT)
@pytest.mark.parametrize("twin", ["", COPY])
def test_either_of_two_files_will_do(tmp_path: Path, spoilt: bytes, twin: str) -> None:
    """A device is who it was while one of each pair is whole; both are whole again after that."""
    disk, key = FolderDisk(tmp_path), SigningKey(bytes(range(32)))
    save_profile(disk, PROFILE)
    save_key(disk, DEVICE_KEY_NAME, key)
    whole = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    for name in (PROFILE_NAME, DEVICE_KEY_NAME):
        (tmp_path / (name + twin)).write_bytes(spoilt)
    profile, found = load_profile(disk), load_key(disk, DEVICE_KEY_NAME)
    assert (profile, found.seed) == (PROFILE, key.seed)
    keep_twice(disk, profile, found)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == whole


def test_files_of_an_older_program_are_read_and_kept_twice(tmp_path: Path) -> None:
    """They have no twin, and the key no check."""
    disk, key = FolderDisk(tmp_path), SigningKey(bytes(range(32)))
    save_profile(disk, PROFILE)
    (tmp_path / (PROFILE_NAME + COPY)).unlink()
    (tmp_path / DEVICE_KEY_NAME).write_bytes(key.seed)
    keep_twice(disk, load_profile(disk), load_key(disk, DEVICE_KEY_NAME))
    for name in (PROFILE_NAME, DEVICE_KEY_NAME):
        (tmp_path / name).write_bytes(b"\0")
    assert (load_profile(disk), load_key(disk, DEVICE_KEY_NAME).seed) == (PROFILE, key.seed)


def test_a_missing_profile_asks_for_enrolment(tmp_path: Path) -> None:
    """No profile is wrong use; a damaged one is the machine's fault."""
    with pytest.raises(BadInput, match="enrol first"):
        load_profile(FolderDisk(tmp_path))
    (tmp_path / PROFILE_NAME).write_text("{")
    with pytest.raises(StoreFault, match="damaged"):
        load_profile(FolderDisk(tmp_path))
    with pytest.raises(StoreFault, match="missing or damaged"):
        load_key(FolderDisk(tmp_path), DEVICE_KEY_NAME)


def test_somebody_elses_folder_is_not_called_damaged(tmp_path: Path) -> None:
    """Who follows advice to enrol anew leaves a journal behind that was whole all the time."""
    disk = FolderDisk(tmp_path / "p")
    save_profile(disk, PROFILE)
    save_key(disk, DEVICE_KEY_NAME, SigningKey(bytes(range(32))))
    with by_somebody_else(tmp_path / "p"):
        with pytest.raises(StoreFault, match="check that the folder exists and is yours") as met:
            load_profile(disk)
        with pytest.raises(StoreFault, match="check that the folder exists and is yours"):
            load_key(disk, DEVICE_KEY_NAME)
    assert met.value.kind is TroubleKind.CANNOT_OPEN


def test_a_profile_is_locked_against_a_second_user(tmp_path: Path) -> None:
    """Whoever comes second is told who is there; after release the way is free."""
    lock = ProfileLock(tmp_path)
    with pytest.raises(StoreFault, match="in use by another"):
        ProfileLock(tmp_path)
    lock.release()
    ProfileLock(tmp_path).release()


def test_a_folder_that_others_could_read_is_closed_to_them(tmp_path: Path) -> None:
    """Names, PINs' hashes and manual codes stand in the databases, whoever made the folder."""
    folder = tmp_path / "p"
    folder.mkdir(0o755)
    folder.chmod(0o755)
    (folder / "journal.db").touch()
    (folder / "journal.db").chmod(0o644)
    connection = FolderDisk(folder).connect("journal.db")
    connection.execute("PRAGMA journal_mode=WAL; CREATE TABLE t (a)")
    modes = {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()}
    connection.close()
    assert modes == {0o600}
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


@pytest.mark.parametrize(
    ("url", "is_in_clear"),
    [
        ("http://127.0.0.1:8000", False),
        ("http://localhost:8000", False),
        ("http://[::1]:8000", False),
        ("https://192.0.2.7:8000", False),
        ("http://192.0.2.7:8000", True),
        ("http://tickets.example", True),
        ("http://[2001:db8::1]", True),
        ("", False),
    ],
)
def test_a_profile_tells_whether_others_can_read_along(url: str, is_in_clear: bool) -> None:
    """Plain HTTP to this very machine passes nobody."""
    assert msgspec.structs.replace(PROFILE, server_url=url).speaks_in_clear is is_in_clear
