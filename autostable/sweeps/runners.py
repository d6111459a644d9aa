"""How one configuration of each kind of sweep is trained again, under watch."""

from __future__ import annotations

import dataclasses
import functools
import importlib
import importlib.util
import inspect
import math
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from autostable.errors import UsageError
from autostable.records import from_json
from autostable.repair.warm_start import Lesson
from autostable.sweeps import lifeless, tables
from autostable.sweeps import project as projects
from autostable.sweeps.items import Item, Outcome
from autostable.sweeps.worker import Channel, Do, Spec, Stopped, serve, told


def resolve(train: str) -> Any:
    """What "module:name" (or "file.py:name") stands for.

    Raises:
        UsageError: If it cannot be imported or found.
    """
    module_name, _, name = train.rpartition(":")
    if not module_name or not name:
        raise UsageError(f"--train {train}: wanted module:name, or a script that ends in .py")
    try:
        if module_name.endswith(".py"):
            spec = importlib.util.spec_from_file_location(Path(module_name).stem, module_name)
            assert spec is not None and spec.loader is not None
            module = importlib.util.module_from_spec(spec)
            sys.modules[spec.name] = module
            spec.loader.exec_module(module)
        else:
            module = importlib.import_module(module_name)
        return functools.reduce(getattr, name.split("."), module)
    except Exception as error:
        reason = " ".join(str(error).split())
        raise UsageError(f"--train {train}: {type(error).__name__}: {reason}") from None


def runner(spec: Spec, session: Any) -> Do:
    """What repairs one item of a sweep.

    Raises:
        UsageError: If what is to train it cannot be called so, whatever the configuration.
    """
    if spec.kind == "table":
        function = resolve(spec.train)
        calls = [arranged(function, dict.fromkeys(names)) for names in spec.shapes]
        if calls and all(isinstance(call, str) for call in calls):  # else only the rows that it does not fit fail
            raise UsageError(f"--train {spec.train}: {calls[0]}")
        return functools.partial(_watched, session, functools.partial(_row, function), spec.column)
    if spec.kind == "study":
        return functools.partial(_study_trial, session, _objective(spec))
    tuner = _tuner_for(spec)
    return _trial_runner(spec, session, tuner, (), {})


# -- functions ------------------------------------------------------------------------------------


def misfit(function: Any, what: str, /, *arguments: Any, **names: Any) -> str | None:
    """Why something cannot be called with these arguments; None where it can, or does not tell its signature.

    Args:
        function: What `--train` names.
        what: The arguments in words.
        arguments: Those by place.
        names: Those by name.
    """
    if not callable(function):
        return f"{function!r} cannot be called"
    try:
        signature = inspect.signature(function)
    except (TypeError, ValueError):
        return None
    try:
        signature.bind(*arguments, **names)
    except TypeError as error:
        name = getattr(function, "__name__", type(function).__name__)
        return f"{name}{signature} cannot be called with {what}: {error}"
    return None


def arranged(function: Any, config: Mapping[str, Any]) -> Callable[[], Any] | str:
    """How a function is called with a row: by names, or, if it takes one argument, with a dict; why not, if it cannot be."""
    wrong = misfit(function, ", ".join(config) or "an empty row", **config)
    if wrong is None:
        return functools.partial(function, **config)
    if callable(function) and _takes_one(function, config):
        return functools.partial(function, dict(config))
    return wrong


def _takes_one(function: Callable[..., Any], config: Mapping[str, Any]) -> bool:
    """Whether its single argument is a whole row, and none of the row's own."""
    named = [each for each in inspect.signature(function).parameters.values() if each.kind is not each.KEYWORD_ONLY]
    one = named[0] if len(named) == 1 and named[0].kind is not named[0].VAR_KEYWORD else None
    return one is not None and one.default is one.empty and one.name not in config


def _row(function: Any, item: Item) -> Any:
    """Train one row of a table; that the function does not fit is the row's own fault here."""
    call = arranged(function, item.config)
    if isinstance(call, str):
        raise TypeError(f"row {int(item.key) + 1}: {call}")
    return call()


def metrics_of(result: Any, name: str = "score") -> dict[str, float]:
    """The metrics in what a train function returned: a History (its last epoch), a mapping or a number.

    Raises:
        TypeError: If it is none of these.
    """
    logs = getattr(result, "history", result)
    if isinstance(logs, Mapping):
        last = {key: values[-1] if isinstance(values, list | tuple) else values for key, values in logs.items()}
        return {str(key): float(value) for key, value in last.items()}
    try:
        return {name: float(result)}
    except (TypeError, ValueError):
        raise TypeError(
            f"the train function returned {type(result).__name__}; wanted a History, a dict of metrics or a number"
        ) from None


