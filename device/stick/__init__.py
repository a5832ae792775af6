"""Records out and the office's answer in by a file, for a machine without a connection: `carry.py` is the way in."""
