"""Runs a target in this process, as `python target` would, under watch. Started by the supervisor.

TensorFlow is not imported here: the session is armed at the moment when the script imports Keras.
"""

from __future__ import annotations

import importlib.machinery
import json
import os
import runpy
import sys
import traceback
import types
from pathlib import Path
from typing import Any

from autostable import frames
from autostable.execution.job import Job, Outcome
from autostable.records import from_json, to_json


def main() -> int:
    """Read the job named in the first argument, run it, leave its outcome, return the exit status."""
    job = from_json(json.loads(Path(sys.argv[1]).read_text(encoding="utf-8")), Job)
    import autostable_strategies  # noqa: F401  (before the script's folder, which may hold a `strategies` of its own)
    import wrapt

    watch: list[Any] = []
    wrapt.register_post_import_hook(lambda module: _arm(job, watch), "keras")
    ended, status = _run(job)
    outcome = _told(watch, ended, status)
    _write(Path(job.result), to_json(outcome))
    return outcome.status


def _arm(job: Job, watch: list[Any]) -> None:
    from autostable.training import watching

    watch.append(watching.begin(job.orders))


def _run(job: Job) -> tuple[str, int]:
    sys.argv = [job.name, *job.arguments]
    try:
        _execute(job)
        return _finish()
    except SystemExit as left:
        status = _status(left.code)
        return ("finished" if status == 0 else "exited"), status
    except KeyboardInterrupt:
        return "interrupted", 130
    except BaseException as error:
        known = _known(error)
        if known is not None:
            return known
        _print_traceback(error)
        return "raised", 1
    finally:
        sys.stdout.flush()


def _finish() -> tuple[str, int]:
    """The end of the program is the last look at its loops."""
    watching = sys.modules.get("autostable.training.watching")
    if watching is not None:
        watching.finish()
    return "finished", 0


def _known(error: BaseException) -> tuple[str, int] | None:
    watching = sys.modules.get("autostable.training.watching")
    ended = None if watching is None else watching.how_it_ended(error)
    return None if ended is None else (ended, 1 if ended == "unstable" else 0)


def _status(code: Any) -> int:
    """What the interpreter would exit with."""
    if code is None:
        return 0
    if isinstance(code, int):
        return code & 0xFF
    print(code, file=sys.stderr)
    return 1


def _execute(job: Job) -> None:
    if job.kind == "module":
        sys.path[0] = os.getcwd()
        runpy.run_module(job.name, run_name="__main__", alter_sys=True)
        return
    path = os.path.abspath(job.name)
    sys.path[0] = os.path.dirname(path)
    module = types.ModuleType("__main__")
    module.__file__ = job.name
    module.__loader__ = importlib.machinery.SourceFileLoader("__main__", job.name)
    module.__dict__["__builtins__"] = __builtins__
    sys.modules["__main__"] = module
    code = compile(Path(path).read_bytes(), job.name, "exec", dont_inherit=True)
    exec(code, module.__dict__)


def _print_traceback(error: BaseException) -> None:
    """As the interpreter prints it, without our frames."""
    shown = traceback.TracebackException.from_exception(error)
    todo: list[traceback.TracebackException | None] = [shown]
    while todo:
        each = todo.pop()
        if each is None:
            continue
        each.stack = traceback.StackSummary.from_list(
            [frame for frame in each.stack if not frame.filename.startswith((frames.OWN, "<frozen runpy>"))]
        )
        todo += [each.__cause__, each.__context__]
    print("".join(shown.format()), end="", file=sys.stderr)


def _told(watch: list[Any], ended: str, status: int) -> Outcome:
    if not watch:
        return Outcome(ended, status, environment={"python": sys.version.split()[0]})
    from autostable.training import watching

    return Outcome(ended, status, tuple(watching.stories()), watching.environment())


def _write(path: Path, value: Any) -> None:
    beside = path.with_suffix(".part")
    beside.write_text(json.dumps(value, allow_nan=False), encoding="utf-8")
    os.replace(beside, path)


if __name__ == "__main__":
    sys.exit(main())
