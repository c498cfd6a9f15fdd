"""Which card terminal a till has: where it is, and what it wants to be told first."""

from __future__ import annotations

import re
from typing import Final

import msgspec

from gatekeeper.gate.recorder import Recorder
from gatekeeper.store.store import Store
from gatekeeper.terminals.zvt_messages import is_password
from shared.journal.entry import NoteBody
from shared.kernel.errors import BadInput
from shared.kernel.hosts import is_host, is_port
from shared.kernel.id_types import EventId

BY_HAND: Final = "by-hand"
"""Payments are keyed into a terminal of its own, and confirmed by the cashier."""
ZVT_PORT: Final = 20_007
"""Where terminals listen, unless they are set otherwise."""
_ADDRESS: Final = re.compile(r"zvt:(?:\[([0-9a-fA-F:]+)\]|([^:\[\]\s]+))(?::(\d{1,5}))?")
_HELP: Final = "write zvt:HOST[:PORT], or by-hand for one that the cashier keys amounts into"


class TerminalSetup(msgspec.Struct, frozen=True):
    """A till's card terminal as its set-up keeps it.

    Attributes:
        host: Its name or address.
        port: Its port.
        password: Six digits, as its paper says; 000000 on most.
    """

    host: str
    port: int = ZVT_PORT
    password: str = "000000"  # noqa: S105 - what terminals are shipped with

    @property
    def address(self) -> str:
        """As it is written."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"zvt:{host}:{self.port}"


def make_setup(address: str, password: str = "000000") -> TerminalSetup | None:  # noqa: S107 - no secret, see above
    """Choose a terminal; None for one that is confirmed by hand.

    Raises:
        BadInput: if the address is none, or the password is not six digits.
    """
    if address == BY_HAND:
        return None
    found = _ADDRESS.fullmatch(address)
    port = ZVT_PORT if found is None or found[3] is None else int(found[3])
    host = "" if found is None else found[1] or found[2]
    if not is_host(host) or not is_port(port):
        raise BadInput(f"{address[:80]!r} is not a card terminal; {_HELP}")
    if not is_password(password):
        raise BadInput("a terminal's password is six digits; see its papers, or ask its provider")
    return TerminalSetup(host, port, password)


SWAPPED: Final = "card_terminal"
"""The topic of the note that another terminal is asked: the one before, the one from now on, and
the opaque id of the cashier at work, parted by spaces."""


def address_of(setup: TerminalSetup | None) -> str:
    """Say where a terminal is, as it is written."""
    return BY_HAND if setup is None else setup.address


def keep_setup(
    store: Store,
    setup: TerminalSetup | None,
    recorder: Recorder | None = None,
    *,
    cashier: str = "",
    authorized_by: str = "",
) -> None:
    """Keep it.

    Args:
        store: The till's.
        setup: Where it is; None where payments are confirmed by hand.
        recorder: Of a till that is open: it has on record who swapped the terminal, if it is
            another one.
        cashier: Opaque id of who is at work.
        authorized_by: Of the supervisor who allowed it.

    Raises:
        BadInput: while nobody knows what became of a payment at the present one.
        StoreFault: if the disk refuses.
    """
    if store.cards.list_open():
        raise BadInput(
            "a payment at the current terminal is still unclear; settle its open sale first"
        )
    addresses = [address_of(one) for one in (read_setup(store), setup)]
    with store.transaction("terminal_setup"):
        store.cards.write_setup(b"" if setup is None else msgspec.json.encode(setup))
        if recorder is not None and addresses[0] != addresses[1]:
            note = NoteBody(SWAPPED, " ".join([*addresses, cashier]).strip(), authorized_by)
            event_id = EventId(recorder.knowledge.event_id or "")
            store.journal.append(note, recorder.stamp(), event_id=event_id)


def read_setup(store: Store) -> TerminalSetup | None:
    """Return the till's terminal; None where payments are confirmed by hand.

    Raises:
        StoreFault: if the disk refuses.
    """
    kept = store.cards.read_setup()
    return msgspec.json.decode(kept, type=TerminalSetup) if kept else None
