"""What the engine complains of has words on the screen: each error that gets there is named."""

from __future__ import annotations

import ast
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from shared.kernel.errors import (
    BadInput,
    BadSignature,
    GatekeeperError,
    Malformed,
    Rejected,
    ServerFault,
    StorageFull,
    StoreFault,
    trouble_of,
)
from shared.kernel.trouble import NO_TROUBLE, Trouble, TroubleKind

ROOT = Path(__file__).resolve().parents[3]
ENGINE = ("gate", "store", "sync", "supervisor", "rehearsal", "ui", "device", "this_machine.py")
NAMED = {"BadInput", "StoreFault", "ServerFault"}
"""Classes that say too little alone; what is forged or garbled says enough by its class."""
FOR_PROGRAMS = {
    "device/lan_link.py": 2,  # options of the command line
    "gate/deciding_by_itself.py": 1,  # a claim id of another passage, from programs alone
    "gate/gate_and_direction.py": 3,  # count, time, direction: only the command line gives them
    "gate/media_setting.py": 2,  # a settings file: its own words name the line
    "rehearsal/no_server.py": 1,  # practice, which asks nobody
    "store/profile.py": 1,  # a folder of a gate, which only the command line gives a till
    "supervisor/pin_tries.py": 1,  # caught where it is read
    "ui/till/till_thread.py": 1,  # a till that is not open yet
    "sync/engine.py": 1,  # a turn of the loop, told to nobody
}

IN_THE_LANGUAGE = {
    "ui/organizer/prepare/field_editors.py": 3,
    "ui/organizer/prepare/door_questions_editor.py": 1,
    "ui/organizer/prepare/refunds_editor.py": 3,
    "ui/organizer/organization/rights_form.py": 1,
    "ui/organizer/prepare/rule_editor.py": 1,
    "ui/organizer/prepare/tiers_editor.py": 2,
}
"""What the desk's own forms say is of the catalogue already."""


def raised_without_kind(path: Path) -> Iterator[int]:
    """Yield the lines at which an error that says too little is raised without its kind."""
    source = path.read_text(encoding="utf-8")
    is_named = any(name in source for name in NAMED)
    for node in ast.walk(ast.parse(source)) if is_named else ():
        if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Name):
            if node.exc.id in NAMED:
                yield node.lineno
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            has_kind = any(one.arg == "kind" for one in node.keywords)
            if node.func.id in NAMED and not has_kind:
                yield node.lineno


def test_whatever_the_engine_raises_says_what_kind_it_is() -> None:
    """So the screen has a sentence of its own in six languages, and not the engine's English."""
    found = {}
    for name in ENGINE:
        place = ROOT / "gatekeeper" / name
        assert place.exists(), name
        for path in [place] if place.is_file() else sorted(place.rglob("*.py")):
            lines = list(raised_without_kind(path))
            if lines:
                found[path.relative_to(ROOT / "gatekeeper").as_posix()] = len(lines)
    assert found == FOR_PROGRAMS | IN_THE_LANGUAGE


@pytest.mark.parametrize("language", ["en", "de", "fr", "es", "th", "ar"])
def test_each_kind_has_its_sentence(language: str) -> None:
    """No kind is without words, and no words are kept that no kind asks for."""
    path = ROOT / "gatekeeper" / "wording" / f"{language}.json"
    texts = json.loads(path.read_text(encoding="utf-8"))
    told = {key.removeprefix("trouble.") for key in texts if key.startswith("trouble.")}
    assert told == set(TroubleKind)
    assert all("{" not in texts[f"trouble.{kind}"] for kind in TroubleKind)


@pytest.mark.parametrize("language", ["en", "de", "fr", "es", "th", "ar"])
def test_open_doors_refuse_rehearsal_and_practice_by_name(language: str) -> None:
    """A till's practice is refused by the same sentence, and was told of a rehearsal."""
    path = ROOT / "gatekeeper" / "wording" / f"{language}.json"
    texts = json.loads(path.read_text(encoding="utf-8"))
    said = texts["trouble.doors_open"].casefold()
    assert texts["rehearsal.title"].casefold() in said
    assert texts["practice.word"].casefold() in said


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        (StorageFull("full"), TroubleKind.DISK_FULL),
        (StoreFault("locked", kind=TroubleKind.LOCKED), TroubleKind.LOCKED),
        (StoreFault("odd"), TroubleKind.STORE),
        (ServerFault("gone"), TroubleKind.UNREACHABLE),
        (Rejected("no", problem="device-revoked", status=403), TroubleKind.REVOKED),
        (Rejected("no"), TroubleKind.REFUSED),
        (BadSignature("false"), TroubleKind.NOT_GENUINE),
        (Malformed("garbled"), TroubleKind.UNREADABLE),
        (BadInput("odd"), TroubleKind.UNUSABLE),
    ],
)
def test_an_error_that_names_no_kind_has_its_class_s(
    fault: GatekeeperError, kind: TroubleKind
) -> None:
    """The class tells the rest."""
    assert trouble_of(fault) == Trouble(kind, str(fault))
    assert trouble_of(fault)
    assert not NO_TROUBLE
