"""The door to what the kernel offers a process that takes rights from itself: Landlock, filters of system calls, dumps.

Numbers and layouts are those of linux/landlock.h, linux/seccomp.h and linux/prctl.h; `docs/sandbox.md` says what is taken away
and why. Programs are confined by the helper (`reel.confinement.program`), processes of ours by `seal`.
"""

from __future__ import annotations

import ctypes
import errno
import os
import stat
from collections.abc import Iterable
from pathlib import Path

PR_SET_DUMPABLE, PR_SET_NO_NEW_PRIVS = 4, 38
LANDLOCK_CREATE_RULESET, LANDLOCK_ADD_RULE, LANDLOCK_RESTRICT_SELF = 444, 445, 446
"""Numbers of system calls, the same on all machines."""
CREATE_RULESET_VERSION, RULE_PATH_BENEATH = 1, 1
SECCOMP_MODE_FILTER, PR_SET_SECCOMP = 2, 22

EXECUTE, WRITE_FILE, READ_FILE, READ_DIR, REMOVE_FILE, MAKE_REG = 1, 1 << 1, 1 << 2, 1 << 3, 1 << 5, 1 << 8
TRUNCATE = 1 << 14
OF_FILES = EXECUTE | WRITE_FILE | READ_FILE | TRUNCATE
READ = READ_FILE | READ_DIR
WRITE = READ_FILE | WRITE_FILE | TRUNCATE | MAKE_REG | REMOVE_FILE
NET_BIND_TCP, NET_CONNECT_TCP = 1, 2
SCOPE_ABSTRACT_UNIX_SOCKET, SCOPE_SIGNAL = 1, 2

ANY_PID = b"\x7e\x7e\x7e\x7e"
"""Stands in a filter for the number of the process that it is for (see `confine.c`)."""
_SOCK_FILTER_BYTES = 8

_libc = ctypes.CDLL(None, use_errno=True)
_libc.syscall.restype = ctypes.c_long


class _Ruleset(ctypes.Structure):
    _fields_ = (("fs", ctypes.c_uint64), ("net", ctypes.c_uint64), ("scoped", ctypes.c_uint64))


class _PathBeneath(ctypes.Structure):
    _pack_ = 1
    _layout_ = "ms"
    _fields_ = (("access", ctypes.c_uint64), ("parent", ctypes.c_int32))


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("filter", ctypes.c_char_p))


def landlock_version() -> int:
    """Of the kernel's Landlock; 0 where it has none."""
    try:
        return _call(LANDLOCK_CREATE_RULESET, None, ctypes.c_size_t(0), ctypes.c_uint32(CREATE_RULESET_VERSION))
    except OSError as error:
        if error.errno in (errno.ENOSYS, errno.EOPNOTSUPP):
            return 0
        raise


def keep_to_itself() -> None:
    """No other process of this user looks into this one, its memory, environment and open files; nor does it leave a core."""
    _prctl(PR_SET_DUMPABLE, 0)


def seal(reads: Iterable[str | int], writes: Iterable[str], filter_of_calls: bytes) -> None:
    """From now on this process reads these files and folders, by path or descriptor, and what it has open; it makes, writes and
    removes files in the folders `writes`, and writes to what it has open; it starts nothing and speaks with nobody.
    `filter_of_calls` is that of `reel.confinement.program`.

    It must have one thread: others would stay as they are. What the kernel lacks is left out; raises `OSError` where it
    refuses.
    """
    threads = sum(1 for _ in Path("/proc/self/task").iterdir())
    if threads != 1:
        raise OSError(f"a process with {threads} threads cannot be confined: only one of them would be")
    _prctl(PR_SET_NO_NEW_PRIVS, 1)
    if version := landlock_version():
        _restrict(version, reads, writes)
    _filter(filter_of_calls)


def _restrict(version: int, reads: Iterable[str | int], writes: Iterable[str]) -> None:
    handled = (1 << (13 + (version >= 2) + (version >= 3) + (version >= 5))) - 1
    attributes = _Ruleset(
        fs=handled,
        net=NET_BIND_TCP | NET_CONNECT_TCP if version >= 4 else 0,
        scoped=SCOPE_ABSTRACT_UNIX_SOCKET | SCOPE_SIGNAL if version >= 6 else 0,
    )
    size = ctypes.c_size_t(ctypes.sizeof(attributes))
    ruleset = _call(LANDLOCK_CREATE_RULESET, ctypes.byref(attributes), size, ctypes.c_uint32(0))
    for place in reads:
        _allow(ruleset, place, READ)
    for folder in writes:
        _allow(ruleset, folder, WRITE & handled)
    _call(LANDLOCK_RESTRICT_SELF, ctypes.c_int(ruleset), ctypes.c_uint32(0))
    os.close(ruleset)


def _allow(ruleset: int, place: str | int, access: int) -> None:
    """Allow this to a file, or a folder and all in it, unless it is not there, or lies nowhere (a pipe, a file in memory)."""
    try:
        opened = os.open(place, os.O_PATH | os.O_CLOEXEC) if isinstance(place, str) else os.dup(place)
    except (FileNotFoundError, NotADirectoryError, PermissionError):
        return
    try:
        if not stat.S_ISDIR(os.fstat(opened).st_mode):
            access &= OF_FILES
        rule = _PathBeneath(access=access, parent=opened)
        kind = ctypes.c_int(RULE_PATH_BENEATH)
        _call(LANDLOCK_ADD_RULE, ctypes.c_int(ruleset), kind, ctypes.byref(rule), ctypes.c_uint32(0))
    except OSError as error:
        if error.errno != errno.EBADFD:
            raise
    finally:
        os.close(opened)


def _filter(filter_of_calls: bytes) -> None:
    code = filter_of_calls.replace(ANY_PID, os.getpid().to_bytes(4, "little"))
    program = _Program(len(code) // _SOCK_FILTER_BYTES, code)
    try:
        _prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, ctypes.byref(program))
    except OSError as error:
        if error.errno not in (errno.EINVAL, errno.ENOSYS):  # a kernel without it
            raise


def _call(number: int, *arguments: object) -> int:
    result = int(_libc.syscall(ctypes.c_long(number), *arguments))
    if result < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return result


def _prctl(option: int, *arguments: object) -> None:
    words = [ctypes.c_ulong(each) if isinstance(each, int) else each for each in arguments]
    words += [ctypes.c_ulong(0)] * (4 - len(words))
    if _libc.prctl(ctypes.c_int(option), *words) < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
