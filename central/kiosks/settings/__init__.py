"""キオスクの設定: what a kiosk gives, shown, changed from a day on, and taken back."""
