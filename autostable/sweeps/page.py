"""The report of a repaired sweep as a page with a plot."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import markupsafe

from autostable._version import __version__
from autostable.records import Code
from autostable.report import words
from autostable.report.html import template
from autostable.sweeps import parallel, summary
from autostable.sweeps.items import Outcome
from autostable.sweeps.summary import Group

_CODES = {str(code) for code in Code}
_TONES = {"repaired": "good", "sound": "good", "hopeless": "bad", "raised": "warn"}


def render(
    name: str,
    found: Sequence[Group],
    sound: Sequence[Mapping[str, Any]],
    scores: Sequence[float | None] = (),
    objective: str | None = None,
) -> str:
    """A page that needs no network: groups by cause, what to avoid, and the configurations as lines and as rows.

    Args:
        name: Of the sweep.
        found: What was repaired, by cause.
        sound: Configurations that always were.
        scores: Theirs, in the same order.
        objective: What the scores are of: "name", "name:min" or "name:max".
    """
    outcomes = [outcome for group in found for outcome in group.outcomes]
    usable = sum(outcome.usable for outcome in outcomes)
    metric = _metric(outcomes, objective)
    lines = _lines(found, sound, scores, metric)
    names = axes(found, sound)
    known = [score for score in scores if score is not None]
    return template("sweep.html.jinja").render(
        name=name,
        words=words,
        failed=len(outcomes),
        usable=usable,
        tone="good" if usable == len(outcomes) else "warn" if usable else "bad",
        counts=summary.counts(outcomes),
        sound=len(sound),
        as_good=summary.as_good(found, known, objective),
        attempts=sum(outcome.attempts for outcome in outcomes) / max(1, len(outcomes)),
        seconds=sum(outcome.seconds for outcome in outcomes),
        groups=[
            {"cause": group.cause, "count": len(group.outcomes), "sentence": sentence, "place": index,
             "known": group.cause in _CODES}
            for index, (group, sentence) in enumerate(zip(found, summary.sentences(found), strict=True))
        ],
        avoid=summary.advice(found, summary.best_repaired(found, objective)),
        metric=metric,
        rows=[_row(outcome, metric) for outcome in outcomes],
        wide=markupsafe.Markup(parallel.drawn(lines, names, metric, 900, 360, "wide")),
        narrow=markupsafe.Markup(parallel.drawn(lines, names[:2], metric, 360, 320, "narrow")),
        version=__version__,
    )  # fmt: skip


def _metric(outcomes: Sequence[Outcome], objective: str | None) -> str | None:
    """What scores are told of: the objective, else the first metric that there is."""
    wanted = (objective or "").partition(":")[0]
    named = [name for outcome in outcomes for name in outcome.metrics]
    return wanted if wanted in named else next(iter(named), None)


def _lines(
    found: Sequence[Group], sound: Sequence[Mapping[str, Any]], scores: Sequence[float | None], metric: str | None
) -> list[parallel.Line]:
    """All configurations, the sound ones first."""
    lines = []
    for place, config in enumerate(sound):
        score = scores[place] if place < len(scores) else None
        lines.append(parallel.Line(config, f"sound: {_said(config)}{_scored(score)}", None, True, score))
    for index, group in enumerate(found):
        for outcome in group.outcomes:
            score = outcome.metrics.get(metric or "")
            label = f"{outcome.key}: {_said(outcome.config)}{_scored(score)}\n{group.cause}: {outcome.message}"
            lines.append(parallel.Line(outcome.config, label, index, outcome.usable, score))
    return lines


def _said(config: Mapping[str, Any]) -> str:
    return ", ".join(f"{key}={_short(value)}" for key, value in config.items())


def _scored(score: float | None) -> str:
    return "" if score is None else f"; score {score:.4g}"


def _row(outcome: Outcome, metric: str | None) -> dict[str, Any]:
    value = outcome.metrics.get(metric or "")
    return {
        "key": outcome.key,
        "config": {key: _short(held) for key, held in outcome.config.items()},
        "cause": summary.cause_of(outcome),
        "plan": summary.plan_words(outcome),
        "metric": "" if value is None else f"{value:.4g}",
        "attempts": outcome.attempts,
        "verdict": outcome.verdict,
        "tone": _TONES.get(outcome.verdict, "warn"),
        "message": outcome.message,
    }


def _short(value: Any) -> str:
    return f"{value:.4g}" if isinstance(value, float) else words.shorten(str(value), 40)


def axes(found: Sequence[Group], sound: Sequence[Mapping[str, Any]]) -> list[str]:
    """The hyperparameters that tell most: those of the regions first; only such as vary and every configuration has."""
    configs = [*sound, *(outcome.config for group in found for outcome in group.outcomes)]
    told = [test.name for group in found if group.region is not None for test in group.region.tests]
    varied = [key for config in configs for key in config]
    names = dict.fromkeys([*told, *varied])
    complete = [key for key in names if all(config.get(key) is not None for config in configs)]
    return [key for key in complete if len({_text(config[key]) for config in configs}) > 1][: parallel.MOST_AXES]


def _text(value: Any) -> str:
    return json.dumps(value, default=str)
