"""A fake of Stripe's HTTP API on the loopback, and of what it says to webhooks. No money, no network.

It knows Checkout Sessions and refunds, keeps idempotency keys, and refuses what Stripe refuses. Events come from it
as bytes with a signature, so that a test can deliver them twice, late, in any order, or falsified.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread
from typing import Any
from urllib.parse import parse_qsl

KEY = "sk_test_fake"
SECRET = "whsec_fake"
VERSION = "2026-10-28.endive"
GONE = ("payment_method_types",)
"""Parameters of a session that this version of the API no longer takes."""


def sign(body: bytes, at: int, secret: str = SECRET) -> str:
    """The header that Stripe would send."""
    mac = hmac.new(secret.encode(), f"{at}.".encode() + body, hashlib.sha256)
    return f"t={at},v1={mac.hexdigest()}"


@dataclass
class FakeStripe:
    """`now` gives Unix seconds. `requests` are those that came, `down` lets every one fail."""

    now: Callable[[], int]
    livemode: bool = False
    down: bool = False
    requests: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    sessions: dict[str, dict[str, Any]] = field(default_factory=dict)
    refunds: dict[str, dict[str, Any]] = field(default_factory=dict)
    answered: dict[str, tuple[dict[str, str], dict[str, Any]]] = field(default_factory=dict)
    made: int = 0
    lock: Lock = field(default_factory=Lock)
    server: ThreadingHTTPServer | None = None

    @property
    def address(self) -> str:
        assert self.server is not None
        return f"http://127.0.0.1:{self.server.server_port}"

    def start(self) -> None:
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    def stop(self) -> None:
        assert self.server is not None
        self.server.shutdown()
        self.server.server_close()

    # What the API does

    def answer(self, path: str, key: str, params: dict[str, str]) -> tuple[int, dict[str, Any]]:
        with self.lock:
            self.requests.append((path, params))
            if self.down:
                return 500, _error("api_error", "down")
            before = self.answered.get(key)
            if before is not None:
                return (
                    (200, before[1])
                    if before[0] == params
                    else (400, _error("idempotency_error", "other body"))
                )
            make = {"/v1/checkout/sessions": self._session, "/v1/refunds": self._refund}.get(path)
            status, said = (404, _error("invalid_request_error", path)) if make is None else make(params)
            if status == 200:
                self.answered[key] = params, said
            return status, said

    def _session(self, params: dict[str, str]) -> tuple[int, dict[str, Any]]:
        amount, currency = (
            params["line_items[0][price_data][unit_amount]"],
            params["line_items[0][price_data][currency]"],
        )
        life = int(params["expires_at"]) - self.now()
        gone = [name for name in params if name.split("[")[0] in GONE]
        if gone or not amount.isdigit() or currency != "jpy" or not 1800 <= life <= 86_400:
            return 400, _error("invalid_request_error", f"{gone} {amount} {currency} {life}")
        number = self._id("cs")
        session = {
            "id": number,
            "object": "checkout.session",
            "url": f"https://checkout.stripe.example/c/pay/{self.made}",
            "amount_total": int(amount),
            "currency": currency,
            "client_reference_id": params["client_reference_id"],
            "metadata": {"yukemuri_charge": params["metadata[yukemuri_charge]"]},
            "payment_intent": None,
            "payment_status": "unpaid",
            "status": "open",
        }
        self.sessions[number] = session
        return 200, session

    def _refund(self, params: dict[str, str]) -> tuple[int, dict[str, Any]]:
        payment = params["payment_intent"]
        if not any(each["payment_intent"] == payment for each in self.sessions.values()):
            return 404, _error("invalid_request_error", f"No such payment_intent: {payment}")
        refund = {"id": self._id("re"), "object": "refund", "payment_intent": payment, "status": "succeeded"}
        self.refunds[refund["id"]] = refund
        return 200, refund

    def _id(self, prefix: str) -> str:
        self.made += 1
        return f"{prefix}_fake_{self.made}"

    # What people do there, and what it then says

    def session_of(self, charge: str) -> dict[str, Any]:
        return next(each for each in self.sessions.values() if each["client_reference_id"] == charge)

    def pay(self, charge: str, *, at_once: bool = True) -> bytes:
        session = self.session_of(charge)
        session["payment_intent"] = session["payment_intent"] or self._id("pi")
        session["payment_status"] = "paid" if at_once else "unpaid"
        return self.event("checkout.session.completed", session)

    def money_comes(self, charge: str) -> bytes:
        session = self.session_of(charge)
        session["payment_status"] = "paid"
        return self.event("checkout.session.async_payment_succeeded", session)

    def money_fails(self, charge: str) -> bytes:
        return self.event("checkout.session.async_payment_failed", self.session_of(charge))

    def expire(self, charge: str) -> bytes:
        return self.event("checkout.session.expired", self.session_of(charge))

    def refunded(self, charge: str, amount: int) -> bytes:
        session = self.session_of(charge)
        paid = {
            "id": self._id("ch"),
            "object": "charge",
            "amount": session["amount_total"],
            "amount_refunded": amount,
            "currency": "jpy",
            "metadata": session["metadata"],
            "payment_intent": session["payment_intent"],
        }
        return self.event("charge.refunded", paid)

    def disputed(self, charge: str, dispute: str = "du_1", amount: int | None = None) -> bytes:
        return self.event("charge.dispute.created", self._dispute(charge, dispute, amount, "needs_response"))

    def dispute_closed(
        self, charge: str, status: str, dispute: str = "du_1", amount: int | None = None
    ) -> bytes:
        return self.event("charge.dispute.closed", self._dispute(charge, dispute, amount, status))

    def _dispute(self, charge: str, dispute: str, amount: int | None, status: str) -> dict[str, Any]:
        session = self.session_of(charge)
        session["payment_intent"] = session["payment_intent"] or self._id("pi")
        return {
            "id": f"{dispute}_{charge}",
            "object": "dispute",
            "amount": session["amount_total"] if amount is None else amount,
            "currency": "jpy",
            "charge": "ch_fake",
            "metadata": {},
            "payment_intent": session["payment_intent"],
            "status": status,
        }

    def event(self, kind: str, about: dict[str, Any], **more: Any) -> bytes:
        event = {
            "id": self._id("evt"),
            "object": "event",
            "api_version": VERSION,
            "created": self.now(),
            "livemode": self.livemode,
            "type": kind,
            "data": {"object": about},
        }
        return json.dumps(event | more).encode()


def changed(body: bytes, *, about: dict[str, Any] | None = None, **event: Any) -> bytes:
    """An event with other values in it, `about` in what it is about."""
    read = json.loads(body)
    read["data"]["object"] |= about or {}
    return json.dumps(read | event).encode()


def _error(kind: str, message: str) -> dict[str, Any]:
    return {"error": {"type": kind, "message": message}}


def _handler(fake: FakeStripe) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            sent = self.rfile.read(int(self.headers["Content-Length"])).decode()
            if self.headers["Authorization"] != f"Bearer {KEY}":
                self._say(401, _error("invalid_request_error", "no such key"))
                return
            self._say(*fake.answer(self.path, self.headers["Idempotency-Key"], dict(parse_qsl(sent))))

        def _say(self, status: int, said: dict[str, Any]) -> None:
            body = json.dumps(said).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.send_header("Request-Id", "req_fake")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its own name
            pass

    return Handler
