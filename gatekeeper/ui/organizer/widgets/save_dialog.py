"""Where a file of the desk's is to be saved, as a person is asked."""

from __future__ import annotations

from PySide6.QtWidgets import QFileDialog, QWidget


def ask_where_to_save(parent: QWidget, title: str, name: str, *others: str) -> str:
    """Ask a person for a file's place.

    Args:
        parent: What the dialog belongs to.
        title: What it says.
        name: How the file is called unless they say otherwise; its ending tells its form.
        others: Endings of other forms that it may have.

    Returns:
        The file's path; "" if they chose none.
    """
    endings = (name.rpartition(".")[2], *others)
    forms = ";;".join(f"{one.upper()} (*.{one})" for one in endings)
    return QFileDialog.getSaveFileName(parent, title, name, forms)[0]
