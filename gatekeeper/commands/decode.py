"""`gatekeeper decode`: the codes in image files, as a camera at a gate would read them."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any, Final

from command_line.clock_and_randomness import SystemClock
from command_line.json_lines import encode_line
from gatekeeper.this_machine import EffortClock
from shared.kernel.errors import BadInput
from shared.kernel.ports import Clock

_DESCRIPTION: Final = """\
Reads every code in each picture (PNG, JPEG, GIF, BMP, WebP, TIFF) and prints one JSON line per
file: {"file", "codes": [{"text", "symbology", "engine", "ms"}], "error"}. A text is printed only
if it is sure: symbologies without a check of their own (Code 39, ITF, Codabar) are not read. A
picture in which no code can be read has none and says so in "error".
"""
_EPILOG: Final = """\
example:
  gatekeeper decode ticket.png photos/*.jpg

Exit status: 0 every file gave a code, 1 some did not, 2 wrong usage.
"""


def describe(parser: argparse.ArgumentParser) -> None:
    """Describe the verb."""
    parser.description, parser.epilog = _DESCRIPTION, _EPILOG
    parser.add_argument("files", metavar="FILE", nargs="+", help="an image file")


def run(args: argparse.Namespace) -> int:
    """Print a JSON line per file, in order.

    Returns:
        0 if every file gave a code, else 1.
    """
    clock = SystemClock()
    is_every_read = True
    for name in args.files:
        line = _decode(name, clock)
        is_every_read = is_every_read and bool(line["codes"])
        print(encode_line(line).decode(), flush=True)
    return 0 if is_every_read else 1


def _decode(name: str, clock: Clock) -> dict[str, Any]:
    from gatekeeper.readers.image_files import decode_file

    shown = name.encode("utf-8", "replace").decode("utf-8")  # names need not be text
    start = clock.monotonic()
    try:
        codes = decode_file(Path(name), EffortClock())
    except BadInput as error:
        return {"file": shown, "codes": [], "error": str(error)}
    ms = round((clock.monotonic() - start) / 1000, 1)
    return {
        "file": shown,
        "codes": [
            {"text": code.text, "symbology": code.symbology, "engine": code.engine, "ms": ms}
            for code in codes
        ],
        "error": None if codes else "no code could be read in this picture",
    }
