"""Every error that our programs raise by intent, in one tree: what each says, and to whom.

    GatekeeperError
    ├── BadInput            somebody gave us something that cannot be used; says what to change
    │   ├── Malformed       bytes or text that are not in their format
    │   └── BadSignature    bytes whose signature does not verify, or whose key is not trusted
    ├── Rejected            the other side understood us and said no; carries its problem type
    └── EnvironmentFault    the machine or network is at fault; says what a person can do
        ├── StoreFault      database locked, disk full, file damaged
        └── ServerFault     server unreachable, too slow, or broken

An expected outcome (a denial, a used ticket) is a value, never one of these. A bug of ours is an
assertion.
"""

from __future__ import annotations

from typing import Final

from shared.kernel.trouble import Trouble, TroubleKind


class GatekeeperError(Exception):
    """Root of all errors that we raise on purpose; its text is meant for a person.

    Attributes:
        kind: What a gate's screen says of it; None for what its class says.
    """

    def __init__(self, text: str = "", *, kind: TroubleKind | None = None) -> None:
        super().__init__(text)
        self.kind = kind


class BadInput(GatekeeperError):
    """Input that cannot be used; the text says what to change."""


class Malformed(BadInput):
    """Bytes or text that are not in their declared format."""


class BadSignature(BadInput):
    """A signature that does not verify, or a key that is not trusted for this purpose."""


class Rejected(GatekeeperError):
    """The other side understood the request and refused it.

    Attributes:
        problem: The last part of the problem's `type` URI, such as `not-found`.
        status: The HTTP status code.
    """

    def __init__(
        self,
        text: str,
        *,
        problem: str = "rejected",
        status: int = 400,
        kind: TroubleKind | None = None,
    ) -> None:
        super().__init__(text, kind=kind)
        self.problem = problem
        self.status = status


class EnvironmentFault(GatekeeperError):
    """The machine or the network is at fault; the text says what a person can do."""


class StoreFault(EnvironmentFault):
    """The local database cannot be used: locked, full, damaged, or of a newer version."""


class StorageFull(StoreFault):
    """The disk has no room left; whoever stands there can make some."""


class ServerFault(EnvironmentFault):
    """The server cannot be reached in time, or broke."""


_PROBLEMS: Final = {
    "device-revoked": TroubleKind.REVOKED,
    "unauthenticated": TroubleKind.TOKEN,
}
_CLASSES: Final = (
    (StorageFull, TroubleKind.DISK_FULL),
    (StoreFault, TroubleKind.STORE),
    (ServerFault, TroubleKind.UNREACHABLE),
    (EnvironmentFault, TroubleKind.MACHINE),
    (Rejected, TroubleKind.REFUSED),
    (BadSignature, TroubleKind.NOT_GENUINE),
    (Malformed, TroubleKind.UNREADABLE),
)


def trouble_of(fault: GatekeeperError) -> Trouble:
    """Return what is wrong according to an error."""
    kind = fault.kind
    if kind is None and isinstance(fault, Rejected):
        kind = _PROBLEMS.get(fault.problem)
    if kind is None:
        kind = next((one for of, one in _CLASSES if isinstance(fault, of)), TroubleKind.UNUSABLE)
    return Trouble(kind, str(fault).strip())
