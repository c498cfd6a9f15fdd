"""Answer bodies of the audit."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from server.http.body_and_answer_types import Answer


class AuditAnswer(Answer):
    """One request that changed something.

    Attributes:
        actor: Of a person or an API key; empty for whoever had no account yet; `operator` for
            what was done at the server's machine, by its command line: the method is `COMMAND`.
        targets: Ids of the path, `name=id`; then what the path does not tell: the word of an
            evacuation and its zone, whether a ticket was blocked, an event's new state.
        by: The actor's name; empty where it is not known any more.
    """

    at: datetime
    actor: str
    method: str
    route: str
    targets: Sequence[str]
    request_id: str
    by: str = ""
