"""Which of its readings a wedge scan means, when scanner and computer differ in layout."""

from __future__ import annotations

from gatekeeper.readers.wedge import WedgeScan
from shared.credential.badges_and_pins import is_badge
from shared.credential.inspecting import CodeFormat, inspect_code
from shared.kernel.errors import Malformed
from shared.wire.enrol import parse_enrolment_text
from shared.wire.enrol_code import code_keys
from shared.wire.signed_server_address import ADDRESS_TAG


def choose_text(scan: WedgeScan) -> str:
    """Return the first reading that is a code we know; as typed, if none is."""
    return next(filter(_is_known, (scan.text, *scan.other_texts)), scan.text)


def readings(scan: WedgeScan) -> tuple[str, tuple[str, ...]]:
    """Return the reading to take, and the others."""
    text = choose_text(scan)
    return text, tuple(one for one in (scan.text, *scan.other_texts) if one != text)


def _is_known(text: str) -> bool:
    is_ours = is_badge(text) or text.startswith(ADDRESS_TAG) or _is_enrolment(text)
    return is_ours or inspect_code(text, ()).format is not CodeFormat.FOREIGN


def _is_enrolment(text: str) -> bool:
    """Tell whether a line enrols; another layout leaves its beginning, and spoils its address."""
    try:
        line = parse_enrolment_text(text)
        code_keys(line.code)
    except Malformed:
        return False
    return line.url.startswith(("https://", "http://"))
