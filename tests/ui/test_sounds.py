"""The verdicts' sounds: told apart by counting, and never in the way."""

from __future__ import annotations

import io
import os
import threading
import wave
from pathlib import Path

import numpy as np
import pytest

from gatekeeper.presenters.gate.verdict_content import Tone
from gatekeeper.presenters.sounds import PULSES, RATE, make_wav
from gatekeeper.ui.sound_player import ProgramSounder


def samples_of(tone: Tone, volume: float = 1.0) -> np.ndarray[tuple[int], np.dtype[np.int16]]:
    with wave.open(io.BytesIO(make_wav(tone, volume))) as reader:
        assert reader.getframerate() == RATE
        return np.frombuffer(reader.readframes(reader.getnframes()), "<i2")


@pytest.mark.parametrize(
    ("tone", "pulses"), [(Tone.ADMIT, 1), (Tone.DENY, 2), (Tone.REFER, 3), (Tone.EXIT, 1)]
)
def test_the_count_of_pulses_is_the_code(tone: Tone, pulses: int) -> None:
    """One means go, two stop, three look; silence of 40 ms parts them."""
    loud = np.abs(samples_of(tone)) > 500
    window = RATE * 40 // 1000
    heard = np.convolve(loud, np.ones(window), "same") > 0
    starts = int(np.count_nonzero(np.diff(heard.astype(int)) == 1)) + int(heard[0])
    assert starts == pulses


@pytest.mark.parametrize("tone", list(PULSES))
def test_no_sound_clips_or_lasts(tone: Tone) -> None:
    """Every sound is over before the next visitor stands there, and none is distorted."""
    samples = samples_of(tone)
    assert len(samples) < RATE * 0.45
    assert 10_000 < int(np.abs(samples.astype(int)).max()) < 32_700


def test_volume_makes_it_quieter() -> None:
    """Half the volume is half the amplitude."""
    full, half = samples_of(Tone.DENY), samples_of(Tone.DENY, 0.5)
    ratio = np.abs(half.astype(int)).max() / np.abs(full.astype(int)).max()
    assert ratio == pytest.approx(0.5, abs=0.01)


def test_sounds_are_played_by_a_program_beside_the_window(tmp_path: Path) -> None:
    """Playing returns at once; the player gets a WAV file."""
    heard = tmp_path / "heard"
    player = tmp_path / "player"
    player.write_text(f'#!/bin/sh\ncat "$1" > {heard}.part && mv {heard}.part {heard}\n')
    player.chmod(0o755)
    sounder = ProgramSounder([str(player)], lambda _: None)
    sounder.play(Tone.ADMIT)
    sounder.close()
    assert heard.read_bytes() == make_wav(Tone.ADMIT, 1.0)
    assert sounder.is_audible


def test_a_player_that_fails_is_noticed() -> None:
    """A machine without a sound card says so on the status bar."""
    changed = threading.Event()
    sounder = ProgramSounder(["false"], lambda _: changed.set())
    sounder.play(Tone.ADMIT)
    assert changed.wait(60)
    assert not sounder.is_audible
    sounder.close()


def test_volume_nought_is_silent_by_choice(tmp_path: Path) -> None:
    """A muted gate plays nothing, and says so; the next sound is heard once it is loud again."""
    heard, player = tmp_path / "heard", tmp_path / "player"
    os.mkfifo(heard)
    player.write_text(f'#!/bin/sh\necho "$1" > {heard}\n', encoding="utf-8")
    player.chmod(0o755)
    told: list[bool] = []
    sounder = ProgramSounder([str(player)], told.append)
    sounder.set_volume(0)
    sounder.play(Tone.DENY)
    sounder.set_volume(0.5)
    sounder.play(Tone.ADMIT)
    first, *_ = heard.read_text(encoding="utf-8").split()  # waits until somebody writes
    sounder.close()
    assert Path(first).stem == str(Tone.ADMIT)
    assert told == [False, True]
