"""MessagePack bodies of devices' requests, with the wrong field named, as JSON bodies have it.

A version is raised only where a reader of the former one would misread the rest, so another than
one's own is refused before anything else is looked at.
"""

from __future__ import annotations

import re
from typing import Final, TypeVar

import msgspec

from server.problem_answers import FieldError, Problem
from shared.kernel.errors import Malformed
from shared.kernel.packing import unpack

_T = TypeVar("_T", bound=msgspec.Struct)


class _Opening(msgspec.Struct, array_like=True):
    """What every request begins with, whatever its version."""

    v: int


_OPENING: Final = msgspec.msgpack.Decoder(_Opening)
_PLACE: Final = re.compile(r"at `\$\[(\d+)\]")


def read_packed(body: bytes, decoder: msgspec.msgpack.Decoder[_T], version: int, what: str) -> _T:
    """Read a request.

    Args:
        body: As it came.
        decoder: Of the request's struct, an array that begins with its version `v`.
        version: The one that is understood.
        what: The request's name, for the problem's sentence.

    Raises:
        Problem: `bad-request`, with the field that is wrong, if it is none of this version.
    """
    try:
        if unpack(body, _OPENING, what).v != version:
            raise _wrong(what, "v", f"Only version {version} is supported here.")
        return unpack(body, decoder, what)
    except Malformed as fault:
        place = _PLACE.search(str(fault))
        if place is None:
            raise Problem("bad-request", f"The body is not a {what} in MessagePack.") from None
        name = decoder.type.__struct_fields__[int(place[1])]
        raise _wrong(what, name, "This does not have the expected form.") from None


def _wrong(what: str, field: str, message: str) -> Problem:
    detail = f"The body is not a {what}: correct the named field."
    return Problem("bad-request", detail, errors=[FieldError(field, message)])
