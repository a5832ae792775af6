"""The newest revision, so that a start needs no Alembic to know it.

Written by `python -m central.database.migrations`.
"""

HEAD = "9f3066fd9f70"
