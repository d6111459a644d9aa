"""Repairs a sweep in a batch: find what is bad, train it again under watch, write it back at the end."""

from __future__ import annotations

import dataclasses
import json
import os
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from autostable import registry
from autostable.config import Settings
from autostable.errors import UsageError
from autostable.orders import Orders
from autostable.records import from_json, to_json
from autostable.store import write_file
from autostable.sweeps import journal, lifeless, page, project, studies, summary, tables
from autostable.sweeps.items import Item, Outcome, Sweep
from autostable.sweeps.pool import LocalPool, Pool
from autostable.sweeps.worker import Spec

COST = {"steps_total": "steps", "steps_full_run": "full", "seconds": "seconds", "attempts": "attempts"}
RECORDS, PAGE = "repaired.jsonl", "report.html"


@dataclasses.dataclass(frozen=True)
class Source:
    """A sweep as it was named on the command line.

    Attributes:
        kind: "project", "table" or "study".
        path: The project's folder, the table's file or the study's storage.
        study: The study's name.
        column: The table's column of results.
    """

    kind: str
    path: str
    study: str | None = None
    column: str | None = None

    @property
    def folder(self) -> Path:
        """Where the repair keeps its things: beside the sweep."""
        if self.kind != "study":
            path = Path(self.path)
            return path.with_name(path.name + ".autostable")
        file = Path(self.path[len(studies.SQLITE) :]) if self.path.startswith(studies.SQLITE) else Path("optuna")
        return file.with_name(f"{file.name}.autostable") / (self.study or "study")

    def read(self) -> Sweep:
        """Look through it."""
        if self.kind == "project":
            return project.read(Path(self.path))
        if self.kind == "table":
            return tables.read(Path(self.path), self.column)
        return studies.read(self.path, self.study)

    @property
    def damaged(self) -> bool:
        """Whether something in it cannot be read, so that it is to be written even where nothing was repaired."""
        return self.kind == "project" and any(map(project.is_unreadable, project.states(Path(self.path)).values()))

    def write_back(self, outcomes: Mapping[str, Outcome]) -> Path | None:
        """Put the repaired configurations in; gives the backup of the original."""
        if self.kind == "project":
            return project.swap_in(Path(self.path), self.folder, outcomes.values())
        if self.kind == "table":
            return tables.write_back(Path(self.path), outcomes, self.column)
        return studies.write_back(self.path, self.study, outcomes)

    def warning(self) -> str | None:
        """What is to be said loudly of the healed sweep: its best configuration needs a plan."""
        return studies.best(self.path, self.study) if self.kind == "study" else None


def source(path: str | None, storage: str | None = None, study: str | None = None, column: str | None = None) -> Source:
    """What the command line names.

    Raises:
        UsageError: If it is nothing that can be repaired.
    """
    if study is not None and storage is None:
        raise UsageError("--study-name names a study in a storage: give --study URL, too")
    if column is not None and (storage is not None or (path is not None and Path(path).is_dir())):
        raise UsageError("--results names a column of a table")
    if storage is not None:
        if path is not None:
            raise UsageError("give a path or --study, not both")
        return Source("study", storage, study)
    if path is None:
        raise UsageError("which sweep? give a keras-tuner project, a table, or --study")
    place = Path(path)
    if not place.exists():
        folder = Source("project", path).folder
        project.finish_swap(place, folder)
    if place.is_dir():
        if not project.is_project(place):
            raise UsageError(f"{place} is not a keras-tuner project: it has no oracle.json and no trials")
        return Source("project", path)
    if not place.exists():
        raise UsageError(f"there is no {place}")
    if not tables.is_table(place):
        raise UsageError(f"{place} is no table that can be read; wanted one of {', '.join(tables.KINDS)}")
    return Source("table", path, column=column)


@dataclasses.dataclass(frozen=True)
class Repaired:
    """What a repair did.

    Attributes:
        backup: The original; None where nothing was written.
        status: Exit status of the script that went on with the healed tuner.
        warning: What is to be said loudly.
    """

    sweep: Sweep
    outcomes: tuple[Outcome, ...]
    groups: tuple[summary.Group, ...]
    backup: Path | None
    folder: Path
    status: int = 0
    warning: str | None = None

    @property
    def in_company(self) -> bool:
        """Whether a project now holds weights that expect what was done to their model (rescaled inputs, say)."""
        plans = {repr(outcome.plan): outcome.plan for outcome in self.outcomes if outcome.usable and outcome.state}
        return any(not registry.setup_of(plan).for_training_only for plan in plans.values())


