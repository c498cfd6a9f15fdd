"""Structs made of what something else has under the same names."""

from __future__ import annotations

from typing import Any, TypeVar

import msgspec

S = TypeVar("S", bound=msgspec.Struct)


def made_of(kind: type[S], source: object, /, **others: Any) -> S:
    """Make a struct of what another thing has under the same names.

    Args:
        kind: The struct's.
        source: Has an attribute for each of its fields that is not given: none is left to its
            default because somebody forgot it.
        others: Fields that are not the source's, or not as it has them.
    """
    names = (name for name in kind.__struct_fields__ if name not in others)
    return kind(**{name: getattr(source, name) for name in names}, **others)
