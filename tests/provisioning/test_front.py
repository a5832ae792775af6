"""nginx as `yukemuri-provision central` sets it up, in front of a real server: names, HTTPS, the live page, limits."""

from __future__ import annotations

import http.client
import json
import re
import shutil
import socket
import ssl
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from central.enrolment.door.listener import PLACES
from hil.virtual.ports import free_port
from provisioning.install.front import Front, front_files
from tests.faults.scale import PATIENCE_S, until
from tests.provisioning.depot import Depot, listens, ran, server_running

WEB, DOOR = "bus.example.jp", "localhost"
_MAIN = """\
daemon off;
user root;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
{modules}include {folder}/stream.conf;
events {{}}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    include {folder}/site.conf;
}}
"""


def nginx() -> tuple[str, str]:
    """The program, and the lines that load what `stream` needs."""
    program = shutil.which("nginx", path="/usr/sbin:/usr/local/sbin:/usr/bin")
    if program is None:
        pytest.skip("nginx is not installed: sudo apt-get install nginx libnginx-mod-stream")
    built = subprocess.run([program, "-V"], capture_output=True, text=True, check=True).stderr
    if re.search(r"--with-stream(\s|$)", built):
        return program, ""
    found = re.search(r"--modules-path=(\S+)", built)
    module = Path(found[1] if found else "/usr/lib/nginx/modules") / "ngx_stream_module.so"
    if not module.exists():
        pytest.skip("nginx has no stream module: sudo apt-get install libnginx-mod-stream")
    return program, f"load_module {module};\n"


def certificate(folder: Path) -> tuple[Path, Path]:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, WEB)])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(WEB)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, SHA256())
    )
    pem, secret = folder / "web.pem", folder / "web.key"
    pem.write_bytes(made.public_bytes(Encoding.PEM))
    secret.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return pem, secret


@dataclass(frozen=True)
class Gate:
    """What stands in front. Ports of this machine in place of 80 and 443."""

    plain: int
    tls: int
    pem: Path

    def ask(
        self, path: str, method: str = "GET", body: bytes = b""
    ) -> tuple[http.client.HTTPResponse, bytes]:
        """As a browser does: the name called over TLS and in the request."""
        with self.connection() as connection:
            connection.request(method, path, body or None)
            answer = connection.getresponse()
            return answer, answer.read()

    @contextmanager
    def connection(self, name: str = WEB) -> Iterator[http.client.HTTPConnection]:
        trust = ssl.create_default_context(cafile=str(self.pem))
        with closing(http.client.HTTPConnection(WEB, timeout=PATIENCE_S)) as connection:
            plain = socket.create_connection(("127.0.0.1", self.tls), timeout=PATIENCE_S)
            connection.sock = trust.wrap_socket(plain, server_hostname=name)
            yield connection


@contextmanager
def gate(folder: Path, central: int, machines: int) -> Iterator[Gate]:
    """nginx with what is installed, before a server on these ports."""
    program, modules = nginx()
    pem, key = certificate(folder)
    ports = {name: str(free_port()) for name in ("http", "https", "pages")}
    front = Front(WEB, DOOR, str(pem), str(key), **ports, central=str(central), machines=str(machines))
    for file, name in zip(front_files(front), ("site.conf", "stream.conf"), strict=True):
        (folder / name).write_text(file.text)
    (folder / "nginx.conf").write_text(_MAIN.format(folder=folder, modules=modules))
    command = [program, "-p", str(folder), "-c", str(folder / "nginx.conf"), "-e", str(folder / "error.log")]
    with subprocess.Popen(command) as process:
        try:
            it = Gate(int(ports["http"]), int(ports["https"]), pem)
            until(
                lambda: process.poll() is not None or (listens(it.tls) and listens(it.plain)), "nginx listens"
            )
            assert process.poll() is None, (folder / "error.log").read_text()
            yield it
        finally:
            process.terminate()
            process.wait(PATIENCE_S)


@pytest.fixture
def depot(tmp_path: Path) -> Depot:
    """A server whose certificate for machines is by the door's name, and whose pages go by the web's."""
    depot = Depot(tmp_path, free_port(), free_port(), free_port())
    (tmp_path / "stick").mkdir()
    said = ran(
        *("provision", "init", "--data", str(depot.data), "--village", "ohkura", "--name", DOOR),
        *("--stick", str(tmp_path / "stick"), "--office-port", str(depot.office_port)),
        *("--broker", f"127.0.0.1:{depot.broker_port}", "--door", f"127.0.0.1:{depot.door_port}"),
    )
    assert said.returncode == 0, said.stderr
    return depot


