"""Plays the verdicts' sounds through the player that the machine has.

Qt's own sound is not in the part of Qt that we ship, so a small player of the system is started
for each sound, from a thread of its own: the window never waits for it. Where there is no
player, or it fails, the gate is silent and the status bar shows a crossed speaker.
"""

from __future__ import annotations

import queue
import shutil
import subprocess
import tempfile
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final, Protocol

from gatekeeper.presenters.gate.verdict_content import Tone
from gatekeeper.presenters.sounds import PULSES, make_wav

PLAYERS: Final[Sequence[tuple[str, ...]]] = (
    ("pw-play",),
    ("paplay",),
    ("aplay", "-q"),
    ("afplay",),
)
_WAITING_MAX: Final = 2


class Sounder(Protocol):
    """Plays the sounds of a gate's verdicts."""

    @property
    def is_audible(self) -> bool:
        """Whether the last sound could be played."""

    def play(self, tone: Tone) -> None:
        """Start a sound and return at once; a sound that waits for its turn may be dropped."""

    def set_volume(self, volume: float) -> None:
        """Be as loud as this from the next sound on: 0, silent, to 1."""

    def close(self) -> None:
        """Stop for good."""


class SilentSounder:
    """A gate without sound, because there is no player."""

    is_audible = False

    def play(self, tone: Tone) -> None:
        """Do nothing."""

    def set_volume(self, volume: float) -> None:
        """Do nothing."""

    def close(self) -> None:
        """Do nothing."""


class ProgramSounder:
    """Plays WAV files through a program such as `paplay`, as loud as can be until told otherwise.

    Args:
        command: The player and its options; the file's path is appended.
        on_change: Called from the sounder's thread when sounds begin or cease to be heard.
    """

    def __init__(self, command: Sequence[str], on_change: Callable[[bool], None]) -> None:
        self._command = tuple(command)
        self._on_change = on_change
        self._works = True
        self._volume = 1.0
        self._folder = tempfile.TemporaryDirectory(prefix="gatekeeper-sounds-")
        self._files = {tone: Path(self._folder.name) / f"{tone}.wav" for tone in PULSES}
        self._rendered: float | None = None
        self._render()
        self._waiting: queue.Queue[Tone | None] = queue.Queue(_WAITING_MAX)
        self._thread = threading.Thread(target=self._serve, name="sounds", daemon=True)
        self._thread.start()

    @property
    def is_audible(self) -> bool:
        """Whether the last sound could be played, and sounds are wanted."""
        return self._works and self._volume > 0

    def set_volume(self, volume: float) -> None:
        """Be as loud as this from the next sound on."""
        was_audible, self._volume = self.is_audible, volume
        if self.is_audible != was_audible:
            self._on_change(self.is_audible)

    def play(self, tone: Tone) -> None:
        """Start a sound and return at once; if sounds pile up, the newest is dropped."""
        if tone is Tone.NONE or self._volume <= 0:
            return
        try:
            self._waiting.put_nowait(tone)
        except queue.Full:
            return

    def close(self) -> None:
        """Finish the sound that plays, and stop."""
        self._waiting.put(None)
        self._thread.join(timeout=3)
        self._folder.cleanup()

    def _serve(self) -> None:
        while (tone := self._waiting.get()) is not None:
            self._render()
            works = self._run_player(self._files[tone])
            if works != self._works:
                self._works = works
                self._on_change(self.is_audible)

    def _render(self) -> None:
        """Compute the sounds anew where the volume has changed; not in the window's thread."""
        volume = self._volume
        if volume == self._rendered:
            return
        for tone, path in self._files.items():
            path.write_bytes(make_wav(tone, volume))
        self._rendered = volume

    def _run_player(self, path: Path) -> bool:
        try:
            done = subprocess.run(
                [*self._command, str(path)],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                timeout=2,
                check=False,
            )
        except (OSError, subprocess.TimeoutExpired):
            return False
        return done.returncode == 0


def find_player() -> tuple[str, ...] | None:
    """Return the first player that this machine has, or None."""
    return next((player for player in PLAYERS if shutil.which(player[0])), None)


def open_sounder(on_change: Callable[[bool], None]) -> Sounder:
    """Return the sounder of this machine.

    Args:
        on_change: Called when sounds begin or cease to be heard, from any thread.
    """
    player = find_player()
    if player is None:
        return SilentSounder()
    return ProgramSounder(player, on_change)
