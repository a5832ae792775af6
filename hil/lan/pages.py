"""The page that a phone opens first, over plain HTTP: the authority's certificate, and how to trust it."""

from __future__ import annotations

from flask import Flask, Response, render_template

from hil.lan.authority import Authority

FILE = "yukemuri-demo.crt"
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; base-uri 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}


def create_app(authority: Authority, url: str) -> Flask:
    """The page; `url` is where the demo is by HTTPS. Nothing secret is here: what is handed out is public."""
    app = Flask(__name__)

    @app.get("/")
    def trust() -> str:
        return render_template(
            "trust.html",
            url=url,
            file=FILE,
            fingerprint=authority.fingerprint,
            name=authority.name,
        )

    @app.get(f"/{FILE}")
    def certificate() -> Response:
        # By this type iPhones offer to install a profile, and Android's browsers to keep the file.
        return Response(authority.pem, mimetype="application/x-x509-ca-cert")

    @app.after_request
    def protect(answer: Response) -> Response:
        answer.headers.update(HEADERS)
        return answer

    return app
