"""A published timetable (GTFS, GTFS-JP) to an edition: bytes in, values out. Opening files is the caller's."""
