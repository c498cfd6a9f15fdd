"""A device follows its server by a signed word, and by nothing else."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest
from msgspec.structs import replace

from gatekeeper.store.disk import Disk
from gatekeeper.store.profile import Profile
from gatekeeper.sync.moved_server import WORD_NAME, Mover
from gatekeeper.this_machine import open_folder
from server.serving.own_tls import keep_own_tls
from server.serving.signed_address import keep_address
from shared.kernel.errors import BadInput, EnvironmentFault
from shared.kernel.id_types import DeviceId, OrganizationId
from shared.kernel.instant import MINUTE, SECOND, Instant
from shared.wire.signed_server_address import (
    AddressWord,
    encode_word,
    format_address,
    open_address,
)
from tests.fakes.clock import ManualClock
from tests.fakes.entropy import SeededEntropy

NOW = Instant(1_795_000_000 * SECOND)


@dataclass
class Home:
    """Who the device is."""

    profile: Profile

    def move_server(self, url: str) -> None:
        """Keep where the server is."""
        self.profile = replace(self.profile, server_url=url)


def home_of(authority_pem: str | None) -> Home:
    return Home(
        Profile(
            server_url="https://192.0.2.1:8000",
            device_id=DeviceId("dv_000000000000"),
            organization_id=OrganizationId("og_000000000000"),
            organization="Hall",
            root_public_key="00" * 32,
            token="",
            role="gate",
            authority_pem=authority_pem,
        )
    )


def mover_of(disk: Disk, authority_pem: str | None) -> Mover:
    return Mover(disk, home_of(authority_pem), object(), ManualClock(), lambda: None)


@pytest.fixture
def server(tmp_path: Path) -> tuple[Path, str]:
    """Give a server's folder, and its authority."""
    folder = tmp_path / "server"
    folder.mkdir()
    return folder, keep_own_tls(folder, NOW, SeededEntropy(1)).authority_pem


def test_newer_word_is_taken_kept_and_survives_a_restart(
    server: tuple[Path, str], tmp_path: Path
) -> None:
    """By epoch first, then by moment; an older one changes nothing."""
    folder, authority = server
    disk = open_folder(tmp_path)
    first = keep_address(folder, ["https://192.0.2.1:8000"], 1, NOW)
    moved = keep_address(folder, ["https://192.0.2.9:8000"], 1, Instant(NOW + SECOND))
    (folder / "address.word").unlink()
    taken = keep_address(folder, ["https://192.0.2.7:8000"], 2, Instant(NOW - SECOND))
    mover = mover_of(disk, authority)

    assert [mover.hear(word) for word in (moved, first, moved, taken, moved)] == [
        True,
        False,
        False,
        True,
        False,
    ]
    assert mover_of(disk, authority).text == taken
    assert open_address(taken, authority).urls == ("https://192.0.2.7:8000",)
    disk.write(WORD_NAME, b"damaged")
    assert mover_of(disk, authority).text == ""


def test_server_says_it_again_only_where_something_changed(server: tuple[Path, str]) -> None:
    """And keeps the word of who took over from it."""
    folder, _ = server
    first = keep_address(folder, ["https://192.0.2.1:8000"], 1, NOW)
    assert keep_address(folder, ["https://192.0.2.1:8000"], 1, Instant(NOW + SECOND)) == first
    taken = keep_address(folder, ["https://192.0.2.7:8000"], 2, Instant(NOW + 2 * SECOND))
    assert keep_address(folder, ["https://192.0.2.1:8000"], 1, Instant(NOW + 3 * SECOND)) == taken


def test_new_address_is_taken_from_a_server_whose_clock_was_set_back(
    server: tuple[Path, str], tmp_path: Path
) -> None:
    """A laptop that took over with a clock hours ahead, set right before its address changed."""
    folder, authority = server
    mover = mover_of(open_folder(tmp_path), authority)
    ahead = Instant(NOW + 5 * 3_600 * SECOND)
    assert mover.hear(keep_address(folder, ["https://192.0.2.1:8000"], 2, ahead))
    moved = keep_address(folder, ["https://192.0.2.9:8000"], 2, NOW)
    assert mover.hear(moved)
    assert keep_address(folder, ["https://192.0.2.9:8000"], 2, NOW) == moved


def test_word_that_is_altered_foreign_or_nonsense_is_refused(
    server: tuple[Path, str], tmp_path: Path
) -> None:
    """Whoever spells it: nothing is kept."""
    folder, authority = server
    word = keep_address(folder, ["https://192.0.2.1:8000"], 1, NOW)
    other = tmp_path / "other"
    other.mkdir()
    keep_own_tls(other, NOW, SeededEntropy(2))
    foreign = keep_address(other, ["https://192.0.2.66:8000"], 9, NOW)
    unsigned = format_address(encode_word(AddressWord(9, NOW, ("https://x",))), bytes(70))
    mover = mover_of(open_folder(tmp_path), authority)

    for wrong in (
        foreign,
        unsigned,
        word[:-2],
        word.replace("GKA1", "GKA2"),
        word + "00",
        "GKA1 " + "F" * 4_000,
        "GKA1  ",
        "GKA1 \u0660 \u0660",
        "",
    ):
        assert not mover.hear(wrong)
        with pytest.raises(BadInput):
            open_address(wrong, authority)
    assert mover.text == ""


def test_device_of_a_server_with_a_public_certificate_follows_nobody(
    server: tuple[Path, str], tmp_path: Path
) -> None:
    """There is no authority that could sign a word for it."""
    word = keep_address(server[0], ["https://192.0.2.1:8000"], 1, NOW)

    assert not mover_of(open_folder(tmp_path), None).hear(word)


class _Asked:
    """A server's end that can be led elsewhere."""

    async def move(self, url: str) -> None:
        """Ask there from now on."""


async def test_a_server_that_went_back_to_where_it_was_is_found_there(
    server: tuple[Path, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its newest word is said at its former address alone; nobody scans it once more."""
    folder, authority = server
    there: dict[str, bytes] = {}

    async def send(
        _mover: Mover, method: str, url: str, path: str, content: bytes | None = None
    ) -> bytes:
        if url not in there:
            raise EnvironmentFault("nobody answers")
        return there[url]

    monkeypatch.setattr(Mover, "_send", send)
    disk, clock = open_folder(tmp_path), ManualClock()
    home = home_of(authority)

    async def follow() -> bool:
        clock.advance(MINUTE)
        mover = Mover(disk, home, _Asked(), clock, lambda: None)  # it was started anew
        return await mover.tidy(is_up=False)

    first, second = home.profile.server_url, "https://192.0.2.9:8000"
    moved = keep_address(folder, [second], 1, NOW)
    disk.write(WORD_NAME, moved.encode())
    there = {second: moved.encode()}
    assert await follow()
    assert home.profile.server_url == second
    there = {first: keep_address(folder, [first], 1, Instant(NOW + SECOND)).encode()}
    assert await follow()
    assert home.profile.server_url == first
