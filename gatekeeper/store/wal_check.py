"""Whether the log beside the journal's database has lost what had been written durably.

SQLite reads its log up to the first frame that does not check, and leaves out all that follows,
without a word. After a power cut that is right: what was being written had been answered to
nobody. A frame that spoils later takes entries away that were.

Source:
    sqlite.org/fileformat2.html section 4: the log's header, frames and checksums.
    sqlite.org/walformat.html; docs/decisions/0005-journal-durable-before-green.md
"""

from __future__ import annotations

import struct
import sys
from typing import Final

import msgspec

from gatekeeper.store.raw_pages import PAGE_SIZE, numbers_on

_HEADER: Final = 32
_FRAME_HEADER: Final = 24
_CHECKED_OF_FRAME: Final = 8
"""Of a frame's header, page number and size are part of its checksum; then comes the page."""
_MAGIC: Final = 0x377F0682
"""The lowest bit says that the checksums are of big-endian words."""
_WORD: Final = 0xFFFFFFFF
_PAGE_SIZES: Final = frozenset(1 << power for power in range(9, 17))


class Frame(msgspec.Struct, frozen=True):
    """One page in the log.

    Attributes:
        page: Its number in the database; 0 where the frame is of an older log.
        size: Of the database in pages after the commit that this frame ends; 0 for none.
        is_sound: Its checksum follows from that of the frame before it.
        content: The page.
    """

    page: int
    size: int
    is_sound: bool
    content: bytes

    def may_fill_up(self, before: Frame) -> bool:
        """Whether it may only repeat a commit's last frame, to fill a disk's sector up.

        SQLite does so where it cannot trust that bytes beside those written survive, and syncs no
        more than a part of it.
        """
        is_like = (self.page, self.size) == (before.page, before.size) and self.size > 0
        is_whole = self.is_sound and before.is_sound
        return is_like and (not is_whole or self.content == before.content)


def read_frames(log: bytes) -> list[Frame]:
    """Give the log's frames, each checked by the one before it alone, wherever one is spoilt."""
    if len(log) < _HEADER + _FRAME_HEADER:
        return []
    magic, _, page_size, _, *rest = struct.unpack(">8I", log[:_HEADER])
    order = ">" if magic & 1 else "<"
    salts, seed = tuple(rest[:2]), tuple(rest[2:])
    is_good = magic | 1 == _MAGIC | 1 and page_size in _PAGE_SIZES
    if not is_good or _checksum(order, log[: _HEADER - 8], (0, 0)) != seed:
        # Without its header SQLite leaves the whole log out: the first frame has the salts, too.
        order, page_size = "<" if sys.byteorder == "little" else ">", PAGE_SIZE
        salts, seed = struct.unpack(">2I", log[_HEADER + 8 : _HEADER + 16]), (-1, -1)
    frames = []
    step = _FRAME_HEADER + page_size
    for start in range(_HEADER, len(log) - step + 1, step):
        page, size, *more = struct.unpack(">6I", log[start : start + _FRAME_HEADER])
        content = log[start + _FRAME_HEADER : start + step]
        is_ours, stored = tuple(more[:2]) == salts, tuple(more[2:])
        is_sound = is_ours and page > 0 and seed != (-1, -1)
        if is_sound:
            checked = log[start : start + _CHECKED_OF_FRAME] + content
            is_sound = _checksum(order, checked, seed) == stored
        frames.append(Frame(page if is_ours else 0, size if is_ours else 0, is_sound, content))
        seed = stored
    return frames


def _checksum(order: str, content: bytes, seed: tuple[int, ...]) -> tuple[int, ...]:
    first, second = seed
    words = struct.unpack(f"{order}{len(content) // 4}I", content)
    for one, other in zip(words[::2], words[1::2], strict=True):
        first = (first + one + second) & _WORD
        second = (second + other + first) & _WORD
    return first, second


def has_lost_entries(frames: list[Frame]) -> bool:
    """Tell whether a spoilt frame hides entries that had been made durable.

    Each commit of an entry is synced before anything further is written. So where one at or after
    the first spoilt frame is followed by a sound frame, that frame was whole once. What a power
    cut tears is the last such commit, and what was not synced before it.
    """
    spoilt = next((place for place, frame in enumerate(frames) if not frame.is_sound), len(frames))
    if not any(frame.is_sound for frame in frames[spoilt:]):
        return False
    numbers = [max(numbers_on(frame.content), default=0) for frame in frames]
    found = list(zip(frames, numbers, strict=True))
    pages = {frame.page for frame, number in found if number and frame.is_sound}
    before = max((number for _, number in found[:spoilt]), default=0)
    after = max((number for frame, number in found[spoilt:] if frame.is_sound), default=0)
    if 0 < after <= before:
        return False  # left of commits that the disk had refused, under what was written since
    start = max((place for place in range(spoilt) if frames[place].size), default=-1)
    holds = is_settled = False
    for place in range(start + 1, len(frames)):
        frame = frames[place]
        if place and frame.may_fill_up(frames[place - 1]):
            continue
        if is_settled and frame.is_sound:
            return True
        holds = holds or frame.page in pages
        if frame.size:
            is_settled, holds = is_settled or holds, False
    return False
