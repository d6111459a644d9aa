"""How well and how cheaply faulty programs are repaired: autostable against other ways to find a plan.

    python -m benchmarks.repair [FOLDER] [--data FOLDER] [--limit 12] [--only 02,17] [--jobs 1] [--write]

FOLDER holds cases as tests/cases does (the default); --data (or CASE_DATA) names their data files, where they need any.
Every policy has the same remedies, the same evidence, the same programs and the same budget of training steps; a plan
is a whole run of the program, in a process of its own, and autostable's verdict on that run says whether it holds, for
autostable's own plan too. See `policies.py` for what the others do. With --limit the programs are chosen by their
`seconds`: the quickest of each first cause, the quickest of these first; then the second of each cause.

Each row is printed as a line of JSON, and kept in --rows if given; a case that has its rows there is not run again.
"""

from __future__ import annotations

import argparse
import concurrent.futures
import dataclasses
import json
import math
import multiprocessing
import os
import platform
import statistics
import textwrap
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from autostable.config import Settings
from autostable.orders import Orders
from autostable.records import Attempt, Plan, Verdict, to_json
from autostable.repair.yardsticks import WORTH
from autostable.story import Story, report
from benchmarks.attempts import Case, CaseRunner, as_good, autostable_on, cases, guilty, metric_of
from benchmarks.policies import CAUSES, FIRST_WINS, POLICIES, Spent, Trial, symptoms

HERE = Path(__file__).resolve().parent
RESULTS = HERE / "RESULTS.md"
HEADING = "## Repair"
Row = dict[str, Any]


@dataclasses.dataclass(frozen=True)
class Options:
    """What each policy may spend.

    Attributes:
        budget: Full runs of training steps, the failing run included.
        runs: Whole runs that a policy other than autostable may start: one that fails at once costs no steps.
        timeout: Seconds that one run may take.
    """

    budget: float
    runs: int
    timeout: float
    seed: int


def pick(found: Sequence[Case], limit: int | None) -> list[Case]:
    """The faulty cases; with a limit the quickest of each first cause, then the second of each, and so on."""
    faulty = sorted((case for case in found if not case.control), key=lambda case: (case.facts["seconds"], case.name))
    taken: dict[str, int] = {}
    ranks = []
    for case in faulty:
        cause = case.facts["causes"][0]
        ranks.append(taken.get(cause, 0))
        taken[cause] = ranks[-1] + 1
    order = sorted(range(len(faulty)), key=lambda index: (ranks[index], index))
    return [faulty[index] for index in order][:limit]


