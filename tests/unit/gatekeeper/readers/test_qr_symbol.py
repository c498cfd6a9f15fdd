"""The anatomy of QR codes is that of an independent writer, and spoilt ones are mended."""

from __future__ import annotations

import numpy as np
import pytest
import segno

from gatekeeper.readers import qr_symbol
from gatekeeper.readers.decoder_libraries import read_modules
from gatekeeper.readers.qr_symbol import Modules, Soft
from tests.factories.strength import sized

_TEXT = "0123456789012345"


def _written(version: int, level: str, mask: int) -> Modules:
    made = segno.make(_TEXT, version=version, error=level, mask=mask, boost_error=False)
    return np.array([list(row) for row in made.matrix], dtype=np.int8)


def _soft(modules: Modules) -> Soft:
    return (modules * 2.0 - 1.0).astype(np.float32)


@pytest.mark.parametrize("version", range(1, 41))
def test_symbol_of_every_version_level_and_mask_is_understood(version: int) -> None:
    """Function patterns, format, order and blocks are as segno writes them.

    Of a sample each version at one level, and each level and mask with ten versions or five.
    """
    levels = list(enumerate("lmqh"))
    for at, level in sized(levels[version % len(levels) :: len(levels)], levels):
        modules = _written(version, level, (version + 3 * at) % 8)
        known = qr_symbol.layout_of(version).known
        assert (known[known >= 0] == modules[known >= 0]).all()
        mended = qr_symbol.mend(_soft(modules), version)
        assert mended is not None
        assert (mended == modules).all()


@pytest.mark.parametrize(("version", "level"), [(1, "m"), (5, "m"), (7, "q"), (12, "l")])
def test_spoilt_symbol_is_mended(version: int, level: str) -> None:
    """Wrong modules within the bound, one format copy among them, come back as written."""
    modules = _written(version, level, 3)
    soft = _soft(modules)
    soft[: 9 if version > 1 else 3, 8] *= -0.9
    rng = np.random.default_rng(version)
    wrong = rng.choice(len(qr_symbol.layout_of(version).places), 3, replace=False)
    for row, column in qr_symbol.layout_of(version).places[wrong]:
        soft[row, column] *= -0.5
    mended = qr_symbol.mend(soft, version)
    assert mended is not None
    assert (mended == modules).all()
    assert read_modules(mended) == _TEXT


@pytest.mark.parametrize("version", [1, 5, 7])
def test_mirrored_symbol_is_mended_as_it_stands(version: int) -> None:
    """Some cameras show everything as a mirror does."""
    modules = _written(version, "m", 3)
    soft = _soft(modules)
    for row, column in qr_symbol.layout_of(version).places[5:8]:
        soft[row, column] *= -0.5
    mended = qr_symbol.mend(soft.T, version)
    assert mended is not None
    assert (mended == modules.T).all()
    assert read_modules(mended) == _TEXT


def test_unsure_codewords_are_erased_twice_as_many_as_errors_could_be() -> None:
    """A covered stripe that a plain decoder cannot mend is mended, because it is known."""
    modules = _written(5, "m", 2)
    soft = _soft(modules)
    soft[14:18, 9:36] = -0.05  # as under glare: light, and not to be trusted
    assert (np.sign(soft) != _soft(modules)).sum() > 40
    mended = qr_symbol.mend(soft, 5)
    assert mended is not None
    assert (mended == modules).all()


def test_noise_is_no_symbol() -> None:
    """Of two hundred fields of noise, a sample of sixty, not one is mended into something."""
    for seed in range(sized(60, 200)):
        rng = np.random.default_rng(seed)
        soft = rng.normal(0, 1, (37, 37)).astype(np.float32)
        assert qr_symbol.mend(soft, 5) is None
