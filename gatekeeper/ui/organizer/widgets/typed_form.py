"""Whether somebody has filled in a form that makes something new."""

from __future__ import annotations

from PySide6.QtWidgets import QCheckBox, QLineEdit, QWidget


class TypedForm:
    """Holds what a form's fields and ticks say against what they said when it was emptied.

    Args:
        form: Contains them.
    """

    def __init__(self, form: QWidget) -> None:
        self._form = form
        self._empty = self._read()

    def emptied(self) -> None:
        """Take what the form says now for nothing."""
        self._empty = self._read()

    @property
    def is_typed_in(self) -> bool:
        """Whether it says anything else by now."""
        return self._read() != self._empty

    def _read(self) -> tuple[list[str], list[bool]]:
        """Read what can be filled in now; fields of numbers and times have lines in them."""
        form = self._form
        lines, boxes = form.findChildren(QLineEdit), form.findChildren(QCheckBox)
        return (
            [one.text().strip() for one in lines if _is_offered(one, form)],
            [one.isChecked() for one in boxes if one.isVisibleTo(form)],
        )


def _is_offered(line: QLineEdit, form: QWidget) -> bool:
    return line.isVisibleTo(form) and line.isEnabledTo(form)
