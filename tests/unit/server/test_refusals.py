"""Each refusal that has a code is one that desks know, and each code is given somewhere."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import msgspec

from server.problem_answers import encode_problem, not_found, refuse
from shared.wire.refusal_reasons import REFUSALS
from shared.wire.work_reasons import ENGLISH, WorkReason

SERVER = Path(__file__).parents[3] / "server"
MAKERS = {"refuse": 1, "WorkReason": 0}
"""Who is given a code, and in which place."""


def codes_given() -> Iterator[str]:
    """Yield each code that the server's source names."""
    named = re.compile("|".join(map(re.escape, (*REFUSALS, *MAKERS))))
    for path in SERVER.rglob("*.py"):
        source = path.read_text(encoding="utf-8")
        for node in ast.walk(ast.parse(source)) if named.search(source) else ():
            if isinstance(node, ast.Constant) and node.value in REFUSALS:
                yield str(node.value)
            name = getattr(node.func, "id", "") if isinstance(node, ast.Call) else ""
            if isinstance(node, ast.Call) and name in MAKERS and len(node.args) > MAKERS[name]:
                code = node.args[MAKERS[name]]
                if isinstance(code, ast.Constant):
                    assert code.value in ENGLISH, f"{path.name}:{node.lineno}"


def test_each_code_is_known_and_given() -> None:
    """A slip in one would be found when somebody is refused, as a fault of the server."""
    assert set(codes_given()) == set(REFUSALS)


def test_a_refusal_says_its_code_beside_its_detail() -> None:
    """What has none says nothing of it: programs that know no codes read what they always did."""
    problem = refuse("conflict", "order.unpayable", order_state="expired")
    said = msgspec.json.decode(encode_problem(problem, "r1"))
    assert said["detail"] == "The order is expired; it can no longer be paid."
    wanted = {"code": "order.unpayable", "values": {"order_state": "expired"}}
    assert said["because"] == wanted
    assert msgspec.convert(wanted, WorkReason) == problem.because
    assert "because" not in msgspec.json.decode(encode_problem(not_found("order"), "r1"))
