"""A Python of which every process begins with TensorFlow already loaded: `warm.python()` in place of `sys.executable`.

Loading TensorFlow takes 2.5 of the 3 seconds that a small training under `autostable run` takes. Here one process
for each worker of pytest loads it, starts no thread, and forks itself for every process that is asked for. What is
asked for comes from a small program, `python`, that is started as the real one is: with any arguments, working
directory, environment and open files; it waits for the forked process, passes signals on to it and ends as it ends.
Until a program imports Keras or TensorFlow they are not to be seen in `sys.modules`, so that what waits for that
import (see `autostable.execution.child`) has its turn at the same moment as in a fresh process.

What it is not: the forked process is no child of the one that asked for it, nor in its process group, and what
TensorFlow reads from the environment when it is loaded is what it was when this one began (with other variables of
Python's own the real one is started). Tests that depend on such things, and at least one of each kind of command,
use the real one; with FRESH_PROCESSES set all tests do.
"""

from __future__ import annotations

import atexit
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

SHIM = """#!{python} -IS
import os, sys
import _socket

argv, real = sys.argv[1:], {python!r}
env = os.environ
known = {{name: env[name] for name in env if name.startswith(("PYTHON", "TF_ENABLE")) and name != "PYTHONPATH"}}
if known != {known!r} or not argv or (argv[0].startswith("-") and argv[0] not in ("-c", "-m")):
    os.execv(real, [real, *argv])
import signal
server = _socket.socket(_socket.AF_UNIX, _socket.SOCK_SEQPACKET)
server.connect({address!r})
fds = []
for name in os.listdir("/proc/self/fd"):
    fd = int(name)
    try:
        if fd != server.fileno() and os.get_inheritable(fd):
            fds.append(fd)
    except OSError:
        pass
said = [os.getcwd(), ",".join(map(str, fds)), str(len(argv)), *argv, *(f"{{name}}={{env[name]}}" for name in env)]
ids = b"".join(fd.to_bytes(4, sys.byteorder) for fd in fds)
server.sendmsg([os.fsencode("\\0".join(said))], [(_socket.SOL_SOCKET, _socket.SCM_RIGHTS, ids)])
for fd in fds:
    if fd > 2:
        os.close(fd)
pid = int(server.recv(64))
for number in (signal.SIGINT, signal.SIGTERM):
    signal.signal(number, lambda number, frame: os.kill(pid, number))
status = server.recv(64)
code = os.waitstatus_to_exitcode(int(status)) if status else 70
if code < 0:
    signal.signal(-code, signal.SIG_DFL) if -code != signal.SIGKILL else None
    os.kill(os.getpid(), -code)
os._exit(code)
"""
_started: list[tuple[subprocess.Popen[bytes], str]] = []


def python() -> str:
    """The path to give where `sys.executable` would be given."""
    if os.environ.get("FRESH_PROCESSES") or not hasattr(os, "fork") or not os.path.isdir("/proc/self/fd"):
        return sys.executable
    if not _started:
        folder = tempfile.mkdtemp(prefix="warm-")
        address = os.path.join(folder, "socket")
        shim = Path(folder) / "python"
        env = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
        known = {name: env[name] for name in env if name.startswith(("PYTHON", "TF_ENABLE"))}
        shim.write_text(SHIM.format(python=sys.executable, address=address, known=known))
        shim.chmod(0o755)
        env["OPENBLAS_NUM_THREADS"] = "1"  # NumPy would start threads, of which a fork has none
        process = subprocess.Popen(
            [sys.executable, str(Path(__file__).with_name("warm_server.py")), address, str(shim)], env=env,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, start_new_session=True,
        )  # fmt: skip
        atexit.register(shutil.rmtree, folder, ignore_errors=True)
        assert process.stdin is not None and process.stdout is not None
        atexit.register(process.stdin.close)  # it ends when this one does, however that is
        assert process.stdout.readline() == b"ready\n"
        _started.append((process, str(shim)))
    return _started[0][1]


def cpu() -> float:
    """CPU seconds of the processes that were forked and have ended, and of the one that forks them."""
    seconds = 0.0
    for process, _ in _started:
        fields = Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()
        seconds += sum(map(int, fields[11:15])) / os.sysconf("SC_CLK_TCK")
    return seconds
