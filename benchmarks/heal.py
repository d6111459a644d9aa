"""A training that is gone on with, beside what people do today, on the same ten faults.

    python -m benchmarks.heal [--steps 3000] [--ways fit train_step loop] [--write]

Compared for `fit`: TerminateOnNaN with BackupAndRestore and a restart by hand (three at most at one place), skipping of updates
that are not finite (as optax's apply_if_finite and Keras' LossScaleOptimizer do), and ZClip alone.
"""

from __future__ import annotations

import argparse
import dataclasses
import os
import pathlib
import tempfile
import time
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")

import keras
import numpy as np
import tensorflow as tf

from autostable.orders import Orders
from autostable.records import Intervention
from autostable.report import words
from autostable.training import hooks
from autostable.training.session import Session, Unstable
from benchmarks import heal_program as program
from benchmarks.heal_program import Faults, Trained

RESULTS = pathlib.Path(__file__).resolve().parent / "RESULTS.md"
BEGIN, END = "<!-- heal: begin -->", "<!-- heal: end -->"
RESTARTS = 3  # at one place, before a person gives up


@dataclasses.dataclass(frozen=True)
class Row:
    """What one way came to."""

    name: str
    loss: float
    steps: int
    survived: int
    said: str = ""


class Lost(keras.callbacks.Callback):
    """Remembers the first step after which a weight is not finite."""

    def __init__(self, before: int = 0) -> None:
        super().__init__()
        self.step, self.count = None, before

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        """After each step."""
        self.count += 1
        if self.step is None and self.count % 10 == 0:
            total = sum(float(tf.reduce_sum(weight)) for weight in self.model.trainable_variables)
            self.step = None if np.isfinite(total) else self.count


class ZClip(keras.optimizers.Adam):
    """Adam behind ZClip (arXiv 2504.02507), as published: z of 2.5, a weight of 0.97."""

    def build(self, variables: Any) -> None:
        """Make room for what the norm has been."""
        super().build(variables)
        self._of_norm = [tf.Variable(value, trainable=False) for value in (0.0, 0.0, 0.0)]

    def apply(self, grads: Any, trainable_variables: Any = None) -> Any:
        """Clip, then update."""
        if not self.built:
            self.build(trainable_variables)
        mean, variance, seen = self._of_norm
        norm = tf.linalg.global_norm(grads)
        deviation = tf.sqrt(variance) + 1e-6
        far = (norm - mean) / deviation
        clipped = tf.where((seen >= 25.0) & (far > 2.5), mean + 2.5 * 2.5 / tf.maximum(far, 2.5) * deviation, norm)
        weight = tf.maximum(0.03, 1.0 / (seen + 1.0))
        variance.assign((1.0 - weight) * variance + weight * tf.square(clipped - mean))
        mean.assign((1.0 - weight) * mean + weight * clipped)
        seen.assign_add(1.0)
        return super().apply([each * clipped / (norm + 1e-12) for each in grads], trainable_variables)


def passed(step: int, steps: int) -> int:
    """How many faults lie before a step."""
    faults = Faults()
    return sum(faults.at(field.name, steps) < step for field in dataclasses.fields(faults))


def healed(way: str, steps: int) -> tuple[Row, list[Intervention]]:
    """The training under `--on-failure heal --on-spike heal`."""
    faults = Faults()
    session = Session(Orders(repair=False, stop_unhealthy=False, on_failure="heal", on_spike="heal", goal="finite"))
    hooks.arm(session)
    try:
        with program.disk_full_from(faults.at("disk", steps)):
            trained = program.train(way, steps, faults)
            session.loop.finish()
    except Unstable:
        trained = Trained(float("nan"), [], 0)
    finally:
        hooks.disarm()
    (story,) = session.stories[:1]
    count = 10 if np.isfinite(trained.loss) else passed(story.attempts[0].steps, steps)
    return Row("autostable, heal", trained.loss, story.attempts[0].steps, count), list(story.interventions)


def by_other_optimizer(name: str, steps: int, optimizer: Any) -> Row:
    """The training with an optimizer that is to spare it the faults."""
    lost, said = Lost(), ""
    try:
        trained = program.train("fit", steps, Faults(), callbacks=(lost,), optimizer=optimizer)
    except tf.errors.InvalidArgumentError as error:
        trained, said = Trained(float("nan"), [], lost.count), f"raised {type(error).__name__} at step {lost.count}"
    if lost.step is not None:
        said = said or f"weights of NaN from step {lost.step} on"
    return Row(name, trained.loss, lost.count, passed(lost.step or lost.count + 1, steps), said)


