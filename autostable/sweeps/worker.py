"""A process that repairs configurations one after the other; TensorFlow is imported once, not once a configuration.

Talks JSON lines over two pipes: `{"do": item, "lessons": [...]}` in, `{"outcome": ...}` out; at the
end `{"stop": true}`, or `{"healed": true}` for the one process whose script goes on with the healed tuner.
"""

from __future__ import annotations

import dataclasses
import json
import os
import runpy
import sys
import traceback
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

from autostable import frames
from autostable.errors import AutostableError
from autostable.orders import Orders
from autostable.records import from_json, to_json
from autostable.repair.effective import effective
from autostable.repair.warm_start import Kin, Lesson
from autostable.sweeps.items import HOPELESS, RAISED, Item, Outcome


@dataclasses.dataclass(frozen=True)
class Spec:
    """What a worker works on.

    Attributes:
        kind: "script", "project", "table" or "study".
        path: Of the sweep.
        train: The script, or "module:name".
        arguments: The script's own.
        folder: Where the repair keeps its things.
        orders: What the session is asked to do.
        objective: Name of the objective, with ":min" or ":max" behind it, where it was given.
        column: The table's column of results.
        shapes: The names that the table's rows have, each set of them once (a node of a cluster has no table).
        lessons: What was learnt before a kill, and by earlier repairs of the sweep.
        leading: Its script goes on when all is healed; the other workers end with their last item.
    """

    kind: str
    path: str
    train: str
    arguments: tuple[str, ...]
    folder: str
    orders: Orders
    objective: str | None = None
    study: str | None = None
    column: str | None = None
    shapes: tuple[tuple[str, ...], ...] = ()
    lessons: tuple[Lesson, ...] = ()
    leading: bool = False


class Channel(Protocol):
    """How a worker is told what to do."""

    def tell(self, message: Mapping[str, Any]) -> None:
        """Send one message."""

    def hear(self) -> Mapping[str, Any]:
        """Wait for one message; at the end `{"stop": true}`."""


class Pipes:
    """A channel of two file descriptors."""

    def __init__(self, read: int, write: int) -> None:
        self._in = os.fdopen(read, encoding="utf-8")
        self._out = os.fdopen(write, "w", encoding="utf-8")

    def tell(self, message: Mapping[str, Any]) -> None:
        """Send one message."""
        self._out.write(json.dumps(message, allow_nan=False) + "\n")
        self._out.flush()

    def hear(self) -> Mapping[str, Any]:
        """Wait for one message; a parent that is gone means stop."""
        line = self._in.readline()
        return json.loads(line) if line.endswith("\n") else {"stop": True}


class Stopped(BaseException):
    """Ends a script whose process is not needed any more."""


Do = Callable[[Item, list[Any]], Outcome]


def serve(channel: Channel, do: Do, more: Sequence[Item] = ()) -> None:
    """Repair what comes, until there is no more.

    Args:
        channel: To whoever gives the work out.
        do: Repairs one item.
        more: Items that only this process could see to be bad.

    Raises:
        Stopped: If this process is not to go on.
    """
    channel.tell({"ready": True, "more": to_json(list(more))})
    while True:
        message = channel.hear()
        if message.get("healed"):
            return
        if message.get("stop"):
            raise Stopped
        channel.tell({"outcome": to_json(do(from_json(message["do"], Item), list(message.get("lessons", ()))))})


def begin(spec: Spec) -> Any:
    """Arm a session for this process."""
    sys.path.insert(0, os.getcwd())
    import keras  # noqa: F401  (here, so that it is watched from the start)

    from autostable.training import hooks
    from autostable.training.session import Session

    session = Session(spec.orders)
    session.kin = Kin(spec.lessons)
    hooks.arm(session)
    return session


def told(session: Any, first: int, item: Item, metrics: Mapping[str, float], seconds: float, *,
         error: BaseException | None = None, state: Mapping[str, Any] | None = None) -> Outcome:  # fmt: skip
    """What became of an item, from the stories of its trainings."""
    from autostable.training import trials

    stories = session.stories[first:]
    verdict, message = trials.judged(stories, metrics)
    if error is not None and verdict != HOPELESS:
        own = [frame for frame in traceback.extract_tb(error.__traceback__) if frames.is_user_file(frame.filename)]
        place = f" ({frames.display(own[-1].filename)}:{own[-1].lineno})" if own else ""
        verdict = RAISED
        message = f"{type(error).__name__}: {' '.join(str(error).split())[:300]}{place}"
    figures = {**trials.told(stories), "full": sum(story.full for story in stories),
               "steps": sum(attempt.steps for story in stories for attempt in story.attempts)}  # fmt: skip
    return Outcome(item.key, item.config, verdict, message, dict(metrics), seconds=round(seconds, 3),
                   state=dict(state or {}), effective=effective(item.config, stories), **figures)  # fmt: skip


def main() -> int:
    """Entry point: SPEC_FILE READ_FD WRITE_FD."""
    with open(sys.argv[1], encoding="utf-8") as stream:
        spec = from_json(json.load(stream), Spec)
    channel = Pipes(int(sys.argv[2]), int(sys.argv[3]))
    try:
        if spec.kind == "script":
            return _script(spec, channel)
        from autostable.sweeps import runners

        serve(channel, runners.runner(spec, begin(spec)))
    except Stopped:
        pass
    except AutostableError as error:
        channel.tell({"error": str(error)})
        return 2
    except Exception as error:  # before the first item, or between two: a project of another version, a full disk
        traceback.print_exc()
        channel.tell({"error": f"{spec.train} on {spec.path}: {type(error).__name__}: {' '.join(str(error).split())}"})
        return 3
    return 0


def _script(spec: Spec, channel: Channel) -> int:
    """Run the script as it is; its `tuner.search` on the project hands the repair over to us."""
    from autostable import registry

    registry.remedies()  # imported before the script's folder, which may hold a `strategies` of its own, can be

    session = begin(spec)
    from autostable.sweeps import runners

    seen = runners.take_over(spec, session, channel)
    sys.argv = [spec.train, *spec.arguments]
    sys.path[0] = os.path.dirname(os.path.abspath(spec.train))
    try:
        runpy.run_path(spec.train, run_name="__main__")
    except SystemExit as left:
        return 0 if left.code is None else left.code if isinstance(left.code, int) else 1
    except Exception as error:
        if not seen:
            last = traceback.extract_tb(error.__traceback__)[-1]
            said = f"{type(error).__name__}: {' '.join(str(error).split())[:200]} ({last.filename}:{last.lineno})"
            channel.tell({"error": f"{spec.train} failed before its search: {said}"})
            return 3
        traceback.print_exc()
        return 3
    if not seen:
        channel.tell({"error": f"{spec.train} never called search() of a tuner on {spec.path}"})
        return 2
    return 0


if __name__ == "__main__":
    from autostable.sweeps import worker  # by its own name, so that `Stopped` is one class

    status = worker.main()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)  # TensorFlow's threads may outlast an ordinary exit
