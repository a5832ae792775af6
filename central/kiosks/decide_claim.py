"""Staff's word on a claim whose kiosk does not report: it stands in for the record until that is here.

Points that are given stay given; what was refused is weighed anew when the record comes after all, as if nothing had
been said. So a late record gives nothing twice, and a refusal costs nobody what the kiosk can prove.
"""

from __future__ import annotations

from enum import StrEnum

from central.database.transaction import Connection
from central.kiosks import store
from central.kiosks.store import Claim, State
from central.kiosks.weigh_claim import (
    NotClaimed,
    Waits,
    give_without_record,
    settle_waiting,
    tell_kiosk,
    waits_for_record,
)


class Decision(StrEnum):
    """What staff may say. The values stand in addresses and, with "claim-" before them, in the audit log."""

    GIVE = "give"
    REFUSE = "refuse"


class NotDecided(StrEnum):
    """Why staff's word is not taken, in the office's words."""

    GONE = "その申し出はありません。ページを開き直してください / there is no such claim: open the page again"
    SETTLED = "もう決まっています。ページを開き直してください / it is settled already: open the page again"
    OTHERS_FIRST = (
        "先の申し出が決まれば自動で決まります。先に、上の行を決めてください / "
        "it follows by itself once those before it are settled: decide these first"
    )
    USED = "人数分は、もうほかの方が受け取りました / as many as the code is for have the points"
    TAKEN_BACK = "このコードは浴場で取り消されました / the bath has taken the code back"
    CAP_OF_MEMBER = "この会員は上限まで受け取りました / the member has had as much as one may get"
    CAP_OF_KIOSK = (
        "キオスクの一日の上限を超えます。上限はキオスクの設定で、あしたから上げられます / "
        "more than the kiosk may give in a day: its settings raise that from tomorrow on"
    )
    CLOSED = (
        "制度の期間外か、承認した予算が足りません。points budget で承認してください / "
        "the programme is not open, or nothing is left of what was approved: see points budget"
    )


_REFUSED = {
    NotClaimed.USED: NotDecided.USED,
    NotClaimed.TAKEN_BACK: NotDecided.TAKEN_BACK,
    NotClaimed.CAP_OF_MEMBER: NotDecided.CAP_OF_MEMBER,
    NotClaimed.CAP_OF_KIOSK: NotDecided.CAP_OF_KIOSK,
}


def decide_claim(
    connection: Connection, claim_id: int, member: str, decision: Decision, now: int
) -> Claim | NotDecided:
    """The claim as it stands now, of that number and member. One that staff have refused they may still give."""
    claim = store.claim_numbered(connection, claim_id)
    if claim is None or claim.member != member:
        return NotDecided.GONE
    is_refused = claim.why == NotClaimed.BY_STAFF
    if claim.state is not State.PENDING and not (is_refused and decision is Decision.GIVE):
        return NotDecided.SETTLED
    if not waits_for_record(connection, claim):
        return NotDecided.OTHERS_FIRST
    if decision is Decision.GIVE:
        refused = give_without_record(connection, claim, now)
        if isinstance(refused, Waits):
            return NotDecided.OTHERS_FIRST
        if refused is not None:
            return _REFUSED.get(refused, NotDecided.CLOSED)
    else:
        store.put_state(connection, claim.id, State.REFUSED, NotClaimed.BY_STAFF)
    tell_kiosk(connection, claim)
    # Others may have waited for this one.
    settle_waiting(connection, now)
    decided = store.claim_numbered(connection, claim_id)
    assert decided is not None, "it was there"
    return decided
