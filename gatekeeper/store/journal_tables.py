"""The journal database's tables, and their version.

`user_version` is major * 65536 + minor: a higher minor only adds and is welcome, a higher major
is of a newer program and is refused. A minor version's tables are never changed once released:
what comes later is a further item of `_ADDED`.
"""

from __future__ import annotations

from typing import Final

import apsw

from shared.kernel.errors import StoreFault
from shared.kernel.trouble import TroubleKind

MAJOR: Final = 1
_STEP: Final = 1 << 16

_TABLES: Final = """
CREATE TABLE boot (
  number INTEGER PRIMARY KEY,
  boot BLOB NOT NULL UNIQUE,
  first_seq INTEGER NOT NULL,
  acknowledged INTEGER NOT NULL DEFAULT 0,
  sealed_at INTEGER,
  lost INTEGER NOT NULL DEFAULT 0
) STRICT;
-- Within a boot, seq - first_seq + 1 is dseq, so that no second index is written per scan.
CREATE TABLE entry (
  seq INTEGER PRIMARY KEY,
  entry BLOB NOT NULL,
  signature BLOB NOT NULL
) STRICT;
CREATE TABLE entry_problem (
  seq INTEGER PRIMARY KEY,
  status TEXT NOT NULL,
  problem TEXT NOT NULL
) STRICT;
-- Ticket ids are stored minus 2^63, which keeps their order in a signed column.
CREATE TABLE use (
  claim_id TEXT PRIMARY KEY,
  event_id TEXT NOT NULL,
  ticket_id INTEGER NOT NULL,
  zone_id TEXT NOT NULL,
  direction TEXT NOT NULL,
  at INTEGER NOT NULL,
  count INTEGER NOT NULL,
  gate_id TEXT NOT NULL,
  device_id TEXT NOT NULL,
  annulled INTEGER NOT NULL DEFAULT 0,
  is_local INTEGER NOT NULL,
  confirmed INTEGER NOT NULL,
  seq INTEGER
) STRICT;
CREATE INDEX use_by_ticket ON use (ticket_id);
CREATE TABLE device_gate (
  device_id TEXT PRIMARY KEY,
  gate_id TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE ticket_change (
  ticket_id INTEGER PRIMARY KEY,
  event_id TEXT NOT NULL,
  epoch INTEGER NOT NULL,
  sequence INTEGER,
  facts BLOB NOT NULL,
  manual_code INTEGER
) STRICT;
CREATE INDEX ticket_change_by_manual_code ON ticket_change (manual_code)
  WHERE manual_code IS NOT NULL;
CREATE TABLE claim_intent (
  claim_id TEXT PRIMARY KEY,
  event_id TEXT NOT NULL,
  ticket_id INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE feed (
  event_id TEXT PRIMARY KEY,
  epoch INTEGER NOT NULL,
  cursor INTEGER NOT NULL,
  head INTEGER NOT NULL,
  page BLOB,
  knowledge_at INTEGER,
  manifest TEXT,
  manifest_epoch INTEGER NOT NULL,
  manifest_sequence INTEGER NOT NULL,
  manifest_cursor INTEGER NOT NULL,
  change BLOB
) STRICT, WITHOUT ROWID;
CREATE TABLE conflict (
  conflict_id TEXT PRIMARY KEY,
  event_id TEXT NOT NULL,
  is_open INTEGER NOT NULL,
  notice BLOB NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE gate_count (
  event_id TEXT NOT NULL,
  gate_id TEXT NOT NULL,
  admitted INTEGER NOT NULL,
  denied INTEGER NOT NULL,
  PRIMARY KEY (event_id, gate_id)
) STRICT, WITHOUT ROWID;
CREATE TABLE till (
  event_id TEXT PRIMARY KEY,
  answer BLOB NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE allotment (
  event_id TEXT NOT NULL,
  ticket_type_code INTEGER NOT NULL,
  granted INTEGER NOT NULL,
  sold INTEGER NOT NULL,
  PRIMARY KEY (event_id, ticket_type_code)
) STRICT, WITHOUT ROWID;
CREATE TABLE setting (
  name TEXT PRIMARY KEY,
  value BLOB NOT NULL
) STRICT, WITHOUT ROWID;
"""

