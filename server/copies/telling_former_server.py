"""How the server that a machine took over from hears of it, and what is remembered until then."""

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


def tell_former(folder: Path, word: str, own: Sequence[str]) -> None:
    """Tell the machine that was taken over from, until it has heard: it grants nothing then.

    Raises:
        OSError: if the disk refuses.
    """
    done = load_take_over(folder)
    if done is None or done.told:
        return
    context = ssl.create_default_context(cadata=read_authority_pem(folder))
    # By its authority, at whatever address; and the word is no secret.
    context.check_hostname = False
    body = msgspec.json.encode(AddressNotice(word))
    for url in done.urls:
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
            note_take_over(folder, msgspec.structs.replace(done, told=url))
            return
