"""A running machine answers commands over a Unix socket in its data folder: it alone can read its journal.

A question is one line of JSON that says what is to be done, `{"do": …, "bytes": n}`, and n bytes more. The answer is
any number of lines `{"line": …}`, each with a line of JSON as it is, and one that ends it: `{"done": …}`, or
`{"failed": …}` with a sentence for people. One caller at a time; whoever keeps it waiting is left alone.
"""

from __future__ import annotations

import contextlib
import logging
import os
import socket
import threading
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import BinaryIO, TypeAlias

import msgspec

from rules.messages.codec import Malformed, decode, encode
from rules.messages.stick import MAX_ANSWER_BYTES, MAX_LINE_BYTES, StickRefused

log = logging.getLogger(__name__)

SOCKET = "control.sock"
MAX_QUESTION_BYTES = 256
MAX_ANSWER_LINE_BYTES = 2 * MAX_LINE_BYTES
CALLER_S = 10.0
"""So long a caller may say nothing, or not take what it is told."""
ANSWER_S = 60.0
POLL_S = 0.5
STOP_S = 2.0
WAITING_CALLERS = 4

Handler: TypeAlias = Callable[[bytes], Iterator[bytes | msgspec.Struct]]
"""Gets the question's bytes; gives lines, and at last what is to be said at the end. Raises StickRefused."""


class NotRunning(Exception):
    """Nobody answers: the machine's program does not run."""


class Question(msgspec.Struct, frozen=True):
    """The first line."""

    do: str
    size: int = msgspec.field(name="bytes", default=0)


class _Answer(msgspec.Struct, frozen=True, omit_defaults=True):
    """A line of the answer. One of the three is there."""

    line: msgspec.Raw = msgspec.Raw(b"")
    done: msgspec.Raw = msgspec.Raw(b"")
    failed: str = ""


class Control:
    """The answering side, from `start` to `stop`, in a thread of its own. Whoever starts it owns the journal."""

    def __init__(self, folder: Path, handlers: Mapping[str, Handler]) -> None:
        self._folder = folder
        self._handlers = handlers
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._run, name="control", daemon=True)
        self._listening: socket.socket | None = None

    def start(self) -> None:
        """Listen. What an earlier run left lying there is replaced.

        Where that cannot be, on a full disk for example, the machine does its work without it.
        """
        try:
            self._listening = self._listen()
        except OSError as error:
            log.warning("commands cannot ask this program: %s", error)
            return
        self._thread.start()

    def stop(self) -> None:
        """End within 2 seconds; a caller finds the line cut."""
        self._ending.set()
        if self._listening is not None:
            self._thread.join(STOP_S)
            self._listening.close()
            (self._folder / SOCKET).unlink(missing_ok=True)

    def _listen(self) -> socket.socket:
        with _address(self._folder) as address, contextlib.ExitStack() as undo:
            Path(address).unlink(missing_ok=True)
            listening = undo.enter_context(socket.socket(socket.AF_UNIX, socket.SOCK_STREAM))
            # Before it has a name, so that there is no moment at which others may use it.
            os.fchmod(listening.fileno(), 0o600)
            listening.bind(address)
            listening.listen(WAITING_CALLERS)
            listening.settimeout(POLL_S)
            undo.pop_all()
        return listening

    def _run(self) -> None:
        assert self._listening is not None
        while not self._ending.is_set():
            try:
                caller, _ = self._listening.accept()
            except TimeoutError:
                continue
            except OSError as error:
                log.warning("control: %s", error)
                self._ending.wait(POLL_S)
                continue
            try:
                with caller:
                    caller.settimeout(CALLER_S)
                    self._serve(caller)
            except OSError as error:
                log.warning("a caller went away: %s", error)

    def _serve(self, caller: socket.socket) -> None:
        with caller.makefile("rb") as asked:
            for said in self._answers(asked):
                if self._ending.is_set():
                    return
                caller.sendall(encode(said) + b"\n")

    def _answers(self, asked: BinaryIO) -> Iterator[_Answer]:
        try:
            question = decode(asked.readline(MAX_QUESTION_BYTES), Question)
            if question.do not in self._handlers or not 0 <= question.size <= MAX_ANSWER_BYTES:
                raise Malformed(question.do)
            data = asked.read(question.size)
            if len(data) < question.size:
                raise Malformed("bytes")
            for each in self._handlers[question.do](data):
                if isinstance(each, bytes):
                    yield _Answer(line=msgspec.Raw(each.removesuffix(b"\n")))
                else:
                    yield _Answer(done=msgspec.Raw(encode(each)))
        except StickRefused as refusal:
            yield _Answer(failed=str(refusal))
        except Malformed as error:
            yield _Answer(
                failed=f"端末とこのコマンドの版が違います。端末を再起動してください（{error}） / "
                f"The terminal runs another version than this command: restart it ({error})"
            )
        except OSError:
            raise
        except Exception as error:
            # The next question must find somebody who answers.
            log.exception("a question could not be answered")
            yield _Answer(
                failed=f"端末の中で失敗しました（{error}） / It failed within the terminal ({error})"
            )


def call(folder: Path, do: str, data: bytes = b"") -> Iterator[bytes | msgspec.Raw]:
    """Ask the machine that runs in `folder`: its lines, and at last, as Raw, what it says at the end.

    Raises NotRunning before anything else, and StickRefused.
    """
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    connection.settimeout(ANSWER_S)
    with connection:
        try:
            with _address(folder) as address:
                connection.connect(address)
        except (FileNotFoundError, ConnectionRefusedError) as error:
            raise NotRunning from error
        except OSError as error:
            raise _unanswered(error) from error
        try:
            connection.sendall(encode(Question(do, len(data))) + b"\n" + data)
            with connection.makefile("rb") as answers:
                yield from _heard(answers)
        except OSError as error:
            raise _unanswered(error) from error


def _heard(answers: BinaryIO) -> Iterator[bytes | msgspec.Raw]:
    while text := answers.readline(MAX_ANSWER_LINE_BYTES):
        try:
            answer = decode(text, _Answer)
        except Malformed as error:
            raise _unanswered(error) from error
        if answer.failed:
            japanese, _, english = answer.failed.partition(" / ")
            raise StickRefused(japanese, english)
        if bytes(answer.done):
            yield answer.done
            return
        yield bytes(answer.line) + b"\n"
    raise _unanswered("EOF")


@contextlib.contextmanager
def _address(folder: Path) -> Iterator[str]:
    """Where the socket is. By way of its folder, since an address of a socket may have only 108 bytes."""
    descriptor = os.open(folder, os.O_PATH | os.O_DIRECTORY)
    try:
        yield f"/proc/self/fd/{descriptor}/{SOCKET}"
    finally:
        os.close(descriptor)


def _unanswered(detail: object) -> StickRefused:
    return StickRefused(
        "動いている端末から返事がありません。端末と同じ利用者か root で、もう一度実行してください",
        "The running terminal does not answer: try again, as the same user as the terminal or as root",
        str(detail),
    )