def _watched(session: Any, call: Callable[[Item], Any], column: str | None, item: Item, lessons: list[Any]) -> Outcome:
    import keras

    from autostable.training import trials

    _learn(session, lessons)
    keras.utils.set_random_seed(session.orders.seed)
    first, began = len(session.stories), time.monotonic()
    metrics: dict[str, float] = {}
    error: BaseException | None = None
    try:
        with trials.watched(session, None, item.key) as seen:
            metrics = metrics_of(seen.run(lambda: call(item)))
            if column is not None and tables.objective(metrics, column) is None:
                raise TypeError(
                    f"the train function returned {', '.join(metrics)}, none of which is the {column!r} of the table; "
                    "name the one that is with --results, or return a number"
                )
    except (Exception, SystemExit) as raised:
        error = raised
    outcome = told(session, first, item, metrics, time.monotonic() - began, error=error)
    keras.backend.clear_session()
    return outcome


def _learn(session: Any, lessons: list[Any]) -> None:
    for lesson in lessons:
        session.kin.learn(from_json(lesson, Lesson))


def _objective(spec: Spec) -> Callable[[Any], Any]:
    """The objective of a study."""
    objective: Callable[[Any], Any] = resolve(spec.train)
    wrong = misfit(objective, "a trial", None)
    if wrong is not None:
        raise UsageError(f"--train {spec.train}: {wrong}; wanted an objective, which takes a trial")
    return objective


def _study_trial(session: Any, objective: Callable[[Any], Any], item: Item, lessons: list[Any]) -> Outcome:
    """Train one trial of a study again, with what it reports and sets on its way."""
    from autostable.sweeps.trial import again

    trial = again(item.config, int(item.key))
    outcome = _watched(session, lambda item: objective(trial), None, item, lessons)
    return dataclasses.replace(
        outcome, reported=dict(trial.reported), attributes=dict(trial.user_attrs),
        constraints=dict(getattr(trial, "constraints", {})),
    )  # fmt: skip


# -- keras-tuner ----------------------------------------------------------------------------------


def _tuner_for(spec: Spec) -> Any:
    """A tuner on the project with the user's hypermodel, or with a run_trial that calls his function."""
    import keras
    import keras_tuner

    made = resolve(spec.train)
    if spec.objective is None:
        raise UsageError("which metric is the objective cannot be told from the project: give --objective NAME:min")
    name, _, direction = spec.objective.partition(":")
    objective = keras_tuner.Objective(name, direction or "min")
    oracle = keras_tuner.oracles.RandomSearchOracle(objective=objective)
    path = Path(spec.path)
    places = {"directory": str(path.parent), "project_name": path.name}
    is_class = isinstance(made, type) and issubclass(made, keras_tuner.HyperModel)
    if is_class or not isinstance(made, keras_tuner.HyperModel):
        wrong = misfit(made, "no arguments") if is_class else misfit(made, "the hyperparameters", None)
        if wrong is not None:
            raise UsageError(f"--train {spec.train}: {wrong}; wanted a HyperModel, or a function train(hp)")
    if is_class:
        made = made()
    _keep_projects(path)
    if isinstance(made, keras_tuner.HyperModel) and type(made).fit is keras_tuner.HyperModel.fit:
        raise UsageError(f"--train {spec.train} has no fit of its own, so it brings no data; name the script instead")
    if isinstance(made, keras_tuner.HyperModel):
        tuner = keras_tuner.Tuner(oracle=oracle, hypermodel=made, **places)
    else:

        class FunctionTuner(keras_tuner.Tuner):
            def run_trial(self, trial: Any, *args: Any, **kwargs: Any) -> Any:
                result = made(trial.hyperparameters)
                kept = isinstance(result, keras.callbacks.History | list)  # keras-tuner takes the best epoch, the mean
                return result if kept else metrics_of(result, name)

        tuner = FunctionTuner(oracle=oracle, **places)
    return tuner


def _keep_projects(project: Path) -> None:
    """A script that says overwrite=True must not overwrite what is to be repaired; one damaged trial must not stop it."""
    import keras_tuner

    _bear_damage(keras_tuner.engine.trial.Trial)
    base = keras_tuner.Tuner.__mro__[1]
    original = base.__init__

    @functools.wraps(original)
    def init(self: Any, *args: Any, **kwargs: Any) -> None:
        given = inspect.signature(original).bind(self, *args, **kwargs)
        given.apply_defaults()
        place = Path(given.arguments["directory"] or ".") / (given.arguments["project_name"] or "untitled_project")
        if place.resolve() == project.resolve():
            given.arguments["overwrite"] = False
        original(*given.args, **given.kwargs)
        if place.resolve() == project.resolve() and not self.oracle.trials:
            self.oracle.reload()  # left by a worker of another name

    base.__init__ = init


