"""One-time codes and tokens."""

from __future__ import annotations

import pytest

from server.devices.codes import hash_code, hash_token, new_code, new_token
from server.devices.identity import token_of
from server.problems import Problem
from tests.fakes.entropy import SeededEntropy


def test_code_has_eighty_bits_in_groups_that_can_be_read_aloud(entropy: SeededEntropy) -> None:
    """Sixteen characters of Crockford's alphabet, four by four, never the same twice."""
    codes = {new_code(entropy) for _ in range(200)}
    assert len(codes) == 200
    assert all([len(part) for part in code.split("-")] == [4, 4, 4, 4] for code in codes)
    assert not set("".join(codes)) & set("ILOU")


@pytest.mark.parametrize(
    "typed", ["0000-1111-AAAA-BBBB", "OOOO-IIII-aaaa-bbbb", "oooo lLiI AAAA BBBB"]
)
def test_code_is_the_same_however_it_is_typed(typed: str) -> None:
    """Case, separators and look-alikes make no difference."""
    assert hash_code(typed) == hash_code("00001111AAAABBBB")


def test_other_code_is_another(entropy: SeededEntropy) -> None:
    """Two codes are found by two hashes."""
    assert hash_code(new_code(entropy)) != hash_code(new_code(entropy))


def test_token_is_read_from_its_header(entropy: SeededEntropy) -> None:
    """Scheme in any case, token as it is."""
    token = new_token(entropy)
    assert token_of(f"Bearer {token}") == token_of(f"bearer  {token} ") == token
    assert len(hash_token(token)) == 32


@pytest.mark.parametrize(
    "header", ["", "Bearer", "Bearer gks_other", "Basic gkd_x", "gkd_x", "Bearer gkd_" + "x" * 200]
)
def test_header_without_a_devices_token_is_refused(header: str) -> None:
    """Nothing but a device's token opens the door."""
    with pytest.raises(Problem) as caught:
        token_of(header)
    assert caught.value.slug == "unauthenticated"
