"""Snapshots in all the states the driver's page must stand, for its tests and for looking at it."""

from __future__ import annotations

from dataclasses import replace

from rules.ride.outcomes import Movement, Outcome
from terminal import room
from terminal.screen.snapshot import LastAnswer, PlaceState, Snapshot, StopQuestion, TripChoice

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
FULL = replace(RIDE, link_up=False, queue=48_213, fault=room.FULL, ends_with_signal=True)
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

STATES = {
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
