"""設定: one place for everything that the office sets."""
