"""Which passwords are taken, and that they are kept as slow hashes."""

from __future__ import annotations

import os
import sys
import threading

import pytest

from server.accounts.password_hashes import PasswordHashes
from shared.credential.password_rules import find_weakness
from tests.fakes.entropy import SeededEntropy


@pytest.mark.parametrize(
    "password",
    [
        "correct horse battery staple",
        "gate 7 opens at dusk",
        "Übergrößenträger im März",
        "密码是一个很长的句子就可以了吧",
        "x" * 3 + " abwechslung " + "y" * 3,
        "seven words without any composition rule",
    ],
)
def test_long_and_varied_passwords_are_taken(password: str) -> None:
    """Length counts; composition and alphabet do not."""
    assert find_weakness(password, "ada@example.org", "Ada Lovelace") is None


@pytest.mark.parametrize(
    "password",
    [
        "",
        "short",
        "elevenchars",
        "x" * 257,
        "aaaaaaaaaaaaaaaa",
        "abcabcabcabcabc",
        "password1234567",
        "Password!!!!",
        "passwordpassword",
        "qwertyuiopasdf",
        "123456789012345",
        "lkjhgfdsapoiuytrewq",
        "gatekeeper2026",
        "lovelace1815",
        "ada.lovelace1",
    ],
)
def test_weak_passwords_are_refused(password: str) -> None:
    """Too short, too long, repeated, common, a keyboard row, or one's own name."""
    assert find_weakness(password, "ada.lovelace@example.org", "Ada Lovelace")


async def test_nothing_is_cut_off() -> None:
    """A long password that differs in its last character only is wrong."""
    hashes = PasswordHashes(SeededEntropy())
    encoded = await hashes.hash("a phrase " * 11 + "x")
    assert await hashes.is_right("a phrase " * 11 + "x", encoded)
    assert not await hashes.is_right("a phrase " * 11 + "y", encoded)


async def test_hashes_are_argon2id_with_the_chosen_cost() -> None:
    """19 MiB, two passes, one lane; another cost is renewed at the next sign-in."""
    hashes = PasswordHashes(SeededEntropy())
    encoded = await hashes.hash("correct horse battery staple")
    assert encoded.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert not hashes.is_outdated(encoded)
    assert hashes.is_outdated(encoded.replace("t=2", "t=1"))


async def test_an_unknown_account_is_hashed_for_as_well() -> None:
    """The answer for no account takes a hash's time and is no."""
    assert not await PasswordHashes(SeededEntropy()).is_right("whatever it may be", None)


async def test_whoever_guesses_takes_no_processor_from_claims() -> None:
    """From many addresses at once hashes took all processors, and claims 150 ms (p95)."""
    hashes = PasswordHashes(SeededEntropy())
    await hashes.hash("correct horse battery staple")
    ours = [one for one in threading.enumerate() if one.name.startswith("password")]
    assert ours
    if sys.platform == "linux":  # no other system has priorities of threads
        assert {os.getpriority(os.PRIO_PROCESS, one.native_id or 0) for one in ours} == {19}
        assert os.getpriority(os.PRIO_PROCESS, threading.get_native_id()) < 19