def restarted(steps: int, epochs: int = 20) -> Row:
    """TerminateOnNaN and BackupAndRestore, and somebody who starts it again."""
    done, reached, tries = 0, -1, 0
    with tempfile.TemporaryDirectory() as folder:
        while tries < RESTARTS:
            lost = Lost()
            kept = (
                keras.callbacks.BackupAndRestore(folder, delete_checkpoint=False),
                keras.callbacks.TerminateOnNaN(),
                lost,
            )
            try:
                trained = program.train("fit", steps, Faults(), epochs=epochs, callbacks=kept)
            except (tf.errors.InvalidArgumentError, RuntimeError):
                trained = Trained(float("nan"), [], 0)
            done += lost.count
            if lost.count == steps and np.isfinite(trained.loss):
                return Row("TerminateOnNaN, BackupAndRestore, restarts", trained.loss, done, 10)
            tries, reached = (tries + 1 if lost.count <= reached else 1), max(reached, lost.count)
    said = f"given up after {RESTARTS} restarts at step {reached}"
    return Row("TerminateOnNaN, BackupAndRestore, restarts", float("nan"), done, passed(reached, steps), said)


def skipping(rate: Any) -> Any:
    """Adam whose updates are left out where they are not finite."""
    return keras.optimizers.LossScaleOptimizer(
        keras.optimizers.Adam(rate), initial_scale=1.0, dynamic_growth_steps=10**9
    )


def shown(steps: int, clean: dict[str, float], rows: dict[str, list[Row]], done: dict[str, list[Intervention]]) -> str:
    """The section of RESULTS.md."""
    lines = [
        "## Healed in flight", "",
        f"A small transformer, {steps} steps of {program.ROWS} rows, ten faults; {time.strftime('%B %Y')}, a shared machine of "
        "two cores. Made by `python -m benchmarks.heal --write`. The loss is that of rows that were not trained on.", "",
        "| step | way | loss | of the clean one | steps | of the clean ones | faults survived | |",
        "| --- | --- | ---: | ---: | ---: | ---: | ---: | --- |",
    ]  # fmt: skip
    for way, found in rows.items():
        lines.append(f"| {way} | clean | {clean[way]:.4f} | 1 | {steps} | 1 | | |")
        lines += [
            f"| {way} | {row.name} | {row.loss:.4f} | {row.loss / clean[way]:.3f} | {row.steps} | {row.steps / steps:.3f} "
            f"| {row.survived} of 10 | {row.said} |" for row in found
        ]  # fmt: skip
    for way, interventions in done.items():
        lines += [
            "",
            f"What was done ({way}):",
            "",
            "| step | what was done | cost | why |",
            "| ---: | --- | --- | --- |",
        ]
        for each in interventions:
            what, cost = words.intervention_words(each), words.intervention_cost(each)
            lines.append(f"| {each.step} | {what} | {cost} | {words.shorten(each.reason, 120)} |")
    return "\n".join(lines) + "\n"


def main() -> None:
    """Measure, print, and write if asked."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--steps", type=int, default=3000)
    parser.add_argument("--ways", nargs="+", default=list(program.WAYS), choices=program.WAYS)
    parser.add_argument("--write", action="store_true")
    given = parser.parse_args()
    rows, done, clean = {}, {}, {}
    for way in given.ways:
        clean[way] = program.train(way, given.steps, None).loss
        row, done[way] = healed(way, given.steps)
        rows[way] = [row]
        print(way, clean[way], row, flush=True)
    if "fit" in rows:
        rows["fit"] += [
            restarted(given.steps), by_other_optimizer("updates that are not finite skipped", given.steps, skipping),
            by_other_optimizer("ZClip alone", given.steps, ZClip),
        ]  # fmt: skip
    text = shown(given.steps, clean, rows, done)
    print(text)
    if given.write:
        known = RESULTS.read_text(encoding="utf-8")
        before, _, rest = known.partition(BEGIN)
        _, _, after = rest.partition(END)
        RESULTS.write_text(f"{before.rstrip()}\n\n{BEGIN}\n{text}{END}\n{after.lstrip()}", encoding="utf-8")


if __name__ == "__main__":
    main()