def _bear_damage(trial: Any) -> None:
    load = trial.load.__func__

    def bearing(cls: Any, file: Any) -> Any:
        try:
            return load(cls, file)
        except Exception:
            return cls.from_state(projects.state_of(Path(file)))

    trial.load = classmethod(bearing)


def take_over(spec: Spec, session: Any, channel: Channel) -> list[Any]:
    """Have `search` of a tuner on the project repair its trials. Returns a list that the tuner is put into."""
    import keras_tuner

    project = Path(spec.path)
    _keep_projects(project)
    base = keras_tuner.Tuner.__mro__[1]
    original = base.search
    seen: list[Any] = []

    @functools.wraps(original)
    def search(tuner: Any, *args: Any, **kwargs: Any) -> Any:
        if Path(tuner.project_dir).resolve() != project.resolve() or seen:
            if not spec.leading:
                raise Stopped
            return original(tuner, *args, **kwargs)
        seen.append(tuner)
        places = tuner.directory, tuner.project_name, tuner.oracle._directory, tuner.oracle._project_name
        more = lifeless.found(tuner, args, kwargs, Path(spec.folder)) if spec.leading else []
        serve(channel, _trial_runner(spec, session, tuner, args, kwargs), more)
        tuner.directory, tuner.project_name, tuner.oracle._directory, tuner.oracle._project_name = places
        del tuner.get_trial_dir, tuner.run_trial
        tuner.oracle.trials.clear()
        tuner.oracle.reload()
        return None

    base.search = search
    return seen


def with_objective(results: Any, objective: Any) -> Any:
    """The results of a trial as they are; of a missing objective keras-tuner would say no more than its name.

    Raises:
        ValueError: If the objective is not among them.
    """
    for result in results if isinstance(results, list) else [results]:
        logs = getattr(result, "history", result)
        if isinstance(logs, Mapping) and not objective.has_value(logs):
            wanted = ", ".join(getattr(objective, "name_to_direction", [objective.name]))
            raise ValueError(
                f"the training returned {', '.join(map(str, logs)) or 'no metrics'}, but not {wanted}, "
                "which is the project's objective"
            )
    return results


def _trial_runner(spec: Spec, session: Any, tuner: Any, args: Any, kwargs: Any) -> Do:
    """Repairs trials of a tuner; everything is written below the repair's own folder."""
    project, current = Path(tuner.project_dir), [""]
    own = Path(spec.folder) / "trials"
    own.mkdir(parents=True, exist_ok=True)

    def get_trial_dir(trial_id: Any) -> str:
        name = f"trial_{trial_id}"
        mine = own / name
        if str(trial_id) == current[0]:
            mine.mkdir(exist_ok=True)
        return str(mine if mine.exists() else project / name)

    run_trial = tuner.run_trial

    def run_checked(*args: Any, **kwargs: Any) -> Any:
        return with_objective(run_trial(*args, **kwargs), tuner.oracle.objective)

    tuner.run_trial = run_checked
    tuner.get_trial_dir = get_trial_dir
    tuner.directory, tuner.project_name = str(spec.folder), own.name
    tuner.oracle._directory, tuner.oracle._project_name = str(spec.folder), own.name

    def do(item: Item, lessons: list[Any]) -> Outcome:
        import keras

        _learn(session, lessons)
        current[0] = item.key
        trial = tuner.oracle.trials.get(item.key)
        if trial is None:
            return Outcome(item.key, item.config, "raised", f"the tuner does not know trial {item.key}")
        trial.metrics, trial.score, trial.status, trial.message = type(trial.metrics)(), None, "RUNNING", None
        keras.utils.set_random_seed(session.orders.seed)
        first, began = len(session.stories), time.monotonic()
        error: BaseException | None = None
        metrics: dict[str, float] = {}
        try:
            tuner._run_and_update_trial(trial, *args, **dict(kwargs))
            tuner.oracle.score_trial(trial)
            trial.status = "COMPLETED"
            metrics = {name: float(trial.metrics.get_best_value(name)) for name in trial.metrics.metrics}
            metrics = {"score": float(trial.score), **metrics}
        except (Exception, SystemExit) as raised:
            error = raised
        finite = trial.score is not None and math.isfinite(trial.score)
        state = {"trial": trial.get_state(), "direction": tuner.oracle.objective.direction} if finite else None
        return told(session, first, item, metrics, time.monotonic() - began, error=error, state=state)

    return do
