"""Scans from a scanner that types as a keyboard.

Pure: characters and times come in, complete scans go out, and what a person typed comes back to
be replayed. A burst is a run of characters at most 50 ms apart. It is a scan if a terminator ends
it after at least six characters, or after three where nothing takes text, for lists of guests have
codes as short as that; or if it goes quiet after at least twelve. Anything else is typing. What
scanners put around a code (STX, ETX, AIM identifiers) is taken off.

Where the scan before was ended by a terminator, one of twelve characters and more is waited for
through a pause, too: by radio keys stop and come on, and half a ticket is a ticket of nobody's.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, TypeAlias

from gatekeeper.readers.key_taps import KEY_GAP_MAX
from gatekeeper.readers.scanner_prefixes_and_ends import ETX, STX, strip_frame
from gatekeeper.readers.wedge_layout import X11_OFFSET, unshifted_digits, us_character
from shared.kernel.instant import MILLISECOND, Duration

KEY_IDLE_MAX: Final = 120 * MILLISECOND
"""What is typed has ended after so long a pause, code or not."""
KEY_PAUSE_MAX: Final = 300 * MILLISECOND
"""Within a long code of a reader that ends its codes by a sign: by radio, keys stop and go on."""

LENGTH_MIN: Final = 6
SHORT_LENGTH_MIN: Final = 3
"""Characters of a scan while nothing takes text: then no person's typing can be meant."""
UNENDED_LENGTH_MIN: Final = 12
LENGTH_MAX: Final = 4096

_TERMINATORS = frozenset("\r\n\t" + ETX)
_INSIDE = frozenset("\x1d\x1e\x04")  # GS, RS and EOT separate the fields of GS1 and ISO 15434


@dataclass(frozen=True, slots=True)
class WedgeKey:
    """One key as it was pressed.

    Attributes:
        character: What the computer's layout made of it.
        at: When it was pressed (not when we learnt of it), in µs.
        scan_code: Its place as the window system gives it; None if unknown.
        is_shifted: Whether Shift was held; None to judge by the character.
    """

    character: str
    at: Duration
    scan_code: int | None = None
    is_shifted: bool | None = None


@dataclass(frozen=True, slots=True)
class WedgeScan:
    """One code that a scanner has typed as keys, whole.

    Attributes:
        text: The code. If only the keys' places make digits of it, then as those say.
        other_texts: What other ways to read the keys say, the likeliest first: to be tried where
            `text` is nothing that is known, since the scanner's and the computer's layouts may
            differ, and Caps Lock may be on.
        at: When its last key was pressed, in µs.
    """

    text: str
    other_texts: tuple[str, ...]
    at: Duration


@dataclass(frozen=True, slots=True)
class Typing:
    """Keys that were no scan, to be replayed where they were meant to go."""

    keys: tuple[WedgeKey, ...]


Outcome: TypeAlias = WedgeScan | Typing


def text_by_places(keys: tuple[WedgeKey, ...], *, offset: int) -> str | None:
    """Read keys by their places on a US keyboard; None unless every place is known."""
    characters = []
    for key in keys:
        if key.character in _INSIDE or key.character == STX:
            characters.append(key.character)
            continue
        is_shifted = key.character.isupper() if key.is_shifted is None else key.is_shifted
        character = (
            None
            if key.scan_code is None
            else us_character(key.scan_code, is_shifted=is_shifted, offset=offset)
        )
        if character is None:
            return None
        characters.append(character)
    return "".join(characters)


def read_keys(keys: tuple[WedgeKey, ...], *, offset: int = X11_OFFSET) -> WedgeScan:
    """Make a scan of a burst's keys, the terminator not among them.

    Args:
        keys: At least one; what follows the first 4096 is dropped.
        offset: As for `wedge_layout.us_character`.
    """
    kept = keys[:LENGTH_MAX]
    typed = strip_frame("".join(key.character for key in kept))
    placed = strip_frame(text_by_places(kept, offset=offset) or "")
    text, others = typed, [placed, strip_frame(_without_caps_lock(kept))]
    # Tickets are digits, and this scanner's layout may not be ours: perhaps the US one, or one
    # like the French, which holds Shift for each digit.
    digits = placed if _is_digits(placed) else unshifted_digits(placed or typed)
    if digits and not _is_digits(typed):
        text, others = digits, [typed]
    return WedgeScan(
        text=text,
        other_texts=tuple(one for one in dict.fromkeys(others) if one and one != text),
        at=keys[-1].at,
    )


