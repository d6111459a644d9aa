"""What the guard costs: the same model plain and guarded, taking turns in one process.

    python benchmarks/overhead.py [--turns 100] [--models mlp cnn] [--write]

A turn is a few steps; the order within a round is drawn anew; the table shows the ratio of medians
with its range, that of the lower deciles (steps that nothing else on the
machine disturbed), that of CPU time, and beside it plain against plain: what this machine cannot
tell apart. Where its memory comes to lie can make the same model twice as fast, so each pair of model
and mode is measured in several processes, one after another, and the median of their ratios counts.
"guarded" is what `autostable run` arms, "healed" the same with `--on-failure heal`, "Guard()" the callback.
"""

import argparse
import contextlib
import json
import os
import pathlib
import platform
import random
import resource
import statistics
import subprocess
import sys
import time

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
MODELS = ("mlp", "cnn", "transformer", "embedding")
WAYS = ("plain", "plain again", "guarded", "healed", "Guard()", "TerminateOnNaN", "check_numerics")
PROCESSES = 3  # that measure one model in one mode
SECONDS = 12.0  # for the turns in one of them
ARMED = ("guarded", "healed", "Guard()")
RESULTS = pathlib.Path(__file__).resolve().parent / "RESULTS.md"


def build(name):
    """A model and one batch of its data."""
    import keras
    import numpy as np
    from keras import layers

    rng = np.random.default_rng(0)
    keras.utils.set_random_seed(0)
    if name == "mlp":
        model = keras.Sequential(
            [keras.Input((64,)), layers.Dense(64, "relu"), layers.Dense(64, "relu"), layers.Dense(10)]
        )
        return model, rng.normal(size=(64, 64)).astype("float32"), 10
    if name == "cnn":
        model = keras.Sequential([keras.Input((28, 28, 1))])
        for width in (16, 32, 32):
            model.add(layers.Conv2D(width, 3, padding="same", use_bias=False))
            model.add(layers.BatchNormalization())
            model.add(layers.Activation("relu"))
        model.add(layers.GlobalAveragePooling2D())
        model.add(layers.Dense(10))
        return model, rng.normal(size=(32, 28, 28, 1)).astype("float32"), 10
    if name == "transformer":
        inputs = keras.Input((32,), dtype="int32")
        x = layers.Embedding(1000, 64)(inputs)
        for _ in range(2):
            x = layers.LayerNormalization()(x + layers.MultiHeadAttention(4, 16)(x, x))
            x = layers.LayerNormalization()(x + layers.Dense(64)(layers.Dense(256, "gelu")(x)))
        model = keras.Model(inputs, layers.Dense(10)(layers.GlobalAveragePooling1D()(x)))
        return model, rng.integers(0, 1000, (32, 32)).astype("int32"), 10
    inputs = keras.Input((20,), dtype="int32")
    x = layers.GlobalAveragePooling1D()(layers.Embedding(20000, 64)(inputs))
    model = keras.Model(inputs, layers.Dense(10)(x))
    return model, rng.integers(0, 20000, (64, 20)).astype("int32"), 10


