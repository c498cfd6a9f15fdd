"""QR codes as modules: level M, smallest version, no margin of their own."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np
import zxingcpp
from numpy.typing import NDArray

QUIET_MODULES: Final = 4
"""White on each side, which readers need."""

Modules = NDArray[np.bool_]


def qr_modules(text: str) -> Modules:
    """Return the modules of a text's QR code, True where dark; a ticket has 37 by 37.

    Args:
        text: Decimal digits for a ticket.
    """
    code = zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.QRCode, ec_level="M")
    image = zxingcpp.write_barcode_to_image(code, scale=1, add_quiet_zones=False)
    return np.asarray(image) < 128


def dark_runs(modules: Modules) -> Iterator[tuple[int, int, int]]:
    """Yield row, first column and length of each run of dark modules."""
    for row, line in enumerate(modules):
        edges = np.flatnonzero(np.diff(np.concatenate(([False], line, [False])).astype(np.int8)))
        for first, last in zip(edges[::2], edges[1::2], strict=True):
            yield row, int(first), int(last - first)
