"""Where copies of a server go, and what seals them: a folder, and a recovery code on paper.

A folder is marked when it is chosen: an empty place where a stick was is no place for copies.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable
from pathlib import Path
from typing import Final

import msgspec

from server.copies import backup_sealing
from server.copies.backup_sealing import BackupHead, Seal
from server.durable_files import make_durable, make_folder_durable
from server.settings import PRIVATE_FILE, Settings
from shared.kernel.errors import BadInput, StoreFault
from shared.kernel.instant import Instant
from shared.kernel.os_errors import not_ours, words_of_system
from shared.kernel.ports import Entropy
from shared.kernel.recovery_code import make_recovery_code, parse_recovery_code
from shared.kernel.undecodable import UNDECODABLE
from shared.wire.server_copies import PLAN_FILE, STATE_FILE, CopyState

SECRETS: Final = "secrets"


class CopyPlan(msgspec.Struct, frozen=True, kw_only=True):
    """Where copies go, and what seals them; it lies among the secrets.

    Attributes:
        salt, key: Hex digits; the key is stretched of the recovery code, which is kept nowhere.
        folder: "" for nowhere.
    """

    salt: str
    key: str
    folder: str = ""

    @property
    def name(self) -> str:
        """By which this server's copies are told from another's in one folder."""
        return name_copies(bytes.fromhex(self.salt))

    def seal(self, now: Instant) -> Seal:
        """Return what seals a copy that is made now."""
        head = BackupHead(b"", bytes.fromhex(self.salt), backup_sealing.SCRYPT_COST, now)
        return Seal(head, bytes.fromhex(self.key))


def name_copies(salt: bytes) -> str:
    """Return by what the names of all that is sealed under one recovery code begin."""
    return f"gatekeeper-{salt.hex()[:8]}"


def draw_code(settings: Settings, entropy: Entropy, show: Callable[[str], None]) -> str:
    """Draw a new recovery code: copies from now on, and resets, need this one.

    Args:
        settings: Whose.
        entropy: For the code.
        show: Shows it; nobody is left with a code that was not.

    Returns:
        Why copies go nowhere until somebody says where; "" if they go where they went.

    Raises:
        StoreFault: if the disk refuses.
    """
    code = make_recovery_code(entropy)
    seal = backup_sealing.seal_by_passphrase(code, entropy)
    try:
        former = load_plan(settings)
    except StoreFault:
        former = None  # it is damaged: this mends it
    plan = CopyPlan(
        salt=seal.head.salt.hex(),
        key=seal.key.hex(),
        folder="",
    )
    show(code)
    try:
        save(_plan_file(settings), msgspec.json.encode(plan))
    except StoreFault as fault:
        raise StoreFault(f"the code that was shown does not work: {fault}") from fault
    if former is None or not former.folder:
        return ""
    try:
        choose_folder(settings, Path(former.folder))
    except BadInput as fault:
        return f"no backups are being made now: {fault}; after that, run `copy to {former.folder}`"
    return ""


def is_code(plan: CopyPlan, text: str) -> bool:
    """Tell whether a text is the recovery code.

    Raises:
        Malformed: if it cannot be one.
    """
    head = plan.seal(Instant(0)).head
    return backup_sealing.passphrase_key(head, parse_recovery_code(text)).hex() == plan.key


def choose_folder(settings: Settings, folder: Path | None) -> CopyPlan:
    """Let copies go there from now on, or nowhere.

    Raises:
        BadInput: if there is no recovery code yet, or the folder cannot be written.
        StoreFault: if the disk refuses.
    """
    plan = load_plan(settings)
    if plan is None:
        raise BadInput("create a recovery code first: backups are encrypted with it")
    if folder is not None:
        folder = folder.absolute()
        if folder.is_relative_to(settings.data_folder.absolute()):
            raise BadInput(f"{folder} is inside the server's own folder and would be lost with it")
        try:
            mark_of(folder, plan).touch()
        except OSError as error:
            raise BadInput(f"{folder} cannot be written: {words_of_system(error)}") from error
    chosen = msgspec.structs.replace(plan, folder="" if folder is None else str(folder))
    save(_plan_file(settings), msgspec.json.encode(chosen))
    if load_state(settings).folder != chosen.folder:
        # What is known of another folder says nothing of this one, nor of none.
        fresh = CopyState(folder=chosen.folder)
        save(settings.data_folder / STATE_FILE, msgspec.json.encode(fresh))
    return chosen


def load_plan(settings: Settings) -> CopyPlan | None:
    """Return the plan; None before there is a recovery code.

    Raises:
        StoreFault: if it is damaged.
    """
    file = _plan_file(settings)
    try:
        return msgspec.json.decode(file.read_bytes(), type=CopyPlan)
    except FileNotFoundError:
        return None
    except PermissionError as error:
        raise not_ours(error) from error
    except (OSError, *UNDECODABLE) as error:
        message = f"{file} is damaged ({words_of_system(error)}): create a new recovery code"
        raise StoreFault(message) from error


def load_state(settings: Settings) -> CopyState:
    """Return how copies stand; as if there were none where that is not known."""
    with contextlib.suppress(OSError, msgspec.DecodeError):
        content = (settings.data_folder / STATE_FILE).read_bytes()
        return msgspec.json.decode(content, type=CopyState)
    return CopyState()


def mark_of(folder: Path, plan: CopyPlan) -> Path:
    """Return the file that says of a folder that it was chosen."""
    return folder / f"{plan.name}.here"


def _plan_file(settings: Settings) -> Path:
    return settings.data_folder / SECRETS / PLAN_FILE


def save(file: Path, content: bytes) -> None:
    """Write a file whole, for its owner only, or leave the former one.

    Raises:
        StoreFault: if the disk refuses.
    """
    draft = file.with_name(f"{file.name}.draft")
    try:
        draft.unlink(missing_ok=True)
        handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE_FILE)
        with os.fdopen(handle, "wb") as target:
            target.write(content)
        make_durable(draft)
        draft.replace(file)
        make_folder_durable(file.parent)
    except OSError as error:
        raise StoreFault(f"{file} cannot be written: {words_of_system(error)}") from error
