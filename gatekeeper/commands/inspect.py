"""`gatekeeper inspect`: what a code says, and whether a key that we were given signed it."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Final

from command_line.json_lines import encode_line
from shared.credential.inspecting import (
    KEY_FILE_SIZE_MAX,
    InspectionKey,
    SignatureState,
    inspect_code,
    parse_key_file,
)
from shared.kernel.errors import BadInput

_LINE_MAX: Final = 65_536
"""Bytes of a code on standard input: more than any code has, and what is cut off is none."""
_DESCRIPTION: Final = """\
Says what a code is (GK1, pretix-sig1, manual or foreign), what it contains, and whether one of the
keys in FILE signed it: one JSON line. It is about the signature only; whether a ticket admits is
decided at a gate.
"""
_EPILOG: Final = """\
example:
  gatekeeper inspect 7K2M-9Q4T-H
  gatekeeper inspect - --keyring keys.json < ticket.txt

FILE is a JSON list: [{"kid": "0001", "public_key": "64 hex digits"}, ...], and for pretix
"format": "pretix-sig1" (there public_key may be what pretix publishes, base64 of a PEM).
The output of `gatekeeper-server keys list` works as it is, one object per line.
If CODE is -, the code is the first line of standard input: a ticket's code admits whoever has it,
and what you type stays in the shell's history. Other codes that begin with a hyphen need -- before
them.

Exit status: 0 the signature is valid, 1 it is not (or there is none), 2 wrong usage.
"""


def describe(parser: argparse.ArgumentParser) -> None:
    """Describe the verb."""
    parser.description, parser.epilog = _DESCRIPTION, _EPILOG
    parser.add_argument(
        "code",
        metavar="CODE",
        help="the text that a scanner reads; - reads it from standard input",
    )
    parser.add_argument(
        "--keyring", metavar="FILE", type=Path, help="the keys to check signatures with"
    )


def run(args: argparse.Namespace) -> int:
    """Print the inspection of one code as a JSON line.

    Returns:
        0 if its signature is valid, else 1.

    Raises:
        BadInput: if the key file cannot be read or used.
    """
    keys = () if args.keyring is None else _read_keys(args.keyring)
    inspection = inspect_code(_read_code() if args.code == "-" else args.code, keys)
    print(encode_line(inspection).decode())
    return 0 if inspection.signature is SignatureState.VALID else 1


def _read_code() -> str:
    line = sys.stdin.buffer.readline(_LINE_MAX)
    return line.decode("utf-8", "replace").rstrip("\r\n")


def _read_keys(path: Path) -> tuple[InspectionKey, ...]:
    try:
        with path.open("rb") as file:
            document = file.read(KEY_FILE_SIZE_MAX + 1)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise BadInput(f"cannot read the key file {path}: {reason}") from None
    return parse_key_file(document)
