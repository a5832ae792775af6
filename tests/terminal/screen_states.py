"""Snapshots in all the states the driver's page must stand, for its tests and for looking at it."""

from __future__ import annotations

from dataclasses import replace

from device.reader.messages import Hint
from rules.messages.events import Means
from rules.ride.outcomes import Movement, Outcome
from terminal.loop import FULL as NO_ROOM
from terminal.screen.snapshot import (
    FaresFrom,
    HandDone,
    HandGroup,
    LastAnswer,
    PlaceState,
    Snapshot,
    StopQuestion,
    TripChoice,
)

STOPS = (
    "県立病院前",
    "新庄駅前",
    "本合海",
    "清水（大蔵村役場）",
    "日陰",
    "温泉口",
    "第二停留所",
    "第一停留所",
    "肘折温泉待合所",
)
LONG_STOPS = (
    "道の駅八ッ場ふるさと館・やんば天明泥流ミュージアム前",
    "群馬大津（草津温泉方面のりば・上信越高原国立公園口）",
    "長野原草津口駅バスターミナル前（八ッ場方面）",
    "長野原町立中央小学校・こども園・住民総合センター入口（臨時）",
    "Kusatsu Onsen Bus Terminal West Gate",
)
DEPARTURES = (
    "06:35",
    "07:20",
    "08:50",
    "10:15",
    "12:05",
    "13:40",
    "15:10",
    "16:45",
    "18:00",
    "19:05",
    "20:20",
)


def choice(departure: str, outbound: bool) -> TripChoice:
    ends = (STOPS[0], STOPS[-1]) if outbound else (STOPS[-1], STOPS[0])
    return TripChoice(f"平日_{departure}", "2026-06-01", departure, ends[1].removesuffix("待合所"), *ends)


