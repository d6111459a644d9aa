"""What is on a model goes with its weights: kept beside the weights file, put back when that is loaded.

The weights of a repaired model are worth nothing without its setup (they may expect rescaled inputs).
So whoever saves such weights leaves `FILE.autostable.json` beside them, and whoever loads them into
a model that was built anew gets the setup put on again.
"""

from __future__ import annotations

import dataclasses
import functools
import json
import warnings
import weakref
from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras

from autostable.errors import StoreError
from autostable.records import Plan, from_json, to_json
from autostable.setup import Setup
from autostable.store import read_json, write_file
from autostable.training import install, saving, seams
from autostable.training.patches import Patches

SCHEMA = "autostable/weights-1"
SUFFIX = ".autostable.json"
_ADVICE = "save the weights again, or delete it"

_files: weakref.WeakKeyDictionary[Any, set[Path]] = weakref.WeakKeyDictionary()
_warned: weakref.WeakSet[Any] = weakref.WeakSet()
_loaded: weakref.WeakSet[Any] = weakref.WeakSet()
_patches = Patches()
_users = 0
_guard_of: Callable[[Any], Any] | None = None
_warns: Callable[[], bool] | None = None


def follow(guard_of: Callable[[Any], Any] | None = None, warns: Callable[[], bool] | None = None) -> None:
    """Watch weights being saved and loaded from now on; to be paired with `leave`.

    Args:
        guard_of: Gives the guard of a model, so that knobs of its optimizer hold as well.
        warns: Whether the user is told now where weights alone are not enough; never, where it is None: what a tuner saves it
            loads itself, under watch.
    """
    global _users, _guard_of, _warns
    _guard_of, _warns = guard_of or _guard_of, warns or _warns
    if _users == 0:
        _patches.wrap(keras.Model, "save_weights", _saving)
        _patches.wrap(keras.Model, "load_weights", _loading)
    _users += 1


def leave() -> None:
    """End what `follow` began."""
    global _users, _guard_of, _warns
    _users -= 1
    if _users == 0:
        _patches.undo()
        _guard_of = _warns = None


def sidecar(path: Path) -> Path:
    """The file that tells what is on the model whose weights lie at `path`."""
    return path.with_name(path.name + SUFFIX)


def repaired(model: Any, plan: Plan) -> None:
    """A training has been repaired: the files that it saved are told by which plan (for readers; `setup` rules)."""
    for path in _files.get(model, ()):
        if sidecar(path).exists():
            _write(path, model, plan)


def _saving(original: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(original)
    def save_weights(model: Any, filepath: Any, *args: Any, **kwargs: Any) -> Any:
        with saving.optimizer_as_made(model):
            result = original(model, filepath, *args, **kwargs)
        path = Path(str(filepath))
        if install.setup_on(model) is None:
            sidecar(path).unlink(missing_ok=True)
        else:
            _files.setdefault(model, set()).add(path)
            _write(path, model, ())
            _warn(path, model)
        return result

    return save_weights


def _loading(original: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(original)
    def load_weights(model: Any, filepath: Any, *args: Any, **kwargs: Any) -> Any:
        result = original(model, filepath, *args, **kwargs)
        setup = _read(Path(str(filepath)), model)
        if setup is not None and _put(setup, model, sidecar(Path(str(filepath)))):
            _loaded.add(model)
        elif model in _loaded:
            install.Installation(model, None).take_off()
            _loaded.discard(model)
        return result

    return load_weights


def _put(setup: Setup, model: Any, beside: Path) -> bool:
    """Put a setup on; False, and a word, where it is none for this model."""
    installation = install.Installation(model, None if _guard_of is None else _guard_of(model))
    try:
        installation.put(setup)
    except Exception:  # whatever Keras makes of a text that somebody has spoilt
        installation.take_off()
        _tell_unread(f"{beside} is damaged: what it holds cannot be put on this model; {_ADVICE}")
        return False
    return True


def _tell_unread(told: str) -> None:
    warnings.warn(f"autostable: {told}. The weights are loaded without it.", stacklevel=4)  # the line that loads


def _warn(path: Path, model: Any) -> None:
    """Say, once a model, that its weights are not enough."""
    setup = install.setup_on(model)
    told = _warns is not None and _warns()
    if told and setup is not None and not setup.for_training_only and model not in _warned:
        _warned.add(model)
        warnings.warn(
            f"autostable: the weights in {path.name} belong to the model with its plan ({sidecar(path).name} holds it). A "
            "model without it will not predict as this one does: make the edit that the report shows, or save the whole model "
            "(model.save), which holds the plan.", stacklevel=4,
        )  # fmt: skip


def _write(path: Path, model: Any, plan: Plan) -> None:
    value = {
        "schema": SCHEMA,
        "layers": [layer.name for layer in seams.model_layers(model)],
        "setup": to_json(install.setup_on(model)),
        "plan": to_json(plan),
    }
    write_file(sidecar(path), json.dumps(value, indent=1, allow_nan=False) + "\n")


def _read(path: Path, model: Any) -> Setup | None:
    """What the file beside weights tells to put on; None, and a word, where it cannot be read."""
    beside = sidecar(path)
    if not beside.exists():
        return None
    try:
        value = read_json(beside, _ADVICE)
        if not isinstance(value, dict) or value.get("schema") != SCHEMA:
            raise StoreError(f"{beside} is damaged: it is no {SCHEMA}; {_ADVICE}")
        setup, layers = from_json(value.get("setup"), Setup), from_json(value.get("layers"), list[str])
    except StoreError as error:
        told = str(error)
    except ValueError:
        told = f"{beside} is damaged: it holds no setup; {_ADVICE}"
    else:
        return _renamed(setup, layers, [layer.name for layer in seams.model_layers(model)])
    _tell_unread(told)
    return None


def _renamed(setup: Setup, then: list[str], now: list[str]) -> Setup:
    """The setup for a model whose layers, the same ones in the same order, have been given other names."""
    if then == now or len(then) != len(now):
        return setup
    names = dict(zip(then, now, strict=True))
    return dataclasses.replace(
        setup,
        activations={names.get(layer, layer): value for layer, value in setup.activations.items()},
        initializers={names.get(layer, layer): value for layer, value in setup.initializers.items()},
        normalize=tuple(names.get(layer, layer) for layer in setup.normalize),
        operations=tuple(
            dataclasses.replace(guard, layer=names.get(guard.layer, guard.layer) if guard.layer else guard.layer)
            for guard in setup.operations
        ),
    )
