"""Whether being watched changes a bit of a training: a grid of small programs, trained plainly and watched in one process.

    python -m benchmarks.bits [--cells 480] [--begin 0] [--only TEXT] [--write]

A cell is one of each: optimizer, momentum, schedule, weight decay, clipping, accumulation, averaged weights, layers, penalty
and way to train. The cells are drawn from all combinations by a fixed seed;
`--only` takes those whose name holds a text. Compared are all variables of model and optimizer, and the losses that
the program was shown. A cell whose plain training ends in NaN is no healthy one and is counted apart.
"""

from __future__ import annotations

import argparse
import itertools
import os
import random
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")

import keras
import numpy as np
import tensorflow as tf
from keras import layers

from autostable.orders import Orders
from autostable.records import Verdict
from autostable.training import hooks
from autostable.training.session import Session, Unstable

RESULTS = Path(__file__).resolve().parent / "RESULTS.md"
SEED, CELLS, ROWS, BATCH, EPOCHS = 17, 480, 80, 16, 4
Cell = Mapping[str, str]

CHOICES: Mapping[str, Sequence[str]] = {
    "optimizer": (
        "SGD", "SGD momentum", "SGD nesterov", "RMSprop", "RMSprop momentum", "Adam", "AdamW", "Adagrad", "Adadelta", "Adamax",
        "Nadam", "Ftrl", "Lion", "Lamb", "Adafactor", "Muon", "ScheduleFreeAdamW",
    ),
    "rate": ("constant", "constant", "exponential", "cosine", "warm-up", "pieces", "restarts"),
    "decay": ("no decay", "no decay", "decay"),
    "clip": ("no clip", "no clip", "clipnorm", "global_clipnorm", "clipvalue"),
    "gathered": ("each step", "each step", "each step", "two steps"),
    "average": ("raw", "raw", "raw", "averaged"),
    "layers": ("dense", "batch norm", "batch norm", "convolutions", "layer norm", "embedding", "recurrent"),
    "penalty": ("no penalty", "L2"),
    "way": ("fit", "fit", "function", "function that clips", "train_on_batch", "eager"),
}  # fmt: skip
Trained = tuple[list[np.ndarray[Any, Any]], list[float]]


def cells(count: int) -> Iterator[Cell]:
    """So many different cells, the first ones those that are known to be delicate."""
    drawn, rng = set(), random.Random(SEED)
    delicate = itertools.product(
        ("SGD", "SGD momentum", "SGD nesterov"), ("constant", "cosine"), ("batch norm",), ("no penalty", "L2"),
        ("fit", "function", "function that clips", "train_on_batch"),
    )  # fmt: skip
    plain = {name: values[0] for name, values in CHOICES.items()}
    for optimizer, rate, kind, penalty, way in delicate:
        cell = {**plain, "optimizer": optimizer, "rate": rate, "layers": kind, "penalty": penalty, "way": way}
        drawn.add(named(cell))
        yield cell
    while len(drawn) < count:
        cell = {name: rng.choice(values) for name, values in CHOICES.items()}
        if named(cell) not in drawn:
            drawn.add(named(cell))
            yield cell


def named(cell: Cell) -> str:
    """One name for a cell."""
    return ", ".join(cell[name] for name in CHOICES)


def _rate(kind: str, rate: float) -> Any:
    schedules = keras.optimizers.schedules
    made: Mapping[str, Callable[[], Any]] = {
        "constant": lambda: rate,
        "exponential": lambda: schedules.ExponentialDecay(rate, 3, 0.9),
        "cosine": lambda: schedules.CosineDecay(rate, 18),
        "warm-up": lambda: schedules.CosineDecay(rate / 10, 12, warmup_target=rate, warmup_steps=6),
        "pieces": lambda: schedules.PiecewiseConstantDecay([6, 12], [rate, rate / 2, rate / 4]),
        "restarts": lambda: schedules.CosineDecayRestarts(rate, 4, t_mul=1.5, m_mul=0.9),
    }
    return made[kind]()


