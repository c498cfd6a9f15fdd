"""A gate's list on paper as the desk fetches it: whole or not at all, and how far it is."""

from __future__ import annotations

import stat
from pathlib import Path

import pypdfium2
import pytest

from gatekeeper.organizer import server_api as desk_office
from gatekeeper.organizer.before_doors.gate_paper_lists_client import Stopped, save_list
from gatekeeper.organizer.server_api import EventSite, Refused
from shared.kernel.errors import EnvironmentFault
from tests.factories.ledger_office import LedgerOffice

pytestmark = pytest.mark.either_database


def site_of(made: LedgerOffice) -> EventSite:
    """Return where the event is."""
    return EventSite(made.owner.organization_id, made.event_id)


def names_in(folder: Path) -> list[str]:
    """Return which files there are."""
    return sorted(one.name for one in folder.iterdir())


async def test_a_list_is_saved_whole_and_says_how_far_it_is(
    ledger_office: LedgerOffice, seat: desk_office.ServerApi, tmp_path: Path
) -> None:
    """It ends with all lines told, opens as a PDF, and leaves no part of a file.

    Each line has a code that lets somebody in: others of the laptop do not read it.
    """
    (folder := tmp_path / "stick").mkdir()
    file, told = folder / "North.pdf", list[tuple[int, int]]()
    gate = ledger_office.gates[0]
    facts = await save_list(
        seat, site_of(ledger_office), gate, "de", file, lambda *how: told.append(how)
    )
    assert facts.tickets == len(ledger_office.tickets)
    assert told[0] == (0, facts.lines)
    assert told[-1] == (facts.lines, facts.lines)
    document = pypdfium2.PdfDocument(file)
    assert "DOPPELTE SIND MÖGLICH" in document[0].get_textpage().get_text_range()
    document.close()
    assert names_in(folder) == ["North.pdf"]
    assert stat.S_IMODE(file.stat().st_mode) == stat.S_IRUSR | stat.S_IWUSR


async def test_a_list_that_is_stopped_or_refused_leaves_the_former_file(
    ledger_office: LedgerOffice, seat: desk_office.ServerApi, tmp_path: Path
) -> None:
    """Nobody prints half a list."""
    (folder := tmp_path / "stick").mkdir()
    file, site = folder / "North.pdf", site_of(ledger_office)
    file.write_bytes(b"former")

    def stop(done: int, _of: int) -> None:
        if done:
            raise Stopped

    with pytest.raises(Stopped):
        await save_list(seat, site, ledger_office.gates[0], "en", file, stop)
    with pytest.raises(Refused):
        await save_list(seat, site, "gt_0000000000000", "en", file, lambda *_: None)
    assert file.read_bytes() == b"former"
    assert names_in(folder) == ["North.pdf"]
    with pytest.raises(EnvironmentFault, match="cannot be written"):
        await save_list(
            seat, site, ledger_office.gates[0], "en", tmp_path / "no" / "x.pdf", lambda *_: None
        )