def _without_caps_lock(keys: tuple[WedgeKey, ...]) -> str:
    """Return what was typed with its letters the other way round; "" if Caps Lock was not on.

    It was if each letter is what Shift says it is not. Some scanners make up for it by
    themselves, and then the letters are right as they are.
    """
    letters = [key for key in keys if key.character.swapcase() != key.character]
    is_on = letters and all(
        key.is_shifted is not None and key.character.isupper() is not key.is_shifted
        for key in letters
    )
    return "".join(key.character.swapcase() for key in keys) if is_on else ""


def _is_digits(text: str) -> bool:
    return text.isascii() and text.isdecimal()


class WedgeFramer:
    """Tells scans from typing on one keyboard."""

    def __init__(self, *, offset: int = X11_OFFSET) -> None:
        """Start with nothing pending.

        Args:
            offset: As for `wedge_layout.us_character`.
        """
        self._offset = offset
        self._keys: list[WedgeKey] = []
        self._ended_at: Duration | None = None  # when a terminator last ended a scan
        self._has_ends = False  # the last scan was ended by one

    @property
    def is_pending(self) -> bool:
        """Whether keys are held back; `flush` is to be called 120 ms after the last one.

        Where they are still held back then, once more 300 ms after it.
        """
        return bool(self._keys)

    def feed(self, key: WedgeKey, *, takes_text: bool = True) -> list[Outcome]:
        """Take a key; return what is complete by it, oldest first.

        Args:
            key: The key.
            takes_text: Whether somebody's typing would go anywhere.
        """
        outcomes: list[Outcome] = []
        if self._keys and not 0 <= key.at - self._keys[-1].at <= self._pause_max(KEY_GAP_MAX):
            outcomes += self._end()
        if key.character in _TERMINATORS:
            return outcomes + self._terminate(key, LENGTH_MIN if takes_text else SHORT_LENGTH_MIN)
        if key.character == STX and self._keys:
            outcomes += self._end()
        self._ended_at = None
        is_text = key.character.isprintable() or key.character in _INSIDE
        if not key.character or not (is_text or key.character == STX):
            return [*outcomes, *self._end(), Typing((key,))]
        if len(self._keys) <= LENGTH_MAX:
            self._keys.append(key)
        else:
            self._keys[-1] = key  # beyond the cap only the time of the last one is kept
        return outcomes

    def flush(self, now: Duration) -> list[Outcome]:
        """End a burst that went quiet.

        Args:
            now: µs of the clock that the keys' times are of.
        """
        if self._keys and not 0 <= now - self._keys[-1].at < self._pause_max(KEY_IDLE_MAX):
            return self._end()
        return []

    def _terminate(self, key: WedgeKey, length_min: int) -> list[Outcome]:
        if not self._keys:
            if self._ended_at is not None and 0 <= key.at - self._ended_at <= KEY_GAP_MAX:
                self._ended_at = key.at  # the LF of CR LF, the CR after ETX
                return []
            return [Typing((key,))]
        keys = tuple(self._keys)
        self._keys = []
        scan = read_keys(keys, offset=self._offset)
        if len(scan.text) < length_min:
            self._ended_at = None
            return [Typing((*keys, key))]
        self._ended_at, self._has_ends = key.at, True
        return [scan]

    def _end(self) -> list[Outcome]:
        """End the pending burst without a terminator."""
        if not self._keys:
            return []
        keys = tuple(self._keys)
        self._keys = []
        scan = read_keys(keys, offset=self._offset)
        if len(scan.text) < UNENDED_LENGTH_MIN:
            return [Typing(keys)]
        self._has_ends = False
        return [scan]

    def _pause_max(self, usual: Duration) -> Duration:
        """Say for how long the next key may keep us waiting."""
        is_begun = self._has_ends and len(self._keys) >= UNENDED_LENGTH_MIN
        return KEY_PAUSE_MAX if is_begun else usual
