"""Versions of the program on a unit: `updater.py` is the way in, `release.py` makes what it takes."""
