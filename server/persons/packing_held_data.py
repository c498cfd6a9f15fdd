"""What is held of a person as one file to hand out: JSON and a table. Pure."""

from __future__ import annotations

import csv
import zipfile
from io import BytesIO, StringIO
from typing import Final

import msgspec

from server.persons.schemas import HeldAnswer, RecordAnswer
from shared.kernel.spreadsheet_cells import plain_cell

_EPOCH: Final = (1980, 1, 1, 0, 0, 0)
"""A ZIP's first day: the same data are the same file."""
_FIELDS: Final = [field for field in RecordAnswer.__struct_fields__ if field != "place"]


def pack_held(held: HeldAnswer) -> bytes:
    """Return a ZIP with `person.json` and `records.csv`."""
    target = BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        said = msgspec.json.format(msgspec.json.encode(held), indent=2)
        archive.writestr(zipfile.ZipInfo("person.json", _EPOCH), said)
        archive.writestr(zipfile.ZipInfo("records.csv", _EPOCH), _table(held))
    return target.getvalue()


def _table(held: HeldAnswer) -> bytes:
    text = StringIO(newline="")
    table = csv.writer(text)
    table.writerow(_FIELDS)
    for one in held.records:
        table.writerow([_cell(getattr(one, field)) for field in _FIELDS])
    return ("\ufeff" + text.getvalue()).encode()


def _cell(value: object) -> object:
    if isinstance(value, str):
        return plain_cell(value)
    return "" if value is None else value
