"""The one rulebook: what bus, kiosk and office must agree on.

Nothing in here opens a file or a socket, reads a clock, starts a thread or draws a random number.
"""
