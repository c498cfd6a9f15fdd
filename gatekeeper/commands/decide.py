"""`gatekeeper decide`: the organizer's rule tester, and the project's differential test.

Each case goes through the very function that gates and server use.
"""

from __future__ import annotations

import argparse
import json
import math
import re
from pathlib import Path
from typing import Final

import msgspec

from command_line.exit_statuses import EXIT_DONE, EXIT_NO, EXIT_WRONG_USE, say_line
from shared.admission.decide import Decision
from shared.admission.decision_cases import DecisionCase, list_cases, parse_case
from shared.kernel.duplicate_names import find_names_twice
from shared.kernel.errors import BadInput
from shared.kernel.file_kinds import UTF8_MARK, name_other_kind
from shared.kernel.undecodable import UNDECODABLE

FILE_BYTES_MAX: Final = 256 * 1024 * 1024
_DIGITS_MAX: Final = 400
"""Of a whole number; with more it counts as infinite, and every field refuses it by its name."""
_CUT_OFF: Final = "Input data was truncated"
"""The decoder's word for text that ends too early."""

_EXAMPLE: Final = """\
example:
  $ cat cases.json
  [{"id": "at half past nine",
    "event": {"timezone": "Europe/Berlin", "starts_at": "2026-07-04T18:00:00Z"},
    "ticket": {"event": "E1", "ticket_type": "standing"},
    "zone": {"event": "E1", "rule": {"fact": "now", "cmp": "before", "value": "local:21:00:00"}},
    "scan": {"direction": "in", "at": "2026-07-04T21:30:00+02:00"}}]
  $ gatekeeper decide --cases cases.json
  {"id": "at half past nine", "admit": false, "reason": "rules_denied"}

A case may hold "expected": {"admit": false, "reason": "rules_denied"}; each difference is then
named on standard error and the exit status is 1. A case that cannot be read is named there too,
gets no answer, and makes the exit status 2. A field that is not known changes nothing, and is
named there once.
"""


def describe(parser: argparse.ArgumentParser) -> None:
    """Describe the verb."""
    parser.description = (
        "Run each case of FILE through the one admission decision and print, per case\n"
        'and in order, {"id", "admit", "reason"}.'
    )
    parser.epilog = _EXAMPLE
    parser.add_argument(
        "--cases",
        metavar="FILE",
        type=Path,
        required=True,
        help='a JSON list of cases, or an object with "cases"',
    )


def run(args: argparse.Namespace) -> int:
    """Decide every case of `args.cases`; give the exit status."""
    try:
        raw_cases = list_cases(_read_document(args.cases))
    except BadInput as error:
        say_line(str(args.cases), str(error))
        return EXIT_WRONG_USE
    status, told = EXIT_DONE, set[str]()
    for position, raw in enumerate(raw_cases, start=1):
        try:
            case = parse_case(raw, position)
        except BadInput as error:
            say_line(str(args.cases), str(error))
            status = EXIT_WRONG_USE
            continue
        _tell_unknown(case, told)
        decision = case.decide()
        answer = {"id": case.id, "admit": decision.admit, "reason": decision.reason.value}
        print(json.dumps(answer))
        if not _is_as_expected(case, decision):
            status = max(status, EXIT_NO)
    return status


def _tell_unknown(case: DecisionCase, told: set[str]) -> None:
    """Name on standard error each field that is not known, in the first case that has it."""
    for path, nearest in case.unknown:
        kind = re.sub(r"\[[0-9]+\]", "[]", path)
        if kind in told:
            continue
        told.add(kind)
        advice = "" if nearest is None else f": did you mean {nearest}?"
        say_line(f"case {case.id!r}", f"{path} is not known{advice}")


def _is_as_expected(case: DecisionCase, decision: Decision) -> bool:
    """Compare, and name the difference on standard error."""
    expected = case.expected
    if expected is None or expected.is_met_by(decision):
        return True
    wanted = _spell(expected.admit, expected.reason)
    found = _spell(decision.admit, decision.reason)
    say_line(f"case {case.id!r}", f"expected {wanted}, decided {found}")
    return False


def _spell(admit: bool | None, reason: str | None) -> str:  # noqa: FBT001 - a value to show
    words = {True: "admit", False: "deny or refer", None: "any verdict"}
    return f"{words[admit]} ({reason or 'any reason'})"


def _read_document(path: Path) -> object:
    """Read and decode the file.

    Raises:
        BadInput: if it cannot be read, is too large, or is no JSON.
    """
    try:
        with path.open("rb") as file:
            content = file.read(FILE_BYTES_MAX + 1)
    except (OSError, ValueError) as error:
        # ValueError: a file name with a null character.
        why = error.strerror if isinstance(error, OSError) else str(error)
        raise BadInput(f"cannot be read: {why}") from None
    if len(content) > FILE_BYTES_MAX:
        raise BadInput(f"larger than {FILE_BYTES_MAX} bytes; split it into several files")
    if other := name_other_kind(content):
        raise BadInput(f"not JSON, but {other}")
    return _decode(content.removeprefix(UTF8_MARK))


def _decode(content: bytes) -> object:
    """Decode JSON in which each number and each name can mean one thing only.

    Raises:
        BadInput: if it is none; says where.
    """
    try:
        try:
            document = msgspec.json.decode(content)
        except msgspec.ValidationError:  # a number that is out of range: the field will say so
            document = json.loads(content, parse_int=_whole)
        twice = find_names_twice(content)
    except RecursionError:
        raise BadInput("no cases: nested too deeply") from None
    except UNDECODABLE as error:
        raise BadInput(f"not JSON: {_why(error, content)}") from None
    if twice:
        raise BadInput(f"not JSON: {twice[0][:200]} appears twice")
    return document


def _whole(digits: str) -> int | float:
    return int(digits) if len(digits) <= _DIGITS_MAX else math.inf


def _why(error: Exception, content: bytes) -> str:
    """Say what is wrong with the content, and on which line."""
    try:
        content.decode()
    except UnicodeDecodeError as wrong:
        byte = content[wrong.start]
        return f"byte {byte:02x} is not UTF-8, {_place(content, wrong.start)}; save it as UTF-8"
    if str(error) == _CUT_OFF:
        return f"it is cut off, {_place(content, len(content))}"
    position = re.search(r" \(byte ([0-9]+)\)$", str(error))
    if position is None:
        return str(error)
    said = str(error)[: position.start()].removeprefix("JSON is malformed: ")
    return f"{said}, {_place(content, int(position[1]))}"


def _place(content: bytes, position: int) -> str:
    before = content[:position].decode(errors="replace")
    line = before.rpartition("\n")[2]
    return f"line {before.count(chr(10)) + 1}, column {len(line) + 1}"
