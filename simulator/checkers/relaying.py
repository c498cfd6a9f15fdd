"""A gate that relays for others can delay them, and nothing else; who lies is noticed.

What the ledger answers to a relayed claim it has answered once: the same again, or a denial after
the claim was given up. A word that it has not signed is obeyed by nobody, and its bringer is named
by the gate that heard it. What is altered on the way is refused, and kept under the name of the
one that brought it. That nobody is admitted twice and no entry is lost, the other files judge.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import msgspec

from gatekeeper.lan.ledger_word_by_peer import FORGED_WORD
from shared.wire.claim import ClaimAnswer
from shared.wire.feed import Use
from simulator.history import RelayLie
from simulator.judging.evidence import Evidence
from simulator.judging.ledger_and_device_views import DeviceView


def check_relaying(evidence: Evidence) -> Iterator[str]:
    """Yield each lie that passed, and each answer that changed."""
    if not evidence.dishonest:
        return
    if not evidence.history.restores:  # a ledger that was put back has forgotten its answers
        yield from _answers(evidence)
        yield from _one_use_each(evidence)
        yield from _spoilt_are_named(evidence)
    yield from _spoilt_are_refused(evidence)
    yield from _lies_are_named(evidence)


def _answers(evidence: Evidence) -> Iterator[str]:
    """A claim is granted once, in the same words, and never after it was denied.

    What the asker let in on its own meanwhile stands, and is answered so, from when it did.
    """
    uses: dict[str, list[Use]] = {}
    for _, _, item in evidence.ledger.feed:
        if isinstance(item, Use):
            uses.setdefault(item.claim_id, []).append(item)
    told: dict[str, list[ClaimAnswer]] = {}
    for one in evidence.history.relayed:
        answer = msgspec.json.decode(one.answer, type=ClaimAnswer)
        told.setdefault(one.claim_id, []).append(answer)
    for claim_id, answers in told.items():
        own = uses.get(claim_id, [])
        ways = {(a.reason, a.sequence) for a in answers if a.verdict == "admit"}
        times = {a.at for a in answers if a.verdict == "admit"}
        if len(ways) > 1 or len(times) > max(1, len({use.at for use in own})):
            yield f"relayed claim {claim_id} was granted in {len(ways)} ways at {len(times)} times"
        is_alone = any(use.mode != "online" for use in own)
        verdicts = [] if is_alone else [answer.verdict for answer in answers]
        if "deny" in verdicts and "admit" in verdicts[verdicts.index("deny") :]:
            yield f"relayed claim {claim_id} was granted after it was denied"


def _one_use_each(evidence: Evidence) -> Iterator[str]:
    relayed = {one.claim_id for one in evidence.history.relayed}
    # What was granted late is told again as its gate's own.
    counts = Counter(
        (item.claim_id, item.mode)
        for _, _, item in evidence.ledger.feed
        if isinstance(item, Use) and item.claim_id in relayed
    )
    for (claim_id, _), count in counts.items():
        if count > 1:
            yield f"relayed claim {claim_id} was recorded {count} times"


def _spoilt_are_refused(evidence: Evidence) -> Iterator[str]:
    for device_id, entries in evidence.ledger.entries.items():
        for held in entries.values():
            if held.signed.hash in evidence.history.spoilt:
                yield f"the server took an altered entry for one of {device_id}"


def _spoilt_are_named(evidence: Evidence) -> Iterator[str]:
    dishonest = _device_of(evidence, evidence.dishonest)
    refused = evidence.ledger.refusals.get(dishonest.device_id, 0)
    brought = evidence.history.spoilt_told
    if brought and not refused:
        yield f"{evidence.dishonest} brought {brought} altered entries, unnamed"


def _lies_are_named(evidence: Evidence) -> Iterator[str]:
    """Who heard a lie while it waited for the ledger's word names the one that brought it."""
    dishonest = _device_of(evidence, evidence.dishonest)
    for lie in evidence.history.lies:
        asker = next(one for one in evidence.devices if one.device_id == lie.device_id)
        if asker.start != lie.start or not _was_waited_for(evidence, asker, lie):
            continue  # what a program has noticed it forgets when it ends
        if (dishonest.device_id, FORGED_WORD) not in asker.alarms:
            yield f"{asker.node} heard {lie.what} for claim {lie.claim_id}, and names nobody"


def _was_waited_for(evidence: Evidence, asker: DeviceView, lie: RelayLie) -> bool:
    return lie.heard_at is not None and any(
        scan.node == asker.node
        and scan.answer is not None
        and scan.ended is not None
        and scan.answer.claim_id == lie.claim_id
        and scan.began <= lie.heard_at < scan.ended
        for scan in evidence.history.scans
    )


def _device_of(evidence: Evidence, node: str) -> DeviceView:
    return next(device for device in evidence.devices if device.node == node)
