"""Who may admit: the three rungs of connection against the organizer's offline policy.

`who_may_admit` names whose word is needed; the gate asks them, and tells
`checks_of_capacity_knowledge_and_clock.judge` whether the word was given. When nobody on a rung
answers, the gate steps down and asks again from the next rung.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from shared.admission.reasons import Reason

MISSED_MANUAL_CODE: Final = Reason.SUPERVISOR
"""What a manual code comes to that nobody here knows, where the ledger cannot be asked.

It was read aloud or typed, and its ticket is perhaps newer than what is known: a person decides.
"""


class Rung(StrEnum):
    """How far a gate can reach; its codes are the modes that gates report."""

    ONLINE = "online"
    LAN = "lan"
    OFFLINE = "offline"


class OfflinePolicy(StrEnum):
    """What the organizer prefers when the network fails: a queue, or a risk of doubles."""

    OPEN = "open"
    HOME = "home"
    SUPERVISOR = "supervisor"
    CLOSED = "closed"


OFFLINE_POLICY_DEFAULT: Final = OfflinePolicy.OPEN
"""Of an event whose organizer has not chosen yet: nobody waits because a cable is cut."""


class MayAdmit(StrEnum):
    """Whose word lets a holder in."""

    THIS_DEVICE = "this_device"
    """Its own journal decides, alone."""
    LEDGER = "ledger"
    """A claim that the server's ledger grants; out of its reach, nobody."""
    PEERS = "peers"
    """A claim that every live peer on the venue's network grants."""
    HOME = "home"
    """A release by the ticket's home device; failing that, its gate must be used."""
    SUPERVISOR = "supervisor"
    """A supervisor who takes the risk."""


_BY_RUNG: Final = {
    OfflinePolicy.OPEN: {
        Rung.ONLINE: MayAdmit.LEDGER,
        Rung.LAN: MayAdmit.PEERS,
        Rung.OFFLINE: MayAdmit.THIS_DEVICE,
    },
    OfflinePolicy.SUPERVISOR: {
        Rung.ONLINE: MayAdmit.LEDGER,
        Rung.LAN: MayAdmit.PEERS,
        Rung.OFFLINE: MayAdmit.SUPERVISOR,
    },
    OfflinePolicy.CLOSED: dict.fromkeys(Rung, MayAdmit.LEDGER),
}


def who_may_admit(rung: Rung, policy: OfflinePolicy, *, is_home: bool) -> MayAdmit:
    """Tell whose word is needed to let a holder in.

    Args:
        rung: The best one that holds now.
        policy: That of the event and ticket type.
        is_home: Whether this device is the ticket's home; matters under HOME only, where it
            admits on every rung and nobody else does.

    Source:
        docs/specs/admission.md, section 6
    """
    if policy is OfflinePolicy.HOME:
        return MayAdmit.THIS_DEVICE if is_home else MayAdmit.HOME
    return _BY_RUNG[policy][rung]
