"""What somebody at a till chooses a printer from, and the page that tries it."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import Final

from gatekeeper.printing.documents import TicketPaper
from gatekeeper.printing.profiles import EscposProfile
from gatekeeper.wording.texts import LANGUAGE_NAMES

ROLLS: Final = {"80mm": (576, 48), "80mm-180dpi": (512, 42), "58mm": (384, 32)}
"""Of receipt printers: dots and letters of a line, by the roll's name."""
DRAWER_PINS: Final = (0, 2, 5)
_WIDE_DOTS: Final = 400
_SPOOLER_SECONDS: Final = 5
_TEST_CODE: Final = "0" * 200


def escpos_profile(language: str, roll: str = "80mm", drawer_pin: int = 0) -> EscposProfile:
    """Describe a receipt printer by what a person knows of it.

    Args:
        language: What its papers are written in.
        roll: Of `ROLLS`.
        drawer_pin: Of `DRAWER_PINS`.
    """
    dots, columns = ROLLS[roll]
    return EscposProfile(
        language=language,
        dots=dots,
        columns=columns,
        module_dots=6 if dots > _WIDE_DOTS else 5,
        drawer_pin=drawer_pin,
    )


def roll_of(profile: EscposProfile) -> str:
    """Return the name of a printer's roll."""
    return next(name for name, (dots, _) in ROLLS.items() if dots == profile.dots)


def find_printers(root: Path = Path("/")) -> tuple[str, ...]:
    """Return the addresses of printers that this machine knows of; it may take seconds.

    Those at a network address of their own are not among them: nobody announces them.

    Args:
        root: Where the system's files are.
    """
    usb = sorted(str(path) for path in (root / "dev/usb").glob("lp*"))
    serial = sorted(str(path) for path in (root / "dev/serial/by-id").glob("*"))
    return (
        *(f"device:{path}" for path in usb),
        *(f"system:{name}" for name in _spooled()),
        *(f"serial:{path}" for path in serial),
    )


def _spooled() -> list[str]:
    lpstat = shutil.which("lpstat")
    if lpstat is None:
        return []
    try:
        said = subprocess.run(
            [lpstat, "-e"], capture_output=True, timeout=_SPOOLER_SECONDS, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return []
    return said.stdout.decode(errors="replace").split()


def make_test_page() -> TicketPaper:
    """Return a ticket that admits nobody, with letters that a printer may lack."""
    return TicketPaper(
        digits=_TEST_CODE,
        manual_code="0000-0000-0",
        event=" ".join(LANGUAGE_NAMES.values()),
        ticket_type="ÄÖÜ ß é ñ € ×",
        is_practice=True,
    )
