"""Where the desk saves files and finds them: in the folder that was chosen last."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QStandardPaths
from PySide6.QtWidgets import QFileDialog, QWidget

_last = dict[str, Path]()


def ask_where_to_save(parent: QWidget, title: str, name: str, *others: str) -> str:
    """Ask a person for a file's place.

    Who types a name without an ending means the form that they see. Where a file is called so
    already, they are asked once more: the dialog has asked about another name.

    Args:
        parent: What the dialog belongs to.
        title: What it says.
        name: How the file is called unless they say otherwise; its ending tells its form.
        others: Endings of other forms that it may have.

    Returns:
        The file's path; "" if they chose none.
    """
    endings = (name.rpartition(".")[2], *others)
    forms = {f"{one.upper()} (*.{one})": one for one in endings}
    name = str(_folder() / name)
    while True:
        name, form = QFileDialog.getSaveFileName(parent, title, name, ";;".join(forms))
        if name and Path(name).suffix.lower().removeprefix(".") not in endings:
            name = f"{name}.{forms.get(form, endings[0])}"
            if Path(name).exists():
                continue
        return _remember(name)


def ask_for_file(parent: QWidget, title: str, kinds: str) -> str:
    """Ask a person for a file to read.

    Args:
        parent: What the dialog belongs to.
        title: What it says.
        kinds: Which files it shows, as Qt spells its filters.

    Returns:
        The file's path; "" if they chose none.
    """
    name, _ = QFileDialog.getOpenFileName(parent, title, str(_folder()), kinds)
    return _remember(name)


def ask_for_folder(parent: QWidget, title: str) -> str:
    """Ask a person for a folder, such as a USB stick's.

    Args:
        parent: What the dialog belongs to.
        title: What it says.

    Returns:
        The folder's path; "" if they chose none.
    """
    return QFileDialog.getExistingDirectory(parent, title, str(_folder()))


def _folder() -> Path:
    """The folder that was last chosen; before, the person's documents, or their home.

    A desk begins in whatever folder its icon was started from: nobody looks for a file there.
    """
    documents = QStandardPaths.StandardLocation.DocumentsLocation
    known = (_last.get("folder"), Path(QStandardPaths.writableLocation(documents)))
    return next((one for one in known if one is not None and one.is_dir()), Path.home())


def _remember(name: str) -> str:
    if name:
        _last["folder"] = Path(name).parent
    return name
