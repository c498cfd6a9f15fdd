"""The transforms of SVG that move seats: six numbers, as its specification has them."""

from __future__ import annotations

import math
import re
from typing import Final, NamedTuple

_FUNCTION: Final = re.compile(r"\s*,?\s*([A-Za-z]+)\s*\(([^()]*)\)")
_NUMBER: Final = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,3})?")
_SIZE_MAX: Final = 1e9
_TEXT_MAX: Final = 1_000


class Matrix(NamedTuple):
    """A point (x, y) goes to (a·x + c·y + e, b·x + d·y + f)."""

    a: float = 1.0
    b: float = 0.0
    c: float = 0.0
    d: float = 1.0
    e: float = 0.0
    f: float = 0.0

    def then(self, inner: Matrix) -> Matrix:
        """Return what first does `inner` and then this one, as nested groups do."""
        made = (
            self.a * inner.a + self.c * inner.b,
            self.b * inner.a + self.d * inner.b,
            self.a * inner.c + self.c * inner.d,
            self.b * inner.c + self.d * inner.d,
            self.a * inner.e + self.c * inner.f + self.e,
            self.b * inner.e + self.d * inner.f + self.f,
        )
        # Deep nesting leads to no infinity, of which differences are no number.
        return Matrix(*(max(-_SIZE_MAX, min(_SIZE_MAX, one)) for one in made))

    def move(self, x: float, y: float) -> tuple[float, float]:
        """Return where a point goes."""
        return self.a * x + self.c * y + self.e, self.b * x + self.d * y + self.f


IDENTITY: Final = Matrix()


def read_transform(text: str) -> Matrix | None:
    """Read a `transform`; the identity for "", None for what is none."""
    matrix, place = IDENTITY, 0
    if len(text) > _TEXT_MAX:
        return None
    while text[place:].strip():
        found = _FUNCTION.match(text, place)
        one = None if found is None else _read_one(found[1], found[2])
        if found is None or one is None:
            return None
        matrix, place = matrix.then(one), found.end()
    return matrix


def _read_one(name: str, arguments: str) -> Matrix | None:
    words = arguments.replace(",", " ").split()
    if not all(_NUMBER.fullmatch(word) for word in words):
        return None
    said = [float(word) for word in words]
    if not all(abs(one) <= _SIZE_MAX for one in said):
        return None
    match name, said:
        case "matrix", [a, b, c, d, e, f]:
            return Matrix(a, b, c, d, e, f)
        case "translate", [x, *rest] if len(rest) <= 1:
            return Matrix(e=x, f=rest[0] if rest else 0.0)
        case "scale", [x, *rest] if len(rest) <= 1:
            return Matrix(a=x, d=rest[0] if rest else x)
        case "rotate", [angle]:
            return _rotation(angle)
        case "rotate", [angle, x, y]:
            return Matrix(e=x, f=y).then(_rotation(angle)).then(Matrix(e=-x, f=-y))
        case "skewX", [angle]:
            return Matrix(c=math.tan(math.radians(angle)))
        case "skewY", [angle]:
            return Matrix(b=math.tan(math.radians(angle)))
        case _:
            return None


def _rotation(angle: float) -> Matrix:
    turn = math.radians(angle)
    return Matrix(math.cos(turn), math.sin(turn), -math.sin(turn), math.cos(turn))