class Laboratory:
    """One failed program: what is known of it, and whole runs of it under plans."""

    def __init__(self, case: Case, options: Options) -> None:
        self.case, self._options = case, options
        self._runner = CaseRunner(case, options.timeout)
        self._known: dict[str, Trial] = {}
        self._number = 0
        self._baseline: Attempt | None = None
        self.failed = self._first()

    def _first(self) -> Trial | None:
        """The program as it is; None where autostable sees nothing wrong with it."""
        orders = Orders(repair=False)
        began = time.monotonic()
        stories = self._runner.run(orders).stories
        seconds = time.monotonic() - began
        metric, logs = metric_of(self._runner.output), self._runner.logs
        sick = next((story for story in stories if story.verdict is Verdict.UNREPAIRED), None)
        if sick is None:
            return None
        steps = _steps(stories)
        if sick.finding is None and sick.kind == "loop" and sick.symptom is not None:  # the line needs a second run
            again = self._runner.run(dataclasses.replace(orders, locate=sick.symptom.step), quiet=True).stories
            sick = next((story for story in again if story.number == sick.number and story.finding), sick)
        self._number, self._baseline = sick.number, sick.attempts[0] if sick.attempts else None
        if sick.symptom is not None and "loss_means_nothing" in sick.symptom.evidence:
            self._baseline = None
        return Trial((), False, steps, seconds, None, sick.evidence, logs, metric, self._accuracy)

    @property
    def _accuracy(self) -> bool:
        return bool(self.case.facts.get("metric") == "accuracy")

    def trial(self, plan: Plan, plans: Mapping[str, Plan] | None = None) -> Trial:
        """A whole run under a plan (or plans by number of the training); the same plan is not run twice."""
        plans = {str(self._number): plan} if plans is None else plans
        key = repr(plans)
        if key not in self._known:
            self._known[key] = self._run(plan, plans)
        return self._known[key]

    def _run(self, plan: Plan, plans: Mapping[str, Plan]) -> Trial:
        began = time.monotonic()
        outcome = self._runner.run(Orders(repair=False, plans=plans))
        seconds = time.monotonic() - began
        mine = next((story for story in outcome.stories if story.number == self._number), None)
        last = mine.attempts[-1] if mine is not None and mine.attempts else None
        healthy = (
            outcome.ended == "finished"
            and last is not None and last.stable and self._better(last)
            and all(story.verdict in (Verdict.HEALTHY, Verdict.REPAIRED) for story in outcome.stories)
        )  # fmt: skip
        return Trial(
            plan, healthy, _steps(outcome.stories), seconds, None if last is None else last.yardstick,
            None if mine is None else mine.evidence, self._runner.logs, metric_of(self._runner.output), self._accuracy,
        )  # fmt: skip

    def _better(self, attempt: Attempt) -> bool:
        """What the search asks of a plan for a training that was finite but useless."""
        ours, theirs = attempt.yardstick, None if self._baseline is None else self._baseline.yardstick
        if ours is None or theirs is None or not math.isfinite(theirs):
            return ours is not None or self._baseline is None
        return ours < theirs - (1 - WORTH) * abs(theirs)


def _steps(stories: Sequence[Story]) -> int:
    return report(stories, target={}, environment={}).cost.steps_total


def of_autostable(laboratory: Laboratory, options: Options) -> tuple[Row, int]:
    """autostable's row, and the steps of one full run."""
    case = laboratory.case
    settings = Settings(budget=options.budget, seed=options.seed, output_format="json")
    told, output, seconds = autostable_on(case, settings, options.timeout * 4)
    metric = metric_of(output)
    held = told.verdict is Verdict.REPAIRED and laboratory.failed is not None
    held = held and laboratory.trial(told.plan, told.plans).healthy
    cause = told.causes[0].code if told.causes else None
    row = {
        "case": case.name, "policy": "autostable", "repaired": held, "metric": metric,
        "as_good": held and as_good(metric, case.facts) is True,
        "cause": cause, "cause_right": cause in case.facts["causes"], "site_right": guilty(told, case),
        "cost": told.cost.ratio, "cost_first": told.cost.ratio if held else None, "attempts": len(told.attempts) - 1,
        "seconds": round(seconds, 1), "plan": [remedy.name for remedy in told.plan],
    }  # fmt: skip
    return row, told.cost.steps_full_run


def of_policy(name: str, laboratory: Laboratory, full: int, options: Options) -> Row:
    """The row of another policy: its trials until it stops or its budget is spent."""
    failed, case = laboratory.failed, laboratory.case
    assert failed is not None
    trials: list[Trial] = []
    spent = failed.steps

    def attempt(plan: Plan) -> Trial:
        nonlocal spent
        if len(trials) >= options.runs or (full and spent + full > options.budget * full):
            raise Spent
        trial = laboratory.trial(plan)
        spent += trial.steps
        trials.append(trial)
        return trial

    try:
        POLICIES[name][1](failed, attempt, options.seed)
    except Spent:
        pass
    held = [trial for trial in trials if trial.healthy]
    best = None if not held else held[0] if name in FIRST_WINS else min(held, key=lambda trial: trial.score)
    until = failed.steps + sum(trial.steps for trial in trials[: trials.index(held[0]) + 1]) if held else None
    row: Row = {
        "case": case.name, "policy": name, "repaired": best is not None,
        "metric": None if best is None else best.metric,
        "as_good": best is not None and as_good(best.metric, case.facts) is True,
        "cost": round(spent / full, 4) if full else None,
        "cost_first": round(until / full, 4) if full and until is not None else None, "attempts": len(trials),
        "seconds": round(failed.seconds + sum(trial.seconds for trial in trials), 1),
        "plan": [] if best is None else [remedy.name for remedy in best.plan],
    }  # fmt: skip
    if name == "autotrainer":
        seen = symptoms(failed)
        row["cause"] = seen[0] if seen else None
        row["cause_right"] = bool(seen) and any(code in case.facts["causes"] for code in CAUSES[seen[0]])
    return row


