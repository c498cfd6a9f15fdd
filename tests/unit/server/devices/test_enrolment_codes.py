"""One-time codes and tokens."""

from __future__ import annotations

import pytest

from server.access_keys import hash_token
from server.devices.device_of_request import token_of
from server.devices.device_tokens import token_of_enrolment
from server.keys.vault import Vault
from server.problem_answers import Problem
from shared.wire.enrol_code import draw_code
from tests.fakes.entropy import SeededEntropy


def test_code_has_eighty_bits_in_groups_that_can_be_read_aloud(entropy: SeededEntropy) -> None:
    """Sixteen characters of Crockford's alphabet, four by four, never the same twice."""
    codes = {draw_code(entropy) for _ in range(200)}
    assert len(codes) == 200
    assert all([len(part) for part in code.split("-")] == [4, 4, 4, 4] for code in codes)
    assert not set("".join(codes)) & set("ILOU")


def test_token_is_read_from_its_header() -> None:
    """Scheme in any case, token as it is."""
    token = token_of_enrolment(Vault(bytes(32)), bytes(32), bytes(32))
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
