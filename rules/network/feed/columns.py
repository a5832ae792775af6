"""The files and columns of GTFS and GTFS-JP (v2 to v4) that are read, or whose headers are worth a spelling check."""

from __future__ import annotations

from collections.abc import Container, Iterable
from difflib import get_close_matches
from unicodedata import normalize

# fmt: off
KNOWN: dict[str, tuple[str, ...]] = {
    "agency.txt": (
        "agency_id", "agency_name", "agency_url", "agency_timezone", "agency_lang", "agency_phone",
        "agency_fare_url", "agency_email",
    ),
    "agency_jp.txt": (
        "agency_id", "agency_official_name", "agency_zip_number", "agency_address", "agency_president_pos",
        "agency_president_name",
    ),
    "feed_info.txt": (
        "feed_publisher_name", "feed_publisher_url", "feed_lang", "feed_start_date", "feed_end_date",
        "feed_version", "default_lang", "feed_contact_email", "feed_contact_url",
    ),
    "stops.txt": (
        "stop_id", "stop_code", "stop_name", "tts_stop_name", "stop_desc", "stop_lat", "stop_lon", "zone_id",
        "stop_url", "location_type", "parent_station", "stop_timezone", "wheelchair_boarding", "level_id",
        "platform_code",
    ),
    "routes.txt": (
        "route_id", "agency_id", "route_short_name", "route_long_name", "route_desc", "route_type", "route_url",
        "route_color", "route_text_color", "route_sort_order", "continuous_pickup", "continuous_drop_off",
        "jp_parent_route_id",
    ),
    "trips.txt": (
        "route_id", "service_id", "trip_id", "trip_headsign", "trip_short_name", "direction_id", "block_id",
        "shape_id", "wheelchair_accessible", "bikes_allowed", "jp_trip_desc", "jp_trip_desc_symbol",
        "jp_office_id", "jp_pattern_id",
    ),
    "stop_times.txt": (
        "trip_id", "arrival_time", "departure_time", "stop_id", "stop_sequence", "stop_headsign", "pickup_type",
        "drop_off_type", "continuous_pickup", "continuous_drop_off", "shape_dist_traveled", "timepoint",
    ),
    "calendar.txt": (
        "service_id", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday",
        "start_date", "end_date",
    ),
    "calendar_dates.txt": ("service_id", "date", "exception_type"),
    "fare_attributes.txt": (
        "fare_id", "price", "currency_type", "payment_method", "transfers", "agency_id", "transfer_duration",
        "ic_price",
    ),
    "fare_rules.txt": ("fare_id", "route_id", "origin_id", "destination_id", "contains_id"),
    "shapes.txt": ("shape_id", "shape_pt_lat", "shape_pt_lon", "shape_pt_sequence", "shape_dist_traveled"),
    "frequencies.txt": ("trip_id", "start_time", "end_time", "headway_secs", "exact_times"),
    "translations.txt": (
        "trans_id", "lang", "translation", "table_name", "field_name", "language", "record_id", "record_sub_id",
        "field_value",
    ),
}
# fmt: on

REQUIRED: dict[str, tuple[str, ...]] = {
    "stops.txt": ("stop_id", "stop_name", "stop_lat", "stop_lon"),
    "routes.txt": ("route_id",),
    "trips.txt": ("route_id", "service_id", "trip_id"),
    "stop_times.txt": ("trip_id", "arrival_time", "departure_time", "stop_id", "stop_sequence"),
    "calendar.txt": KNOWN["calendar.txt"],
    "calendar_dates.txt": KNOWN["calendar_dates.txt"],
    "fare_attributes.txt": ("fare_id", "price"),
    "fare_rules.txt": ("fare_id",),
    "shapes.txt": ("shape_id", "shape_pt_lat", "shape_pt_lon", "shape_pt_sequence"),
    "translations.txt": ("translation",),
}
"""Without these columns a file says nothing. A column left out by mistake must not read as "no such fares"."""

UNREAD = frozenset(
    f"{name}.txt"
    for name in (
        "areas", "attributions", "booking_rules", "calendar_attributes", "directions", "fare_leg_join_rules",
        "fare_leg_rules", "fare_media", "fare_products", "fare_rider_categories", "fare_transfer_rules", "levels",
        "location_group_stops", "location_groups", "networks", "office_jp", "pathways", "pattern_jp",
        "rider_categories", "route_networks", "routes_jp", "stop_areas", "timeframes", "transfers",
    )
)  # fmt: skip
"""Files of GTFS, its drafts and GTFS-JP that no ride here hangs on. They are no misspelling of one that is read."""

NEEDED_IN_ROW: dict[str, tuple[str, ...]] = {
    "fare_attributes.txt": ("price", "currency_type"),
    "fare_rules.txt": ("route_id", "origin_id", "destination_id"),
}
"""A row that breaks off before one of these, where the header has it, is not used: a rule cut short is a wider rule."""

MUST_EXIST = ("stops.txt", "routes.txt", "trips.txt", "stop_times.txt")


def misspelt_column(column: str, file: str, header: Container[str]) -> str | None:
    """The column of `file`, absent from the header, that `column` was probably meant to be."""
    return None if column in KNOWN[file] else _closest(column, KNOWN[file], header, 0.8)


def misspelt_file(name: str, present: Container[str]) -> str | None:
    """The file, not `present` in the feed, that `name` was probably meant to be."""
    return None if name in KNOWN or name in UNREAD else _closest(name, KNOWN, present, 0.85)


def _closest(name: str, known: Iterable[str], present: Container[str], likeness: float) -> str | None:
    """Capitals and wide letters are misspellings too."""
    absent = [each for each in known if each not in present]
    return next(iter(get_close_matches(normalize("NFKC", name).casefold(), absent, 1, likeness)), None)
