"""Tells a finger's single key from anything that a scanner can type.

Pure: keys and times come in. A tap is one key with no other near it, held as long as fingers hold
keys; a scanner lets go within a few milliseconds.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from shared.kernel.instant import MILLISECOND, Duration

KEY_GAP_MAX: Final = 50 * MILLISECOND
"""Between two characters of a code that a reader types."""
KEY_HELD_MIN: Final[Duration] = 40 * MILLISECOND
"""A reader that types lets go of a key sooner than that; a finger does not."""
HELD_KEY: Final[Duration] = 300 * MILLISECOND
"""A key at the gate that decides something: whoever leans on the keyboard decides nothing."""

CERTAIN_AFTER: Final[Duration] = KEY_GAP_MAX + 20 * MILLISECOND
"""How long after a key went down it is certain that no other followed it."""


class Press(NamedTuple):
    """A key that went down.

    Attributes:
        code: Qt's key number.
        modifiers: Qt's modifiers, as a number.
        text: What it types, or "".
        at: When, in µs of any clock.
    """

    code: int
    modifiers: int
    text: str
    at: Duration


class HoldJudge:
    """Tells a key that a finger rests on, alone, from everything else."""

    def __init__(self) -> None:
        self._candidate: Press | None = None
        self._last_at: Duration | None = None

    def press(self, press: Press) -> None:
        """Take a key that went down; one near another, or beside one, is no hold."""
        is_near = self._last_at is not None and 0 <= press.at - self._last_at <= KEY_GAP_MAX
        is_beside = self._candidate is not None
        self._last_at = press.at
        self._candidate = None if is_near or is_beside else press

    def release(self, code: int, at: Duration) -> Press | None:
        """Take a key that went up; return it if it was held and not told of yet."""
        candidate, self._candidate = self._candidate, None
        if candidate is None or candidate.code != code:
            return None
        return candidate if at - candidate.at >= HELD_KEY else None

    def forget(self) -> None:
        """Let a key that is down now be no hold: what it was meant for is gone."""
        self._candidate = None

    def settle(self) -> Press | None:
        """Return the key that is still down when its time has come; each one once."""
        candidate, self._candidate = self._candidate, None
        return candidate


class TapJudge:
    """Watches every key of one keyboard."""

    def __init__(self) -> None:
        self._candidate: Press | None = None
        self._released_at: Duration | None = None
        self._last_at: Duration | None = None

    def is_near(self, at: Duration) -> bool:
        """Whether a key that goes down now follows the one before at a scanner's speed."""
        return self._last_at is not None and 0 <= at - self._last_at <= KEY_GAP_MAX

    def press(self, press: Press) -> bool:
        """Take a key that went down; two that are near each other are no taps.

        Returns:
            Whether it came at a scanner's speed after the one before.
        """
        is_near = self.is_near(press.at)
        self._last_at = press.at
        self._released_at = None
        self._candidate = None if is_near else press
        return is_near

    def release(self, code: int, at: Duration) -> None:
        """Take a key that went up."""
        if self._candidate is not None and self._candidate.code == code:
            self._released_at = at

    def settle(self, now: Duration) -> Press | None:
        """Return the key that a finger tapped, if it is certain by now; each one once."""
        candidate, self._candidate = self._candidate, None
        if candidate is None:
            return None
        held = (now if self._released_at is None else self._released_at) - candidate.at
        return candidate if held >= KEY_HELD_MIN else None
