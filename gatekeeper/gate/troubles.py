"""What is wrong with a gate, as far as clock and journal say; and which trouble is told first."""

from __future__ import annotations

from typing import Final

from gatekeeper.gate.clock import GateClock
from gatekeeper.store.feed_state import FeedState
from gatekeeper.store.store import Store
from shared.kernel.trouble import NO_TROUBLE, Trouble, TroubleKind

_SLOW: Final = Trouble(
    TroubleKind.CLOCK_SLOW,
    "this device’s clock is slow: set it; until then, or the next sync, scans go to a supervisor",
)


_REVOKED: Final = Trouble(
    TroubleKind.REVOKED,
    "this device has been revoked and lets nobody in: take it to the organizer",
)


_UNSETTLED: Final = (
    "until the server has sent everything again, earlier entries may not be known here"
)


_PUT_BACK: Final = (
    "this folder was restored from an older copy, or a copy of it is in use elsewhere: close"
    " the other one, continue here, and tell the organizer"
)


_SILENCE: Final = frozenset(
    {
        TroubleKind.UNREACHABLE,
        TroubleKind.NO_SUCH_HOST,
        TroubleKind.NO_TLS,
        TroubleKind.TOO_SLOW,
        TroubleKind.BROKE_OFF,
        TroubleKind.SERVER_FAILED,
    }
)


_START_AGAIN = "start the program again: it sets the file aside, saves what it can and continues"


def of_clock(clock: GateClock) -> Trouble:
    """Say whether scans can be decided by this clock."""
    return NO_TROUBLE if clock.is_trusted else _SLOW


def of_revocation(state: FeedState) -> Trouble:
    """Say that the organizer has revoked the device: what it had was erased."""
    return _REVOKED if state.is_erased else NO_TROUBLE


def of_store(store: Store) -> tuple[Trouble, Trouble]:
    """Say what the disk has spoilt: what is not made good yet, and what is."""
    if store.hidden_damage:
        text = f"the journal {store.hidden_damage}; {_START_AGAIN}"
        return Trouble(TroubleKind.DAMAGE_FOUND, text), NO_TROUBLE
    damage = store.journal.damage
    if store.is_unsettled:
        text = f"{damage or 'the journal was lost'}; {_UNSETTLED}"
        return Trouble(TroubleKind.JOURNAL_LOST, text), NO_TROUBLE
    if damage:
        return NO_TROUBLE, Trouble(TroubleKind.JOURNAL_DAMAGED, damage)
    return NO_TROUBLE, of_copies(store)


def of_copies(store: Store) -> Trouble:
    """Say that others know more of this device's evening than its own folder does."""
    if not store.other_life:
        return NO_TROUBLE
    return Trouble(TroubleKind.OLDER_COPY, f"{store.other_life}; {_PUT_BACK}")


def of_server(store: Store, *troubles: Trouble) -> Trouble:
    """Say what is wrong on the way to the server, or of the folder where that is mere silence.

    That the server is silent the screen says elsewhere as well; that the device has forgotten
    whom it let in nothing else does, and a gate that is cut off lets them in again.
    """
    found = first_of(*troubles)
    return first_of(of_copies(store), found) if found.kind in _SILENCE else found


def first_of(*troubles: Trouble) -> Trouble:
    """Return the first that is one; the screen has room for one sentence."""
    return next((trouble for trouble in troubles if trouble), NO_TROUBLE)
