"""The whole error tree of the project.

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


class GatekeeperError(Exception):
    """Root of all errors that we raise on purpose; its text is meant for a person."""


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

    def __init__(self, text: str, *, problem: str = "rejected", status: int = 400) -> None:
        super().__init__(text)
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