def orders_of(settings: Settings) -> Orders:
    """What a worker's session is asked to do."""
    return Orders(
        goal=settings.goal, attempts=settings.max_attempts, budget=settings.budget, seconds=settings.time_limit,
        select=tuple(settings.select), ignore=tuple(settings.ignore), seed=settings.seed, stop_unhealthy=False,
        sweep=True,
    )  # fmt: skip


def local(spec: Spec, jobs: int) -> Pool:
    """Worker processes on this machine."""
    return LocalPool(spec, jobs)


def repair(
    where: Source, train: str, arguments: Sequence[str], settings: Settings, *, jobs: int = 1,
    objective: str | None = None, pools: Callable[[Spec, int], Pool] = local,
    progress: Callable[[Iterator[Outcome], int, int], Iterator[Outcome]] | None = None,
) -> Repaired:  # fmt: skip
    """Repair what is bad in a sweep. Killed anywhere, the same call goes on where it was.

    Args:
        where: The sweep.
        train: A script, or "module:name".
        arguments: The script's own.
        settings: Limits of each repair.
        jobs: How many configurations are trained side by side.
        objective: "NAME:min" or "NAME:max", for a project with a module's function.
        pools: Makes the pool of workers.
        progress: Stands around the outcomes as they come: (outcomes, done before, total).
    """
    script = train.endswith(".py")
    if script and where.kind != "project":
        raise UsageError("a script can be given for a keras-tuner project only; here --train wants module:name")
    if script and not Path(train).is_file():
        raise UsageError(f"there is no script {train}")
    if not script and arguments:
        raise UsageError(f"{' '.join(arguments)}: only a script takes arguments")
    sweep = where.read()
    if not (sweep.bad or where.damaged or script):
        return Repaired(sweep, (), (), None, where.folder)
    folder = where.folder.resolve()
    log = _journal(where, folder, sweep)
    column, shapes = tables.shapes(Path(where.path), where.column) if where.kind == "table" else (None, ())
    earlier = [outcome for _, outcome in _lines(folder / RECORDS) if outcome is not None]
    lessons = tuple(lesson for outcome in (*earlier, *log.outcomes.values()) for lesson in outcome.lessons)
    spec = Spec(
        "script" if script else where.kind, str(Path(where.path).resolve()) if where.kind != "study" else where.path,
        train, tuple(arguments), str(folder), orders_of(settings), objective or inferred(where), where.study,
        column, shapes, lessons,
    )  # fmt: skip
    pool = pools(spec, jobs)
    try:
        todo = [item for item in sweep.bad if item.key not in log.outcomes]
        coming = pool.run(spread(todo) or sweep.bad[:0])
        for outcome in progress(coming, len(sweep.bad) - len(todo), len(sweep.bad)) if progress else coming:
            log.add(outcome)
        sweep = _with_more(sweep, log.outcomes)
        done = {item.key: log.outcomes[item.key] for item in sweep.bad}
        sound, before = _apart(sweep, [outcome for outcome in earlier if outcome.key not in done])
        found = summary.groups(done.values(), sound)
        if done:  # first what was done, then the doing of it: killed in between, it is done once more
            _record(folder / RECORDS, done)
            told = summary.groups([*before, *done.values()], sound)
            write_file(folder / PAGE, page.render(sweep.name, told, sound, _scores(sweep, sound), spec.objective))
        usable = any(outcome.usable for outcome in done.values())
        backup = where.write_back(done) if usable or where.damaged else None
        log.finish()  # from here on only the script is at work
        status = pool.go_on()
    finally:
        pool.close()
        log.close()
    _tidy(folder)
    warning = where.warning() if done else None
    return Repaired(sweep, tuple(done.values()), tuple(found), backup, folder, status, warning)


def _journal(where: Source, folder: Path, sweep: Sweep) -> journal.Journal:
    """The journal of this repair, without what an earlier one trained for rows that have changed since.

    Raises:
        UsageError: If nothing can be written beside the sweep.
    """
    try:
        if where.kind != "study" and not os.access(Path(where.path).resolve().parent, os.W_OK):
            raise PermissionError(f"nothing can be written in {Path(where.path).resolve().parent}")
        log = journal.Journal(folder)
    except OSError as error:
        raise UsageError(f"cannot repair {where.path}: {error}; its repair is written beside it") from None
    for item in sweep.bad:
        known = log.outcomes.get(item.key)
        if known is not None and to_json(known.config) != to_json(item.config):
            del log.outcomes[item.key]
    return log


