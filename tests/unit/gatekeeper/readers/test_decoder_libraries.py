"""The decoders of others behave behind one door, also when one of them is not there."""

from __future__ import annotations

import os
import subprocess
import sys

import numpy as np
import pytest

from gatekeeper.readers import decoder_libraries
from gatekeeper.readers.qr_grid import Grey


def _noise(seed: int, *shape: int) -> Grey:
    return np.random.default_rng(seed).integers(0, 256, shape, dtype=np.uint8)


def test_missing_zbar_reads_nothing_and_says_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its system library is optional; the others do without it."""
    monkeypatch.setattr(decoder_libraries, "pyzbar", None)
    assert decoder_libraries.read_zbar(_noise(1, 50, 50)).codes == []


def test_noise_makes_no_engine_raise_or_read() -> None:
    """Grey noise of many shapes: no text, no exception."""
    for seed, shape in enumerate([(1, 1), (3, 200), (200, 3), (64, 64), (200, 300)]):
        frame = _noise(seed, *shape)
        for read in (
            decoder_libraries.read_zxing,
            decoder_libraries.read_zbar,
            decoder_libraries.read_opencv,
        ):
            assert read(frame).codes == []


def test_modules_of_noise_make_no_text() -> None:
    """What is no symbol is not decoded."""
    assert decoder_libraries.read_modules((_noise(3, 37, 37) & 1).astype(np.int8)) is None


def test_a_look_at_a_picture_keeps_no_other_core_busy() -> None:
    """Threads that wait for a part of a small matrix spin: a gate's window has the other core."""
    program = "import gatekeeper.readers.decoding, os; print(os.listdir('/proc/self/task'))"
    environment = {k: v for k, v in os.environ.items() if k != "OPENBLAS_NUM_THREADS"}
    said = subprocess.check_output([sys.executable, "-c", program], env=environment, text=True)
    assert "," not in said, said
