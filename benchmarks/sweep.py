"""Benchmarks of sweeps; prints a table in Markdown.

python benchmarks/sweep.py [repair|learnt|jobs|tuner|planner ...]
"""

from __future__ import annotations

import contextlib
import json
import math
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
import tracemalloc
from pathlib import Path

HERE = Path(__file__).resolve().parent
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ["PYTHONPATH"] = os.pathsep.join([str(HERE), os.environ.get("PYTHONPATH", "")])
sys.path.insert(0, str(HERE))

import sweep_configs  # noqa: E402

from autostable.orders import Orders  # noqa: E402
from autostable.records import Cause, Code, Remedy  # noqa: E402
from autostable.repair.warm_start import Kin, Lesson, Step  # noqa: E402
from autostable.sweeps import runners, summary, worker  # noqa: E402
from autostable.sweeps.items import HOPELESS, REPAIRED, Item, Outcome  # noqa: E402


def row(*cells):
    print("| " + " | ".join(str(cell) for cell in cells) + " |", flush=True)


def repair():
    """Share repaired, and attempts with and without learning from kin."""
    spec = worker.Spec("table", "-", "sweep_configs:train", (), "-", Orders(sweep=True, stop_unhealthy=False))
    session = worker.begin(spec)
    do = runners.runner(spec, session)
    for learning in (True, False):
        session.kin = None
        met, attempts, failed, cured = set(), [], 0, 0
        for number, config in enumerate(sweep_configs.configs()):
            if not learning:
                session.kin = None
            outcome = do(Item(str(number), config, ""), [])
            print(number, outcome.verdict, outcome.attempts, f"{outcome.seconds:.1f} s", file=sys.stderr, flush=True)
            if outcome.verdict == "sound":
                continue
            failed += 1
            cured += outcome.verdict == REPAIRED
            cause = summary.cause_of(outcome)
            if cause in met:
                attempts.append(outcome.attempts)
            met.add(cause)
        how = "learning from kin" if learning else "each for itself"
        row(f"repaired, {how}", f"{cured} of {failed} failed (60 in all)")
        row(
            f"attempts per failed configuration after the first of a kind, {how}",
            f"{sum(attempts) / len(attempts):.2f}",
        )


def learnt():
    """What share of all trials reaches four fifths of what plain models reach on the same validation rows."""
    import numpy as np
    from sklearn.ensemble import ExtraTreesRegressor
    from sklearn.linear_model import RidgeCV

    x, y = sweep_configs.data(False)
    best = min(
        np.abs(y[220:] - model.fit(x[:220], y[:220]).predict(x[220:])).mean()
        for model in (RidgeCV(), ExtraTreesRegressor(200, min_samples_leaf=2, random_state=0))
    )
    constant = np.abs(y[220:] - np.median(y[:220])).mean()
    spec = worker.Spec("table", "-", "sweep_configs:train", (), "-", Orders(sweep=True, stop_unhealthy=False))
    do = runners.runner(spec, worker.begin(spec))
    shares, below = [], []
    for number, config in enumerate(sweep_configs.mixed()):
        outcome = do(Item(str(number), config, ""), [])
        mae = dict(outcome.metrics).get("val_mae", math.inf)
        shares.append((1 - mae / constant) / (1 - best / constant))
        print(number, config, outcome.verdict, f"{shares[-1]:.2f}", file=sys.stderr, flush=True)
        if shares[-1] < 0.8:
            below.append(f"{config['loss']} at {config['rate']:g}")
    row("plain models on the validation rows", f"val_mae {best:.3f}; a constant {constant:.3f}")
    row("trials that reach four fifths of that after the repair", f"{60 - len(below)} of 60")
    row("the others", "; ".join(below) or "none")


def jobs():
    """Wall and CPU time of a whole repair at 1 and 2 jobs, local and Ray; 1 and 2 jobs alternate, one core a job.

    The share of a busy machine that a run gets changes by the minute. So beside the wall time stands
    what it would be on idle cores: the CPU seconds of the worker that worked most. And first what the
    machine itself gives: the sound configurations trained by one process, and all of them by each of two at once.
    """
    from autostable.sweeps import repair as work
    from autostable.sweeps.ray_pool import RayPool

    os.environ.update(TF_NUM_INTRAOP_THREADS="1", TF_NUM_INTEROP_THREADS="1", OMP_NUM_THREADS="1")
    alone, both = (min(_trained_by(processes) for _ in range(2)) for processes in (1, 2))
    row("speed-up of 2 processes that know nothing of each other, without autostable", f"{2 * alone / both:.2f}x")
    engines = {"local": work.local, "ray": RayPool.maker(address=None, cpus=1, gpus=0)}
    for name in os.environ.get("ENGINES", "local ray").split():
        walls, cpus = {1: [], 2: []}, {1: [], 2: []}
        for _ in range(int(os.environ.get("ROUNDS", "2"))):
            for count in (1, 2):
                wall, cpu, usable, total = _repaired_at(engines[name], count)
                walls[count].append(wall)
                cpus[count].append(max(cpu))
                shares = " + ".join(f"{each:.0f}" for each in cpu)
                load = os.getloadavg()[0]
                row(
                    f"{total} configurations, {name}, {count} jobs",
                    f"{wall:.0f} s, {shares} CPU s, {usable} usable, load {load:.1f}",
                )
        for what, found in (("wall time", walls), ("CPU time of the busiest worker", cpus)):
            row(f"speed-up of 2 jobs, {name}, {what}", f"{min(found[1]) / min(found[2]):.2f}x")


