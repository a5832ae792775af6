"""The words of the member's page: plain Japanese with the reading of every kanji, and English.

`{漢字|かんじ}` is a word with its reading, shown above it for whoever wants furigana; the page fills in each `%s`.
"""

from __future__ import annotations

from markupsafe import Markup

from central.my_page.by_phone.words import NOT_TAKEN, RIDE_WORDS
from central.words.ruby import ruby
from central.words.words import Words

WORDS: dict[str, Words] = {
    # 全体 / everywhere
    "brand": ("ゆけむり", "Yukemuri"),
    "nav.code": ("コード", "Code"),
    "nav.wallet": ("{財布|さいふ}", "Wallet"),
    "nav.scan": ("{読|よ}み{取|と}る", "Scan"),
    "furigana": ("ふりがな", "Furigana"),
    "demo": (
        "{試験用|しけんよう}です。{本物|ほんもの}ではありません。",
        "This is a demonstration. Nothing is real.",
    ),
    "loading": ("{読|よ}みこんでいます…", "Loading…"),
    "offline": (
        "{電波|でんぱ}がありません。{最後|さいご}に{読|よ}みこんだ{内容|ないよう}です。",
        "No network. This is what was loaded last.",
    ),
    "code.offline": (
        "{電波|でんぱ}がなくても、このコードは{使|つか}えます。",
        "Without network, too, this code can be used.",
    ),
    "fetched": ("%s に{読|よ}みこみました", "Loaded at %s"),
    "sign-in": (
        "サインインが{必要|ひつよう}です。{今|いま}あるコードはそのまま{使|つか}えます。",
        "Please sign in. The code that is here can still be used.",
    ),
    "sign-in.do": ("サインインする", "Sign in"),
    "sign-out": ("サインアウト", "Sign out"),
    "yen": ("%s{円|えん}", "%s yen"),
    "unit": ("くらポ", "Kurapo"),
    "kurapo": ("%s くらポ", "%s Kurapo"),
    "app": (
        (
            "{今|いま}のアプリの{中|なか}では{正|ただ}しく{動|うご}きません。メニュー（︙や…）から「ほかのブラウザで{開|ひら}く」"
            "（Safari、Chrome）を{選|えら}んでください。"
        ),
        "This app's own browser will not do. Choose “Open in browser” (Safari, Chrome) from its menu (⋮ or …).",
    ),
    "install": (
        "ホーム{画面|がめん}に{追加|ついか}すると、{電波|でんぱ}がなくても{開|ひら}けます。",
        "Add it to your home screen, and it opens without network.",
    ),
    "install.do": ("ホーム{画面|がめん}に{追加|ついか}", "Add to home screen"),
    "install.ios": (
        "{共有|きょうゆう}ボタン（□に↑）から「ホーム{画面|がめん}に{追加|ついか}」を{選|えら}んでください。",
        "Choose “Add to Home Screen” from the share button (□ with ↑).",
    ),
    # コード / the code
    "code.title": ("{乗車|じょうしゃ}コード", "Rider's code"),
    "code.advice": (
        "{画面|がめん}をいちばん{明|あか}るくして、{読|よ}み{取|と}り{機|き}に{向|む}けてください。",
        "Turn the brightness all the way up and hold it to the reader.",
    ),
    "code.party": ("いっしょに{乗|の}る{人|ひと}", "Who rides with you"),
    "code.adults": ("おとな", "Adults"),
    "code.children": ("こども", "Children"),
    "code.until": ("%s まで{使|つか}えます", "Good until %s"),
    "code.commuter": ("{定期券|ていきけん}", "Commuter pass"),
    "clock.2": ("{時刻|じこく}は{確認|かくにん}ずみ", "Time checked"),
    "clock.1": (
        "この{端末|たんまつ}の{時計|とけい}です。{電波|でんぱ}のある{所|ところ}で{開|ひら}くと{確|たし}かめます。",
        "This device's own clock: it is checked when there is network.",
    ),
    "clock.0": (
        "{時計|とけい}が{戻|もど}されています。{設定|せってい}で{日付|ひづけ}と{時刻|じこく}を「{自動|じどう}」にしてください。",
        "The clock was set back: set date and time to automatic.",
    ),
    "clock.off": (
        "この{端末|たんまつ}の{時計|とけい}は{約|やく}%s{分|ふん}ずれています。コードは{正|ただ}しい{時刻|じこく}で{作|つく}っています。",
        "This device's clock is about %s minutes off. The code is made with the right time.",
    ),
    "code.none": (
        "コードを{作|つく}れません。ページを{開|ひら}き{直|なお}してください。",
        "No code: open the page again.",
    ),
    "code.insecure": (
        "https:// または localhost で{開|ひら}いてください。",
        "Open it by https:// or as localhost.",
    ),
    "code.first": (
        "はじめはネットワークが{必要|ひつよう}です。{電波|でんぱ}のある{所|ところ}で、もう{一度|いちど}{開|ひら}いてください。",
        "The first time needs the network: open it again where there is some.",
    ),
    "code.ended": (
        "コードの{期限|きげん}が{切|き}れました。{電波|でんぱ}のある{所|ところ}で{開|ひら}くと、{新|あたら}しくなります。",
        "The code has run out: it is renewed when you open this with network.",
    ),
    "code.soon": (
        "コードは %s に{切|き}れます。{電波|でんぱ}のある{所|ところ}で{一度|いちど}{開|ひら}いてください。",
        "The code runs out at %s: open this once with network before then.",
    ),
    "lost": (
        (
            "この{端末|たんまつ}からコードの{鍵|かぎ}が{消|き}えました。ブラウザの{履歴|りれき}を{消|け}したときなどに{起|お}こります。"
            "お{金|かね}はなくなっていません。{下|した}のボタンで{作|つく}り{直|なお}せます。{前|まえ}のコードは{使|つか}えなくなります。"
        ),
        (
            "This device has lost the key of its code, as when a browser's history is cleared. No money is lost. "
            "The button below makes a new one; the old code stops working."
        ),
    ),
    "lost.do": ("コードを{作|つく}り{直|なお}す", "Make a new code"),
    "other-phone": (
        (
            "ほかの{端末|たんまつ}（または、{消|き}えた{前|まえ}の{鍵|かぎ}）でコードを{使|つか}っています。コードを{使|つか}えるのは"
            "{一台|いちだい}だけです。この{端末|たんまつ}に{移|うつ}すと、{前|まえ}のコードは{使|つか}えなくなります。お{金|かね}はそのままです。"
        ),
        (
            "Another device (or a key that was lost) has your code. Only one device can have it. If you move it "
            "here, the old code stops working. Your money stays as it is."
        ),
    ),
    "other-phone.do": ("この{端末|たんまつ}に{移|うつ}す", "Move it to this device"),
    "too-often": (
        "{一週間|いっしゅうかん}に{三回|さんかい}{作|つく}り{直|なお}したので、ここではできません。{窓口|まどぐち}へおいでください。",
        "It was replaced three times within a week. Please come to the counter.",
    ),
    "stopped": (
        "この{会員|かいいん}は{止|と}められています。{窓口|まどぐち}へおいでください。",
        "This account is stopped. Please come to the counter.",
    ),
    "no-issuer": (
        "まだコードを{出|だ}せません。{窓口|まどぐち}へお{知|し}らせください。",
        "Codes cannot be issued yet. Please tell the counter.",
    ),
    "more": (
        (
            "チャージした{分|ぶん}をバスで{使|つか}えるように、コードを{新|あたら}しくできます。{乗|の}っている{間|あいだ}は{押|お}さないで、"
            "{降|お}りてから{押|お}してください。"
        ),
        "Renew the code so that buses take what you charged. Not while you are aboard: after you have got off.",
    ),
    "more.do": ("コードを{新|あたら}しくする", "Renew the code"),
    # 財布 / the wallet
    "wallet.title": ("{財布|さいふ}", "Wallet"),
    "wallet.balance": ("{残高|ざんだか}", "Balance"),
    "wallet.held": ("このうち {取|と}り{置|お}き %s くらポ", "Of this, set aside: %s Kurapo"),
    "wallet.expires": ("%s まで: %s くらポ", "Until %s: %s Kurapo"),
    "wallet.value-expires": ("%s まで: %s{円|えん}", "Until %s: %s yen"),
    "wallet.never": ("{期限|きげん}のあるものはありません。", "Nothing of it expires."),
    "wallet.tickets": ("{券|けん}", "Tickets"),
    "wallet.ride-value": ("バス{回数券|かいすうけん}", "Bus ticket"),
    "wallet.left": ("{残|のこ}り %s{円|えん}", "%s yen left"),
    "wallet.return": ("{往復券|おうふくけん}", "Return ticket"),
    "wallet.trips": ("あと %s{回|かい}（%s まで）", "%s trips left (until %s)"),
    "wallet.commuter": ("{定期券|ていきけん}", "Commuter pass"),
    "wallet.all": ("{全区間|ぜんくかん}", "whole network"),
    "wallet.no-tickets": ("{券|けん}はありません。", "No tickets."),
    "wallet.rides": ("バス", "Bus rides"),
    "wallet.no-rides": ("まだ{乗車|じょうしゃ}はありません。", "No rides yet."),
    "wallet.lines": ("{入出金|にゅうしゅっきん}", "Money in and out"),
    "wallet.no-lines": ("まだ{何|なに}もありません。", "Nothing yet."),
    "wallet.charge": ("カードでチャージ", "Charge by card"),
    "wallet.buy": ("バスの{券|けん}を{買|か}う", "Buy bus tickets"),
    "wallet.charges": ("カードチャージの{受領書|じゅりょうしょ}", "Receipts for charges"),
    "ride.open": (
        "{乗車中|じょうしゃちゅう}、または{降車|こうしゃ}の{記録待|きろくま}ち",
        "Aboard, or its end is not here yet",
    ),
    "ride.forgotten": ("{降車|こうしゃ}の{記録|きろく}なし", "No alighting recorded"),
    "ride.cost": ("{運賃|うんちん}", "Fare"),
    "ride.paid": ("{支払|しはら}い", "Paid by"),
    "ride.changed": ("{訂正|ていせい} %s → %s{円|えん}", "Corrected: %s → %s yen"),
    "charge.asked": ("{支払|しはら}い{待|ま}ち", "Not paid yet"),
    "charge.awaiting": ("{入金待|にゅうきんま}ち", "Money on its way"),
    "charge.paid": ("{支払|しはら}いずみ", "Paid"),
    "charge.disputed": ("{確認中|かくにんちゅう}", "In dispute"),
    "charge.lost": ("{取|と}り{消|け}し", "Taken back"),
    "charge.refunded": ("{払|はら}い{戻|もど}し", "Refunded"),
    # チャージ / charging
    "charge.title": ("カードでチャージ", "Charge by card"),
    "charge.amount": ("{金額|きんがく}", "Amount"),
    "charge.go": ("{支払|しはら}いへ{進|すす}む", "Go on to pay"),
    "charge.practice": (
        "{練習用|れんしゅうよう}です。{本物|ほんもの}のカードは{使|つか}われず、お{金|かね}は{動|うご}きません。",
        "This is practice: no real card is used and no money moves.",
    ),
    "charge.hours": (
        "カードの{分|ぶん}は、はじめの%s{時間|じかん}は{使|つか}えません。",
        "What is charged by card cannot be used for its first %s hours.",
    ),
    "switched-off": (
        "{今|いま}、カードのチャージは{休|やす}みです。{窓口|まどぐち}をご{利用|りよう}ください。",
        "Charging by card is off now. Please use the counter.",
    ),
    "gateway-failed": (
        "{決済会社|けっさいがいしゃ}につながりません。もう{一度|いちど}{押|お}してください。{二重|にじゅう}にはなりません。",
        "The payment company does not answer. Press again: nothing is charged twice.",
    ),
    "too-small": ("{金額|きんがく}が{小|ちい}さすぎます。", "That is too little."),
    "too-large": (
        "{一回|いっかい}の{上限|じょうげん}をこえています。",
        "That is more than one charge may be.",
    ),
    "new-day": (
        "はじめのうちの{一日|いちにち}の{上限|じょうげん}をこえます。",
        "That is more than a new user may charge in a day.",
    ),
    "new-total": ("はじめのうちの{上限|じょうげん}をこえます。", "That is more than a new user may charge."),
    "day": ("{一日|いちにち}の{上限|じょうげん}をこえます。", "That is more than may be charged in a day."),
    "month": ("ひと{月|つき}の{上限|じょうげん}をこえます。", "That is more than may be charged in a month."),
    # 券を買う / buying
    "buy.title": ("バスの{券|けん}を{買|か}う", "Buy bus tickets"),
    "buy.from": ("{残高|ざんだか} %s くらポから{払|はら}います。", "Paid from your balance of %s Kurapo."),
    "buy.worth": ("%s{円分|えんぶん}{乗|の}れます", "worth %s yen of rides"),
    "buy.days": ("%s{日間|にちかん}", "%s days"),
    "buy.tomorrow": ("あしたから", "from tomorrow"),
    "buy.do": ("%s くらポで{買|か}う", "Buy for %s Kurapo"),
    "buy.sure": ("もう{一度|いちど}{押|お}すと{買|か}います", "Press again to buy"),
    "buy.done": ("{買|か}いました。", "Bought."),
    "buy.receipt": ("{受付番号|うけつけばんごう}", "Number"),
    "buy.none": ("{今|いま}、{売|う}っている{券|けん}はありません。", "No tickets are on sale now."),
    "too-little": ("{残高|ざんだか}が{足|た}りません。", "Your balance is too low."),
    "not-sold": ("この{券|けん}は{今|いま}{買|か}えません。", "This ticket cannot be bought now."),
    "needs-code": (
        "{定期券|ていきけん}を{買|か}う{前|まえ}に、この{端末|たんまつ}でコードを{出|だ}してください。",
        "Show your code on this device before you buy a commuter pass.",
    ),
    # 読み取る / scanning
    "scan.title": ("{読|よ}み{取|と}る", "Scan"),
    "scan.what": (
        "バス、お{店|みせ}、おふろのコードにカメラを{向|む}けてください。",
        "Point the camera at the code of a bus, a shop or a bath.",
    ),
    "scan.start": ("カメラを{使|つか}う", "Use the camera"),
    "scan.refused": (
        "カメラを{使|つか}えません。ブラウザの{設定|せってい}でカメラを{許可|きょか}してください。",
        "No camera: allow it in your browser's settings.",
    ),
    "scan.strange": ("ゆけむりのコードではありません。", "This is not a code of ours."),
    # ポイントのコード / a kiosk's code
    "point.title": ("ポイントを{受|う}け{取|と}る", "Get your points"),
    "point.take": ("%s くらポを{受|う}け{取|と}る", "Get %s Kurapo"),
    "wallet.points": ("おふろのポイント", "Points of baths"),
    "point.kept": (
        "このコードは、{受|う}け{取|と}るまでこの{端末|たんまつ}に{残|のこ}ります。",
        "This device keeps the code until you have the points.",
    ),
    "point.none": (
        "{受|う}け{取|と}るポイントはありません。おふろの{画面|がめん}のコードを{読|よ}み{取|と}ってください。",
        "There are no points to get: scan the code on the bath's screen.",
    ),
    "point.sign-in": (
        (
            "{受|う}け{取|と}るには、サインインしてください。はじめての{方|かた}も、すぐにはじめられます。"
            "コードはこの{端末|たんまつ}に{残|のこ}っています。"
        ),
        "Sign in to get them; if you are new, it takes a minute. The code stays on this device.",
    ),
    "point.begin": ("はじめる・サインイン", "Begin or sign in"),
    "point.given": ("%s くらポを{受|う}け{取|と}りました。", "You have got %s Kurapo."),
    "point.pending": (
        (
            "{受|う}け{付|つ}けました。%s くらポは、おふろの{機械|きかい}の{記録|きろく}が{届|とど}いてから"
            "{財布|さいふ}に{入|はい}ります。もう{何|なに}もしなくて{大丈夫|だいじょうぶ}です。"
        ),
        "Noted. %s Kurapo come to your wallet once the bath's machine has reported. You need do nothing more.",
    ),
    "point.waits": ("おふろの{記録|きろく}を{待|ま}っています", "The bath's machine has not reported yet"),
    "point.waiting": (
        "まだ{受|う}け{取|と}っていないポイントがあります。",
        "There are points that you have not got yet.",
    ),
    "point.open": ("ポイントを{見|み}る", "See the points"),
    "point.wallet": ("{財布|さいふ}を{見|み}る", "See the wallet"),
    "point.scan": ("コードを{読|よ}み{取|と}る", "Scan a code"),
    "point-strange": (
        "おふろのコードではないか、{途中|とちゅう}で{切|き}れています。もう{一度|いちど}{読|よ}み{取|と}ってください。",
        "This is no code of a bath, or it was cut short: scan it again.",
    ),
    "point-kiosk": (
        "この{機械|きかい}は{登録|とうろく}されていません。おふろの{受付|うけつけ}へお{知|し}らせください。",
        "That machine is not registered: please tell the bath's counter.",
    ),
    "point-visit": (
        "このコードのポイントが{登録|とうろく}と{合|あ}いません。おふろの{受付|うけつけ}へお{知|し}らせください。",
        "The points of this code are not those registered: please tell the bath's counter.",
    ),
    "point-expired": (
        "このコードは{期限|きげん}が{切|き}れました。いつまで{使|つか}えるかは、コードと{一緒|いっしょ}におふろの{画面|がめん}に{出|で}ます。",
        "This code has run out: the bath's screen says beside each code how long it is good.",
    ),
    "point-used": (
        "このコードは、もうほかの{方|かた}が{受|う}け{取|と}りました。",
        "Others have used this code already.",
    ),
    "point-undone": (
        "このコードは、おふろで{取|と}り{消|け}されました。{受付|うけつけ}へおたずねください。",
        "The bath has taken this code back: please ask at its counter.",
    ),
    "point-staff": (
        (
            "おふろの{機械|きかい}に{記録|きろく}が{見|み}つからないので、{今|いま}はポイントをつけていません。"
            "あとで{記録|きろく}が{届|とど}けば、{自動|じどう}で{財布|さいふ}に{入|はい}ります。くわしくは{窓口|まどぐち}へおたずねください。"
        ),
        (
            "The bath's machine has shown no record of this code, so there are no points for now. "
            "If it comes, they come to your wallet by themselves. Please ask at the counter."
        ),
    ),
    "point-cap-member": (
        "{受|う}け{取|と}れる{上限|じょうげん}になっています。{一日|いちにち}の{上限|じょうげん}なら、あした{受|う}け{取|と}れます。",
        "You have had as much as one may get. If it is the day's limit, try again tomorrow.",
    ),
    "point-cap-kiosk": (
        "このおふろの{今日|きょう}の{分|ぶん}は{終|お}わりました。おふろの{受付|うけつけ}へおたずねください。",
        "This bath has given all of today's points: please ask at its counter.",
    ),
    "point-closed": (
        "{今|いま}、このポイントは{配|くば}っていません。{窓口|まどぐち}へおたずねください。",
        "These points are not given now: please ask at the counter.",
    ),
    # 誤り / errors
    "failed": (
        "うまくいきませんでした。もう{一度|いちど}{押|お}してください。{二重|にじゅう}にはなりません。",
        "That did not work. Press again: nothing is done twice.",
    ),
    "no-network": (
        "{電波|でんぱ}がないのでできません。{電波|でんぱ}のある{所|ところ}で、もう{一度|いちど}{押|お}してください。",
        "This needs the network. Press again where there is some.",
    ),
    # 区分 / classes
    "class.0": ("おとな", "Adult"),
    "class.1": ("こども", "Child"),
    "class.2": ("{高齢者|こうれいしゃ}", "Senior"),
    "class.3": ("{学生|がくせい}", "Student"),
    "class.4": ("{手帳|てちょう}", "Handbook"),
    "class.5": ("{手帳|てちょう}・{介助|かいじょ}つき", "Handbook, attended"),
    **RIDE_WORDS,
    **{f"not-taken.{reason}": words for reason, words in NOT_TAKEN.items()},
}


def both(key: str, *values: object) -> Markup:
    """A word in both languages, of which the page shows one. Raises KeyError for one that is not in the table."""
    ja, en = WORDS[key]
    return Markup('<span class="ja" lang="ja">{}</span><span class="en" lang="en">{}</span>').format(
        ruby(_filled(ja, values)), _filled(en, values)
    )


def _filled(text: str, values: tuple[object, ...]) -> str:
    return text % values if values else text
