"""Answer bodies of the audit."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from server.http.schema import Answer


class AuditAnswer(Answer):
    """One request that changed something.

    Attributes:
        actor: Of a person or an API key; empty for whoever had no account yet.
        targets: Ids of the path, `name=id`; of an evacuation also what was said, and its zone.
        by: The actor's name; empty where it is not known any more.
    """

    at: datetime
    actor: str
    method: str
    route: str
    targets: Sequence[str]
    request_id: str
    by: str = ""
