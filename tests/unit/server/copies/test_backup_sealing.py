"""The form of sealed backups: every size comes back, and no piece can be left out or moved."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from server.copies import backup_sealing
from server.copies.backup_sealing import BackupHead, Seal, open_sealed, read_head, write_sealed
from shared.kernel.errors import BadInput

PIECE = 64
SEAL = Seal(BackupHead(b"the name"), bytes(range(32)))


@pytest.fixture(autouse=True)
def _small_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backup_sealing, "PIECE_SIZE", PIECE)


def sealed(content: bytes) -> bytes:
    """Seal some bytes."""
    target = io.BytesIO()
    write_sealed(io.BytesIO(content), target, SEAL)
    return target.getvalue()


def opened(file: Path, content: bytes, key: bytes = SEAL.key) -> bytes:
    """Open what somebody has stored."""
    file.write_bytes(content)
    target = io.BytesIO()
    open_sealed(file, target, key)
    return target.getvalue()


@pytest.mark.parametrize("size", [0, 1, PIECE - 1, PIECE, PIECE + 1, 3 * PIECE])
def test_every_size_comes_back(size: int, tmp_path: Path) -> None:
    """Also nothing at all, and what ends with a piece."""
    content = bytes(number % 251 for number in range(size))
    assert opened(tmp_path / "f", sealed(content)) == content
    assert read_head(tmp_path / "f") == SEAL.head


def test_pieces_stay_whole_in_their_order_and_to_the_last(tmp_path: Path) -> None:
    """Cut at a piece, one left out, two exchanged, one of another backup: none of them opens."""
    whole, other = sealed(bytes(4 * PIECE)), sealed(bytes(4 * PIECE))
    size, head = PIECE + 17, len(whole) - 4 * (PIECE + 17)
    pieces = [whole[head + n * size : head + (n + 1) * size] for n in range(4)]
    for parts in (
        pieces[:3],
        [pieces[0], *pieces[2:]],
        [pieces[1], pieces[0], *pieces[2:]],
        [*pieces[:2], other[head + 2 * size : head + 3 * size], pieces[3]],
        [*pieces, pieces[3]],
        [],
    ):
        with pytest.raises(BadInput):
            opened(tmp_path / "f", whole[:head] + b"".join(parts))
    with pytest.raises(BadInput):
        opened(tmp_path / "f", whole, bytes(32))


def test_no_single_bit_can_be_changed(tmp_path: Path) -> None:
    """The head is under the proof as well as what it stands in front of."""
    whole = sealed(b"seven lamps")
    for place in range(len(backup_sealing.MAGIC), len(whole)):
        changed = whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :]
        with pytest.raises(BadInput):
            opened(tmp_path / "f", changed)