def compare(case: Case, options: Options) -> list[Row]:
    """All policies on one case."""
    laboratory = Laboratory(case, options)
    row, full = of_autostable(laboratory, options)
    rows = [row]
    if laboratory.failed is None or laboratory.failed.evidence is None:
        nothing = {"repaired": False, "as_good": False, "note": "autostable saw nothing wrong: nobody was asked"}
        return rows + [{"case": case.name, "policy": name, **nothing} for name in POLICIES]
    course = laboratory.failed.evidence.course
    return rows + [of_policy(name, laboratory, full or course.full or 0, options) for name in POLICIES]


def table(rows: Sequence[Row]) -> list[str]:
    """The rows as a table in Markdown, one line a policy."""
    lines = [
        "| policy | repaired | as good as the human fix | right cause first | right line | cost, median (mean) "
        "| cost until the first plan that held | runs | seconds, median |",
        "|---|---:|---:|---:|---:|---:|---:|---:|---:|",
    ]
    for name in ("autostable", *POLICIES):
        own = [row for row in rows if row["policy"] == name]
        title = name if name == "autostable" else POLICIES[name][0]
        shares = [_share(own, key) for key in ("repaired", "as_good", "cause_right", "site_right")]
        costs = [row["cost"] for row in own if row.get("cost")]
        mean = f" ({statistics.fmean(costs):.2f})" if costs else ""
        runs, seconds = _median(own, "attempts", 0), _median(own, "seconds", 0)
        cells = [title, *shares, f"{_median(own, 'cost')}{mean}", _median(own, "cost_first"), runs, seconds]
        lines.append("| " + " | ".join(cells) + " |")
    return lines


def _share(rows: Sequence[Row], key: str) -> str:
    having = [row for row in rows if row.get(key) is not None]
    return f"{sum(bool(row[key]) for row in having)} of {len(having)}" if having else "no answer"


def _median(rows: Sequence[Row], key: str, digits: int = 2) -> str:
    values = [row[key] for row in rows if row.get(key) is not None]
    return f"{statistics.median(values):.{digits}f}" if values else ""


