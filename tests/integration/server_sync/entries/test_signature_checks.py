"""Signatures checked in a process beside the worker: as it would itself, whatever happens."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator

import pytest

from server.entries.signature_checks import AT_ONCE_MAX, ChecksBeside, ChecksHere
from server.entries.signature_process import AreKnown, AreSigned
from shared.journal.chain import SignedEntry
from shared.journal.entry import CONTEXT
from shared.kernel import known_signature
from shared.kernel.ed25519 import SigningKey
from shared.kernel.known_signature import KnownProof, prove_known

pytestmark = pytest.mark.integration

KEY = SigningKey(bytes(range(32)))
OTHER = SigningKey(bytes(32))


def journal(count: int) -> AreSigned:
    """Ask of entries of which every third is another device's, and every fifth was altered."""
    entries = []
    for number in range(count):
        content = b"entry %d" % number
        signature = (OTHER if number % 3 == 2 else KEY).sign(CONTEXT, content)
        entries.append(SignedEntry(content + b"!" * (number % 5 == 4), signature))
    return AreSigned(KEY.public_key, entries)


def passages(count: int) -> AreKnown:
    """Ask of proofs of which every third is for another word, and every fifth is none."""
    signed, proofs = b"ticket\0body", []
    signature = KEY.sign(b"ticket", b"body")
    for number in range(count):
        word = b"passage %d" % (number - (number % 3 == 2))
        proof = prove_known(signature, context=b"seen", word=word)
        shown = b"" if number % 5 == 4 else proof
        proofs.append(KnownProof(shown, KEY.public_key, signed, b"seen", b"passage %d" % number))
    return AreKnown(proofs)


def own_passages(count: int) -> AreKnown:
    """Ask the same of whoever has signed the tickets himself."""
    return AreKnown(passages(count).proofs, {KEY.public_key: KEY.seed})


@pytest.fixture
async def checks() -> AsyncIterator[ChecksBeside]:
    """Checks in a process of their own."""
    beside = ChecksBeside()
    yield beside
    await beside.close()


@pytest.mark.parametrize("count", [0, 1, AT_ONCE_MAX, AT_ONCE_MAX + 1, 500])
async def test_the_process_finds_what_the_worker_finds(checks: ChecksBeside, count: int) -> None:
    """Few or many, in order: signatures, and proofs of codes that were seen."""
    for question in (journal(count), passages(count), own_passages(count)):
        here = await ChecksHere().check(question)
        assert await checks.check(question) == here
        assert here == [n % 3 != 2 and n % 5 != 4 for n in range(count)]


async def test_what_is_of_our_own_tickets_is_made_again_rather_than_worked_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """So nothing is worked out from the public key; a proof made otherwise holds all the same."""
    asked: list[KnownProof] = []

    def counted(shown: KnownProof) -> bool:
        asked.append(shown)
        return known_signature.is_known(shown)

    monkeypatch.setattr("server.entries.signature_process.is_known", counted)
    good = [one for n, one in enumerate(passages(30).proofs) if n % 3 != 2 and n % 5 != 4]
    own = {KEY.public_key: KEY.seed}
    assert all(await ChecksHere().check(AreKnown(good, own)))
    assert not asked
    monkeypatch.setattr(known_signature, "_NONCE_CONTEXT", b"other lots\0")
    otherwise = passages(1).proofs
    monkeypatch.undo()
    assert otherwise[0].proof != good[0].proof
    assert await ChecksHere().check(AreKnown(otherwise, own)) == [True]


async def test_several_journals_at_once_do_not_mix(checks: ChecksBeside) -> None:
    """Each upload gets the answer to its own question."""
    sizes = range(AT_ONCE_MAX + 1, AT_ONCE_MAX + 12)
    found = await asyncio.gather(*(checks.check(journal(n)) for n in sizes))
    for size, answer in zip(sizes, found, strict=True):
        assert answer == await ChecksHere().check(journal(size))


async def test_a_killed_process_costs_no_upload(checks: ChecksBeside) -> None:
    """The worker checks that journal itself, and the next one has a process again."""
    entries = journal(100)
    expected = await checks.check(entries)
    first = checks.process_id
    assert first is not None
    os.kill(first, signal.SIGKILL)
    assert await checks.check(entries) == expected
    assert await checks.check(entries) == expected
    assert checks.process_id not in {None, first}


async def test_a_process_that_hangs_is_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    """Stopped, it does not answer in time: the worker does, and ends it."""
    monkeypatch.setattr("server.entries.signature_process.ANSWER_TIMEOUT_S", 0.3)
    checks = ChecksBeside()
    entries = journal(100)
    expected = await ChecksHere().check(entries)
    async with asyncio.timeout(60):
        while checks.process_id is None:  # its start alone may take longer than that
            assert await checks.check(entries) == expected
    os.kill(checks.process_id, signal.SIGSTOP)
    assert await checks.check(entries) == expected
    await checks.close()
    assert checks.process_id is None


async def test_the_process_ends_with_its_worker(checks: ChecksBeside) -> None:
    """Closing leaves nothing behind."""
    await checks.check(journal(100))
    process_id = checks.process_id
    assert process_id is not None
    await checks.close()
    with pytest.raises(ProcessLookupError):
        os.kill(process_id, 0)
