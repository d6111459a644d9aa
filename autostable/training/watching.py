"""The wing's front door for `execution` and `api`: begin to watch a process, and be told what happened."""

from __future__ import annotations

import platform
from typing import Any

import keras
import tensorflow as tf

from autostable.orders import Orders
from autostable.story import Story
from autostable.training import created, hooks
from autostable.training.session import ProbeDone, Refused, Session, Unstable


def begin(orders: Orders) -> Session:
    """Watch this process from now on."""
    session = Session(orders)
    hooks.arm(session)
    return session


def finish(raised: BaseException | None = None) -> None:
    """The program has come to its end: look at its loops once more.

    Args:
        raised: What it ended with; a loop in eager code may have been refused its labels.

    Raises:
        Unstable: If they ended badly.
    """
    if hooks.session is not None:
        hooks.session.loop.finish(raised)


def how_it_ended(error: BaseException) -> str | None:
    """What an exception that left the program means, where it is one of ours."""
    if isinstance(error, Unstable):
        return "unstable"
    if isinstance(error, ProbeDone):
        return "probed"
    if isinstance(error, Refused):
        return "refused"
    return None


def stories() -> list[Story]:
    """What became of the trainings so far."""
    return [] if hooks.session is None else hooks.session.stories


def remarks() -> tuple[str, ...]:
    """What is to be told of the program beside its trainings."""
    if hooks.session is None:
        return ()
    beside = ("A fit in another thread ran while one was watched: it was left alone, and not judged.",)
    return (*hooks.session.remarks, *(beside if hooks.session.aside else ()))


def is_another_attempt() -> bool:
    """Whether a fit is under way that an earlier run of it was given up for."""
    active = None if hooks.session is None else hooks.session.active
    return bool(getattr(active, "attempts", ()))


def follows_gradients() -> bool:
    """Whether the gradients that a tape gives are taken for updates, and watched: the program has no optimizer of Keras'."""
    return hooks.session is not None and hooks.session.orders.loops and not created.optimizer_was_made()


def environment() -> dict[str, Any]:
    """What the program ran on, for the report."""
    gpus = tf.config.get_visible_devices("GPU")
    known = [story for story in stories() if story.evidence is not None]
    model = known[0].evidence.model if known and known[0].evidence is not None else None
    return {
        "python": platform.python_version(),
        "tensorflow": tf.__version__,
        "keras": keras.__version__,
        "device": f"{len(gpus)} GPU" if gpus else "CPU",
        "jit_compile": bool(model.jit_compile) if model is not None else False,
        "precision": model.precision if model is not None else keras.config.dtype_policy().name,
    }


def is_watching() -> bool:
    """Whether a session watches all that this process trains."""
    return hooks.session is not None and hooks.session.orders.loops


def interrupt() -> None:
    """Have the training under way end with a KeyboardInterrupt at its next step, should this one be swallowed."""
    if hooks.session is not None:
        hooks.session.interrupted = True
