"""Turning a picture so that the stripes in it stand upright.

Barcodes and PDF417 are read along lines: held a little askew, no decoder reads them, while QR
codes may lie as they like. Where many edges stand close together, all one way, there are stripes.
"""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from gatekeeper.readers.decoder_libraries import PictureLook, ReadSymbol
from gatekeeper.readers.qr_grid import CodePlace, Grey

_BLOCK: Final = 16  # pixels of every other one, along an edge
_FAINT: Final = 50.0  # strength of edges that may be noise
_ASKEW_MIN: Final = 4.0  # degrees that decoders do not mind
_AROUND: Final = 128  # grey of what lies beside a turned picture


def askew(picture: Grey) -> float:
    """Return by how many degrees stripes stand askew, −45 to 45; 0 where decoders read them."""
    along, down = (
        np.asarray(part[::2, ::2], dtype=np.float32) for part in cv2.spatialGradient(picture)
    )
    size = (along.shape[1] // _BLOCK, along.shape[0] // _BLOCK)
    if min(size) < 2:
        return 0.0
    flat, steep, both = (
        cv2.blur(cv2.resize(product, size, interpolation=cv2.INTER_AREA), (3, 3))
        for product in (along * along, down * down, along * down)
    )
    one_way = np.sqrt((flat - steep) ** 2 + 4 * both * both)
    place = np.unravel_index(int(np.argmax(one_way**2 / (flat + steep + _FAINT))), flat.shape)
    degrees = float(np.degrees(np.arctan2(2 * both[place], flat[place] - steep[place]))) / 2
    degrees = (degrees + 45) % 90 - 45
    return degrees if abs(degrees) >= _ASKEW_MIN else 0.0


class TurnedPicture:
    """A picture turned by an angle, whole; what is read in it lies in the picture as it was.

    Attributes:
        picture: The turned one.
    """

    def __init__(self, picture: Grey, degrees: float) -> None:
        """Turn by so many degrees, against the clock."""
        self.picture = picture
        self._back: NDArray[np.float64] | None = None
        if not degrees:
            return
        height, width = picture.shape
        way = np.asarray(cv2.getRotationMatrix2D((width / 2, height / 2), degrees, 1.0))
        cosine, sine = abs(way[0, 0]), abs(way[0, 1])
        size = (int(height * sine + width * cosine), int(height * cosine + width * sine))
        way[:, 2] += (size[0] - width) / 2, (size[1] - height) / 2
        turned = cv2.warpAffine(picture, way, size, borderValue=_AROUND)
        self.picture = np.asarray(turned, dtype=np.uint8)
        self._back = np.asarray(cv2.invertAffineTransform(way), dtype=np.float64)

    def turn_back(self, look: PictureLook) -> PictureLook:
        """Return what was read with its corners in the picture as it was."""
        if self._back is None:
            return look
        codes = [
            ReadSymbol(
                *(code.text, code.symbology, code.engine),
                tuple((float(x), float(y)) for x, y in self._moved(np.array(code.corners))),
                code.is_sure,
            )
            for code in look.codes
        ]
        places = [
            CodePlace(self._moved(place.corners), place.version, place.is_rough)
            for place in look.places
        ]
        return PictureLook(codes, places)

    def _moved(self, points: NDArray[np.float64]) -> NDArray[np.float64]:
        assert self._back is not None
        return np.asarray(points.reshape(-1, 2) @ self._back[:, :2].T + self._back[:, 2])
