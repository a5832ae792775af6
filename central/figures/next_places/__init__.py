"""Where riders go next after alighting: for the exact look alone."""
