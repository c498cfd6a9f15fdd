"""The audit's line for what somebody does at the server's machine, by a verb of the command line.

It is written with the change, in its transaction, as a request's is (`server/db/audit_line.py`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final

from server.db.audit_line import PRESENT, ChangingRequest
from shared.kernel import ids
from shared.kernel.ports import Clock, Entropy

ACTOR: Final = "operator"
"""Who has the machine: the program knows no name of theirs, and has none to check."""
METHOD: Final = "COMMAND"
_ROOT: Final = "gatekeeper-server"


@contextmanager
def audited(
    clock: Clock, entropy: Entropy, verb: str, action: str = "", **targets: str
) -> Iterator[None]:
    """Give the first change that is committed within a line in the audit.

    Args:
        clock: Says when.
        entropy: For the line's id.
        verb: Of the command line; with `action`, the line's route: `gatekeeper-server/keys/bound`.
        action: Of the verb; empty where it has none.
        targets: What it is about, by ids and words of ours; never a person's words.
    """
    route = "/".join(part for part in (_ROOT, verb, action) if part)
    said = " ".join(f"{name}={value}" for name, value in targets.items())

    def describe() -> Mapping[str, Any]:
        line_id = ids.new_id(ids.AUDIT_LINE, entropy)
        return {
            "at": clock.wall(),
            "id": line_id,
            "actor": ACTOR,
            "method": METHOD,
            "route": route,
            "targets": said,
            "request_id": line_id,
        }

    token = PRESENT.set(ChangingRequest(describe))
    try:
        yield
    finally:
        PRESENT.reset(token)
