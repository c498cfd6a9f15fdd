"""Private keys at rest."""

from __future__ import annotations

from pathlib import Path

import pytest

from server.keys.vault import Vault, open_vault
from server.settings import make_data_folder
from shared.kernel.ed25519 import SigningKey
from shared.kernel.errors import StoreFault
from tests.fakes.entropy import SeededEntropy


def test_key_comes_out_as_it_went_in(entropy: SeededEntropy, tmp_path: Path) -> None:
    """A sealed key signs like the one that was sealed, also in the next process."""
    make_data_folder(tmp_path)
    key = SigningKey.generate(entropy)
    sealed = open_vault(tmp_path, entropy).seal(key, entropy)
    again = open_vault(tmp_path, entropy).open(sealed, key.public_key)
    assert again.sign(b"c", b"m") == key.sign(b"c", b"m")
    assert key.seed not in sealed


def test_key_stays_shut_under_another_secret_or_name(entropy: SeededEntropy) -> None:
    """A dump alone opens nothing, and no row can be passed for another."""
    key, other = SigningKey.generate(entropy), SigningKey.generate(entropy)
    vault = Vault(bytes(32))
    sealed = vault.seal(key, entropy)
    with pytest.raises(StoreFault, match="secrets"):
        Vault(bytes([1]) * 32).open(sealed, key.public_key)
    with pytest.raises(StoreFault, match="secrets"):
        vault.open(sealed, other.public_key)
