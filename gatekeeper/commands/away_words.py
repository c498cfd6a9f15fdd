"""What verbs say of a server that is not found: that it may have moved, where it can say so."""

from __future__ import annotations

from typing import Final

from gatekeeper.store.profile import Profile
from shared.kernel.errors import GatekeeperError
from shared.kernel.trouble import TroubleKind

_NOT_FOUND: Final = frozenset({TroubleKind.UNREACHABLE, TroubleKind.NO_SUCH_HOST})
_IF_MOVED: Final = (
    "; if it has moved, use the text of the QR code on the desk's page Server: gatekeeper"
    ' sync --profile DIR --server "GKA1 …"'
)


def words_of_away(fault: GatekeeperError, profile: Profile) -> str:
    """Return a fault's text, and how to lead the device to its server where it may have moved.

    Only a server with an authority of its own signs where it is.
    """
    is_led = profile.authority_pem is not None and fault.kind in _NOT_FOUND
    return f"{fault}{_IF_MOVED}" if is_led else str(fault)