class Way:
    """One way of training a model: a traced step and a turn of so many steps."""

    def __init__(self, way, name, jit):
        import keras
        import numpy as np
        import tensorflow as tf

        self.way = way
        self.model, x, classes = build(name)
        y = np.random.default_rng(1).integers(0, classes, len(x))
        self.data = tf.data.Dataset.from_tensors((x, y)).cache().repeat()
        loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
        self.model.compile("adam", loss, jit_compile=jit)
        self.callback, self.training, self.session = None, None, None
        before = time.perf_counter()
        if way in ARMED:
            self._arm(keras)
        elif way == "check_numerics":
            tf.debugging.enable_check_numerics()
            try:
                self._first(keras)
            finally:
                tf.debugging.disable_check_numerics()
        else:
            self._first(keras)
        self.trace = time.perf_counter() - before
        if way == "TerminateOnNaN":
            self.callback = keras.callbacks.TerminateOnNaN()
            self.callback.set_model(self.model)
        self.seconds, self.cpu = [], []
        self.left = time.monotonic()

    def _first(self, keras, callbacks=()):
        self.model.fit(self.data, steps_per_epoch=2, verbose=0, callbacks=list(callbacks))
        self.function = self.function if self.way in ARMED else self.model.train_function

    def _arm(self, keras):
        import autostable
        from autostable.orders import Orders
        from autostable.training import hooks
        from autostable.training.session import Session

        def keep(batch, logs=None):
            self.session, self.training, self.function = hooks.session, hooks.session.active, self.model.train_function

        callbacks = [keras.callbacks.LambdaCallback(on_train_batch_begin=keep)]
        if self.way == "guarded":
            hooks.arm(Session(Orders(repair=False, stop_unhealthy=False)))
        elif self.way == "healed":
            hooks.arm(Session(Orders(repair=False, stop_unhealthy=False, goal="finite", on_failure="heal")))
        else:
            callbacks.append(autostable.Guard())
        try:
            self._first(keras, callbacks)
        finally:
            hooks._guards_wait = False
            hooks.disarm()
        self.training.attempts.clear()  # the turns belong to the same run

    @contextlib.contextmanager
    def _watched(self):
        """What is different around the steps of a program while a session is armed."""
        from autostable.training import hooks, seams

        original = seams.TraceFunction.__call__
        seams.TraceFunction.__call__ = hooks._traced_call(self.session, original)
        self.session.active = self.training
        guard = self.training.guard  # its clock stands still while the others have their turns
        guard._looked += time.monotonic() - self.left
        guard._due += time.monotonic() - self.left
        if self.training._in_flight.healer is not None:
            self.training._in_flight.healer._due += time.monotonic() - self.left
        try:
            yield
        finally:
            self.left = time.monotonic()
            seams.TraceFunction.__call__ = original

    def turn(self, steps):
        """Train so many steps; remember how long one took."""
        iterator = iter(self.data)
        with contextlib.nullcontext() if self.session is None else self._watched():
            began, used = time.perf_counter(), time.process_time()
            for step in range(steps):
                logs = self.function(iterator)
                if self.callback is not None:
                    self.callback.on_batch_end(step, {key: float(value) for key, value in logs.items()})
            float(logs["loss"])
            self.seconds.append((time.perf_counter() - began) / steps)
            self.cpu.append((time.process_time() - used) / steps)


def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def measure(name, jit, ways, turns, seed):
    """Medians and ratios of all ways in this process, as plain data; the plain one is made first or later, by lot."""
    import numpy as np

    made = []
    failed = {}
    for way in random.Random(seed).sample(ways, len(ways)):
        try:
            made.append(Way(way, name, jit))
        except Exception as error:
            failed[way] = f"fails: {type(error).__name__}"
    made.sort(key=lambda each: ways.index(each.way))
    plain = made[0]
    for each in made:
        each.turn(5)
    plain.turn(10)
    steps = max(2, int(0.02 / plain.seconds[-1]))
    for each in made:
        each.seconds.clear()
        each.cpu.clear()
    order, end = random.Random(seed), time.perf_counter() + SECONDS
    while len(plain.seconds) < turns and (time.perf_counter() < end or len(plain.seconds) < 15):
        for each in order.sample(made, len(made)):
            each.turn(steps)
    rows = [
        {
            "way": each.way,
            "milliseconds": float(np.median(each.seconds) * 1e3),
            "ratio": float(np.median(each.seconds) / np.median(plain.seconds)),
            "decile": float(np.quantile(each.seconds, 0.1) / np.quantile(plain.seconds, 0.1)),
            "cpu": float(np.median(each.cpu) / np.median(plain.cpu)),
        }
        for each in made
    ]
    return rows + [{"way": way, "error": words} for way, words in failed.items()]


def together(measured):
    """One row a way, of what several processes measured: medians, and the range of the ratios."""
    rows = []
    for first in measured[0]:
        if "error" in first:
            rows.append(first)
            continue
        same = [row for process in measured for row in process if row["way"] == first["way"]]
        row = {key: statistics.median(each[key] for each in same) for key in first if key != "way"}
        ratios = [each["ratio"] for each in same]
        rows.append({"way": first["way"], **row, "low": min(ratios), "high": max(ratios)})
    return rows


def memory(name, jit, way):
    """Peak memory of a process that trains one model one way; and how long its first steps took."""
    each = Way(way, name, jit)
    each.turn(50)
    return {"peak": peak(), "trace": each.trace}


def _child(*arguments):
    done = subprocess.run([sys.executable, __file__, *map(str, arguments)], capture_output=True, text=True, check=False)
    lines = done.stdout.strip().splitlines()
    if done.returncode or not lines:
        raise RuntimeError(done.stderr[-2000:])
    return json.loads(lines[-1])


