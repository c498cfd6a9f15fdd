"""A tag reader in memory, and its thread."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from command_line.clock_and_randomness import SystemClock
from gatekeeper.readers.nfc.nfcpy_reader import NfcpyReader
from gatekeeper.readers.nfc.ports import TagReader
from gatekeeper.readers.nfc.tag_reader_thread import NfcSource
from gatekeeper.readers.ports import ReaderHealth
from tests.factories.tag_readers import TIMING, Start
from tests.factories.waiting import until
from tests.fakes.nfc_devices import FakeDevice, frontend_of
from tests.fakes.ntag_issuer import TEST_PUBLIC_KEY


@pytest.fixture
def start() -> Iterator[Start]:
    """Give a function that starts sources, and close them."""
    sources: list[NfcSource] = []

    def begin(reader: TagReader) -> NfcSource:
        sources.append(
            NfcSource(reader, SystemClock(), timing=TIMING, maker_keys=(TEST_PUBLIC_KEY,))
        )
        return sources[-1]

    yield begin
    for source in sources:
        source.close()
        source.close()


@pytest.fixture
def device() -> FakeDevice:
    """Give a reader in memory with nothing on it."""
    return FakeDevice()


@pytest.fixture
def source(start: Start, device: FakeDevice) -> NfcSource:
    """Give a running, ready source over it."""
    started = start(NfcpyReader("memory", opener=lambda _path: frontend_of(device)))
    until(lambda: started.health is ReaderHealth.READY)
    return started
