"""The venue's other gates as a lane asks them, and what they answer; as it stands here, nobody."""

from __future__ import annotations

import contextlib
from typing import Final

import msgspec

from gatekeeper.gate.attempt import Attempt, Moment
from gatekeeper.gate.knowledge import EventKnowledge
from gatekeeper.lan.lan_verdict import LanAnswer, LanVerdict
from shared.admission.offline_policy import MayAdmit, Rung
from shared.journal.entry import GiveBody
from shared.kernel.id_types import ClaimId, DeviceId
from shared.lan.claims import Hold
from shared.manifest.case_of_shown_code import Case
from shared.manifest.event_config import GateConfig
from shared.wire.claim import ClaimAnswer


class PeersAnswer(msgspec.Struct, frozen=True):
    """What the peers have answered to a claim.

    Attributes:
        verdict: Theirs.
        may_be_granted: The ledger, asked through a peer, may hold a grant.
    """

    verdict: LanVerdict
    may_be_granted: bool

    @property
    def is_free(self) -> bool:
        """Whether every live peer agrees."""
        return self.verdict.answer is LanAnswer.FREE

    @property
    def is_taken(self) -> bool:
        """Whether what the peers hold leaves no room."""
        return self.verdict.answer is LanAnswer.TAKEN

    @property
    def granted(self) -> ClaimAnswer | None:
        """The ledger's word, where a peer brought it and it lets the holder in."""
        word = self.verdict.ledger
        return word if word is not None and word.verdict == "admit" else None

    @property
    def denial(self) -> ClaimAnswer | None:
        """The ledger's word, where a peer brought it and it keeps the holder out."""
        word = self.verdict.ledger
        return word if word is not None and word.verdict != "admit" else None

    def weigh(self, moment: Moment, case: Case, device_id: DeviceId) -> Moment:
        """Add to the circumstances of a decision what the peers have answered.

        Their own word is worth nothing where the policy was changed while they were asked.
        """
        is_counted = self.granted is not None
        is_enough = is_counted or case.may_admit(Rung.LAN, device_id) is MayAdmit.PEERS
        return msgspec.structs.replace(
            moment, has_quorum=self.is_free and is_enough, is_counted=is_counted
        )

    @property
    def rung(self) -> Rung:
        """The rung that decides: alone, where a live peer was silent."""
        is_alone = self.verdict.answer is LanAnswer.NO_QUORUM
        return Rung.OFFLINE if is_alone else Rung.LAN


class HomeWord(msgspec.Struct, frozen=True):
    """What a ticket's home has answered, and what the other peers hold of the ticket.

    Attributes:
        give: The home's entry: it gave one admission away, or kept it.
        peers: The peers' answer to the claim that was made beside the question; None where the
            home has kept it. Their silence is no matter, the home's word is enough; but of two
            gates to which a home gives one admission, one lets the holder in.
    """

    give: GiveBody
    peers: PeersAnswer | None = None


class Peers:
    """The venue's other gates as a lane asks them; as it stands here, nobody.

    Attributes:
        are_there: Whether anybody can be told of a claim.
        is_live: Whether a live peer is there to ask.
        is_idle: Whether no scan is under way whose claim peers may count.
    """

    are_there = False

    @property
    def is_live(self) -> bool:  # noqa: D102 - said above
        return False

    @property
    def is_idle(self) -> bool:  # noqa: D102 - said above
        return True

    def hold(self, attempt: Attempt, case: Case) -> None:
        """Bind the peers' claims while the lane decides on another rung."""

    def held(
        self,
        attempt: Attempt,
        case: Case,
        heard: PeersAnswer | None = None,
        *,
        has_ledgers_word: bool = False,
    ) -> list[Hold]:
        """List what a decision must count as used, besides what is recorded here.

        Where the peers were asked, their word says which open claims count: of two that were
        made at once, one counts the other. Where the ledger has answered, those of a device that
        the organizer has revoked count no more.
        """
        return []

    async def ask(
        self,
        attempt: Attempt,
        case: Case,
        event: EventKnowledge,
        gate: GateConfig,
        moment: Moment,
    ) -> PeersAnswer | None:
        """Claim among the live peers; the claim stays open until its entry is told.

        Returns:
            Their word; None where none is there, or it would not let this holder in.

        Raises:
            StoreFault: if a claim of the device's own share could not be made durable.
        """
        return None

    async def ask_home(self, attempt: Attempt, case: Case, gate: GateConfig) -> HomeWord | None:
        """Ask the ticket's home to give one admission away, if it is a live peer; None: no answer.

        Raises:
            StoreFault: if the claim's id could not be made durable; nobody was asked then.
        """
        return None

    def reminding_home(
        self, attempt: Attempt, case: Case
    ) -> contextlib.AbstractAsyncContextManager[None]:
        """Put the same question to a ticket's home while the ledger asks it, and does not answer.

        A home that no push channel reaches hears of the ledger's question by its next exchange,
        and nobody waits so long. What it gives stands in its journal, which the ledger gets.
        """
        return contextlib.nullcontext()

    def may_ask_home(self, attempt: Attempt, case: Case) -> bool:
        """Whether a ticket's home is a live peer whose word would let the holder in."""
        return False

    async def bring(self, case: Case) -> frozenset[str]:
        """Bring to the ledger what peers alone tell of a ticket.

        Returns:
            Those passages (`DEVICE/CLAIM`) that the ledger holds, whether it lets them count or
            not; nothing where it does not answer.
        """
        return frozenset()

    def drop(self, claim_id: ClaimId) -> None:
        """Give a claim up whose scan ended without an entry; what was asked is released later."""

    def announce(self) -> None:
        """Tell the peers of every entry that was made durable since the last time.

        Raises:
            StoreFault: if the journal cannot be read.
        """

    def tidy(self) -> None:
        """Release claims whose scans could not be put on record.

        Raises:
            StoreFault: if the disk still refuses.
        """


NOBODY: Final = Peers()
"""Those of a lane without the LAN rung."""
