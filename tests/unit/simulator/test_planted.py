"""Planted bugs stand where the product has something to replace, and can be called as it is."""

from __future__ import annotations

import inspect

import pytest

from simulator.planted import Replacement
from simulator.planted_bugs import BUGS

REPLACED = [
    pytest.param(one, id=f"{bug.name} {one.name}") for bug in BUGS.values() for one in bug.replaced
]


@pytest.mark.parametrize("one", REPLACED)
def test_a_planted_bug_fits_what_it_replaces(one: Replacement) -> None:
    """Else it fails instead of being wrong, and says nothing of the checkers."""
    original = vars(one.owner)[one.name]
    planted = one.make(original)
    if not callable(original):
        assert type(planted) is type(original)
        return
    taken = inspect.signature(original).parameters.values()
    required = [p for p in taken if p.default is p.empty and p.kind is not p.VAR_KEYWORD]
    for some in (list(taken), required):
        by_name = {p.name: p for p in some if p.kind is p.KEYWORD_ONLY}
        by_place = [p for p in some if p.kind in {p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD}]
        inspect.signature(planted).bind(*by_place, **by_name)
