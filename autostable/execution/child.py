"""Runs a target in this process, as `python target` would, under watch. Started by the supervisor.

TensorFlow is not imported here: the session is armed at the moment when the script imports Keras.
"""

from __future__ import annotations

import contextlib
import dataclasses
import importlib.util
import json
import linecache
import os
import signal
import sys
import types
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import wrapt

from autostable import frames, registry
from autostable.execution import beside, foreign, grids, signals, studies
from autostable.execution.heard import Heard
from autostable.execution.job import Job, Outcome
from autostable.execution.program import OtherSeeds, execute
from autostable.execution.wire import Wire
from autostable.records import to_json
from autostable.setup import Division
from autostable.story import Story

OURS = (frames.OWN, os.path.dirname(os.path.abspath(wrapt.__file__)) + os.sep)


class _Refused(BaseException):
    """Autostable cannot watch this program. Not an Exception: it leaves through the script's `import keras`."""


def main() -> int:
    """Take the job from the connection named in the first argument, run it, say how it ended, return the exit status."""
    wire = Wire(int(sys.argv[1]))
    job = wire.job()
    own = os.getpid()
    signals.say(job.signals)
    signals.end_with_parent(job.parent)
    before = set(sys.modules)
    registry.remedies()  # imported before the script's folder, which may hold a `strategies` of its own, can be
    watch: list[Any] = []
    heard = Heard() if job.listens else None
    if heard is not None:
        heard.listen()
    forks = beside.Forks()
    beside.watch(_follows_gradients)
    wrapt.register_post_import_hook(lambda module: _arm(job, wire, watch, heard, forks), "keras")
    wrapt.register_post_import_hook(lambda module: studies.watch(module, _stories, _is_another_attempt), "optuna")
    wrapt.register_post_import_hook(lambda module: grids.watch(module, _stories), "sklearn.model_selection")
    try:
        ended, status = _run(job)
        outcome = _told(watch, ended, status)
    except _Refused as refused:
        outcome = Outcome("refused", 2, notes=(str(refused),))
    if os.getpid() != own:  # a fork of the script's that came to this end: how the script itself ends is not known yet
        return outcome.status
    imported = foreign.imported(sys.modules.keys() - before)
    forked = (beside.FORK,) if forks.any_trained() else ()
    outcome = dataclasses.replace(outcome, unwatched=(*_unwatched, *imported), trained=(*beside.trained(), *forked))
    if heard is not None:
        outcome = dataclasses.replace(outcome, printed=heard.printed, losses=tuple(heard.losses))
    if not wire.tell("outcome", outcome) and job.fallback is not None:
        _write(Path(job.fallback), to_json(outcome))
    return outcome.status


def _arm(job: Job, wire: Wire, watch: list[Any], heard: Heard | None, forks: beside.Forks) -> None:
    try:
        from autostable.training import watching

        session = watching.begin(job.orders)
        watch.append(session)
        session.on_story += [wire.story, lambda story: forks.trained()]
        session.on_tried.append(wire.tried)
        session.on_step.append(lambda: wire.pulse(lambda: session.describe()))
        session.on_doing.append(wire.doing)
        session.on_healed.append(wire.healed)
        if heard is not None:
            heard.fits()
    except RuntimeError:  # KERAS_BACKEND names another one
        _go_unwatched(job, "Keras on another backend than TensorFlow")
    except (ImportError, AttributeError, KeyError) as error:  # Keras has moved what `training.seams` leans on
        version = getattr(sys.modules.get("keras"), "__version__", "unknown")
        _go_unwatched(
            job, f"Keras {version}, which this version of autostable cannot watch ({type(error).__name__}: {error})"
        )


def _stories() -> list[Story]:
    """Those of the trainings so far."""
    watching = sys.modules.get("autostable.training.watching")
    return [] if watching is None else list(watching.stories())


def _follows_gradients() -> bool:
    """Whether whatever asks a tape for gradients is watched."""
    watching = sys.modules.get("autostable.training.watching")
    return watching is not None and watching.follows_gradients()


def _is_another_attempt() -> bool:
    """Whether a fit is run once more."""
    watching = sys.modules.get("autostable.training.watching")
    return watching is not None and watching.is_another_attempt()


_unwatched: list[str] = []


def _go_unwatched(job: Job, what: str) -> None:
    """The script runs as it would under python; only a plan that it is to run under cannot do without."""
    if job.orders.plans:
        raise _Refused(f"the plan cannot be applied to {what}")
    _unwatched.append(what)


_interrupted = False


def _interrupt(signum: int, frame: types.FrameType | None) -> None:
    """Python's own handler, and a note: within TensorFlow's callbacks the exception may come out as another one."""
    global _interrupted
    _interrupted = True
    watching = sys.modules.get("autostable.training.watching")
    if watching is not None:
        watching.interrupt()
    signal.default_int_handler(signum, frame)


