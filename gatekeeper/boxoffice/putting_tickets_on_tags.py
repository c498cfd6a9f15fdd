"""Puts a ticket that was sold on a wristband or card: asks, waits, and asks again until it holds.

The sale is on disk before; a tag that is torn away costs another tap, never the ticket.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import Future
from typing import Protocol

from gatekeeper.readers.nfc.tag_faults import ReaderLost, TagLost, TagUnusable
from gatekeeper.readers.nfc.writing import MakeCredential, TagWritten, WritingRule


class TagWriter(Protocol):
    """A reader that writes the next tag; `NfcSource` is one."""

    def request_write(
        self, make_credential: MakeCredential, rule: WritingRule | None = None
    ) -> Future[TagWritten]:
        """Ask for the next tag that is put on the reader to be written, not read."""


async def write_until_held(
    writer: TagWriter,
    make_credential: MakeCredential,
    rule: WritingRule,
    say: Callable[[str], None],
    *,
    seconds: float,
    pause: float = 1.0,
) -> TagWritten | None:
    """Write a ticket to whichever tag is held to the reader and takes it.

    Args:
        writer: The reader.
        make_credential: Signs the ticket for a UID, on the reader's thread.
        rule: Which tags are accepted.
        say: Told what to do, once for each change of what is wrong.
        seconds: How long a person may try.
        pause: Between two tries at a tag that cannot be written, in seconds.

    Returns:
        The tag that holds the ticket, read back; None if time ran out.
    """
    said = ""
    try:
        async with asyncio.timeout(seconds):
            while True:
                asked = writer.request_write(make_credential, rule)
                try:
                    return await asyncio.wrap_future(asked)
                except (TagLost, TagUnusable, ReaderLost) as fault:
                    if str(fault) != said:
                        said = str(fault)
                        say(said)
                # A tag that lies there is not to be worn out by asking it all the time.
                await asyncio.sleep(pause)
    except TimeoutError:
        return None
