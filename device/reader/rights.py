"""What the reader's child gives up before it looks at a picture. No root is needed for any of it.

A rider chooses what the camera sees, and decoders of pictures break. Afterwards the child cannot run a program, write,
create or remove a file, read anything but libraries and its own source, listen or connect over TCP (only a network
camera may), signal another process, gain rights, dump its memory or outlive its parent. As root it becomes `nobody`
in the group `video`.

Left for the hardened unit, which holds for the whole service: system calls (SystemCallFilter=), UDP, raw and D-Bus
sockets (RestrictAddressFamilies=, InaccessiblePaths=), devices (DeviceAllow=). A kernel without Landlock leaves files
and TCP to the unit as well, and the child says so on stderr.
"""

from __future__ import annotations

import ctypes
import errno
import grp
import os
import pwd
import resource
import signal
import sys
from collections.abc import Iterable
from pathlib import Path

_PR_SET_PDEATHSIG = 1
_PR_SET_DUMPABLE = 4
_PR_SET_NO_NEW_PRIVS = 38

# linux/landlock.h; the numbers of the three calls are the same on every architecture.
_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
_ASK_VERSION = 1
_RULE_PATH_BENEATH = 1
_FS_BITS = {1: 13, 2: 14, 3: 15, 4: 15}
_FS_BITS_SINCE_5 = 16
_FS_WRITE_FILE, _FS_READ_FILE, _FS_READ_DIR, _FS_IOCTL_DEV = 1 << 1, 1 << 2, 1 << 3, 1 << 15
_FS_OF_FILES = 0b1100_0000_0000_0111
_NET_BIND_TCP, _NET_CONNECT_TCP = 1, 2
_SCOPE_ABSTRACT_SOCKETS_AND_SIGNALS = 3

_OPEN_FILES = 256
"""libcamera holds some eighty: every part of the image processor, each buffer, its threads' pipes."""


class _Ruleset(ctypes.Structure):
    _fields_ = (("fs", ctypes.c_uint64), ("net", ctypes.c_uint64), ("scoped", ctypes.c_uint64))


class _PathBeneath(ctypes.Structure):
    _pack_ = 1
    _layout_ = "ms"
    _fields_ = (("allowed", ctypes.c_uint64), ("parent", ctypes.c_int32))


def forgo_early() -> None:
    """Before any library is loaded: no new rights, no core dump, no files others may read."""
    _prctl(_PR_SET_NO_NEW_PRIVS, 1)
    os.umask(0o077)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def die_with(parent: int) -> None:
    """Be killed when the parent ends. Exits if it has gone already."""
    _prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        raise SystemExit("the parent has ended")


def forgo_rights(
    *, parent: int, memory: int, readable: Iterable[Path], devices: bool, connect: bool, keep_user: bool
) -> bool:
    """After the libraries are loaded and before the first thread starts (Landlock binds the calling thread).

    `memory` is how many bytes may be taken on top of what is in use. `readable` are folders or files besides the
    libraries; `devices` leaves the nodes under /dev usable, `connect` leaves TCP connections. `keep_user`
    stays root when started as root (a bench's socket may lie in a folder only root enters). False if the
    kernel has no Landlock. Exits if the parent has gone already; raises OSError if something cannot be given up.
    """
    used = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    _limit(resource.RLIMIT_AS, used + memory)
    _limit(resource.RLIMIT_NOFILE, _OPEN_FILES)
    if os.geteuid() == 0 and not keep_user:
        _become_nobody()
    locked = _lock_files(readable, devices=devices, connect=connect)
    _prctl(_PR_SET_DUMPABLE, 0)
    # A change of user clears the death signal, so it comes last; whoever died before it was set is seen here.
    die_with(parent)
    return locked


def forgo_processes() -> None:
    """Once every thread runs: no further thread or process, save for root, whom the kernel does not hold to it."""
    resource.setrlimit(resource.RLIMIT_NPROC, (0, 0))


def _limit(what: int, most: int) -> None:
    _, hard = resource.getrlimit(what)
    most = most if hard == resource.RLIM_INFINITY else min(most, hard)
    resource.setrlimit(what, (most, most))


def _become_nobody() -> None:
    nobody = pwd.getpwnam("nobody")
    try:
        groups = [grp.getgrnam("video").gr_gid]
    except KeyError:
        groups = []
    os.setgroups(groups)
    os.setresgid(nobody.pw_gid, nobody.pw_gid, nobody.pw_gid)
    os.setresuid(nobody.pw_uid, nobody.pw_uid, nobody.pw_uid)


def _lock_files(readable: Iterable[Path], *, devices: bool, connect: bool) -> bool:
    try:
        version = _call(_CREATE_RULESET, None, 0, _ASK_VERSION)
    except OSError as refused:
        if refused.errno in (errno.ENOSYS, errno.EOPNOTSUPP):
            return False
        raise
    handled = (1 << _FS_BITS.get(version, _FS_BITS_SINCE_5)) - 1
    net = _NET_BIND_TCP if connect else _NET_BIND_TCP | _NET_CONNECT_TCP
    rules = _Ruleset(handled, net, _SCOPE_ABSTRACT_SOCKETS_AND_SIGNALS)
    size = 8 if version < 4 else 16 if version < 6 else 24
    ruleset = _call(_CREATE_RULESET, ctypes.byref(rules), size, 0)
    read = _FS_READ_FILE | _FS_READ_DIR
    for path in (Path("/usr"), Path("/lib"), Path(sys.base_prefix), Path(sys.prefix), *readable):
        _allow(ruleset, path, read & handled)
    if devices:
        _allow(ruleset, Path("/dev"), (read | _FS_WRITE_FILE | _FS_IOCTL_DEV) & handled)
        _allow(ruleset, Path("/sys"), read & handled)
    _call(_RESTRICT_SELF, ruleset, 0)
    os.close(ruleset)
    return True


def _allow(ruleset: int, path: Path, access: int) -> None:
    try:
        parent = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return
    try:
        rule = _PathBeneath(access if path.is_dir() else access & _FS_OF_FILES, parent)
        _call(_ADD_RULE, ruleset, _RULE_PATH_BENEATH, ctypes.byref(rule), 0)
    finally:
        os.close(parent)


def _call(number: int, *arguments: object) -> int:
    libc = ctypes.CDLL(None, use_errno=True)
    wide = [ctypes.c_long(one) if isinstance(one, int) else one for one in arguments]
    answer = int(libc.syscall(ctypes.c_long(number), *wide))
    if answer < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return answer


def _prctl(option: int, value: int) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(option, ctypes.c_ulong(value), 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
