"""What is fuzzed: where its inputs come from, and what is done with one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from soak.fuzz.mutate import Dice


class Target(msgspec.Struct, frozen=True, kw_only=True):
    """One reader of what strangers send.

    Attributes:
        name: For the report.
        weight: Its part of all inputs.
        draw: Makes an input; a genuine one now and then, so that something can be admitted.
        read: Reads it, and says what is wrong with that, or "": a stranger's text was admitted,
            a genuine one was not. A `GatekeeperError` is a clear error; any other is a fault.
        budget_ms: What one input may take at most, the least of five.
    """

    name: str
    weight: float
    draw: Callable[[Dice], Any]
    read: Callable[[Any], str]
    budget_ms: float = 50.0
