"""StableHyperModel: a hypermodel for any keras-tuner tuner whose trials are repaired as they run."""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import keras_tuner

from autostable.orders import Orders
from autostable.sweeps import project
from autostable.training import hooks, trials, tuner_hooks, weights_files
from autostable.training.session import Session


class StableHyperModel(keras_tuner.HyperModel):
    """Wraps a hypermodel so that a trial that goes bad is repaired in place and scored as repaired.

    Works with every tuner, and with keras-tuner's own distributed mode. What was done to a trial
    stands in `autostable.json` in its folder and in its message (`results_summary`); a model that is
    loaded again (`get_best_models`) gets its setup put on again. A trial that cannot be repaired is
    FAILED, never scored, and never counts among the failures in a row that end a search.

    Args:
        hypermodel: A keras-tuner HyperModel, or a function that takes hyperparameters and returns a model.
        goal: "healthy" also repairs trials that learn nothing, "finite" only those that go wrong.
        max_attempts: Plans that are tried for one trial at most.
        budget: What the repair of one trial may cost, in times its own training.
        select: Only these remedies, or remedies of these causes; empty means all.
        ignore: Neither these remedies nor these causes.
        seed: Seed of everything random in a remedy.
    """

    def __init__(
        self, hypermodel: keras_tuner.HyperModel | Callable[[Any], Any], *, goal: str = "healthy",
        max_attempts: int = 16, budget: float = 3.0, select: tuple[str, ...] = (), ignore: tuple[str, ...] = (),
        seed: int = 0,
    ) -> None:  # fmt: skip
        wrapped = isinstance(hypermodel, keras_tuner.HyperModel)
        if not wrapped and not callable(hypermodel):
            raise TypeError(f"hypermodel must be a HyperModel or a function of hyperparameters, not {hypermodel!r}")
        super().__init__(
            name=getattr(hypermodel, "name", None) if wrapped else getattr(hypermodel, "__name__", None),
            tunable=getattr(hypermodel, "tunable", True),
        )
        self.hypermodel = hypermodel
        self._orders = Orders(
            goal=goal, attempts=max_attempts, budget=budget, select=tuple(select), ignore=tuple(ignore), seed=seed,
            stop_unhealthy=False, sweep=True,
        )  # fmt: skip
        self._session: Session | None = None
        tuner_hooks.guard_oracle(keras_tuner)
        _keep_messages()
        weights_files.follow(lambda model: self._own_session().guard_of(model))

    def build(self, hp: Any) -> Any:
        """Build the model of the wrapped hypermodel; where its layers come from is remembered."""
        with self._watching():
            return self._built(hp)

    def _built(self, hp: Any) -> Any:
        if isinstance(self.hypermodel, keras_tuner.HyperModel):
            return self.hypermodel.build(hp)
        return self.hypermodel(hp)

    def declare_hyperparameters(self, hp: Any) -> None:
        """As the wrapped hypermodel does."""
        if isinstance(self.hypermodel, keras_tuner.HyperModel):
            self.hypermodel.declare_hyperparameters(hp)

    def fit(self, hp: Any, model: Any, *args: Any, **kwargs: Any) -> Any:
        """Train the model as the wrapped hypermodel does, under watch."""
        folder, trial = _trial_of(kwargs.get("callbacks"))
        name = "" if trial is None else str(trial.trial_id)
        lost = keras_tuner.errors.FailedTrialError
        with self._watching() as session, trials.watched(session, folder, name, lost=lost) as seen:
            built = [model]

            def train() -> Any:
                fresh = built.pop() if built else self._built(hp)  # run again: with weights of its own
                if isinstance(self.hypermodel, keras_tuner.HyperModel):
                    return self.hypermodel.fit(hp, fresh, *args, **kwargs)
                return fresh.fit(*args, **kwargs)

            result = seen.run(train)
        if trial is not None and seen.message is not None:
            trial.message = seen.message
        return result

    @contextlib.contextmanager
    def _watching(self) -> Iterator[Session]:
        """The session that is armed already (`autostable run`), or one of our own for as long as it is needed."""
        if hooks.session is not None and hooks.session.orders.loops:
            yield hooks.session
            return
        session = self._own_session()
        hooks.arm(session)
        try:
            yield session
        finally:
            hooks.disarm()

    def _own_session(self) -> Session:
        if self._session is None:
            self._session = Session(self._orders)
        return self._session

    def __getstate__(self) -> dict[str, Any]:
        return {**vars(self), "_session": None}


@functools.cache
def _keep_messages() -> None:
    """Have the chief of a distributed search read what its workers say of a trial: its protocol leaves messages out."""
    original = keras_tuner.Oracle.end_trial

    @functools.wraps(original)
    def end_trial(oracle: Any, trial: Any) -> Any:
        if trial.message is None:
            known = project.record(Path(oracle._project_dir), str(trial.trial_id))
            trial.message = None if known is None else known.get("message")
        return original(oracle, trial)

    keras_tuner.Oracle.end_trial = end_trial


def _trial_of(callbacks: Any) -> tuple[Path | None, Any]:
    """The trial that keras-tuner's own callback belongs to, and its folder."""
    for callback in callbacks or ():
        tuner, trial = getattr(callback, "tuner", None), getattr(callback, "trial", None)
        if tuner is not None and trial is not None:
            return Path(tuner.get_trial_dir(trial.trial_id)), trial
    return None, None
