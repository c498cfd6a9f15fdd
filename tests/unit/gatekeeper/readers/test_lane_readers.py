"""Several readers as one: each ticket once, and how readers are."""

from __future__ import annotations

from gatekeeper.readers.debounce import Debounce
from gatekeeper.readers.lane_readers import LaneReaders, Reading, tag_name
from gatekeeper.readers.nfc.tag_scan import TagChecks, TagScan, TagTorn
from gatekeeper.readers.ports import RawScan, ReaderHealth
from shared.kernel.instant import SECOND, Duration


class ScriptedReader:
    """A reader whose readings and health a test sets."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.health = ReaderHealth.ABSENT
        self.fault = ""
        self.waiting: list[Reading] = []
        self.is_closed = False

    def poll(self) -> list[Reading]:
        """Return what waits."""
        readings, self.waiting = self.waiting, []
        return readings

    def close(self) -> None:
        """Take note."""
        self.is_closed = True


def _code(text: str, at: Duration) -> RawScan:
    return RawScan(text, "imager", at)


def _tap(uid: str, at: Duration) -> TagScan:
    return TagScan(bytes.fromhex(uid), "NTAG213", None, None, TagChecks(), "nfc", at)


def test_one_ticket_at_two_readers_is_one_reading() -> None:
    """Within a second; another ticket is taken at once, and the same one later again."""
    left, right = ScriptedReader("left"), ScriptedReader("right")
    debounce = Debounce()
    desk = LaneReaders([left, right], debounce)
    left.waiting = [_code("a", Duration(0)), _tap("04a1b2c3d4e5f6", Duration(10))]
    right.waiting = [
        _code("a", Duration(20)),
        _code("b", Duration(30)),
        _tap("04a1b2c3d4e5f6", Duration(40)),
    ]
    assert desk.poll() == [
        _code("a", Duration(0)),
        _tap("04a1b2c3d4e5f6", Duration(10)),
        _code("b", Duration(30)),
    ]
    right.waiting = [_code("a", 2 * SECOND)]
    assert len(desk.poll()) == 1
    right.waiting = [_code("a", Duration(2 * SECOND + 1))]
    debounce.forget()
    assert len(desk.poll()) == 1


def test_a_torn_tag_is_always_told() -> None:
    """Whoever holds a tag badly twice is told twice."""
    reader = ScriptedReader("nfc")
    desk = LaneReaders([reader], Debounce())
    reader.waiting = [TagTorn("nfc", Duration(1)), TagTorn("nfc", Duration(2))]
    assert len(desk.poll()) == 2


def test_changes_of_health_are_told_once() -> None:
    """A reader that was not tried yet is no news; then each change is."""
    reader = ScriptedReader("Imager A")
    desk = LaneReaders([reader], Debounce())
    assert desk.news() == []
    assert not desk.troubles
    reader.fault = "plug it in"
    assert [str(news) for news in desk.news()] == ["Imager A: absent; plug it in"]
    assert [str(one) for one in desk.troubles] == ["Imager A: absent; plug it in"]
    reader.health, reader.fault = ReaderHealth.READY, ""
    assert [str(news) for news in desk.news()] == ["Imager A: ready"]
    assert desk.news() == []
    assert not desk.troubles
    desk.close()
    assert reader.is_closed


def test_the_name_of_a_tag_is_no_text() -> None:
    """No code that can be read is taken for a tag."""
    assert not tag_name(_tap("04a1b2c3d4e5f6", Duration(0))).isprintable()
