"""The process that `warm` forks: TensorFlow is loaded, no thread is started."""

from __future__ import annotations

import atexit
import contextlib
import gc
import importlib.abc
import importlib.machinery
import os
import runpy
import selectors
import signal
import socket
import sys
import threading
import types

PATH = sys.path[1:]  # without the folder of this file
HIDDEN = ("tensorflow", "keras")
OWN = types.ModuleType("__main__")


class Restorer(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Puts TensorFlow and Keras back where they are imported, through the import system, as if they were loaded now."""

    def __init__(self) -> None:
        names = [name for name in sys.modules if name.partition(".")[0] in HIDDEN]
        self.hidden = {name: sys.modules.pop(name) for name in names}
        self.specs = {name: self.hidden[name].__spec__ for name in HIDDEN}

    def find_spec(self, name, path=None, target=None):
        if name not in self.hidden:
            return None
        return importlib.machinery.ModuleSpec(name, self, is_package=True)

    def create_module(self, spec):
        return self.hidden[spec.name]

    def exec_module(self, module):
        name = module.__name__
        module.__spec__ = self.specs[name]
        own = [each for each in self.hidden if each.partition(".")[0] in (name, "tensorflow")]
        for each in own:
            sys.modules[each] = self.hidden.pop(each)
        if name == "tensorflow" and "keras" in self.hidden:
            __import__("keras")  # as TensorFlow does
        if self in sys.meta_path and not self.hidden:
            sys.meta_path.remove(self)


def serve(address: str) -> tuple[list[str], str] | None:
    """Fork for whoever asks; comes back in the forked process with what it is to run, at the end with None."""
    listening = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    listening.bind(address)
    listening.listen(64)
    ended, wake = os.pipe()
    os.set_blocking(wake, False)
    os.set_blocking(ended, False)
    signal.set_wakeup_fd(wake)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    selector = selectors.DefaultSelector()
    for each in (0, listening, ended):
        selector.register(each, selectors.EVENT_READ)
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    running: dict[int, socket.socket] = {}
    while True:
        for key, _ in selector.select():
            if key.fileobj == 0:
                for pid in running:
                    os.kill(pid, signal.SIGKILL)
                return None
            if key.fileobj is listening:
                asked = listening.accept()[0]
                asked.settimeout(30)
                try:
                    said, fds, _, _ = socket.recv_fds(asked, 1 << 20, 250)
                except OSError:
                    said, fds = b"", []
                if not said:
                    asked.close()
                    continue
                pid = os.fork()
                if pid == 0:
                    signal.set_wakeup_fd(-1)
                    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
                    selector.close()
                    for each in (listening, asked, *running.values()):
                        each.close()
                    os.close(ended)
                    os.close(wake)
                    return become(os.fsdecode(said).split("\0"), fds)
                for fd in fds:
                    os.close(fd)
                running[pid] = asked
                with contextlib.suppress(OSError):  # it may have been killed meanwhile
                    asked.send(str(pid).encode())
                selector.register(asked, selectors.EVENT_READ, pid)
            elif key.fileobj == ended:
                with contextlib.suppress(BlockingIOError):
                    os.read(ended, 4096)
                with contextlib.suppress(ChildProcessError):
                    while (done := os.waitpid(-1, os.WNOHANG))[0]:
                        asked = running.pop(done[0])
                        with contextlib.suppress(OSError):
                            asked.send(str(done[1]).encode())
                        with contextlib.suppress(KeyError):
                            selector.unregister(asked)
                        asked.close()
            elif key.data in running:  # whoever asked was killed
                os.kill(key.data, signal.SIGKILL)
                selector.unregister(key.fileobj)


def become(said: list[str], fds: list[int]) -> tuple[list[str], str]:
    """Take over the working directory, the open files and the environment of the process that asked."""
    cwd, numbers, count, *rest = said
    wanted = [int(number) for number in numbers.split(",") if number]
    high = [os.dup2(fd, 600 + index) for index, fd in enumerate(fds)]  # out of the way of the numbers that are wanted
    for fd in fds:
        os.close(fd)
    for fd, number in zip(high, wanted):
        os.dup2(fd, number)
        os.close(fd)
    os.chdir(cwd)
    os.environ.clear()
    for each in rest[int(count) :]:
        name, _, value = each.partition("=")
        os.environ[name] = value
    return rest[: int(count)], cwd


def run(argv: list[str], cwd: str) -> None:
    """As the interpreter runs `-c CODE`, `-m MODULE` or a script."""
    import numpy as np

    np.random.seed()
    sys.meta_path.insert(0, Restorer())
    sys.executable = sys.argv[2]
    home = "" if argv[0] == "-c" else cwd if argv[0] == "-m" else os.path.dirname(os.path.realpath(argv[0]))
    given = [os.path.abspath(each) for each in os.environ.get("PYTHONPATH", "").split(os.pathsep) if each]
    sys.path[:] = [home, *dict.fromkeys([*given, *PATH])]
    sys.argv = ["-c" if argv[0] == "-c" else argv[1] if argv[0] == "-m" else argv[0], *argv[1 + (argv[0][0] == "-") :]]
    own = sys.modules["__main__"]
    OWN.kept = own  # type: ignore[attr-defined]
    main = types.ModuleType("__main__")
    main.__builtins__ = __builtins__  # type: ignore[attr-defined]
    sys.modules["__main__"] = main
    if argv[0] == "-m":
        runpy._run_module_as_main(argv[1])  # type: ignore[attr-defined]
    elif argv[0] == "-c":
        exec(compile(argv[1], "<string>", "exec"), main.__dict__)
    else:
        main.__file__ = argv[0]
        main.__loader__ = importlib.machinery.SourceFileLoader("__main__", argv[0])
        with open(argv[0], "rb") as stream:
            code = compile(stream.read(), argv[0], "exec")
        exec(code, main.__dict__)


if __name__ == "__main__":
    import keras
    import tensorflow

    del keras, tensorflow
    for library in ("cattrs", "cloudpickle", "filelock", "jinja2", "libcst.metadata", "rich.console", "typer", "wrapt",
                    "yaml"):  # fmt: skip
        __import__(library)
    assert len(os.listdir("/proc/self/task")) == 1, "what is forked must have no threads"
    gc.collect()
    gc.freeze()
    asked = serve(sys.argv[1])
    if asked is not None:
        status = 0
        try:
            run(*asked)
        except SystemExit as left:
            status = left.code if isinstance(left.code, int) else left.code is not None
            if not isinstance(left.code, int | None):
                print(left.code, file=sys.stderr)
        except KeyboardInterrupt:
            signal.signal(signal.SIGINT, signal.SIG_DFL)
            os.kill(os.getpid(), signal.SIGINT)
        except BaseException as error:
            trace = error.__traceback__
            while trace is not None and trace.tb_frame.f_code.co_filename in (__file__, runpy.__file__):
                trace = trace.tb_next
            sys.excepthook(type(error), error.with_traceback(trace), trace)
            status = 1
        threading._shutdown()  # type: ignore[attr-defined]
        atexit._run_exitfuncs()
        for stream in (sys.stdout, sys.stderr):
            with contextlib.suppress(OSError, ValueError, AttributeError):
                stream.flush()
        os._exit(status & 0xFF)  # without taking TensorFlow's modules apart, one by one
