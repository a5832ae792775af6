"""Words of the reports' pages."""

from __future__ import annotations

from central.reports.periods import Stands
from central.reports.sheet import Period
from central.words.words import Words

BADGES: dict[Stands, tuple[Words, str]] = {
    Stands.NOT_OVER: (("途中", "not over"), ""),
    Stands.UNVERIFIED: (("検算待ち", "to be verified"), "warn"),
    Stands.WRONG: (("違いあり", "differs"), "bad"),
    Stands.READY: (("検算ずみ", "verified"), "good"),
}
"""Words and tone."""
_UNVERIFIED: Words = (
    "終わってからの検算がまだです（毎日2時40分に自動で行います）。すむまで署名や提出をしないでください。",
    "The ledger was not verified since it ended; each day at 02:40 it is. Sign and hand in nothing before.",
)
_WRONG: Words = (
    "検算で元帳に違いが見つかりました。署名や提出をせず、サーバーの担当に ledger verify の結果を聞いてください。",
    "The ledger does not verify. Sign and hand in nothing, and have whoever keeps the server look at ledger verify.",
)
TO_DO: dict[tuple[Period, Stands], Words] = {
    (Period.MONTH, Stands.NOT_OVER): (
        "この月はまだ終わっていないので、締められません。月が変わり、検算がすんでから開き直してください。",
        "The month is not over and cannot be closed: come back when it is, and the ledger has been verified.",
    ),
    (Period.MONTH, Stands.UNVERIFIED): _UNVERIFIED,
    (Period.MONTH, Stands.WRONG): _WRONG,
    (Period.MONTH, Stands.READY): (
        "締められます。印刷して署名し、紙で保管してください。あとで元帳が書き換えられれば、紙の「鎖の端」と合わなくなります。",
        "It can be closed: print it, sign it, keep the paper. A ledger that is changed later does not match its head.",
    ),
    (Period.DAY, Stands.NOT_OVER): (
        "この日はまだ終わっていません。次の日になってから開き直してください。",
        "The day is not over: come back on the next one.",
    ),
    (Period.DAY, Stands.UNVERIFIED): _UNVERIFIED,
    (Period.DAY, Stands.WRONG): _WRONG,
    (Period.DAY, Stands.READY): (
        "この日の終わりの数字です。あとの取引では変わりません。",
        "The figures at the end of the day; nothing that is posted later changes them.",
    ),
}
"""What that means and what to do."""
NO_PERIOD = {
    Period.MONTH: "月は 2026-09 の形で、2000年から2099年までで指定してください。 / Give a month like 2026-09.",
    Period.DAY: "日は 2026-09-30 の形で、2000年から2099年までで指定してください。 / Give a day like 2026-09-30.",
}
