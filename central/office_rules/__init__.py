"""What the office sets itself: numbers with a day from which they hold, and a history."""
