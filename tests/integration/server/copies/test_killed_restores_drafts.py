"""What a killed restore or backup has left in clear goes when a server is started."""

from __future__ import annotations

from pathlib import Path

from server.db.plain_copies import OF_BACKUP, OF_SERVER
from server.settings import Settings, make_data_folder
from server.start_up.plain_drafts import draft_folder, plain_dump, plain_script
from server.start_up.preparing_and_opening_epochs import prepare_at_work


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
