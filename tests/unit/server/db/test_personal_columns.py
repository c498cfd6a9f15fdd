"""Every column that could hold a word says whether it holds a guest's."""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa

from server.db.personal_columns import Personal, declared
from server.tables import load_metadata

WORDLESS: Final = {
    "id", "kind", "state", "currency", "timezone", "role", "profile", "status", "scope", "mode",
    "tender", "form", "encoding", "separator", "turn", "lease_by", "method", "route", "targets",
    "actor", "channel", "direction", "outcome", "source", "purpose", "disposition",
    "effect", "ruling", "phase", "standing", "subject", "side", "slug", "token", "title",
    "offline_policy", "tier", "promotion", "shown", "cluster", "stopped", "emptied", "round",
}  # fmt: skip
"""Columns that say what a thing is, in words of the program's own, wherever they stand."""
IDS: Final = ("_id", "_by", "_ids", "_hash", "_key", "_seed", "_codes", "_token")
"""Ends of columns that hold ids, keys, or hashes of what was drawn."""

PLANS: Final = {
    "event": {"name", "policy", "pricing", "freeze_lifts", "copied_from", "copy_digest"},
    "gate": {"name"},
    "notice": {"dates", "times", "language"},
    "occurrence": {"name", "earlier"},
    "organization": {"name", "legal_name", "address", "tax_number"},
    "ticket_type": {"name", "selling", "questions"},
    "venue": {"name", "address", "template"},
    "zone": {"name", "rule"},
    "event_seating": {"packed_map"},
    "seat_template": {"packed_map"},
    "told_plan": {"config"},
}
"""What is put on, where, by whom: told to every gate and printed on every ticket."""

SIGNED: Final = {
    "conflict_side": {"boot", "entry", "signature", "reason"},
    "evacuation_word": {"person", "why"},
    "feed": {"body"},
    "journal_boot": {"boot", "previous_boot", "head"},
    "journal_entry": {"boot", "entry", "signature", "hash"},
    "journal_fork": {"boot", "entry", "signature", "hash"},
    "journal_refusal": {"hash", "problem"},
    "journal_ruling": {"boot"},
    "journal_span": {"boot"},
    "conflict_disposition": {"boot"},
    "ticket_use": {"boot", "content", "reason"},
    "ticket_withdrawal": {"boot", "person"},
    "manifest_chunk": {"sha256"},
    "till_shift": {"cashier", "entry_hash"},
    "roster": {"digest"},
}
"""What devices or the ledger signed, or what is made of it: ids, codes, hashes (journal.md, 8)."""

OTHERS: Final = {
    "alarm_limits": {"limits"},
    "alarm_reader": {"language"},
    "api_key": {"hash", "scopes"},
    "channel_key": {"certificate", "certificate_signature"},
    "claim_mark": {"why", "content", "answer"},
    "conflict": {"detail"},
    "device": {"program", "lan_address"},
    "device_report": {"report"},
    "enrolment_code": {"hash", "signer", "secret"},
    "erasure": {"words", "records"},
    "event_look": {"accent", "hidden", "page"},
    "event_seat": {"holder"},
    "home_ask": {"reason"},
    "home_move": {"ticket_ids"},
    "imported_code": {"digest"},
    "invitation": {"hash"},
    "job": {"because"},
    "ledger": {"reason"},
    "login_session": {"revoked_because"},
    "organization_counter": {"name"},
    "payment": {"client_digest"},
    "payout": {"client_digest"},
    "periodic_turn": {"name"},
    "rate_limit": {"key"},
    "refresh_token": {"hash"},
    "picture": {"body", "digest"},
    "refund_run_order": {"said"},
    "report_address": {"code_hash"},
    "report_run": {"since", "until"},
    "report_schedule": {"every", "language", "covered_until"},
    "second_factor": {"sealed"},
    "second_factor_code": {"hash"},
    "signing_key": {"certificate", "certificate_signature"},
    "supervisor": {"former_badges"},
    "ticket_file": {"wanted", "layout", "language", "parts", "said"},
    "ticket_file_piece": {"body"},
    "ticket_import": {"because", "salt", "said", "types"},
    "ticket_import_line": {"digest", "field", "message"},
    "ticket_order": {"price_uses"},
    "ticket": {"sold_boot"},
    "tally": {"stat", "place", "what"},
    "tally_note": {"stat", "place", "what"},
    "voucher_spend": {"name", "digest"},
    "webhook": {"url", "kinds", "secret", "old_secret", "paused_because"},
    "webhook_attempt": {"said"},
    "webhook_delivery": {"said"},
    "webhook_message": {"body"},
    "writing_probe": {"filling"},
}
"""Hashes of what was drawn, words of the program's own, and names that programs give."""


def _is_known(table: str, column: str) -> bool:
    if column in WORDLESS or column.endswith(IDS):
        return True
    return any(column in kept.get(table, ()) for kept in (PLANS, SIGNED, OTHERS))


def test_every_column_that_could_hold_a_name_is_declared() -> None:
    """A new column of text, JSON or bytes says what of a guest it holds, or stands above.

    One that people type into is `TYPED` (`server/db/personal_columns.py`): erasing finds it by
    itself.
    """
    silent = []
    metadata = load_metadata()
    said = {(table, name) for what in Personal for table, name in declared(metadata, what)}
    for table in metadata.sorted_tables:
        for column in table.columns:
            holds_words = isinstance(column.type, sa.Text | sa.JSON | sa.LargeBinary)
            if not holds_words or (table, column.name) in said:
                continue
            if not _is_known(table.name, column.name):
                silent.append(f"{table.name}.{column.name}")
    assert silent == []


def test_what_people_type_is_text_of_an_organization() -> None:
    """Words are cut out of texts, by organization: of nothing else that is declared typed."""
    metadata = load_metadata()
    for what in (Personal.WORDS, Personal.KEY):
        for table, name in declared(metadata, what):
            assert isinstance(table.columns[name].type, sa.Text), (table.name, name)
            assert "organization_id" in table.columns, table.name
