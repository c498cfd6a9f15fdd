"""What a data folder remembers of its database, wherever it lies."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from server.copies.server_copy_plan import load_plan
from server.settings import Settings, read_settings
from server.start_up.ended_list import ENDINGS
from server.start_up.seen_epochs import SIDE_FILE, remember_epoch, seen_epoch
from shared.kernel.errors import StoreFault
from tests.factories.somebody_else import by_somebody_else
from tests.fakes.entropy import SeededEntropy


def settings_of(folder: Path, database: str = "") -> Settings:
    named = {"GATEKEEPER_DATABASE": database} if database else {}
    folder.mkdir(exist_ok=True)
    return read_settings({"GATEKEEPER_DATA": str(folder)} | named, SeededEntropy(1))


def test_a_folder_that_has_moved_remembers_what_it_has_served(tmp_path: Path) -> None:
    """Its database went back, or is gone, there as here."""
    remember_epoch(settings_of(tmp_path / "here"), 3)
    assert seen_epoch(settings_of(tmp_path / "here")) == 3
    (tmp_path / "here").rename(tmp_path / "there")
    assert seen_epoch(settings_of(tmp_path / "there")) == 3
    remember_epoch(settings_of(tmp_path / "there"), 5)
    assert seen_epoch(settings_of(tmp_path / "there")) == 5


def test_a_database_that_lies_elsewhere_is_known_by_its_place_alone(tmp_path: Path) -> None:
    """Another of the same name is another."""
    data = tmp_path / "data"
    remember_epoch(settings_of(data, f"sqlite:///{tmp_path}/gatekeeper.db"), 4)
    assert seen_epoch(settings_of(data)) == 0
    assert seen_epoch(settings_of(data, f"sqlite:///{tmp_path}/gatekeeper.db")) == 4
    assert (data / SIDE_FILE).exists()


@pytest.mark.parametrize(
    "read", [seen_epoch, load_plan, lambda settings: ENDINGS.read(settings.data_folder)]
)
def test_what_this_user_may_not_read_is_not_called_damaged(
    tmp_path: Path, read: Callable[[Settings], object]
) -> None:
    """Who follows the advice for a damaged file removes one that was whole all the time."""
    settings = settings_of(tmp_path / "data")
    with (
        by_somebody_else(tmp_path / "data"),
        pytest.raises(StoreFault, match="Permission denied; run this as the owner of that file"),
    ):
        read(settings)
