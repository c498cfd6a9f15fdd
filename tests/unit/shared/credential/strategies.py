"""Hypothesis strategies for credentials, and the keyring of the vectors as ours."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

from hypothesis import strategies as st

from shared.credential.credential_fields import Claims, instant_of_step
from shared.credential.keyring import IdRange, Keyring, TicketKey
from shared.kernel.id_types import EventId, OrganizationId, TicketId
from shared.kernel.instant import Instant

VECTORS_PATH: Final = Path(__file__).resolve().parents[3] / "vectors" / "credential_gk1.json"
VECTORS: Final[dict[str, Any]] = json.loads(VECTORS_PATH.read_text(encoding="utf-8"))

STEPS = st.integers(0, 2**20 - 1)


@st.composite
def windows(draw: st.DrawFn) -> tuple[Instant | None, Instant | None]:
    """Windows on whole quarter hours, that do not end before they begin."""
    opens, closes = draw(STEPS), draw(STEPS)
    if opens and closes and opens > closes:
        opens, closes = closes, opens
    return instant_of_step(opens), instant_of_step(closes)


@st.composite
def claims(
    draw: st.DrawFn,
    *,
    tag_uids: st.SearchStrategy[bytes | None] = st.none(),  # noqa: B008 - a strategy is a value
) -> Claims:
    """Claims that the layout holds exactly; printed ones unless `tag_uids` says otherwise."""
    valid_from, valid_until = draw(windows())
    return Claims(
        key_id=draw(st.integers(0, 0xFFFF)),
        ticket_id=TicketId(draw(st.integers(0, 2**64 - 1))),
        ticket_type_code=draw(st.integers(0, 0xFFFF)),
        valid_from=valid_from,
        valid_until=valid_until,
        generation=draw(st.integers(0, 255)),
        tag_uid=draw(tag_uids),
    )


UIDS = st.binary(min_size=7, max_size=7)
ANY_CLAIMS = claims(tag_uids=st.none() | UIDS)


def ticket_key(key_id: int, public_key: bytes, **scope: Any) -> TicketKey:
    """One key of an organization that does not matter here."""
    return TicketKey(
        key_id=key_id,
        public_key=public_key,
        organization_id=OrganizationId("og_1"),
        event_id=EventId("ev_1"),
        **scope,
    )


def keyring_of(entries: list[dict[str, Any]]) -> Keyring:
    """Turn the vectors' keyring into ours."""
    return Keyring(_entry(entry["kid"], entry["public_key"], entry["scope"]) for entry in entries)


def _entry(kid: str, public_key: str, scope: dict[str, Any]) -> TicketKey:
    codes = scope["ticket_type_codes"]
    return ticket_key(
        int(kid, 16),
        bytes.fromhex(public_key),
        ids=IdRange(int(scope["ids"]["prefix"], 16), scope["ids"]["bits"]),
        ticket_type_codes=None if codes is None else tuple(codes),
        generation_max=scope["generation_max"],
    )
