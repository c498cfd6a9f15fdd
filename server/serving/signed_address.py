"""Says, under its authority's signature, where this server is now: `docs/specs/sync.md`."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from pathlib import Path

from server.durable_files import write_durably
from server.serving.own_tls import AUTHORITY_FILE, FOLDER, read_authority_pem, sign_by_authority
from server.settings import ADDRESS_FILE
from shared.kernel.errors import BadInput, GatekeeperError
from shared.kernel.instant import Instant
from shared.wire.signed_server_address import (
    ADDRESS_CONTEXT,
    URLS_MAX,
    AddressWord,
    encode_word,
    format_address,
    open_address,
)


def keep_address(data_folder: Path, urls: Sequence[str], epoch: int, now: Instant) -> str:
    """Sign a new word where the addresses are others than before.

    Returns:
        The word; "" where the server has no authority of its own. The word of who took over from
        this server stays.

    Raises:
        StoreFault: if the authority is damaged.
        OSError: if the folder cannot be read or written.
    """
    if not (data_folder / FOLDER / AUTHORITY_FILE).exists() or not urls:
        return ""
    file, at = data_folder / ADDRESS_FILE, now
    with contextlib.suppress(BadInput, FileNotFoundError, UnicodeDecodeError):
        text = file.read_text("ascii")
        held = open_address(text, read_authority_pem(data_folder))
        is_same = held.urls == tuple(urls[:URLS_MAX]) and held.epoch == epoch
        if is_same or held.epoch > epoch:
            return text
        if held.epoch == epoch:
            # Devices take no older word: not even of a server whose clock was set back since.
            at = Instant(max(now, held.at + 1))
    word = encode_word(AddressWord(epoch, at, tuple(urls[:URLS_MAX])))
    signature = sign_by_authority(data_folder, ADDRESS_CONTEXT + word)
    if signature is None:
        return ""
    text = format_address(word, signature)
    write_durably(file, text.encode())
    return text


def read_word(data_folder: Path) -> AddressWord | None:
    """Return the word that this server has signed last, or that of the one that took over.

    None where it has no authority of its own, or there is none yet.
    """
    with contextlib.suppress(GatekeeperError, OSError, UnicodeDecodeError):
        text = (data_folder / ADDRESS_FILE).read_text("ascii")
        return open_address(text, read_authority_pem(data_folder))
    return None
