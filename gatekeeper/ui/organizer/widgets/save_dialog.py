"""Where a file of the desk's is to be saved, as a person is asked."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtWidgets import QFileDialog, QWidget


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
    while True:
        name, form = QFileDialog.getSaveFileName(parent, title, name, ";;".join(forms))
        if not name or Path(name).suffix.lower().removeprefix(".") in endings:
            return name
        name = f"{name}.{forms.get(form, endings[0])}"
        if not Path(name).exists():
            return name
