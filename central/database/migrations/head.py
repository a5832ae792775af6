"""The newest revision, so that a start needs no Alembic to know it.

Written by `python -m central.database.migrations`.
"""

HEAD = "eae41504208c"
