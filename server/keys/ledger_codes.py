"""Codes by which the ledger knows again what it has granted to a device. Pure.

A ledger that was put back to an older copy has forgotten what it granted since; devices that acted
on it have its word no longer, and whoever could make up a word would have whatever they like. So a
grant bears a BLAKE2b code under a secret of the data folder, which no copy of the database brings
back to an older state: its device shows it with what was granted, and can make none.

Nobody but the ledger has to believe it, so nothing is signed.
"""

from __future__ import annotations

from typing import ClassVar, Generic, TypeVar

import msgspec

from shared.kernel.message_authentication_codes import is_tagged, tag
from shared.kernel.packing import pack

Granted = TypeVar("Granted", bound=msgspec.Struct)


class LedgerCodes(Generic[Granted]):
    """Makes and checks codes of one kind of grants.

    Attributes:
        context: What each code of the kind begins with, ending in a zero byte.
    """

    context: ClassVar[bytes]

    def __init__(self, secret: bytes) -> None:
        """Use a secret that only the ledger's workers hold.

        Args:
            secret: 32 bytes, of this kind of grants alone (`Vault.derive`).
        """
        self._secret = secret

    def make(self, grant: Granted) -> bytes:
        """Return a grant's code: 16 bytes, the same each time."""
        return tag(self._secret, self.context + pack(grant))

    def proves(self, grant: Granted, code: bytes) -> bool:
        """Tell whether a code was made here for just that grant."""
        return is_tagged(self._secret, self.context + pack(grant), code)
