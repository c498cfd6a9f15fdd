"""What is sealed at rest opens for its owner alone, under the secret that sealed it."""

from __future__ import annotations

import pytest

from server.data_seal import DataSeal
from shared.kernel.errors import StoreFault
from tests.fakes.entropy import SeededEntropy


def _refuse() -> StoreFault:
    return StoreFault("put the secret back")


def test_what_is_sealed_opens_for_its_owner_alone() -> None:
    """Moved to another's row, changed, cut, or under another secret, it is refused with a word."""
    entropy = SeededEntropy("seal")
    seal, other = (DataSeal(entropy.random_bytes(32), _refuse) for _ in range(2))
    sealed = seal.seal(b"words", b"us_1", entropy)
    assert seal.open(sealed, b"us_1") == b"words"
    assert seal.seal(b"words", b"us_1", entropy) != sealed
    changed = sealed[:-1] + bytes([sealed[-1] ^ 1])
    for opener, tried, owner in (
        (seal, sealed, b"us_2"),
        (other, sealed, b"us_1"),
        (seal, changed, b"us_1"),
        (seal, sealed[:12], b"us_1"),
    ):
        with pytest.raises(StoreFault, match="put the secret back"):
            opener.open(tried, owner)
