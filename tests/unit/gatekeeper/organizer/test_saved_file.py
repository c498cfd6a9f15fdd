"""A file that an organizer saves stands there whole, or what was there before does."""

from __future__ import annotations

import asyncio
import resource
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from gatekeeper.organizer.saved_file import save_file
from shared.kernel.errors import EnvironmentFault

_ROOM = 1_000


@pytest.fixture
def full_disk() -> Iterator[None]:
    """Have no file grow beyond a few bytes, as on a disk that is full."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (_ROOM, hard))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.mark.usefixtures("full_disk")
def test_a_full_disk_leaves_the_report_of_before(tmp_path: Path) -> None:
    """An empty file in its place looked saved to whoever opened the folder later."""
    file = tmp_path / "report.pdf"
    asyncio.run(save_file(str(file), b"whole"))
    with pytest.raises(EnvironmentFault, match="cannot be written: File too large"):
        asyncio.run(save_file(str(file), bytes(2 * _ROOM)))
    assert [(one.name, one.read_bytes()) for one in tmp_path.iterdir()] == [
        ("report.pdf", b"whole")
    ]
    assert stat.S_IMODE(file.stat().st_mode) == stat.S_IRUSR | stat.S_IWUSR


def test_a_folder_that_is_not_there_is_named_once(tmp_path: Path) -> None:
    """The part beside the file is nobody's choice, and stands in no sentence."""
    file = tmp_path / "away" / "report.pdf"
    with pytest.raises(EnvironmentFault) as met:
        asyncio.run(save_file(str(file), b"whole"))
    assert str(met.value) == f"{file} cannot be written: No such file or directory"
