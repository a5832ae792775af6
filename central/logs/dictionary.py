"""データ辞書 (dēta jisho) of the logs' CSV files. A test holds it equal to what is written."""

from __future__ import annotations

from central.words.columns import Column, File

_TIME = "YYYY-MM-DD HH:MM:SS、日本時間"
_YEN = "円"

_RIDES = (
    Column("運行日", "便が始発を出た日", "the service day", "YYYY-MM-DD", "2026-10-03"),
    Column("機器", "バスの名前", "the bus", "", "bus-001"),
    Column("便", "始発の時刻と行き先", "departure and destination", "", "8:10発 肘折温泉待合所"),
    Column("便ID", "GTFS の trip_id", "GTFS trip_id", "", "平日_08時10分"),
    Column(
        "乗車時刻",
        "乗ったとき。手扱いで記録がなければ空",
        "boarding; empty where nobody recorded it",
        _TIME,
        "2026-10-03 08:15:00",
    ),
    Column("乗車停留所", "訂正のあとの停留所", "after corrections", "", "新庄駅前"),
    Column("乗車停留所ID", "GTFS の stop_id", "GTFS stop_id", "", "s1"),
    Column(
        "降車時刻", "降りたとき。乗車中は空", "alighting; empty while on board", _TIME, "2026-10-03 09:05:00"
    ),
    Column(
        "降車停留所",
        "訂正のあとの停留所。降車の記録がなければ推定か終点",
        "after corrections; inferred or the terminus where nobody alighted",
        "",
        "肘折温泉待合所",
    ),
    Column("降車停留所ID", "GTFS の stop_id", "GTFS stop_id", "", "s7"),
    Column("利用者", "区分（おとな・こども など）", "class", "", "おとな"),
    Column("同伴おとな", "本人のほかのおとな", "adults beside the holder", "人", "0"),
    Column("同伴こども", "本人のほかのこども", "children beside the holder", "人", "1"),
    Column(
        "運賃",
        "全員分。乗車中か、運賃表にないときは空",
        "of the whole party; empty while unknown",
        _YEN,
        "600",
    ),
    Column("くらポ", "パスから払った分", "taken from the pass", _YEN, "600"),
    Column("現金", "運転士が受け取った分", "paid to the driver", _YEN, "0"),
    Column("未収", "まだ払われていない分", "not paid yet", _YEN, "0"),
    Column("状態", "乗車中・完了・未確定", "on board, complete or provisional", "", "完了"),
    Column("パスID", "パスの番号。名前は入らない", "the pass; no name", "16桁の16進数", "00112233aabbccdd"),
    Column("パスの種類", "スマートフォンかカード", "phone or card", "", "カード"),
    Column("定期券", "乗るのに使った券。なければ空", "the product ridden by", "", ""),
    Column("版", "運賃と時刻表の版の番号", "the network edition", "", "3"),
    Column("乗車の記録", "乗車の記録の番号", "number of the boarding record", "", "41"),
    Column("降車の記録", "降車の記録の番号", "number of the alighting record", "", "57"),
    Column("記録簿", "機器の記録簿の名前", "the journal's epoch", "16桁の16進数", "0123456789abcdef"),
    Column("訂正の回数", "あとから直した回数", "corrections", "回", "0"),
    Column("停留所は推定", "1は、停留所がまだ確かでない", "1: a stop is a guess", "0 か 1", "0"),
    Column(
        "払いすぎた現金", "訂正で、返すことになった現金", "cash beyond the fare after a correction", _YEN, "0"
    ),
    Column("手扱い", "乗り方。コードなら空", "by which means; empty by a code", "", "現金"),
    Column("人数", "一緒に乗った人の数", "people", "人", "1"),
    Column(
        "運転士の判断", "1は、断られた人を運転士が乗せた", "1: the driver overruled a refusal", "0 か 1", "0"
    ),
    Column("カメラ", "0は、そのときカメラが使えなかった", "0: no camera then", "0 か 1", "1"),
)
_RECORDS = (
    Column("時刻", "機器の時計で書かれた時刻", "by the machine's clock", _TIME, "2026-10-03 08:15:00"),
    Column("時計", "その時計がどれだけ確かか", "how sure that clock was", "", "GPS"),
    Column("届いた時刻", "役場に届いた時刻", "arrival at the office", _TIME, "2026-10-03 08:15:02"),
    Column("機器", "バスかキオスクの名前", "the machine", "", "bus-001"),
    Column("記録簿", "機器の記録簿の名前", "the journal's epoch", "16桁の16進数", "0123456789abcdef"),
    Column("番号", "記録簿の中の番号。抜けはない", "its number, without gaps", "", "41"),
    Column("出来事", "記録の種類", "kind of event", "", "読み取り"),
    Column("結果", "機器が出した答え", "the machine's answer", "", "乗車"),
    Column("内容", "一行にしたもの", "in one line", "", "新庄駅前"),
    Column("パスID", "パスの番号。なければ空", "the pass", "16桁の16進数", "00112233aabbccdd"),
    Column("帳簿に入らなかった理由", "入ったものは空", "why it was not entered", "", ""),
    Column("ハッシュ", "記録簿の鎖", "the journal's chain", "64桁の16進数", "9f86d081…"),
    Column("記録", "届いたままのJSON", "the record itself", "JSON", '{"type":"tapped",…}'),
)
FILES = (
    File("rides", "乗車", "Rides", _RIDES),
    File("records", "記録", "Records", _RECORDS),
)
