"""What a killed restore or backup has left in clear goes when a server is started."""

from __future__ import annotations

from pathlib import Path

import pytest

from server.commands.putting_copy_back import _Copy, _restore_postgres
from server.db.plain_copies import OF_BACKUP, OF_SERVER
from server.settings import Settings, make_data_folder
from server.start_up.known_before_copy import Known
from server.start_up.plain_drafts import draft_folder, plain_dump, plain_script
from server.start_up.preparing_and_opening_epochs import prepare_at_work
from shared.kernel.errors import EnvironmentFault, StoreFault


async def test_a_started_server_leaves_nothing_in_clear_of_a_killed_restore_or_backup(
    tmp_path: Path,
) -> None:
    """A power cut amid it left all guests' names beside a database that holds them elsewhere."""
    file = tmp_path / "gatekeeper.db"
    settings = Settings(data_folder=tmp_path, database=f"sqlite:///{file}")
    make_data_folder(tmp_path)
    drafts = [draft_folder(file), *(one.folder_beside(file) for one in (OF_BACKUP, OF_SERVER))]
    for draft in drafts:
        draft.mkdir()
    left = [draft / file.name for draft in drafts]
    left += [plain_dump(settings), plain_script(settings)]
    for one in left:
        one.write_bytes(b"Zebulon Quux")
    await prepare_at_work(settings)
    assert all(one.exists() for one in left), "a verb beside leaves them"

    await prepare_at_work(settings, starts_server=True)

    assert not [one for one in (*left, *drafts) if one.exists()]


def test_a_full_data_folder_is_said_of_that_folder_and_not_of_the_copy(tmp_path: Path) -> None:
    """Over PostgreSQL the copy lies there first: its operator made room where the copies lie."""
    settings = Settings(
        data_folder=tmp_path / "data", database="postgresql://nobody@127.0.0.1:1/x"
    )
    make_data_folder(settings.data_folder)
    copy = tmp_path / "copy"
    copy.write_bytes(b"PGDMP of all that there is")
    plain_dump(settings).symlink_to("/dev/full")
    with pytest.raises(StoreFault) as fault:
        _restore_postgres(_Copy(copy, None), settings, Known([], []), "public")
    assert f"the disk of {settings.data_folder} is full; free some space there" in str(fault.value)
    assert "cannot open" not in str(fault.value)
    assert not plain_dump(settings).is_symlink()


def test_a_folder_that_is_full_for_pg_restore_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The copy had room there, what is made of it had not: which disk that was nobody said."""
    settings = Settings(
        data_folder=tmp_path / "data", database="postgresql://nobody@127.0.0.1:1/x"
    )
    make_data_folder(settings.data_folder)
    copy = tmp_path / "copy"
    copy.write_bytes(b"PGDMP of all that there is")
    tool = tmp_path / "bin" / "pg_restore"
    tool.parent.mkdir()
    said = "pg_restore: error: could not write to output file"
    tool.write_text(f'#!/bin/sh\necho "{said}: $LC_ALL No space left on device" >&2\nexit 1\n')
    tool.chmod(0o700)
    monkeypatch.setenv("PATH", str(tool.parent), prepend=":")
    monkeypatch.setenv("LC_ALL", "de_DE.UTF-8")
    with pytest.raises(StoreFault) as fault:
        _restore_postgres(_Copy(copy, None), settings, Known([], []), "public")
    assert f"the disk of {settings.data_folder} is full; free some space there" in str(fault.value)
    assert not plain_script(settings).exists()
    tool.write_text(f'#!/bin/sh\necho "{said}: $LC_ALL" >&2\nexit 1\n')
    with pytest.raises(EnvironmentFault, match=r"output file: C$"):
        _restore_postgres(_Copy(copy, None), settings, Known([], []), "public")
