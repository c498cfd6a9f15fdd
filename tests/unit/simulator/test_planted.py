"""Planted bugs stand where the product has something to replace, and can be called as it is."""

from __future__ import annotations

import inspect

from simulator.planted_bugs.all_bugs import BUGS
from simulator.planted_bugs.planted_bug import Replacement


def test_every_planted_bug_fits_what_it_replaces() -> None:
    """Else it fails instead of being wrong, and says nothing of the checkers."""
    replaced = [(name, one) for name, bug in BUGS.items() for one in bug.replaced]
    assert [f"{name}: {one.name}" for name, one in replaced if not fits(one)] == []


def fits(one: Replacement) -> bool:
    """Tell whether a replacement is taken as the original is."""
    original = vars(one.owner)[one.name]
    planted = one.make(original)
    if not callable(original):
        return type(planted) is type(original)
    taken = inspect.signature(original).parameters.values()
    required = [p for p in taken if p.default is p.empty and p.kind is not p.VAR_KEYWORD]
    for some in (list(taken), required):
        by_name = {p.name: p for p in some if p.kind is p.KEYWORD_ONLY}
        by_place = [p for p in some if p.kind in {p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD}]
        try:
            inspect.signature(planted).bind(*by_place, **by_name)
        except TypeError:
            return False
    return True