def _processor() -> str:
    known = Path("/proc/cpuinfo")
    lines = known.read_text(encoding="utf-8").splitlines() if known.exists() else []
    names = [line.split(":")[1].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()


def section(rows: Sequence[Row], folder: str, options: Options, limited: int | None) -> str:
    """The section of RESULTS.md."""
    from importlib import metadata

    versions = ", ".join(f"{name} {metadata.version(name)}" for name in ("tensorflow", "keras", "keras-tuner"))
    names = sorted({row["case"] for row in rows})
    per_case = ["| case | " + " | ".join(("autostable", *POLICIES)) + " |", "|---|" + "---|" * (1 + len(POLICIES))]
    for name in names:
        own = {row["policy"]: row for row in rows if row["case"] == name}
        per_case.append(f"| {name} | " + " | ".join(_cell(own.get(each)) for each in ("autostable", *POLICIES)) + " |")
    limit = f" --limit {limited}" if limited else ""
    return "\n".join([
        HEADING, "",
        _prose(f"""`python -m benchmarks.repair {folder}{limit}`: {len(names)} programs (with a limit the quickest of each first
            cause), {options.budget:g} full runs of training steps each, the failing run included; the others start at most
            {options.runs} runs, for one that fails at once costs no steps. {_processor()}, {os.cpu_count()} cores,
            {platform.system()}, Python {platform.python_version()}, {versions}, {time.strftime("%B %Y")}; one seed, a machine
            shared with other work. autostable's rules were written with these programs at hand."""), "",
        _prose("""Cost: all training steps spent over those of one full run. A search has no end but its budget; what it had
            spent at its first plan that held stands beside it. Seconds are without the import of TensorFlow. All have the
            evidence that autostable gathers (which remedies apply, with which numbers), so only the order and the choice
            differ; a run that turns non-finite is ended at once for all."""), "",
        *table(rows), "", "Plan, metric (`+`: as good as the human fix, `-`: healthy, but not as good) and cost:", "",
        *per_case, "",
    ])  # fmt: skip


def _prose(text: str) -> str:
    return textwrap.fill(" ".join(text.split()), 118, break_long_words=False, break_on_hyphens=False)


def _cell(row: Row | None) -> str:
    if row is None or not row["repaired"]:
        return "not repaired" + (f", {row['cost']:.2f}" if row and row.get("cost") else "")
    metric = "none" if row["metric"] is None else f"{row['metric']:.4g}"
    return f"{'+' if row['as_good'] else '-'} {' + '.join(row['plan'])}, {metric}, {row['cost']:.2f}"


def replaced(text: str, new: str) -> str:
    """The text of RESULTS.md with the section `new` in place of the old one, or at its end."""
    before, found, rest = text.partition(f"{HEADING}\n")
    if not found:
        return text.rstrip("\n") + "\n\n" + new
    _, mark, after = rest.partition("\n## ")
    return before + new + (f"\n## {after}" if mark else "")


def known_rows(path: Path | None) -> list[Row]:
    """The rows that an earlier run has left."""
    if path is None or not path.exists():
        return []
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, nargs="?", default=HERE.parent / "tests" / "cases")
    parser.add_argument("--data", type=Path, default=os.environ.get("CASE_DATA"), help="the folder of data files")
    parser.add_argument("--only", help="comma-separated prefixes of case names")
    parser.add_argument("--limit", type=int, help="so many programs, spread over the causes")
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--budget", type=float, default=6.0, help="full runs that each policy may spend")
    parser.add_argument("--runs", type=int, default=8, help="whole runs that each other policy may start")
    parser.add_argument("--timeout", type=float, default=180.0, help="seconds that one run may take")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--rows", type=Path, help="a file of rows: kept, and read by the next run")
    parser.add_argument("--write", action="store_true", help="put the table into RESULTS.md")
    given = parser.parse_args()
    options = Options(given.budget, given.runs, given.timeout, given.seed)
    found = cases(given.folder, given.data, tuple(given.only.split(",")) if given.only else ())
    chosen = pick(found, given.limit)
    names = {case.name for case in chosen}
    rows = [row for row in known_rows(given.rows) if row["case"] in names]
    done = {row["case"] for row in rows}
    context = multiprocessing.get_context("spawn")
    with concurrent.futures.ProcessPoolExecutor(given.jobs, mp_context=context) as pool:
        waiting = [pool.submit(compare, case, options) for case in chosen if case.name not in done]
        for future in concurrent.futures.as_completed(waiting):
            text = "".join(json.dumps(to_json(row)) + "\n" for row in future.result())
            print(text, end="", flush=True)
            rows += [json.loads(line) for line in text.splitlines()]
            if given.rows is not None:
                with given.rows.open("a", encoding="utf-8") as kept:
                    kept.write(text)
    print("\n".join(table(rows)))
    if given.write:
        inside = given.folder.resolve().is_relative_to(HERE.parent)
        folder = given.folder.resolve().relative_to(HERE.parent).as_posix() if inside else given.folder.name
        RESULTS.write_text(
            replaced(RESULTS.read_text(encoding="utf-8"), section(rows, folder, options, given.limit)), encoding="utf-8"
        )


if __name__ == "__main__":
    main()
