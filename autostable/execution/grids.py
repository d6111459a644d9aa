"""scikit-learn's searches (GridSearchCV, RandomizedSearchCV, ...) that run under watch: what was repaired is marked.

The parameters of such a candidate by themselves fail as they would have without us. So `cv_results_` has its plan and what was
in force, and a search whose best candidate needed a plan says so.
"""

from __future__ import annotations

import functools
import threading
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np

from autostable.execution.studies import EFFECTIVE, PLAN, attributes, plan_words
from autostable.story import Story

Stories = Callable[[], Sequence[Story]]


def watch(model_selection: Any, stories: Stories) -> None:
    """Have the candidates of searches keep what was done to their trainings.

    Args:
        model_selection: The module.
        stories: Gives those of all trainings so far.
    """
    base = next((kind for kind in model_selection.GridSearchCV.__mro__ if "fit" in vars(kind)), None)
    if base is not None:
        base.fit = _fit(base.fit, stories)


def _fit(original: Callable[..., Any], stories: Stories) -> Callable[..., Any]:
    @functools.wraps(original)
    def fit(search: Any, *args: Any, **kwargs: Any) -> Any:
        if threading.current_thread() is not threading.main_thread():
            return original(search, *args, **kwargs)
        with _fits_of(type(search.estimator), stories) as told:
            result = original(search, *args, **kwargs)
        _mark(search, told)
        return result

    return fit


@contextmanager
def _fits_of(kind: type[Any], stories: Stories) -> Iterator[list[Sequence[Story]]]:
    """Within, what became of the trainings of each fit of this class, in the order in which they are made."""
    told: list[Sequence[Story]] = []
    original, own, within = kind.fit, "fit" in vars(kind), threading.Lock()

    @functools.wraps(original)
    def fit(*args: Any, **kwargs: Any) -> Any:
        if not within.acquire(blocking=False):  # of one that fits others of its kind only the outermost counts
            return original(*args, **kwargs)
        first = len(stories())
        try:
            return original(*args, **kwargs)
        finally:
            told.append(stories()[first:])
            within.release()

    kind.fit = fit
    try:
        yield told
    finally:
        if own:
            kind.fit = original
        else:
            del kind.fit


def _mark(search: Any, told: Sequence[Sequence[Story]]) -> None:
    """Put into its results which candidates were repaired, and warn where the best one was."""
    asked, splits = search.cv_results_["params"], search.n_splits_
    if len(told) - len(asked) * splits not in (0, 1):  # the last is that of the best; other processes tell nothing
        return
    by_candidate = [
        [story for each in told[place * splits : (place + 1) * splits] for story in each] for place in range(len(asked))
    ]
    found = [attributes(dict(params), stories) for params, stories in zip(asked, by_candidate, strict=True)]
    if not any(found):
        return
    for name in (PLAN, EFFECTIVE):
        search.cv_results_[name] = _column([each.get(name) for each in found])
    best = getattr(search, "best_index_", None)
    if best is not None and found[best]:
        names = " + ".join(dict.fromkeys(step["name"] for step in found[best][PLAN]))
        what = plan_words(names, asked[best], found[best][EFFECTIVE])
        warnings.warn(
            f"autostable: the best parameters {what}; see {PLAN} and {EFFECTIVE} in cv_results_", stacklevel=3
        )


def _column(values: Sequence[Any]) -> Any:
    column = np.empty(len(values), dtype=object)
    for place, value in enumerate(values):
        column[place] = value
    return column
