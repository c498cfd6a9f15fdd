"""The roster: signed by the server, of this event, each device once."""

from __future__ import annotations

import msgspec
import pytest

from shared.admission.pace import PaceLimit
from shared.kernel.errors import BadSignature, Malformed
from shared.kernel.id_types import DeviceId, EventId
from shared.lan import roster as roster_module
from shared.lan.roster import Roster, RosterDevice, open_roster
from shared.manifest.signed_document import DocumentKind, SignedDocument
from tests.factories.house import DOORS, EVENT, ORGANIZATION, ROOT, make_key, make_signer
from tests.unit.shared.lan.venue import make_roster, sign_roster


def open_it(document: SignedDocument) -> Roster:
    """Open a document as the tests' organization."""
    return open_roster(
        document,
        root_public_key=ROOT.public_key,
        organization_id=ORGANIZATION,
        event_id=EVENT,
    )


def test_roster_opens_as_it_was_signed() -> None:
    """Devices, keys and addresses come back."""
    roster = make_roster(2, epoch=3, sequence=4, addresses=["10.0.0.1:1", "10.0.0.2:2"])
    assert open_it(sign_roster(roster)) == roster
    assert roster.version == (3, 4)


def test_forged_roster_is_refused() -> None:
    """Another root's certificate does not count, nor another kind of document."""
    forged = make_signer(root=make_key(99)).sign(DocumentKind.ROSTER, make_roster(1), DOORS)
    with pytest.raises(BadSignature):
        open_it(forged)
    with pytest.raises(BadSignature):
        open_it(make_signer().sign(DocumentKind.FEED, make_roster(1), DOORS))


def test_roster_of_another_event_is_refused() -> None:
    """A device joins only its event's gates."""
    with pytest.raises(Malformed, match="event"):
        open_it(sign_roster(make_roster(1, event_id=EventId("ev_other"))))


def test_roster_with_a_device_twice_or_too_many_is_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """One device has one key."""
    roster = make_roster(1)
    twice = msgspec.structs.replace(roster, devices=roster.devices * 2)
    with pytest.raises(Malformed, match="twice"):
        open_it(sign_roster(twice))
    monkeypatch.setattr(roster_module, "DEVICES_MAX", 1)
    with pytest.raises(Malformed, match="too many"):
        open_it(sign_roster(make_roster(2)))


def test_roster_with_a_key_of_a_wrong_length_is_refused() -> None:
    """Such a key could verify nothing."""
    roster = msgspec.structs.replace(
        make_roster(0), devices=(RosterDevice(device_id=DeviceId("dv_1"), public_key=b"short"),)
    )
    with pytest.raises(Malformed, match="32 bytes"):
        open_it(sign_roster(roster))


def test_a_device_of_an_older_roster_has_everybodys_pace() -> None:
    """The field was appended: a server of before does not write it, a gate of before skips it."""
    device = RosterDevice(device_id=DeviceId("dv_1"), public_key=bytes(32), name="North")
    written = msgspec.to_builtins(device)
    before = msgspec.convert(written[:-1], RosterDevice)
    assert before == device
    assert before.pace == PaceLimit()
    later = msgspec.convert([*written, "a field of a later version"], RosterDevice)
    assert later == device