TRAINED = """
import sweep_configs, sys, time
sound = sweep_configs.sound()
sweep_configs.train(**sound[0])
print(flush=True)
sys.stdin.readline()
began = time.monotonic()
for each in sound[:14]:
    sweep_configs.train(**each)
print(time.monotonic() - began, flush=True)
"""


def _trained_by(count):
    """Seconds until each of so many processes has trained the same configurations; they start together."""
    pipe = subprocess.PIPE
    command = [sys.executable, "-c", TRAINED]
    found = [subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True) for _ in range(count)]
    for each in found:
        each.stdout.readline()
    return max(float(each.communicate("\n")[0]) for each in found)


def _repaired_at(pools, count):
    from autostable.config import Settings
    from autostable.sweeps import repair as work

    folder = Path(tempfile.mkdtemp())
    table, log = folder / "configs.jsonl", folder / "cpu"
    some = sweep_configs.configs()[: int(os.environ.get("CONFIGS", "60"))]
    table.write_text("".join(json.dumps(config) + "\n" for config in some))
    os.environ["SWEEP_CPU_LOG"] = str(log)
    began = time.monotonic()
    done = work.repair(
        work.source(str(table)), "sweep_configs:train", (), Settings(), jobs=count, pools=pools
    )  # fmt: skip
    wall = time.monotonic() - began
    cpu = dict(line.split() for line in log.read_text().splitlines())  # the last line of each process counts
    shutil.rmtree(folder)
    return wall, [float(each) for each in cpu.values()], sum(outcome.usable for outcome in done.outcomes), len(some)


def tuner():
    """Against keras-tuner alone, given the same total steps."""
    import keras
    import keras_tuner

    import autostable

    def build(hp):
        loss = hp.Choice("loss", ["mse", "huber", "log"])
        return sweep_configs.build(hp.Float("rate", 3e-3, 8.0, sampling="log"), hp.Int("units", 4, 16), loss, False)

    def search(hypermodel, trials):
        keras.utils.set_random_seed(0)
        folder = tempfile.mkdtemp()
        x, y = sweep_configs.data(False)
        tuned = keras_tuner.RandomSearch(
            hypermodel, objective=keras_tuner.Objective("val_mae", "min"), max_trials=trials, seed=3, directory=folder,
            max_consecutive_failed_trials=trials,
        )  # fmt: skip
        with contextlib.redirect_stdout(None):
            tuned.search(x[:220], y[:220], validation_data=(x[220:], y[220:]), epochs=10, verbose=0)
        done = list(tuned.oracle.trials.values())
        usable = [each.score for each in done if each.status == "COMPLETED" and math.isfinite(each.score)]
        # a trial that is "COMPLETED" with the error of a constant prediction is of no use
        useful = [score for score in usable if score < 0.6]
        records = [json.loads(path.read_text()) for path in Path(folder).rglob("autostable.json")]
        extra = sum(record["cost"]["steps_total"] - record["cost"]["steps_full_run"] for record in records)
        shutil.rmtree(folder)
        return len(done), len(useful), min(usable, default=math.nan), len(done) * sweep_configs.STEPS + extra

    count, useful, best, steps = search(autostable.StableHyperModel(build), 24)
    row(
        "random search of 24 with StableHyperModel",
        f"{useful} of {count} useful, best val_mae {best:.4f}, {steps} steps",
    )
    count, useful, best, steps = search(build, round(steps / sweep_configs.STEPS))
    row("keras-tuner alone, as many steps", f"{useful} of {count} useful, best val_mae {best:.4f}, {steps} steps")


def planner():
    """The planner alone on synthetic outcomes: what 10,000 cost, and how it grows."""
    for count in (1_000, 10_000, 40_000):
        began = time.monotonic()
        texts = planned(count)
        seconds = time.monotonic() - began
        if count > 10_000:
            row(f"planner alone, {count} outcomes", f"{seconds:.2f} s, {len(texts)} sentences")
            continue
        tracemalloc.start()  # a run of its own: tracing makes it several times slower
        planned(count)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        row(f"planner alone, {count} outcomes", f"{seconds:.2f} s, {peak / 2**20:.1f} MiB, {len(texts)} sentences")


def planned(count):
    draw = random.Random(0)
    codes = list(Code)
    outcomes, sound, kin = [], [], Kin()
    for number in range(count):
        config = {"rate": 10 ** draw.uniform(-4, 1), "units": draw.randrange(4, 512), "cell": draw.choice("ab")}
        if draw.random() < 0.6:
            sound.append(config)
            continue
        code = Code.LEARNING_RATE_TOO_HIGH if config["rate"] > 0.3 else draw.choice(codes)
        verdict = REPAIRED if draw.random() < 0.9 else HOPELESS
        plan = (Remedy("lower-learning-rate", {"factor": draw.choice([0.3, 0.1])}),)
        outcomes.append(Outcome(str(number), config, verdict, causes=(Cause(code, 0.9, ""),), plan=plan))
        kin.learn(Lesson((str(code),), (Step(plan[0].name, draw.randrange(6)),), verdict == REPAIRED))
        kin.recipes((str(code),))
    found = summary.groups(outcomes, sound)
    return summary.sentences(found) + summary.advice(found)


if __name__ == "__main__":
    row("what", "measured")
    row("---", "---")
    for name in sys.argv[1:] or ("repair", "learnt", "jobs", "tuner", "planner"):
        {"repair": repair, "learnt": learnt, "jobs": jobs, "tuner": tuner, "planner": planner}[name]()
    sys.stdout.flush()
    os._exit(0)  # Ray's and TensorFlow's threads may outlast an ordinary exit