def cpu():
    try:
        for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    except OSError:
        pass
    return platform.processor() or platform.machine()


def table(rows, memories):
    import keras
    import tensorflow as tf

    from autostable._version import __version__

    lines = [
        "# What the guard costs", "",
        f"{cpu()}, {os.cpu_count()} cores, {platform.system()}, Python {platform.python_version()}, "
        f"TensorFlow {tf.__version__}, Keras {keras.__version__}, autostable {__version__}, "
        f"{time.strftime('%B %Y')}. Made by `python benchmarks/overhead.py --write`.", "",
        "Ratio: median time of a step over that of the plain model, both taking turns in one process; the median of",
        f"{PROCESSES} processes, and their range; then the ratios of the lower deciles and of the median CPU times.",
        "`plain again` is a second plain model: the noise floor. `guarded` is what `autostable run` arms, `healed` the same",
        "with `--on-failure heal`.",
        "First steps: building, tracing and the first two steps, and peak memory: each in processes of its own, medians.",
        "",
        "| model | jit_compile | way | step [ms] | ratio | range | lower decile | CPU time | first [s] | peak [MB] |",
        "|---|---|---|---:|---:|---|---:|---:|---:|---:|",
    ]  # fmt: skip
    for row in rows:
        key = f"{row['model']} {row['jit_compile']} {row['way']}"
        known = memories.get(key)
        extra = f"{known['trace']:.2f} | {known['peak']:.0f}" if known else "|"
        jit = "True" if row["jit_compile"] else "default"
        if "error" in row:
            lines.append(f"| {row['model']} | {jit} | {row['way']} | {row['error']} | | | | | | |")
            continue
        lines.append(
            f"| {row['model']} | {jit} | {row['way']} | {row['milliseconds']:.3f} | {row['ratio']:.3f} | "
            f"{row['low']:.3f} to {row['high']:.3f} | {row['decile']:.3f} | {row['cpu']:.3f} | {extra} |"
        )
    return "\n".join(lines) + "\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--turns", type=int, default=100)
    parser.add_argument("--models", nargs="+", default=MODELS, choices=MODELS)
    parser.add_argument("--ways", nargs="+", default=WAYS, choices=WAYS)
    parser.add_argument("--jit", choices=("both", "default", "true"), default="both")
    parser.add_argument("--write", action="store_true", help="write the first part of RESULTS.md")
    parser.add_argument("--child", choices=("measure", "memory"), help=argparse.SUPPRESS)
    parser.add_argument("--seed", type=int, default=0, help=argparse.SUPPRESS)
    given = parser.parse_args()
    modes = {"both": (False, True), "default": (False,), "true": (True,)}[given.jit]
    if given.child == "measure":
        print(json.dumps(measure(given.models[0], modes[0], list(given.ways), given.turns, given.seed)))
        return
    if given.child == "memory":
        print(json.dumps(memory(given.models[0], modes[0], given.ways[0])))
        return
    rows, memories = [], {}
    for name in given.models:
        for jit in modes:
            common = ("--models", name, "--jit", "true" if jit else "default")
            given_to_each = (*common, "--turns", given.turns, "--ways", *given.ways)
            seeds = range(PROCESSES)
            for row in together([_child("--child", "measure", *given_to_each, "--seed", seed) for seed in seeds]):
                rows.append({"model": name, "jit_compile": jit, **row})
                if "error" in row:
                    print(f"{name:12} jit={jit!s:5} {row['way']:15} {row['error']}", flush=True)
                    continue
                if given.write and row["way"] in ("plain", "guarded"):
                    seen = [_child("--child", "memory", *common, "--ways", row["way"]) for _ in seeds]
                    memories[f"{name} {jit} {row['way']}"] = {
                        key: statistics.median(each[key] for each in seen) for key in seen[0]
                    }
                spread = f"{row['ratio']:.3f} ({row['low']:.3f} to {row['high']:.3f})"
                print(f"{name:12} jit={jit!s:5} {row['way']:15} {row['milliseconds']:9.3f} ms  {spread}  "
                      f"decile {row['decile']:.3f}  CPU {row['cpu']:.3f}", flush=True)  # fmt: skip
    if given.write:
        _, mark, rest = RESULTS.read_text(encoding="utf-8").partition("## What of that")
        RESULTS.write_text(table(rows, memories) + "\n" + mark + rest, encoding="utf-8")


if __name__ == "__main__":
    main()
