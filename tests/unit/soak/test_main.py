"""`python -m soak`: numbers that make no sense are refused before anything is started."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from soak.__main__ import main


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--lanes", "0"], "lanes, tickets and seconds must be above 0"),
        (["--tickets", "-1"], "lanes, tickets and seconds must be above 0"),
        (["--seconds", "nan"], "lanes, tickets and seconds must be above 0"),
        (["--seconds", "inf"], "lanes, tickets and seconds must be above 0"),
        (["sqlite", "oracle"], "no such database: oracle"),
    ],
)
def test_wrong_use_ends_with_2_and_a_sentence(
    words: list[str],
    said: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Nothing is soaked, also where only the second database's name is wrong."""
    monkeypatch.setattr(sys, "argv", ["soak", *words])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 2
    heard = capsys.readouterr()
    assert said in heard.err
    assert not heard.out


def test_kept_files_of_another_soak_are_not_touched(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A folder that is there already is wrong use, and is left as it was."""
    kept = tmp_path / "sqlite"
    kept.mkdir()
    monkeypatch.setattr(sys, "argv", ["soak", "sqlite", "--keep", str(tmp_path)])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 2
    assert f"{kept} is there already; name another folder" in capsys.readouterr().err
    assert not list(kept.iterdir())
