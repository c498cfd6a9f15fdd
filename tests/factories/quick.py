"""Makes cheap in a test's process what costs much and is no test's matter there.

Programs that are forked for a test hash as quickly; those that are started anew hash, and all log,
as they do for an operator.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

import httpx
import pytest
import structlog
from hypothesis.internal.conjecture import providers

from server.accounts.password_hashes import PasswordHashes
from server.copies import backup_sealing
from shared.credential import badges_and_pins

QUICK_HASHES: Final = {"memory_kib": 64, "passes": 1}
"""Of passwords; their true cost is proven where they are hashed, and paid by cold programs."""

_COST: Final = {
    (badges_and_pins, "_PASSES"): (badges_and_pins._PASSES, 1),
    (badges_and_pins, "_MEMORY_KIB"): (badges_and_pins._MEMORY_KIB, 64),
    (backup_sealing, "SCRYPT_COST"): (backup_sealing.SCRYPT_COST, 16),
}
"""Of hashing a PIN, and of stretching a passphrase or a recovery code: the product's, and that of
tests."""


def quiet_logs() -> None:
    """Render no log lines: unconfigured, tracebacks are drawn with all their variables."""
    structlog.reset_defaults()
    structlog.configure(
        processors=[structlog.processors.KeyValueRenderer(key_order=["event"])],
        logger_factory=structlog.ReturnLoggerFactory(),
    )


def read_roots_once() -> None:
    """Let all clients of a test's own trust by one reading of the system's roots.

    It takes 20 ms, for each client, also where it speaks no TLS; the product's bring their own.
    """
    transports: Any = httpx._transports.default
    transports.create_ssl_context = functools.cache(httpx.create_ssl_context)


def draw_without_reading_sources() -> None:
    """Let properties draw no literals of the product's own, one value in twenty otherwise.

    To find them each test process parses every module that it has loaded: three seconds where none
    has done so before.
    """
    providers._get_local_constants = lambda: providers._local_constants


def hash_quickly() -> None:
    """Let PINs be hashed, and passphrases and recovery codes be stretched, at little cost.

    A PIN's hash names its own cost, so each verifies as it was made; what is sealed under a
    passphrase at one cost does not open at the other.
    """
    for (module, name), (_, cost) in _COST.items():
        setattr(module, name, cost)


def hash_passwords_quickly() -> None:
    """Let passwords be hashed at little cost; a hash names its own, so each verifies."""
    terms = PasswordHashes.__init__.__kwdefaults__
    assert terms is not None
    terms.update(QUICK_HASHES)


@contextmanager
def hashed_at_their_cost() -> Iterator[None]:
    """Hash PINs and stretch passphrases as the product does, for tests of just that."""
    with pytest.MonkeyPatch.context() as patch:
        for (module, name), (cost, _) in _COST.items():
            patch.setattr(module, name, cost)
        yield
