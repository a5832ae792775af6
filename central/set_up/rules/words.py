"""Words of the office's rules."""

from __future__ import annotations

from central.office_rules.definitions import Unit
from central.office_rules.set_rule import NotSet

UNITS = {
    Unit.YEN: ("円", "yen"),
    Unit.MINUTES: ("分", "minutes"),
    Unit.HOURS: ("時間", "hours"),
    Unit.DAYS: ("日", "days"),
    Unit.RIDES: ("回", "rides"),
    Unit.CLOCK: ("時", "o'clock"),
}
NOT_SET = {
    NotSet.UNKNOWN: "その決まりはありません。 / There is no such rule.",
    NotSet.OUT_OF_BOUNDS: "決められる範囲の外です。下に書いてある範囲の数にしてください。 / "
    "Outside its bounds: choose a number within those below.",
    NotSet.NOT_AHEAD: "今日とその前は変えられません。あした以降の日にしてください。 / "
    "Today and before stay as they were: choose tomorrow or later.",
    NotSet.TOO_FAR: "2年より先の日です。年を確かめてください。 / More than two years ahead: check the year.",
    NotSet.NO_WHY: "理由を200字までで書いてください。 / Write why, in at most 200 characters.",
    NotSet.SAME: "その日はもうその値です。変わるところがありません。 / "
    "On that day it is that anyhow: nothing would change.",
    NotSet.CONTRADICTS: "ほかの決まりと食い違います（最低額が上限より大きい、知らせの順が逆など）。"
    "先にそちらを直してください。 / "
    "It contradicts another rule, as a least above its most: change that one first.",
    NotSet.BEGUN: "もう始まっています。取り消すかわりに、新しい値をあした以降から決めてください。 / "
    "It holds already: set another value from tomorrow on instead.",
    NotSet.WITHDRAWN: "もう取り消されています。 / It is withdrawn already.",
}
NO_NUMBER = "値は数字だけで書いてください。 / Write the value as a whole number."
NO_DAY = "日を選んでください。 / Choose a day."
CHANGED = (
    "ほかの画面で決まりが変わりました。今の内容を確かめて、もう一度どうぞ。 / "
    "The rules were changed in another window: look at them as they are now, and try again."
)
CONFIRM = (
    "ゆるめる変更です。下の違いを確かめて、印をつけてください。 / "
    "This lets more happen than before: look at the difference below and tick the box."
)
