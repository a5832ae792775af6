"""How members come in and go."""

from __future__ import annotations

from flask import Blueprint, render_template


def member_pages() -> Blueprint:
    """The blueprint."""
    pages = Blueprint("member_access", __name__, url_prefix="/m", template_folder="templates")

    @pages.get("/sign-in")
    def sign_in() -> str:
        return render_template("m/sign_in.html")

    return pages
