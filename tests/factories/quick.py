"""Makes cheap in a test's process what costs much and is no test's matter there.

Programs of their own, which tests start, log and hash as they do for an operator.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import pytest
import structlog
from hypothesis.internal.conjecture import providers

from shared.credential import staff_secrets

_COST: Final = {
    "_PASSES": (staff_secrets._PASSES, 1),
    "_MEMORY_KIB": (staff_secrets._MEMORY_KIB, 64),
}
"""Of a PIN's hash: the product's, and that of tests."""


def quiet_logs() -> None:
    """Render no log lines: unconfigured, tracebacks are drawn with all their variables."""
    structlog.reset_defaults()
    structlog.configure(
        processors=[structlog.processors.KeyValueRenderer(key_order=["event"])],
        logger_factory=structlog.ReturnLoggerFactory(),
    )


def draw_without_reading_sources() -> None:
    """Let properties draw no literals of the product's own, one value in twenty otherwise.

    To find them each test process parses every module that it has loaded: three seconds where none
    has done so before.
    """
    providers._get_local_constants = lambda: providers._local_constants


def hash_pins_quickly() -> None:
    """Let PINs be hashed at little cost; a hash names its own, so each verifies as it was made."""
    for name, (_, cost) in _COST.items():
        setattr(staff_secrets, name, cost)


@contextmanager
def pins_at_their_cost() -> Iterator[None]:
    """Hash PINs as the product does, for tests of just that."""
    with pytest.MonkeyPatch.context() as patch:
        for name, (cost, _) in _COST.items():
            patch.setattr(staff_secrets, name, cost)
        yield