def _optimizer(cell: Cell) -> Any:
    name, _, more = cell["optimizer"].partition(" ")
    given: dict[str, Any] = {
        "learning_rate": _rate(cell["rate"], 0.05 if name in ("SGD", "Adagrad", "Adadelta") else 0.005)
    }
    given |= {"momentum": 0.9} if more else {}
    given |= {"nesterov": True} if more == "nesterov" else {}
    given |= {"weight_decay": 0.01} if cell["decay"] == "decay" else {}
    given |= {} if cell["clip"] == "no clip" else {cell["clip"]: 0.5}
    given |= {"gradient_accumulation_steps": 2} if cell["gathered"] == "two steps" else {}
    given |= {"use_ema": True, "ema_momentum": 0.9} if cell["average"] == "averaged" else {}
    return getattr(keras.optimizers, name)(**given)


def _model(cell: Cell) -> Any:
    penalty = keras.regularizers.L2(1e-3) if cell["penalty"] == "L2" else None
    kind = cell["layers"]
    if kind == "convolutions":
        middle = [
            layers.Reshape((4, 4, 1)), layers.Conv2D(4, 3, use_bias=False, kernel_regularizer=penalty),
            layers.BatchNormalization(), layers.Activation("relu"), layers.Flatten(),
        ]  # fmt: skip
    elif kind == "embedding":
        middle = [layers.Embedding(40, 6, embeddings_regularizer=penalty), layers.GlobalAveragePooling1D()]
    elif kind == "recurrent":
        middle = [layers.Reshape((4, 4)), layers.LSTM(6, kernel_regularizer=penalty)]
    else:
        norm = {"batch norm": [layers.BatchNormalization()], "layer norm": [layers.LayerNormalization()]}.get(kind, [])
        middle = [layers.Dense(12, kernel_regularizer=penalty), *norm, layers.Activation("relu")]
    return keras.Sequential([keras.Input((16,)), *middle, layers.Dense(3, kernel_regularizer=penalty)])


def _data(cell: Cell) -> Any:
    rng = np.random.default_rng(3)
    x = rng.integers(0, 40, (ROWS, 16)) if cell["layers"] == "embedding" else rng.normal(size=(ROWS, 16))
    return x.astype("float32"), rng.integers(0, 3, ROWS)


def _loop(cell: Cell, model: Any, optimizer: Any, x: Any, y: Any) -> list[float]:
    loss_of = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    weights = model.trainable_variables

    def step(rows: Any, labels: Any) -> Any:
        with tf.GradientTape() as tape:
            loss = loss_of(labels, model(rows, training=True)) + sum(model.losses)
        gradients = tape.gradient(loss, weights)
        if cell["way"] == "function that clips":
            gradients, _ = tf.clip_by_global_norm(gradients, 0.5)
        optimizer.apply_gradients(zip(gradients, weights, strict=True))
        return loss

    run = step if cell["way"] == "eager" else tf.function(step)
    batches = [(tf.constant(x[at : at + BATCH]), tf.constant(y[at : at + BATCH])) for at in range(0, ROWS, BATCH)]
    return [float(run(*batch)) for _ in range(EPOCHS) for batch in batches]


def trained(cell: Cell) -> Trained:
    """All variables at the end of the training, and the losses it was shown."""
    keras.backend.clear_session()
    keras.utils.set_random_seed(5)
    model, optimizer, (x, y) = _model(cell), _optimizer(cell), _data(cell)
    if cell["way"] in ("fit", "train_on_batch"):
        model.compile(optimizer, keras.losses.SparseCategoricalCrossentropy(from_logits=True))
        if cell["way"] == "fit":
            losses = model.fit(x, y, epochs=EPOCHS, batch_size=BATCH, verbose=0).history["loss"]
        else:
            places = [at for _ in range(EPOCHS) for at in range(0, ROWS, BATCH)]
            losses = [float(model.train_on_batch(x[at : at + BATCH], y[at : at + BATCH])) for at in places]
    else:
        losses = _loop(cell, model, optimizer, x, y)
    return [np.array(variable) for variable in [*model.variables, *optimizer.variables]], losses