EMPTY = Snapshot(unit="bus-001", clock="08:41", link_up=True)
CHOOSE = replace(
    EMPTY, demo=True, choices=tuple(choice(time, index % 2 == 0) for index, time in enumerate(DEPARTURES))
)
TRIP = Snapshot(
    unit="bus-001",
    clock="08:56",
    link_up=True,
    trip_headsign="肘折温泉",
    trip_departure="08:50",
    stop_names=STOPS,
    at_index=1,
    progress=1.0,
    place_reason="停留所から12 m、速さ0 km/h",
    door_open=True,
)
BOARDED = LastAnswer(1, Outcome.OK, Movement.BOARD, "新庄駅前", 0, 0, 1, "adult", 2.0)
RIDE = replace(
    TRIP,
    at_index=None,
    progress=5.8,
    door_open=False,
    on_board=6,
    boarded_today=41,
    place_reason="次の停留所まで180 m",
    last=replace(BOARDED, number=12, movement=Movement.ALIGHT, fare=450, stop_name="日陰"),
)
FAMILY = replace(
    RIDE,
    last=replace(BOARDED, number=13, outcome=Outcome.OK_OTHER, party=3, rider_class="handbook_attended"),
)
COMMUTER = replace(
    RIDE, last=replace(BOARDED, number=17, movement=Movement.ALIGHT, stop_name="日陰", product=3)
)
COMMUTERS = replace(
    RIDE,
    last=replace(
        BOARDED,
        number=18,
        outcome=Outcome.OK_OTHER,
        party=12,
        rider_class="handbook_attended",
        product=3,
        stop_name="日陰",
    ),
)
REFUSED = replace(
    RIDE,
    last=replace(BOARDED, number=14, outcome=Outcome.EXPIRED, movement=Movement.REFUSED, stop_name="温泉口"),
)
SHORT = replace(
    RIDE,
    last=replace(
        BOARDED,
        number=15,
        outcome=Outcome.SHORT,
        movement=Movement.ALIGHT,
        fare=1250,
        cash=1120,
        party=3,
        rider_class="child",
        stop_name="第二停留所",
    ),
)
LONG = replace(
    SHORT,
    demo=True,
    unit="yukemuri-bus-okura-0001",
    clock="23:59",
    queue=48_123,
    trip_headsign="長野原草津口駅バスターミナル前（八ッ場方面）",
    stop_names=LONG_STOPS,
    at_index=2,
    door_open=True,
    notice="新しい時刻表（第12版）が届いています。次の便から使います。"
    " / A new timetable will be used from the next trip.",
    place_reason="トンネルに入って4分、車速パルスと扉から推定しています。次に電波を受けたら確かめます。",
    on_board=128,
    boarded_today=1_024,
)
OFFLINE = replace(RIDE, link_up=False, queue=37, link_problem="40分前から電波が届いていません。")
NO_GPS = replace(
    RIDE, gps_problem="GPSから3秒以上受信がありません。アンテナの線を見てください。", place_reason=""
)
NO_CAMERA = replace(
    SHORT, camera_problem="カメラが外れています。差し直してください。 / Camera unplugged; plug it in again."
)
FAULT = replace(
    RIDE,
    fault="記録を書き込めません（ディスクの読み書きエラー）。 / The journal cannot be written (disk error).",
)
FULL = replace(RIDE, link_up=False, queue=48_213, fault=NO_ROOM, ends_with_signal=True)
NOT_STARTED = replace(
    CHOOSE,
    boarded_today=41,
    last=replace(BOARDED, number=16, outcome=Outcome.NO_TRIP, movement=Movement.REFUSED, stop_name=""),
)
PROPOSED = replace(CHOOSE, proposed=True)
PROPOSED_LONG = replace(
    PROPOSED,
    notice=LONG.notice,
    choices=(
        replace(
            CHOOSE.choices[2],
            headsign=LONG_STOPS[2],
            first_stop=LONG_STOPS[0],
            last_stop=LONG_STOPS[1],
        ),
        *CHOOSE.choices,
    ),
)
ASKED = replace(TRIP, at_index=None, progress=2.6, question=StopQuestion(7, (2, 3)))
ASKED_LONG = replace(LONG, question=StopQuestion(8, (1, 2, 3)))
ASKED_WHILE_RED = replace(REFUSED, question=StopQuestion(9, (4, 5, 6)), link_up=False, queue=37)
SAID = replace(RIDE, stop_said="清水（大蔵村役場）")
SAID_LONG = replace(LONG, stop_said=LONG_STOPS[3], gps_problem=NO_GPS.gps_problem)
ESTIMATED = replace(
    RIDE,
    place_state=PlaceState.ESTIMATED,
    place_reason="停留所の間（推定。GPSなし40秒） / between stops, estimated; no GPS for 40 s",
)
ESTIMATED_OPEN = replace(ESTIMATED, at_index=3, progress=3.0, door_open=True, gps_problem=NO_GPS.gps_problem)
OFF_LINE = replace(
    RIDE,
    progress=4.0,
    place_state=PlaceState.OFF_LINE,
    place_reason="路線から外れています（迂回？） / off the line, a detour?",
)
WRONG_WAY = replace(
    RIDE,
    door_open=True,
    progress=0.0,
    place_state=PlaceState.WRONG_WAY,
    place_reason="便と逆の向きです / driving against the trip's direction",
    gps_problem=NO_GPS.gps_problem,
)


def fares_to(here: int, unknown: int | None = None) -> tuple[FaresFrom, ...]:
    """What each class owes at stop `here`, from every stop before it; none from the stop `unknown`."""
    return tuple(
        FaresFrom(start, _classes(None if start == unknown else 100 * (here - start) + 40))
        for start in range(here - 1, -1, -1)
    )


