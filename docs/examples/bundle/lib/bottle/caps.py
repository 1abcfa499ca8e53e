# SPDX-License-Identifier: MIT
"""Linux capabilities by prctl(2) and capset(2): how PID 1 and the daemons
give up what they do not need."""

import ctypes
import os
import resource

PR_SET_DUMPABLE, PR_CAPBSET_READ, PR_CAPBSET_DROP = 4, 23, 24
PR_SET_NO_NEW_PRIVS, PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL = 38, 47, 4
VERSION_3 = 0x20080522
NUMBER = {"chown": 0, "kill": 5, "setgid": 6, "setuid": 7, "setpcap": 8, "net_admin": 12}

_libc = ctypes.CDLL(None, use_errno=True)


class _Header(ctypes.Structure):
    _fields_ = [("version", ctypes.c_uint32), ("pid", ctypes.c_int)]


class _Data(ctypes.Structure):
    _fields_ = [("effective", ctypes.c_uint32), ("permitted", ctypes.c_uint32),
                ("inheritable", ctypes.c_uint32)]


def _prctl(option, arg=0, arg3=0):
    if _libc.prctl(option, arg, arg3, 0, 0) < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"prctl({option}): {os.strerror(number)}")


def drop_bounding(keep):
    """Nobody started from here can regain anything outside `keep`."""
    wanted = {NUMBER[k] for k in keep}
    number = 0
    while _libc.prctl(PR_CAPBSET_READ, number, 0, 0, 0) >= 0:
        if number not in wanted and _libc.prctl(PR_CAPBSET_READ, number, 0, 0, 0) == 1:
            _prctl(PR_CAPBSET_DROP, number)
        number += 1


def keep_only(keep):
    """This process holds `keep` and nothing else."""
    mask = sum(1 << NUMBER[k] for k in keep)
    header = _Header(VERSION_3, 0)
    data = (_Data * 2)(_Data(mask, mask, 0), _Data(0, 0, 0))
    if _libc.capset(ctypes.byref(header), data) < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"capset: {os.strerror(number)}")


def become(user):
    """In the child, before exec: this uid, no capability, no way back."""
    drop_bounding(())
    _prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL)
    os.setgroups([])
    os.setresgid(user.pw_gid, user.pw_gid, user.pw_gid)
    os.setresuid(user.pw_uid, user.pw_uid, user.pw_uid)
    _prctl(PR_SET_NO_NEW_PRIVS, 1)


def no_core():
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def first_to_go():
    """Where memory is short, this process ends before any other of its container. Nobody needs a right to ask for that."""
    with open("/proc/self/oom_score_adj", "w", encoding="ascii") as f:
        f.write("1000")
