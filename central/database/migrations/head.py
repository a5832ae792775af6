"""The newest revision, so that a start needs no Alembic to know it.

Written by `python -m central.database.migrations`.
"""

HEAD = "a198af9f74e3"
