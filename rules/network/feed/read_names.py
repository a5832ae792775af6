"""Readings and English names, from either layout of translations.txt."""

from __future__ import annotations

from collections.abc import Mapping

from rules.network.feed.table import Table

KANA = "ja-hrkt"
ENGLISH = "en"


class Names:
    """Translations by record, by the text of a field, or (before GTFS-JP v3) by text alone."""

    def __init__(
        self,
        by_record: Mapping[tuple[str, str, str, str], str],
        by_text: Mapping[tuple[str, str, str, str], str],
        by_text_alone: Mapping[tuple[str, str], str],
    ) -> None:
        self._by_record = by_record
        self._by_text = by_text
        self._by_text_alone = by_text_alone

    def of(self, language: str, field: tuple[str, str], record_id: str, text: str) -> str:
        """`text` of a record in `language` (KANA or ENGLISH), "" where the feed has none.

        `field` is (table_name, field_name).
        """
        table, name = field
        return (
            self._by_record.get((language, table, name, record_id), "")
            or self._by_text.get((language, table, name, text), "")
            or self._by_text_alone.get((language, text), "")
        )


def read_names(table: Table) -> Names:
    """The translations of a feed.

    Where two rows translate the same thing the first is taken: only display hangs on it.
    """
    by_record: dict[tuple[str, str, str, str], str] = {}
    by_text: dict[tuple[str, str, str, str], str] = {}
    by_text_alone: dict[tuple[str, str], str] = {}
    for row in table.rows:
        language = (row["language"] or row["lang"]).lower()
        field = (language, row["table_name"], row["field_name"])
        if row["trans_id"]:
            by_text_alone.setdefault((language, row["trans_id"]), row["translation"])
        elif row["record_id"]:
            by_record.setdefault((*field, row["record_id"]), row["translation"])
        elif row["field_value"]:
            by_text.setdefault((*field, row["field_value"]), row["translation"])
    return Names(by_record, by_text, by_text_alone)
