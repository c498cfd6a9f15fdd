"""A gate asks a ticket's home over the venue's network, and shows why it may be asked for that.

Source:
    docs/specs/lan.md, section 8
"""

from __future__ import annotations

from typing import Annotated

import msgspec

from shared.journal.entry import AskProof
from shared.manifest.presenting import FOREIGN_SIZE_MAX
from shared.wire.device_feed import HomeRequest


class PeerAsk(msgspec.Struct, frozen=True, array_like=True):
    """What a `home_ask` message carries.

    Attributes:
        request: What is asked for, as the ledger would ask it. Of a signed credential its key,
            generation, type and window count as the proof shows them.
        proof: Shows the ticket's code, or bears a supervisor's badge, and the asker's signature.
        code: An imported code as it was read, which a home knows by a hash alone; else "".
    """

    request: HomeRequest
    proof: AskProof
    code: Annotated[str, msgspec.Meta(max_length=FOREIGN_SIZE_MAX)] = ""
