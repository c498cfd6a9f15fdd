"""Bugs in what becomes of another box office's codes."""

from __future__ import annotations

from typing import Any, Final

import msgspec

from gatekeeper.gate import deciding_by_itself
from shared.kernel.id_types import TicketId
from shared.manifest import presenting
from shared.manifest.case_of_shown_code import Case
from simulator.planted_bugs.planted_bug import Planted, Replacement
from simulator.planted_bugs.single_dates_and_lists import beside_all_else

OF_THE_IMPORTED: Final = beside_all_else("imported")


def _only_manual_codes(_is_manual: Any) -> Any:
    return property(lambda self: self.presented.manual_code is not None)


def _apart(open_here: Any) -> Any:
    def look(event: Any, presented: Any) -> Any:
        case = open_here(event, presented)
        if not presented.is_typed or case.ticket_id is None:
            return case
        return msgspec.structs.replace(case, ticket_id=TicketId(case.ticket_id ^ 1))

    return look


def _any_text(_is_form: Any) -> Any:
    return lambda text: bool(text.strip())


def _in_any_case(hash_of: Any) -> Any:
    return lambda text, event_id: hash_of(text.casefold(), event_id)


IMPORTED_BUGS: Final = (
    Planted(
        name="keyed_in_without_limit",
        what="Codes that are keyed in and no manual codes are guessed at without a limit.",
        replaced=(Replacement(Case, "is_manual", _only_manual_codes),),
        change=OF_THE_IMPORTED,
    ),
    Planted(
        name="keyed_in_apart",
        what="What a gate keeps of a code that is keyed in it does not find by its barcode.",
        replaced=(Replacement(deciding_by_itself, "_open_here", _apart),),
        change=OF_THE_IMPORTED,
    ),
    Planted(
        name="wristband_drawn_as_code",
        what="A text that nobody can print or type, and that says a wristband's number, is good.",
        replaced=(Replacement(presenting, "is_foreign_form", _any_text),),
        change=OF_THE_IMPORTED,
    ),
    Planted(
        name="letters_of_any_size",
        what="Of another box office's code small and capital letters are the same.",
        replaced=(Replacement(presenting, "_foreign_hash", _in_any_case),),
        change=OF_THE_IMPORTED,
    ),
)