def _classes(adult: int | None) -> tuple[tuple[str, int | None], ...]:
    half = None if adult is None else -(-adult // 20) * 10
    return (
        ("adult", adult),
        ("child", half),
        ("senior", adult),
        ("student", adult),
        ("handbook", half),
        ("handbook_attended", adult),
    )


ONE_BY_HAND = HandGroup(1, "adult", Means.CASH, 2, 340)
AT_STOP = replace(
    RIDE, at_index=4, progress=4.0, door_open=True, fares_from=fares_to(4, unknown=0), place_reason=""
)
BY_HAND = replace(AT_STOP, by_hand=(ONE_BY_HAND,), on_board=8)
BY_HAND_TWO = replace(
    BY_HAND,
    by_hand=(HandGroup(2, "child", Means.COUPON, 15, 120), HandGroup(0, "adult", Means.CASH, 1, None)),
)
BY_HAND_MANY = replace(
    BY_HAND,
    by_hand=(
        HandGroup(3, "handbook_attended", Means.CASH, 1, 140),
        HandGroup(2, "child", Means.COUPON, 15, 120),
        HandGroup(1, "adult", Means.CASH, 2, 340),
        HandGroup(1, "student", Means.COMMUTER, 3, 0),
        HandGroup(0, "adult", Means.PASS, 1, 440),
    ),
)
BOARDED_BY_HAND = replace(
    BY_HAND,
    hand_done=HandDone(Movement.BOARD, Means.CASH, "adult", 1, 4, 0),
    by_hand=(HandGroup(4, "adult", Means.CASH, 1, None), ONE_BY_HAND),
)
ALIGHTED_BY_HAND = replace(
    BY_HAND_MANY, hand_done=HandDone(Movement.ALIGHT, Means.CASH, "adult", 15, 1, 12_000)
)
FARE_LOOKED_UP = replace(
    BY_HAND,
    hand_done=HandDone(Movement.ALIGHT, Means.CASH, "adult", 1, 0, 0, fare_unknown=True),
    stop_said="日陰",
)
DRIVEN_ON = replace(ALIGHTED_BY_HAND, at_index=None, progress=4.3, door_open=False)
LONG_BY_HAND = replace(
    LONG,
    by_hand=tuple(HandGroup(index, "handbook_attended", Means.CASH, 15, 1_340) for index in (1, 0)),
    hand_done=HandDone(Movement.ALIGHT, Means.CASH, "handbook_attended", 15, 1, 20_100),
    fares_from=fares_to(2),
)
MAY_OVERRULE = replace(AT_STOP, last=REFUSED.last, may_overrule=True)
OVERRULED = replace(
    AT_STOP, last=REFUSED.last, hand_done=HandDone(Movement.BOARD, Means.PASS, "adult", 1, 4, 0)
)
HINTED = replace(AT_STOP, hint=Hint.NEARER)
HINTED_SHORT = replace(SHORT, hint=Hint.GLARE)
DIRTY_LENS = replace(RIDE, camera_note="レンズを拭いてください。 / Please wipe the lens.")
PHOTO = replace(
    FAMILY, last=replace(BOARDED, number=19, outcome=Outcome.OK_OTHER, rider_class="senior", photo=True)
)
NO_CAMERA_BY_HAND = replace(BY_HAND_MANY, camera_problem=NO_CAMERA.camera_problem)
NO_CAMERA_ASKED = replace(NO_CAMERA, question=StopQuestion(10, (3, 4)))
QUEUE = replace(OFFLINE, queue=1_204)

STATES = {
    "by_hand": BY_HAND,
    "by_hand_two": BY_HAND_TWO,
    "by_hand_many": BY_HAND_MANY,
    "boarded_by_hand": BOARDED_BY_HAND,
    "alighted_by_hand": ALIGHTED_BY_HAND,
    "fare_looked_up": FARE_LOOKED_UP,
    "driven_on": DRIVEN_ON,
    "long_by_hand": LONG_BY_HAND,
    "may_overrule": MAY_OVERRULE,
    "overruled": OVERRULED,
    "hinted": HINTED,
    "hinted_short": HINTED_SHORT,
    "dirty_lens": DIRTY_LENS,
    "photo": PHOTO,
    "no_camera_by_hand": NO_CAMERA_BY_HAND,
    "no_camera_asked": NO_CAMERA_ASKED,
    "queue": QUEUE,
    "empty": EMPTY,
    "choose": CHOOSE,
    "not_started": NOT_STARTED,
    "trip": TRIP,
    "boarded": replace(TRIP, last=BOARDED, on_board=1, boarded_today=1),
    "ride": RIDE,
    "family": FAMILY,
    "commuter": COMMUTER,
    "commuters": COMMUTERS,
    "refused": REFUSED,
    "short": SHORT,
    "long": LONG,
    "offline": OFFLINE,
    "no_gps": NO_GPS,
    "no_camera": NO_CAMERA,
    "fault": FAULT,
    "full": FULL,
    "proposed": PROPOSED,
    "proposed_long": PROPOSED_LONG,
    "asked": ASKED,
    "asked_long": ASKED_LONG,
    "asked_while_red": ASKED_WHILE_RED,
    "said": SAID,
    "said_long": SAID_LONG,
    "estimated": ESTIMATED,
    "estimated_open": ESTIMATED_OPEN,
    "off_line": OFF_LINE,
    "wrong_way": WRONG_WAY,
}
