"""Small parts that the screens besides the gate's are made of."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QLabel, QWidget

from gatekeeper.presenters.colors import ButtonLook
from gatekeeper.presenters.sizes import Sizes
from gatekeeper.ui.widget_texts import speak
from gatekeeper.ui.widgets.action_button import ActionButton
from gatekeeper.ui.widgets.scroll_body import ScrollBody


class PageLabel(QLabel):
    """A text that begins where the language's lines begin, in whatever script it is."""

    def __init__(self) -> None:
        super().__init__()
        self._align()

    def changeEvent(self, event: QEvent) -> None:
        """Begin the text at the other side where the language is written from there."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.LayoutDirectionChange:
            self._align()

    def _align(self) -> None:
        if self.alignment() & Qt.AlignmentFlag.AlignHCenter:
            return
        is_mirrored = self.layoutDirection() == Qt.LayoutDirection.RightToLeft
        side = Qt.AlignmentFlag.AlignRight if is_mirrored else Qt.AlignmentFlag.AlignLeft
        # Absolute: otherwise a label takes the side of its text's script.
        self.setAlignment(side | Qt.AlignmentFlag.AlignAbsolute | Qt.AlignmentFlag.AlignVCenter)


def make_label(*, key: str = "", role: str = "", name: str = "") -> QLabel:
    """Return a text that wraps; its role gives it its look, its key what it always says."""
    label = PageLabel()
    if key:
        speak(label, key)
    label.setWordWrap(True)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setObjectName(name)
    if role:
        label.setProperty("role", role)
    return label


def set_role(label: QLabel, role: str) -> None:
    """Give a label the look of a role, such as `bad`."""
    if label.property("role") != role:
        label.setProperty("role", role)
        label.style().unpolish(label)
        label.style().polish(label)


def make_button(
    key: str, *, name: str, is_primary: bool = False, takes_focus: bool = True
) -> ActionButton:
    """Return a button for a finger; its page gives it its sizes and colours."""
    # Enter presses the button that has the focus; a scanner's Enter never gets here.
    button = ActionButton(Sizes(1.0, 1.0), takes_focus=takes_focus)
    button.set_main(is_main=is_primary)
    button.setObjectName(name)
    speak(button, key)
    return button


def size_parts(page: QWidget, sizes: Sizes) -> None:
    """Give a page's buttons and scrolling parts their sizes."""
    for button in page.findChildren(ActionButton):
        button.set_sizes(sizes)
    for body in page.findChildren(ScrollBody):
        body.set_sizes(sizes)


def color_buttons(page: QWidget, look: ButtonLook) -> None:
    """Give a page's buttons their colours."""
    for button in page.findChildren(ActionButton):
        button.set_look(look)


def give_focus(page: QWidget | None) -> None:
    """Let the keyboard be on a page: on the first thing that takes it, else on the page itself."""
    if page is None:
        return
    focused: QWidget | None = page.window().focusWidget()
    if focused is not None and page.isAncestorOf(focused):
        return
    if focused is page and page.focusPolicy() != Qt.FocusPolicy.NoFocus:
        page.setFocus(Qt.FocusReason.OtherFocusReason)
        return
    at = page.nextInFocusChain()
    while at is not page and at is not None:
        takes_keys = at.focusPolicy() & Qt.FocusPolicy.TabFocus and at.isEnabled()
        if takes_keys and page.isAncestorOf(at) and at.isVisible():
            at.setFocus(Qt.FocusReason.OtherFocusReason)
            return
        at = at.nextInFocusChain()
    page.setFocus(Qt.FocusReason.OtherFocusReason)


def is_escape(event: QKeyEvent) -> bool:
    """Tell whether a key leads back; any other is taken as well, so that it acts nowhere else."""
    event.accept()
    return event.key() == Qt.Key.Key_Escape
