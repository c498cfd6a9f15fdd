"""The lists beside a server's copies: sealed as the copies are, and taken of nobody else."""

from __future__ import annotations

import shutil
from pathlib import Path

import msgspec
import pytest

from server.copies.kept_server_copies import find_copies
from server.copies.server_copy_plan import load_plan
from server.persons.erased_persons_beside_database import ERASURES, KeptErasure
from server.start_up.ended_list import DEVICE, ENDINGS, KeptEnding
from shared.wire.server_copies import CopyFault
from tests.factories.migrated_files import begins_with_copies
from tests.integration.server.commands.test_commands import done, run
from tests.integration.server.copies.test_copies import change, copy, folder, made, settings_of

__all__ = ["begins_with_copies", "folder", "made"]
GONE = KeptErasure(id="er_1", organization_id="og_1", at=7, scope="person", words=["n0a1b2c3d4"])
LATER = KeptErasure(id="er_2", organization_id="og_1", at=9, scope="event", event_id="ev_1")
STOLEN = KeptEnding(organization_id="og_1", kind=DEVICE, name="dv_1", at=8)


def name_of(folder: Path) -> str:
    """Return by what the names of a server's copies begin."""
    plan = load_plan(settings_of(folder))
    assert plan is not None
    return plan.name


def keep(folder: Path) -> None:
    """Have something ended and somebody erased, and copied."""
    ENDINGS.add(folder, [STOLEN])
    ERASURES.add(folder, [GONE])
    assert copy(folder) is CopyFault.NONE


def test_lists_travel_with_the_copies_and_show_nothing(
    made: tuple[Path, str], folder: Path, tmp_path: Path
) -> None:
    """Also of an older copy: whoever was erased since is not brought back."""
    stick, new = tmp_path / "stick", tmp_path / "new"
    keep(folder)
    ERASURES.add(folder, [LATER])
    assert copy(folder) is CopyFault.NONE, "the list travels though the database is as it was"
    stored = {file: file.read_bytes() for file in stick.iterdir()}
    assert copy(folder) is CopyFault.NONE
    assert {file: file.read_bytes() for file in stick.iterdir()} == stored, "none is written twice"
    for word in (b"er_1", b"n0a1b2c3d4", b"dv_1", b"og_1"):
        assert not [file for file, content in stored.items() if word in content]
    taken = run(new, "take-over", str(stick), feed=f"{made[1]}\n")
    assert taken.returncode == 0, taken.stderr
    assert ERASURES.read(new) == {"er_1": GONE, "er_2": LATER}
    assert ENDINGS.read(new) == {(DEVICE, "dv_1"): STOLEN}


@pytest.mark.parametrize("kept", [ENDINGS, ERASURES], ids=["endings", "erasures"])
@pytest.mark.parametrize("how", ["planted", "of another server", "the other list", "cut", "empty"])
def test_a_list_that_this_server_did_not_seal_is_refused(
    made: tuple[Path, str], folder: Path, tmp_path: Path, kept: object, how: str
) -> None:
    """Whoever writes to the stick without its code would end devices and erase names by it."""
    stick, new = tmp_path / "stick", tmp_path / "new"
    keep(folder)
    suffix, other = (".endings", ".erasures") if kept is ENDINGS else (".erasures", ".endings")
    file = stick / f"{name_of(folder)}{suffix}"
    genuine = file.read_bytes()
    if how == "planted":
        rows = [STOLEN] if kept is ENDINGS else [GONE]
        file.write_bytes(msgspec.json.encode(rows))
    elif how == "of another server":
        shutil.copytree(made[0], tmp_path / "strange")
        done(tmp_path / "strange", "copy", "code")
        (tmp_path / "strange-stick").mkdir()
        done(tmp_path / "strange", "copy", "to", str(tmp_path / "strange-stick"))
        keep(tmp_path / "strange")
        strange = f"{name_of(tmp_path / 'strange')}{suffix}"
        file.write_bytes((tmp_path / "strange-stick" / strange).read_bytes())
    elif how == "the other list":
        file.write_bytes((stick / f"{name_of(folder)}{other}").read_bytes())
    else:
        file.write_bytes(genuine[:-9] if how == "cut" else b"")

    refused = run(new, "take-over", str(stick), feed=f"{made[1]}\n")
    assert refused.returncode == 2, refused.stderr
    for said in (str(file), "nothing was changed", f"afterwards, as {kept_name(kept)}, and"):
        assert said in refused.stderr
    assert not new.exists()
    file.unlink()
    taken = run(new, "take-over", str(stick), feed=f"{made[1]}\n")
    assert taken.returncode == 0, taken.stderr
    assert copy(folder) is CopyFault.NONE
    assert file.exists(), "the server that still runs writes its own again"


def kept_name(kept: object) -> str:
    """Return how a list is called in a data folder."""
    return ENDINGS.file_name if kept is ENDINGS else ERASURES.file_name


def test_an_earlier_list_of_this_server_ends_what_had_ended_by_then(
    made: tuple[Path, str], folder: Path, tmp_path: Path
) -> None:
    """It was true and stays so; what is newer is missing, as take-over says of every copy."""
    stick, new = tmp_path / "stick", tmp_path / "new"
    keep(folder)
    file = stick / f"{name_of(folder)}.erasures"
    earlier = file.read_bytes()
    ERASURES.add(folder, [LATER])
    change(folder)
    assert copy(folder) is CopyFault.NONE
    assert file.read_bytes() != earlier
    file.write_bytes(earlier)
    taken = run(new, "take-over", str(stick), feed=f"{made[1]}\n")
    assert taken.returncode == 0, taken.stderr
    assert ERASURES.read(new) == {"er_1": GONE}
    assert "what was revoked after that is not known" in taken.stderr
    assert copy(folder) is CopyFault.NONE
    assert file.read_bytes() != earlier, "the server puts its own in the place of an older one"


def test_lists_of_another_name_are_another_servers(
    made: tuple[Path, str], folder: Path, tmp_path: Path
) -> None:
    """Two servers copy to one folder, or an earlier code's list lies there: it tells nothing."""
    stick, new = tmp_path / "stick", tmp_path / "new"
    keep(folder)
    (stick / "gatekeeper-00000000.erasures").write_bytes(msgspec.json.encode([LATER]))
    taken = run(new, "take-over", str(stick), feed=f"{made[1]}\n")
    assert taken.returncode == 0, taken.stderr
    assert ERASURES.read(new) == {"er_1": GONE}


def test_a_list_of_an_earlier_version_is_sealed_by_the_next_copy_or_put_in_by_hand(
    made: tuple[Path, str], folder: Path, tmp_path: Path
) -> None:
    """The stick of a server that died before it was updated: who knows it moves its list over."""
    stick, new = tmp_path / "stick", tmp_path / "new"
    keep(folder)
    file = stick / f"{name_of(folder)}.erasures"
    file.write_bytes((folder / ERASURES.file_name).read_bytes())
    assert copy(folder) is CopyFault.NONE
    assert b"er_1" not in file.read_bytes()
    file.write_bytes((folder / ERASURES.file_name).read_bytes())
    assert run(new, "take-over", str(stick), feed=f"{made[1]}\n").returncode == 2
    shutil.move(file, tmp_path / ERASURES.file_name)
    assert run(new, "take-over", str(stick), feed=f"{made[1]}\n").returncode == 0
    shutil.move(tmp_path / ERASURES.file_name, new / ERASURES.file_name)
    done(new, "migrate")
    assert ERASURES.read(new) == {"er_1": GONE}
    assert len(find_copies(stick)) == 1
