"""The boots of a journal in memory: where each begins and ends, and how far it is uploaded."""

from __future__ import annotations

import msgspec


class BootState(msgspec.Struct, kw_only=True):
    """One start of the program.

    Attributes:
        number: In order of starts, from 1.
        boot: Its 8 random bytes.
        first_seq: `seq` of its first entry; entry `dseq` has `first_seq + dseq - 1`.
        last_dseq: Its last entry on disk.
        acknowledged: The server durably holds its entries up to this `dseq`.
        sealed_at: The last sound entry of a damaged boot; what follows is kept here as evidence
            and not uploaded. None where the boot is whole.
        lost: Entries after the last one that the server is known to hold, and this disk is not.
    """

    number: int
    boot: bytes
    first_seq: int
    last_dseq: int
    acknowledged: int
    sealed_at: int | None
    lost: int = 0

    @property
    def sound_dseq(self) -> int:
        """The last entry that may be uploaded."""
        return self.last_dseq if self.sealed_at is None else self.sealed_at

    @property
    def pending(self) -> int:
        """How many entries the server has not acknowledged."""
        return max(0, self.sound_dseq - self.acknowledged)

    def seq_of(self, dseq: int) -> int:
        """Return an entry's number within the profile."""
        return self.first_seq + dseq - 1