def _run(job: Job) -> tuple[str, int]:
    sys.argv = [job.name, *job.arguments]
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, _interrupt)
    try:
        shift = job.orders.other_seeds
        seeds = OtherSeeds(os.getcwd(), shift) if shift else None
        _layers_are_there(job)
        execute(job.kind, job.name, seeds, source=_source(job), divided=_divided(job))
        return _finished("finished", 0)
    except SystemExit as left:  # `sys.exit(main())` is how many a script ends
        status = _status(left.code)
        return _finished("finished" if status == 0 else "exited", status)
    except KeyboardInterrupt:
        return "interrupted", 130
    except _Refused:
        raise
    except BaseException as error:
        if _interrupted:
            return "interrupted", 130
        known = _known(error)
        if known is not None and known[0] == "refused":
            raise _Refused(str(error)) from None
        if known is not None:
            return known
        if _is_our_fault(error):
            sys.excepthook(type(error), error, error.__traceback__)
            return "broken", 1
        _print_traceback(error)
        return _finished("raised", 1, error)
    finally:
        _flush()


def _finished(ended: str, status: int, raised: BaseException | None = None) -> tuple[str, int]:
    """The end of the program is the last look at its loops: a loss that is NaN may be why it raised."""
    watching = sys.modules.get("autostable.training.watching")
    if watching is not None:
        try:
            watching.finish(raised)
        except BaseException as error:
            return _known(error) or (ended, status)
    return ended, status


def _flush() -> None:
    """Whoever reads the output may have gone (`| head`); the interpreter deals with that at its end."""
    try:
        sys.stdout.flush()
    except (OSError, ValueError, AttributeError):
        return


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


def _source(job: Job) -> bytes | None:
    """The script as it was when the first run began: whoever edits it while it runs does so for the next one."""
    if job.source is None:
        return None
    path = os.path.abspath(job.name)
    source = job.source.encode("latin-1")
    if not os.path.exists(path) or Path(path).read_bytes() != source:  # the lines that are shown are those that run
        with contextlib.suppress(SyntaxError, UnicodeDecodeError):
            text = importlib.util.decode_source(source)
            linecache.cache[path] = (len(source), None, text.splitlines(keepends=True), path)
    return source


def _divided(job: Job) -> Sequence[Division]:
    """The divisions of the script that the plans keep from 0.

    Raises:
        _Refused: If they are those of another script.
    """
    if not any(registry.setup_of(plan).divisions for plan in job.orders.plans.values()):
        return ()
    from autostable.execution import divisors  # late: NumPy is not loaded for every run

    asked = divisors.asked_for(job.orders.plans.values())
    source = Path(job.name).read_bytes() if job.source is None else job.source.encode("latin-1")
    why = (
        divisors.misplaced(asked, job.name, importlib.util.decode_source(source))
        if job.kind == "script"
        else "it is for a script, and a module is run"
    )
    if why:
        raise _Refused(f"the plan cannot be applied: {why}")
    return asked


def _layers_are_there(job: Job) -> None:
    """Look whether the lines of the script still make the layers that the plans widen.

    Raises:
        _Refused: If another line stands in the place of one.
    """
    asked = [each for plan in job.orders.plans.values() for each in registry.setup_of(plan).widened]
    here = [each for each in asked if os.path.basename(each.file) == os.path.basename(job.name)]
    if not here or job.kind != "script":
        return
    source = Path(job.name).read_bytes() if job.source is None else job.source.encode("latin-1")
    lines = importlib.util.decode_source(source).splitlines()
    for each in here:
        if not 0 < each.line <= len(lines) or lines[each.line - 1].strip() != each.source:
            raise _Refused(
                f"the plan cannot be applied: it is for a layer at {each.file}:{each.line} ({each.source}), and that is not "
                "what this line of the script says"
            )


def _is_our_fault(error: BaseException) -> bool:
    """Whether it arose in autostable itself, and not in what the script (or Keras for it) did."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    if trace is None:
        return False
    innermost = trace.tb_frame.f_code.co_filename
    # Keras takes its own frames out of a traceback, so that the last one may be ours that stands around Keras
    around = "original(" in linecache.getline(innermost, trace.tb_lineno)
    return innermost.startswith(frames.OWN) and innermost != __file__ and not around


def _print_traceback(error: BaseException) -> None:
    """As the interpreter prints it (or the script's own `sys.excepthook`), without our frames."""
    for each in _linked(error, set()):
        each.__traceback__ = _without_ours(each.__traceback__)
    sys.excepthook(type(error), error, error.__traceback__)


def _linked(error: BaseException | None, seen: set[int]) -> Iterator[BaseException]:
    """The exception and all that are printed with it."""
    if error is None or id(error) in seen:
        return
    seen.add(id(error))
    yield error
    members = error.exceptions if isinstance(error, BaseExceptionGroup) else ()
    for other in (error.__cause__, error.__context__, *members):
        yield from _linked(other, seen)


def _without_ours(trace: types.TracebackType | None) -> types.TracebackType | None:
    kept = None
    entries = []
    while trace is not None:
        entries.append(trace)
        trace = trace.tb_next
    for entry in reversed(entries):
        if not entry.tb_frame.f_code.co_filename.startswith(OURS):
            kept = types.TracebackType(kept, entry.tb_frame, entry.tb_lasti, entry.tb_lineno)
    return kept


def _told(watch: list[Any], ended: str, status: int) -> Outcome:
    if not watch:
        return Outcome(ended, status, environment={"python": sys.version.split()[0]})
    from autostable.training import watching

    return Outcome(ended, status, tuple(watching.stories()), watching.environment(), watching.remarks())


def _write(path: Path, value: Any) -> None:
    beside = path.with_suffix(".part")
    beside.write_text(json.dumps(value, allow_nan=False), encoding="utf-8")
    os.replace(beside, path)
