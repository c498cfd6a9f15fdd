"""How the servers that a machine took over from hear of it, and what is remembered until then."""

from __future__ import annotations

import ssl
import urllib.error
import urllib.request
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import msgspec

from server.durable_files import write_durably
from server.serving.own_tls import read_authority_pem
from shared.kernel.undecodable import UNDECODABLE
from shared.wire.server_copies import TAKE_OVER_FILE, TakeOver
from shared.wire.signed_server_address import ADDRESS_PATH, AddressNotice

_PATIENCE_S: Final = 3.0
_HEARD: Final = 204


def note_take_over(folder: Path, done: TakeOver) -> None:
    """Write down that this server took over.

    Raises:
        OSError: if the disk refuses.
    """
    write_durably(folder / TAKE_OVER_FILE, msgspec.json.encode(done))


def load_take_over(folder: Path) -> TakeOver | None:
    """Return what was written down; None for a server that took over from nobody."""
    try:
        return msgspec.json.decode((folder / TAKE_OVER_FILE).read_bytes(), type=TakeOver)
    except (OSError, *UNDECODABLE):
        return None


def list_untold(folder: Path) -> tuple[tuple[str, ...], ...]:
    """Return where the servers were that this one has followed, and that have not heard of it."""
    done = load_take_over(folder)
    if done is None:
        return ()
    return done.earlier if done.told or not done.urls else (done.urls, *done.earlier)


def tell_former(folder: Path, word: str, own: Sequence[str]) -> None:
    """Tell the machine that was taken over from, until it has heard: it grants nothing then.

    So are those that were taken over from before it and have not heard.

    Raises:
        OSError: if the disk refuses.
    """
    done = load_take_over(folder)
    if done is None:
        return
    told = done.told or _tell(folder, word, own, done.urls)
    earlier = tuple(urls for urls in done.earlier if not _tell(folder, word, own, urls))
    if (told, earlier) != (done.told, done.earlier):
        note_take_over(folder, msgspec.structs.replace(done, told=told, earlier=earlier))


def _tell(folder: Path, word: str, own: Sequence[str], urls: Sequence[str]) -> str:
    """Tell one machine; returns where it has heard, or ""."""
    context = ssl.create_default_context(cadata=read_authority_pem(folder))
    # By its authority, at whatever address; and the word is no secret.
    context.check_hostname = False
    body = msgspec.json.encode(AddressNotice(word))
    for url in urls:
        request = urllib.request.Request(  # noqa: S310 - an address that this server had
            f"{url}{ADDRESS_PATH}", body, {"Content-Type": "application/json"}
        )
        if not url.startswith("https:") or url in own:
            continue
        try:
            with urllib.request.urlopen(  # noqa: S310 - https only, see above
                request, timeout=_PATIENCE_S, context=context
            ) as answer:
                is_heard = answer.status == _HEARD
        except (urllib.error.URLError, OSError):
            continue
        if is_heard:
            return url
    return ""
