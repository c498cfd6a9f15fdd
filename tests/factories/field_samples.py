"""The field's photos, cases and vectors that stand beside the project, where they are at hand.

They are not ours to keep in the tree. A test that reads them is skipped where they are absent;
continuous integration has them.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

import pytest

FIELD_SAMPLES: Final = Path(__file__).resolve().parents[2].parent / "shared"
DECISION_CASES: Final = FIELD_SAMPLES / "cases" / "sample.json"
PRETIX_VECTORS: Final = FIELD_SAMPLES / "cases" / "pretix_sig1_vectors.json"
QR_PHOTOS: Final = FIELD_SAMPLES / "data" / "qr"

needs_field_samples: Final = pytest.mark.skipif(
    not DECISION_CASES.exists(), reason="the field's samples do not stand beside the project"
)


def read_sample(path: Path) -> Any:
    """Return a JSON sample's content, or an empty object where it is absent."""
    return json.loads(path.read_text("utf-8")) if path.exists() else {}