def test_people_reach_the_pages_and_machines_their_door_by_names_on_one_port(depot: Depot) -> None:
    nginx()
    pages = free_port()
    with (depot.data / "central.toml").open("a", encoding="utf-8") as file:
        file.write(f'\n[web]\nport = {pages}\naddress = "https://{WEB}"\n')
    with server_running(depot), gate(depot.folder, pages, depot.door_port) as front:
        answer, body = front.ask("/staff/sign-in")
        assert answer.status == http.client.OK
        assert "<html" in body.decode()
        assert answer.headers.get_all("Strict-Transport-Security") == ["max-age=31536000"]
        # What nobody may see from outside is as closed through nginx as it is without.
        assert front.ask("/desk")[0].status in (http.client.SEE_OTHER, http.client.FOUND)
        with closing(http.client.HTTPConnection("127.0.0.1", front.plain)) as plain:
            plain.request("GET", "/my?x=1", headers={"Host": WEB})
            moved = plain.getresponse()
            assert (moved.status, moved.headers["Location"]) == (301, f"https://{WEB}/my?x=1")
        # TLS goes through to the door as it is, or this machine would trust nobody there.
        said = ran(
            *("provision", "enrol", "--data", str(depot.folder / "bus-001"), "--unit", "bus-001"),
            *("--central", f"https://{DOOR}:{front.tls}", "--code", depot.code("bus-001")),
        )
        assert said.returncode == 0, said.stderr
        # By another name there is nothing.
        with pytest.raises(ssl.SSLError), front.connection("other.example.jp"):
            pass


def test_one_address_s_silence_and_tries_at_the_door_cost_nobody_else_theirs(depot: Depot) -> None:
    nginx()
    trust = ssl.create_default_context(cafile=depot.data / "authority/root.pem")
    with server_running(depot), gate(depot.folder, free_port(), depot.door_port) as front:

        def elsewhere() -> ssl.SSLSocket:
            plain = socket.create_connection(("127.0.0.1", front.tls), PATIENCE_S, ("127.0.0.2", 0))
            return trust.wrap_socket(plain, server_hostname=DOOR)

        for _ in range(11):
            with elsewhere() as it:
                it.sendall(b"POST /units/enrol HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\n{")
                status = it.recv(4_096).split(b" ")[1]
        assert status == b"429"
        with ExitStack() as silent:
            for _ in range(3 * PLACES):
                silent.enter_context(elsewhere())
            code, begun = depot.code("bus-001"), time.monotonic()
            said = ran(
                *("provision", "enrol", "--data", str(depot.folder / "bus-001"), "--unit", "bus-001"),
                *("--central", f"https://{DOOR}:{front.tls}", "--code", code),
            )
            print(
                f"{3 * PLACES} silent ones before nginx: {time.monotonic() - begun:.2f} s with the program's start"
            )
            assert said.returncode == 0, said.stderr
            assert time.monotonic() - begun < PATIENCE_S / 2


class Upstream(BaseHTTPRequestHandler):
    """In central's place: says what it was told, and a live page that goes on."""

    protocol_version = "HTTP/1.1"
    first_word = b"data: 1\n\n"

    def do_GET(self) -> None:
        self.send_response(200)
        if self.path == "/today/events":
            self.send_header("Content-Type", "text/event-stream")
            self.end_headers()
            self.wfile.write(self.first_word)
            self.wfile.flush()
            self.server.go_on.wait(PATIENCE_S)  # type: ignore[attr-defined]
            self.close_connection = True
            return
        told = json.dumps(dict(self.headers.items())).encode()
        self.send_header("Content-Length", str(len(told)))
        self.end_headers()
        self.wfile.write(told)

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.do_GET()

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def front(tmp_path: Path) -> Iterator[Gate]:
    nginx()
    with ThreadingHTTPServer(("127.0.0.1", 0), Upstream) as server:
        server.go_on = threading.Event()  # type: ignore[attr-defined]
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        try:
            with gate(tmp_path, server.server_port, free_port()) as it:
                yield it
        finally:
            server.go_on.set()  # type: ignore[attr-defined]
            server.shutdown()
            thread.join()


def test_the_live_page_speaks_at_once_and_not_when_a_buffer_is_full(front: Gate) -> None:
    with front.connection() as connection:
        begun = time.monotonic()
        connection.request("GET", "/today/events")
        answer = connection.getresponse()
        assert answer.read(len(Upstream.first_word)) == Upstream.first_word
        assert time.monotonic() - begun < 5


def test_nobody_says_of_themselves_from_where_they_come(front: Gate) -> None:
    with front.connection() as connection:
        lies = {"X-Forwarded-For": "203.0.113.7", "X-Forwarded-Proto": "http"}
        connection.request("GET", "/", headers=lies)
        told = json.loads(connection.getresponse().read())
    assert told["X-Forwarded-For"] == "127.0.0.1"
    assert told["X-Forwarded-Proto"] == "https"
    assert told["Host"] == WEB


def test_who_asks_too_much_is_told_so_under_hsts(front: Gate) -> None:
    with front.connection() as connection:
        statuses = []
        for _ in range(400):
            connection.request("GET", "/")
            answer = connection.getresponse()
            answer.read()
            statuses.append(answer.status)
            if answer.status == http.client.TOO_MANY_REQUESTS:
                break
    assert statuses[0] == http.client.OK
    assert statuses[-1] == http.client.TOO_MANY_REQUESTS
    assert answer.headers["Strict-Transport-Security"] == "max-age=31536000"


def test_a_body_beyond_what_central_takes_never_reaches_it(front: Gate) -> None:
    with front.connection() as connection:
        connection.putrequest("POST", "/")
        connection.putheader("Content-Length", str(65 * 1024 * 1024))
        connection.endheaders()
        assert connection.getresponse().status == http.client.REQUEST_ENTITY_TOO_LARGE
