"""How many shapes a scan takes from the reader to screen and disk: those that are listed."""

from __future__ import annotations

import dataclasses
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Final

import msgspec
import pytest

from gatekeeper.device.attended_gate import AttendedGate
from gatekeeper.device.profile_folder import ProfileFolder
from gatekeeper.gate.answer import ScanAnswer
from gatekeeper.gate.requests import Scan
from gatekeeper.presenters.gate.open_decision import decision_on
from gatekeeper.presenters.gate.verdict_content import describe_answer
from tests.factories.gate_event import TicketOffice
from tests.factories.gate_profile import PairedGate
from tests.fakes.clock import ManualClock
from tests.fakes.sync_server import FakeSyncServer

ROOT: Final = Path(__file__).parents[3]
SHAPES_MAX: Final = 14
_LISTED: Final = re.compile(r"^\| `(\w+)` \| `([\w/]+)\.py` \|", re.MULTILINE)
_CLAIMING: Final = {
    ("ClaimIntent", "gatekeeper/store/claim_intents"),
    ("ClaimRequest", "shared/wire/claim"),
    ("ClaimAnswer", "shared/wire/claim"),
}


def is_shape(value: object) -> bool:
    """Tell whether a value is a struct, a dataclass's or a named tuple."""
    if isinstance(value, type):
        return False
    is_named = isinstance(value, tuple) and hasattr(value, "_fields")
    return is_named or isinstance(value, msgspec.Struct) or dataclasses.is_dataclass(value)


class Watch:
    """Notes every shape that a function of the product takes or returns; keeps them all alive."""

    def __init__(self) -> None:
        self.seen: dict[int, object] = {}

    def take(self, frame: FrameType, event: str, returned: object) -> None:
        """Look at a call or its end, as `sys.setprofile` tells of it."""
        module = str(frame.f_globals.get("__name__", ""))
        if not module.startswith(("gatekeeper.", "shared.")) or _is_for_the_server(frame):
            return
        if event == "return":
            self._note(returned)
        elif event == "call":
            code = frame.f_code
            names = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]
            for name in names:
                self._note(frame.f_locals.get(name))

    def _note(self, value: object) -> None:
        if isinstance(value, tuple | list) and not is_shape(value):
            for one in value[:8]:
                self._note(one)
        elif is_shape(value):
            self.seen[id(value)] = value


def _is_for_the_server(frame: FrameType) -> bool:
    """Tell whether it is the tests' server that calls here."""
    above = frame.f_back
    while above is not None:
        if str(above.f_globals.get("__name__", "")).startswith("tests.fakes."):
            return True
        above = above.f_back
    return False


@contextmanager
def watching() -> Iterator[Watch]:
    """Watch this thread; who watched before goes on afterwards."""
    watch, before = Watch(), sys.getprofile()
    sys.setprofile(watch.take)
    try:
        yield watch
    finally:
        sys.setprofile(before)


async def _scan(gate: AttendedGate, code: str) -> Watch:
    with watching() as watch:
        request = Scan(code)
        answer = await gate.attend(request)
        assert isinstance(answer, ScanAnswer)
        describe_answer(answer, now=gate.now(), zone=None)
        decision_on(request, answer)
    assert answer.verdict == "admit"
    return watch


def _made(first: Watch, second: Watch) -> set[tuple[str, str]]:
    """Name what was made for the second scan alone."""
    fresh = [value for name, value in second.seen.items() if name not in first.seen]
    return {(type(one).__name__, type(one).__module__.replace(".", "/")) for one in fresh}


@pytest.mark.parametrize("is_cut", [True, False])
async def test_a_scan_takes_the_shapes_that_are_listed_and_no_more(
    tmp_path: Path, is_cut: bool
) -> None:
    """Whoever adds one finds it here, and says in the list why no other could hold it."""
    office = TicketOffice()
    server = FakeSyncServer(office, ManualClock())
    codes = [office.sell() for _ in range(3)]
    device = PairedGate(tmp_path, server)
    gate = await ProfileFolder(device.folder, device.system()).open(None, lambda: None)
    try:
        server.publish()
        await gate.sync_once(lambda _: None)
        server.is_cut = is_cut
        await _scan(gate, codes[0])
        made = _made(await _scan(gate, codes[1]), await _scan(gate, codes[2]))
    finally:
        await gate.close()
    page = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    listed = {(name, where) for name, where in _LISTED.findall(page)}
    assert made == (listed if is_cut else listed | _CLAIMING)
    assert len(listed) <= SHAPES_MAX
    assert f"entry on the disk: {len(listed)} at a gate" in page