_ADDED: Final = (
    # 1.1: NFC tags that count their taps
    """
CREATE TABLE tap_counter (
  uid BLOB PRIMARY KEY,
  counter INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
""",
    # 1.2: claims among gates: open claims, other devices' entries and what they end, the roster
    """
CREATE TABLE promise (
  device_id TEXT NOT NULL,
  claim_id TEXT NOT NULL,
  event_id TEXT NOT NULL,
  claim BLOB NOT NULL,
  PRIMARY KEY (device_id, claim_id)
) STRICT, WITHOUT ROWID;
CREATE TABLE peer_entry (
  device_id TEXT NOT NULL,
  boot BLOB NOT NULL,
  dseq INTEGER NOT NULL,
  hash BLOB NOT NULL,
  entry BLOB NOT NULL,
  signature BLOB NOT NULL,
  PRIMARY KEY (device_id, boot, dseq, hash)
) STRICT, WITHOUT ROWID;
-- Of several entries for one claim the strongest outcome counts; the rest is there for a use.
CREATE TABLE peer_end (
  device_id TEXT NOT NULL,
  claim_id TEXT NOT NULL,
  outcome INTEGER NOT NULL,
  event_id TEXT NOT NULL,
  ticket_id INTEGER,
  zone_id TEXT,
  direction TEXT,
  at INTEGER,
  count INTEGER,
  gate_id TEXT,
  PRIMARY KEY (device_id, claim_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX peer_end_by_ticket ON peer_end (ticket_id) WHERE ticket_id IS NOT NULL;
CREATE TABLE roster (
  event_id TEXT PRIMARY KEY,
  document BLOB NOT NULL
) STRICT, WITHOUT ROWID;
""",
    # 1.3: homes given up, and shares of zones' capacity
    """
CREATE TABLE surrendered_event (
  event_id TEXT PRIMARY KEY,
  number INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE surrendered_ticket (
  event_id TEXT NOT NULL,
  ticket_id INTEGER NOT NULL,
  number INTEGER NOT NULL,
  PRIMARY KEY (event_id, ticket_id)
) STRICT, WITHOUT ROWID;
CREATE TABLE zone_share (
  event_id TEXT NOT NULL,
  zone_id TEXT NOT NULL,
  granted INTEGER NOT NULL,
  returned INTEGER NOT NULL,
  spent INTEGER NOT NULL,
  PRIMARY KEY (event_id, zone_id)
) STRICT, WITHOUT ROWID;
CREATE TABLE share_use (
  claim_id TEXT PRIMARY KEY,
  event_id TEXT NOT NULL,
  zone_id TEXT NOT NULL,
  persons INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
""",
    # 1.4: what took claims back, to be said again where its entry is damaged
    """
CREATE TABLE claim_end (
  seq INTEGER PRIMARY KEY,
  event_id TEXT NOT NULL,
  kind TEXT NOT NULL,
  body BLOB NOT NULL
) STRICT;
""",
    # 1.5: how many ids a till has taken of each part of its range
    """
CREATE TABLE till_range (
  event_id TEXT NOT NULL,
  key_id INTEGER NOT NULL,
  bits INTEGER NOT NULL,
  prefix INTEGER NOT NULL,
  taken INTEGER NOT NULL,
  PRIMARY KEY (event_id, key_id, bits, prefix)
) STRICT, WITHOUT ROWID;
""",
    # 1.6: what proves a passage, to be said again where its entry is damaged
    """
CREATE TABLE use_proof (
  claim_id TEXT PRIMARY KEY,
  proof BLOB NOT NULL
) STRICT, WITHOUT ROWID;
""",
    # 1.7: by what a ledger that was put back believes what it granted of a zone's capacity
    """
CREATE TABLE share_code (
  event_id TEXT NOT NULL,
  zone_id TEXT NOT NULL,
  granted INTEGER NOT NULL,
  code BLOB NOT NULL,
  PRIMARY KEY (event_id, zone_id)
) STRICT, WITHOUT ROWID;
""",
    # 1.8: a till's sales that are not finished, what they hold, and baskets put aside
    """
CREATE TABLE open_sale (
  sale_id TEXT PRIMARY KEY,
  event_id TEXT NOT NULL,
  record BLOB NOT NULL
) STRICT;
CREATE TABLE held_stock (
  sale_id TEXT NOT NULL,
  event_id TEXT NOT NULL,
  ticket_type_code INTEGER NOT NULL,
  count INTEGER NOT NULL,
  PRIMARY KEY (sale_id, ticket_type_code)
) STRICT, WITHOUT ROWID;
CREATE INDEX held_stock_by_type ON held_stock (event_id, ticket_type_code);
CREATE TABLE parked_sale (
  parked_id TEXT PRIMARY KEY,
  event_id TEXT NOT NULL,
  record BLOB NOT NULL
) STRICT;
""",
    # 1.9: what was given to printers, and what a fiscal signer answered
    """
CREATE TABLE print_job (
  number INTEGER PRIMARY KEY,
  about TEXT NOT NULL,
  kind TEXT NOT NULL,
  document BLOB NOT NULL,
  printer TEXT NOT NULL,
  state TEXT NOT NULL,
  reason TEXT NOT NULL,
  copy INTEGER NOT NULL,
  sends INTEGER NOT NULL,
  made_at INTEGER NOT NULL,
  changed_at INTEGER NOT NULL,
  confirmed_by TEXT NOT NULL
) STRICT;
CREATE INDEX print_job_open ON print_job (number)
  WHERE state NOT IN ('printed', 'dropped');
CREATE INDEX print_job_about ON print_job (about);
CREATE TABLE fiscal_outcome (
  about TEXT PRIMARY KEY,
  handle BLOB NOT NULL,
  outcome BLOB,
  late BLOB
) STRICT, WITHOUT ROWID;
""",
    # 1.10: what a card terminal was asked for
    """
CREATE TABLE card_attempt (
  name TEXT PRIMARY KEY,
  record BLOB NOT NULL,
  is_open INTEGER NOT NULL
) STRICT;
CREATE INDEX card_attempt_open ON card_attempt (name) WHERE is_open = 1;
""",
    # 1.11: the seats of tickets that are newer than the manifest
    """
CREATE TABLE changed_seat (ticket_id INTEGER PRIMARY KEY, seat_id TEXT NOT NULL) STRICT;
""",
    # 1.12: a till's stock as one signed grant, what it gave back, and counted prices
    """
ALTER TABLE allotment ADD COLUMN returned INTEGER NOT NULL DEFAULT 0;
ALTER TABLE allotment ADD COLUMN size INTEGER;
CREATE TABLE stock_grant (
  event_id TEXT PRIMARY KEY,
  epoch INTEGER NOT NULL,
  serial INTEGER NOT NULL,
  document BLOB NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE price_allotment (
  event_id TEXT NOT NULL,
  id TEXT NOT NULL,
  granted INTEGER NOT NULL,
  used INTEGER NOT NULL,
  returned INTEGER NOT NULL,
  size INTEGER,
  PRIMARY KEY (event_id, id)
) STRICT, WITHOUT ROWID;
CREATE TABLE held_price (
  sale_id TEXT NOT NULL,
  event_id TEXT NOT NULL,
  id TEXT NOT NULL,
  count INTEGER NOT NULL,
  PRIMARY KEY (sale_id, id)
) STRICT, WITHOUT ROWID;
""",
    # 1.13: reserved seats that this till alone may sell
    """
CREATE TABLE till_seat (
  event_id TEXT NOT NULL,
  seat_id TEXT NOT NULL,
  state TEXT NOT NULL,
  sale_id TEXT NOT NULL,
  epoch INTEGER NOT NULL,
  PRIMARY KEY (event_id, seat_id)
) STRICT, WITHOUT ROWID;
""",
    # 1.14: the number in the feed by which the ledger has told of a passage
    "ALTER TABLE use ADD COLUMN number INTEGER;",
    # 1.15: what a peer's passage on an imported ticket says to prove its code
    "ALTER TABLE peer_end ADD COLUMN seen BLOB;",
    # 1.16: what proves a passage, on the page that its commit writes anyway; before, in use_proof
    "ALTER TABLE use ADD COLUMN proof BLOB;",
)
"""What each minor version adds, from 1 on."""

MINOR: Final = len(_ADDED)


def prepare_schema(connection: apsw.Connection) -> None:
    """Make the tables that are missing; refuse a database that a newer program wrote.

    Raises:
        StoreFault: if the database is of a newer major version.
    """
    version = read_version(connection)
    if version // _STEP > MAJOR:
        message = (
            "the journal was written by a newer version of this program; install that version"
            " again, or enrol into a new folder"
        )
        raise StoreFault(message, kind=TroubleKind.NEWER_PROGRAM)
    missing = [_TABLES] if version == 0 else []
    missing += _ADDED[version % _STEP :]
    if missing:
        tables = "".join(missing)
        connection.execute(
            f"BEGIN IMMEDIATE;{tables}PRAGMA user_version={MAJOR * _STEP + MINOR};COMMIT"
        )


def read_version(connection: apsw.Connection) -> int:
    """Return the schema's version; 0 for an empty database."""
    (version,) = connection.execute("PRAGMA user_version").fetchall()[0]
    assert isinstance(version, int)
    return version