def _with_more(sweep: Sweep, outcomes: Mapping[str, Outcome]) -> Sweep:
    """The sweep with what only its own models showed to be bad among the bad."""
    known = {item.key for item in sweep.bad}
    more = [Item(key, outcome.config, lifeless.REASON) for key, outcome in outcomes.items() if key not in known]
    places = _Places([config for config, _ in sweep.sound] if more else [])
    gone = {places.take(item.config) for item in more}
    sound = tuple(each for place, each in enumerate(sweep.sound) if place not in gone)
    return dataclasses.replace(sweep, bad=(*sweep.bad, *more), sound=sound)


class _Places:
    """Where which configuration stands, each place taken once; a look takes no longer where there are many."""

    def __init__(self, configs: Sequence[Mapping[str, Any]]) -> None:
        self._places: dict[str, list[int]] = {}
        for place in reversed(range(len(configs))):
            self._places.setdefault(_text(configs[place]), []).append(place)

    def take(self, config: Mapping[str, Any]) -> int | None:
        """The first place of this configuration that is left; None where there is none."""
        left = self._places.get(_text(config))
        return left.pop() if left else None


def _text(config: Mapping[str, Any]) -> str:
    return json.dumps(to_json(config), sort_keys=True)


def spread(items: Sequence[Item]) -> list[Item]:
    """Order items so that different reasons come first: each kind is met once before its kin come."""
    seen: dict[str, int] = {}
    ranks = []
    for item in items:
        ranks.append(seen.get(item.reason, 0))
        seen[item.reason] = ranks[-1] + 1
    return [item for _, item in sorted(zip(ranks, items, strict=True), key=lambda each: min(each[0], 1))]


def inferred(where: Source) -> str | None:
    """The objective of a project: the metric whose best value is the score of every sound trial."""
    if where.kind != "project":
        return None
    fitting: dict[str, int] = {}
    for state in project.states(Path(where.path)).values():
        for name, metric in state["metrics"]["metrics"].items():
            values = [value for seen in metric["observations"] for value in seen["value"]]
            if state["status"] == "COMPLETED" and state["score"] in values:
                key = f"{name}:{metric['direction']}"
                fitting[key] = fitting.get(key, 0) + 1
    return max(fitting, key=lambda key: fitting[key], default=None)


def _record(file: Path, done: Mapping[str, Outcome]) -> None:
    """Write the outcomes down, under those that earlier repairs of the sweep wrote down of other configurations."""
    lines = [line + "\n" for line, outcome in _lines(file) if outcome is None or outcome.key not in done]
    for outcome in done.values():
        value: dict[str, Any] = to_json(outcome)
        del value["state"]  # it is in the sweep
        value["cost"] = {name: value.pop(field) for name, field in COST.items()}
        value["cause"] = str(outcome.causes[0].code) if outcome.causes else None
        lines.append(json.dumps(value, allow_nan=False) + "\n")
    write_file(file, "".join(lines))


def _lines(file: Path) -> list[tuple[str, Outcome | None]]:
    """The lines that `_record` wrote, with what they say; None where one cannot be read any more."""
    if not file.exists():
        return []
    found: list[tuple[str, Outcome | None]] = []
    for line in file.read_text(encoding="utf-8").splitlines():
        try:
            value = json.loads(line)
            cost = value.pop("cost")
            fields = {field: cost[name] for name, field in COST.items()}
            found.append((line, from_json({**value, **fields}, Outcome)))
        except (ValueError, KeyError, TypeError, AttributeError):
            found.append((line, None))
    return found


def _apart(sweep: Sweep, earlier: Iterable[Outcome]) -> tuple[list[Mapping[str, Any]], list[Outcome]]:
    """The configurations that have always been sound, and the earlier outcomes that made the others so."""
    configs = [config for config, _ in sweep.sound]
    places, gone, found = _Places(configs), set(), []
    for outcome in earlier:
        place = places.take(outcome.config) if outcome.usable else None
        if place is not None:
            gone.add(place)
            found.append(outcome)
    return [config for place, config in enumerate(configs) if place not in gone], found


def _scores(sweep: Sweep, sound: Sequence[Mapping[str, Any]]) -> list[float | None]:
    """The scores of configurations that are among the sound ones of a sweep."""
    kept = {id(config): score for config, score in sweep.sound}
    return [kept.get(id(config)) for config in sound]


def _tidy(folder: Path) -> None:
    """What the next repair of this sweep must not take for its own."""
    (folder / journal.NAME).unlink(missing_ok=True)
    shutil.rmtree(folder / "trials", ignore_errors=True)
    for file in folder.glob("worker-*"):
        file.unlink()