def watched(cell: Cell) -> tuple[Trained, Any]:
    """The same under watch, and the story of it."""
    session = Session(Orders(repair=False, stop_unhealthy=False))
    hooks.arm(session)
    found: Trained = ([], [])
    try:
        found = trained(cell)
        session.loop.finish()
    except Unstable:  # it was ended: nothing of it is left to compare
        pass
    finally:
        hooks.disarm()
    return found, session.stories[-1]


def same(one: Trained, other: Trained) -> bool:
    """Whether every bit is the same."""
    pairs = zip(one[0], other[0], strict=True)
    return len(one[0]) == len(other[0]) and all(np.array_equal(*pair, equal_nan=True) for pair in pairs) and (
        np.array_equal(one[1], other[1])
    )  # fmt: skip


def farthest(one: Trained, other: Trained) -> float:
    """The largest difference of any number, by the size of its variable."""
    gaps = [
        float(np.max(np.abs(a - b)) / max(np.max(np.abs(a)), 1e-12)) for a, b in zip(one[0], other[0], strict=False)
        if a.dtype.kind == "f" and a.size and a.shape == b.shape
    ]  # fmt: skip
    return max(gaps, default=0.0)


def compared(cell: Cell) -> dict[str, Any]:
    """What became of a cell."""
    plain = trained(cell)
    seen, story = watched(cell)
    sound = all(np.isfinite(value).all() for value in plain[0] if value.dtype.kind == "f")
    row: dict[str, Any] = {"cell": named(cell), "same": same(plain, seen), "sound": sound, "gap": 0.0}
    if not row["same"]:
        row["gap"] = farthest(plain, seen)
        row["again"] = same(plain, trained(cell))  # else it is not even the same as itself
    row["alarm"] = sound and story.verdict is not Verdict.HEALTHY
    return row


def table(rows: Sequence[Mapping[str, Any]], seconds: float) -> str:
    """The rows that differ, and how many there are in all."""
    sound = [row for row in rows if row["sound"]]
    equal, alarms = sum(row["same"] for row in sound), sum(row["alarm"] for row in sound)
    lines = [
        f"{equal} of {len(sound)} cells the same to the bit ({equal / max(1, len(sound)):.1%}), {alarms} alarms; "
        f"{len(rows) - len(sound)} more end in NaN by themselves. {seconds:.0f} s.", "",
    ]  # fmt: skip
    others = [row for row in sound if not row["same"]]
    if others:
        lines += ["| cell | largest difference | plain twice is the same |", "|---|---|---|"]
        lines += [f"| {row['cell']} | {row['gap']:.1e} | {row['again']} |" for row in others]
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cells", type=int, default=CELLS)
    parser.add_argument("--only", default="")
    parser.add_argument("--begin", type=int, default=0)
    parser.add_argument("--write", action="store_true")
    given = parser.parse_args()
    began, rows = time.monotonic(), []
    chosen = [cell for cell in cells(given.cells) if given.only in named(cell)]
    for number, cell in enumerate(chosen[given.begin :], given.begin):
        try:
            rows.append(compared(cell))
        except Exception as error:
            print(f"{number:4} {named(cell)}: {type(error).__name__}: {str(error)[:120]}", flush=True)
            continue
        if not rows[-1]["same"] or rows[-1]["alarm"]:
            print(f"{number:4} {rows[-1]}", flush=True)
    text = table(rows, time.monotonic() - began)
    print(text)
    if given.write:
        heading = "## Bits: watched and plain trainings compared"
        before, _, after = RESULTS.read_text(encoding="utf-8").partition(heading)
        rest = after.partition("\n## ")
        tail = f"\n## {rest[2]}" if rest[2] else ""
        made = f"{heading}\n\n`python -m benchmarks.bits --write`\n\n{text}\n"
        RESULTS.write_text(before.rstrip("\n") + "\n\n" + made + tail, encoding="utf-8")


if __name__ == "__main__":
    main()
