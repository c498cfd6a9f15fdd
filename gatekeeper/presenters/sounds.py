"""The verdicts' sounds, computed: the count of pulses is the code (1 go, 2 stop, 3 look)."""

from __future__ import annotations

import array
import io
import math
import sys
import wave
from typing import Final, NamedTuple

from gatekeeper.presenters.gate.verdict_content import Tone

RATE: Final = 44_100
"""Samples a second."""

_EDGE_MS: Final = 6
_PEAK: Final = 0.8


class Pulse(NamedTuple):
    """A note: from one pitch to another, in hertz, with harmonics of given strengths."""

    start_hz: float
    end_hz: float
    ms: int
    gap_ms: int = 0
    harmonics: tuple[float, ...] = (1.0, 0.35, 0.15)


_HARSH: Final = (1.0, 0.0, 0.6, 0.0, 0.4)
PULSES: Final[dict[Tone, tuple[Pulse, ...]]] = {
    Tone.TICK: (Pulse(1000, 1000, 20),),
    Tone.ADMIT: (Pulse(880, 880, 80), Pulse(1320, 1320, 100)),
    Tone.DENY: (Pulse(440, 440, 120, 80, _HARSH), Pulse(440, 440, 120, 0, _HARSH)),
    Tone.REFER: (Pulse(1000, 1000, 90, 60), Pulse(1250, 1250, 90, 60), Pulse(1000, 1000, 90)),
    Tone.EXIT: (Pulse(1320, 1320, 80), Pulse(880, 880, 100)),
}


def make_wav(tone: Tone, volume: float) -> bytes:
    """Return a tone as a WAV file: 16 bits, one channel.

    Args:
        tone: Which one; `Tone.NONE` has no sound.
        volume: 0 to 1.
    """
    samples = array.array("h")
    for pulse in PULSES[tone]:
        samples.extend(_render(pulse, volume))
        samples.extend([0] * (RATE * pulse.gap_ms // 1000))
    if sys.byteorder == "big":
        samples.byteswap()
    file = io.BytesIO()
    with wave.open(file, "wb") as writer:
        writer.setnchannels(1)
        writer.setsampwidth(2)
        writer.setframerate(RATE)
        writer.writeframes(samples.tobytes())
    return file.getvalue()


def _render(pulse: Pulse, volume: float) -> array.array[int]:
    count = RATE * pulse.ms // 1000
    edge = RATE * _EDGE_MS // 1000
    loudness = 32_767 * _PEAK * volume / sum(pulse.harmonics)
    samples = array.array("h")
    phase = 0.0
    for index in range(count):
        pitch = pulse.start_hz + (pulse.end_hz - pulse.start_hz) * index / count
        phase += 2 * math.pi * pitch / RATE
        fade = min(1.0, index / edge, (count - index) / edge)
        wave_sum = sum(
            strength * math.sin(phase * (order + 1))
            for order, strength in enumerate(pulse.harmonics)
        )
        samples.append(int(loudness * fade * wave_sum))
    return samples
