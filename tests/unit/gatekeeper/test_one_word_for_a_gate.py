"""A gate has one word in each language: staff look for the place that a screen names."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
CATALOGUES = (
    "gatekeeper/wording/{}.json",
    "server/mail/mail_texts.json",
    "server/health/front_page_texts.json",
    "server/paper_lists/paper_list_texts.json",
)
OTHERS = {
    "fr": r"\b(?:[CcLl]ette |[Uu]ne autre |aux |[Ll]es autres )entrées?\b",
    "es": r"\bpuerta\b",
}
"""What a gate was called besides; the way in itself and the opening of doors are another thing."""
DOORS = frozenset({"role.may.staff", "desk.plan.field.questions", "answers.none"})
RULED = frozenset({"reason.rules_denied.meaning"})
"""Where one entry is meant, not the gate."""


def texts_of(path: Path, language: str) -> dict[str, str]:
    said = json.loads(path.read_text(encoding="utf-8"))
    found = said.get(language, said)
    return {
        key: one if isinstance(one, str) else " ".join(one.values()) for key, one in found.items()
    }


@pytest.mark.parametrize("language", OTHERS)
def test_a_gate_is_called_by_one_word(language: str) -> None:
    """Portes and entrées, puertas and accesos stood beside each other for the same thing."""
    texts = {
        key: said
        for name in CATALOGUES
        for key, said in texts_of(ROOT / name.format(language), language).items()
        if key not in DOORS | RULED
    }
    assert [key for key, said in texts.items() if re.search(OTHERS[language], said)] == []
