"""The desk sends the tag of what it read with each edit, so that nobody's change is lost."""

from __future__ import annotations

import ast
from pathlib import Path

import gatekeeper.organizer

ROOM = Path(gatekeeper.organizer.__file__).parent
WRITES = {"put", "patch", "delete"}
WITHOUT = {
    ("orders_client.py", "name_holder"): "an act upon a ticket",
    ("orders_client.py", "block"): "an act upon a ticket",
    ("pauses_client.py", "say_pause"): "entry is paused or it is not, whoever said so last",
    ("alarms_client.py", "want_mail"): "one person's own wish, replaced whole",
    ("promotions_client.py", "remove_promotion"): "is never changed, so nothing comes between",
    ("api_keys_client.py", "revoke"): "is never changed, so nothing comes between",
    ("open_codes_client.py", "take_code_back"): "is never changed, so nothing comes between",
    ("holds_client.py", "release_hold"): "all of it goes; released twice, it is released once",
}
"""Who writes without a tag, and why; `test_edits.py` says of each route."""


def find_untagged() -> set[tuple[str, str]]:
    """Find each function of the desk that changes something and names `UNTAGGED`, or no tag."""
    found = set()
    for file in ROOM.rglob("*.py"):
        for function in ast.walk(ast.parse(file.read_text("utf-8"))):
            if not isinstance(function, ast.AsyncFunctionDef | ast.FunctionDef):
                continue
            for call in ast.walk(function):
                if is_write(call) and not has_tag(call):
                    found.add((file.name, function.name))
    return found


def is_write(node: ast.AST) -> bool:
    """Whether something is changed at the server: `api.put(…)` and its like."""
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
        return False
    whose = node.func.value
    name = whose.attr if isinstance(whose, ast.Attribute) else getattr(whose, "id", "")
    return node.func.attr in WRITES and name.strip("_") == "api"


def has_tag(node: ast.AST) -> bool:
    """Whether the call's last argument is a tag that was read."""
    assert isinstance(node, ast.Call)
    named = [word.value for word in node.keywords if word.arg == "etag"]
    tag = named[0] if named else node.args[-1]
    return "etag" in ast.unparse(tag)


def test_each_edit_of_the_desk_sends_the_tag_of_what_was_read_or_says_why_not() -> None:
    """Else the second of two organizers would overwrite the first without a word."""
    assert find_untagged() == WITHOUT.keys()
