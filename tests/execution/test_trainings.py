"""Programs that train, run whole: `run`, `check` and `apply` in processes of their own."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import os
import re
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path
from typing import Any

import pytest

from autostable.diagnosis import diagnose
from autostable.evidence import Evidence
from autostable.records import from_json, to_json
from tests import warm
from tests.execution.conftest import environment

pytestmark = pytest.mark.slow

HEAD = """
    import sys

    import keras
    import numpy as np
    import tensorflow as tf

    keras.utils.set_random_seed(3)
    rng = np.random.default_rng(3)
    x = rng.normal(size=(256, 4)).astype("float32")
    y = (x @ rng.normal(size=(4, 1)) + 0.1).astype("float32")
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(8, activation="relu"), keras.layers.Dropout(0.1),
                              keras.layers.Dense(1)])
"""
TAIL = """
    loss = model.evaluate(x, y, verbose=0)
    print("weights", float(sum(np.abs(w).sum(dtype="float64") for w in model.get_weights())).hex())
    print("arguments", sys.argv[1:])
"""
HEALTHY = HEAD + """
    model.compile("adam", "mse")
    history = model.fit(x, y, epochs=6, batch_size=32, verbose=2)
""" + TAIL  # fmt: skip
NAN = HEAD + """
    def relative(y_true, y_pred):
        return tf.reduce_mean(tf.square(y_true - y_pred) / tf.abs(y_true), axis=-1)

    y[17] = 0.0
    model.compile(keras.optimizers.Adam(0.01), relative)
    history = model.fit(x, y, epochs=20, batch_size=32, verbose=0)
""" + TAIL  # fmt: skip
LINE_OF_NAN = 16
TAPE = HEAD + """
    optimizer = keras.optimizers.SGD(0.05)

    @tf.function
    def step(batch, target):
        with tf.GradientTape() as tape:
            error = model(batch, training=True) - target
            loss = tf.reduce_mean(tf.sqrt(tf.reduce_sum(tf.square(error * tf.sign(tf.abs(target))), axis=-1)))
        gradients = tape.gradient(loss, model.trainable_variables)
        optimizer.apply_gradients(zip(gradients, model.trainable_variables))
        return loss

    def main():
        y[200] = 0.0
        for epoch in range(6):
            for start in range(0, 256, 32):
                loss = step(x[start : start + 32], y[start : start + 32])
        print("loss is finite", bool(np.isfinite(loss)))
        return 0

    if __name__ == "__main__":
        sys.exit(main())
"""  # fmt: skip
RAISES_AFTER = HEAD + """
    model.compile("adam", "mse")
    model.fit(x, y, epochs=1, verbose=0)
    print(model.no_such_attribute)
"""  # fmt: skip
RAISES_WITHIN = HEAD + """
    class Own(keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            raise OSError("disk is full")

    model.compile("adam", "mse")
    model.fit(x, y, epochs=1, verbose=0, callbacks=[Own()])
"""  # fmt: skip
ENDLESS = HEAD + """
    import pathlib
    model.compile("adam", "mse")
    model.fit(x, y, epochs=1, verbose=0)
    pathlib.Path("started").touch()
    model.fit(x, y, epochs=10**6, verbose=0)
"""  # fmt: skip
SCRIPTS = {
    "healthy": HEALTHY, "nan": NAN, "tape": TAPE, "raises_after": RAISES_AFTER, "raises_within": RAISES_WITHIN,
    "endless": ENDLESS,
}  # fmt: skip


@dataclasses.dataclass(frozen=True)
class Done:
    """One finished run."""

    status: int
    out: str
    err: str
    report: dict[str, Any]
    run: Path | None


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("trainings")
    for name, text in SCRIPTS.items():
        (folder / f"{name}.py").write_text(textwrap.dedent(text))
    return folder


def call(folder: Path, *arguments: str, python: str = sys.executable) -> Done:
    done = subprocess.run(
        [python, *arguments], cwd=folder, env=environment(), capture_output=True, text=True, timeout=300,
        stdin=subprocess.DEVNULL,
    )  # fmt: skip
    found = re.search(r"^page +(.*report)\.html$", done.stderr, re.MULTILINE)
    path = None if found is None else folder / f"{found[1]}.json"
    report = {} if path is None else json.loads(path.read_text())
    return Done(done.returncode, done.stdout, done.stderr, report, path and path.parent)


def autostable(folder: Path, *arguments: str) -> Done:
    """In a fresh process."""
    return call(folder, "-m", "autostable", *arguments)


def warmly(folder: Path, *arguments: str) -> Done:
    """In processes that begin with TensorFlow loaded (see `tests.warm`)."""
    return call(folder, "-m", "autostable", *arguments, python=warm.python())


@pytest.fixture(scope="module")
def repaired(folder: Path) -> Done:
    return warmly(folder, "run", "-v", "nan.py", "--rate", "1")


def without_times(text: str) -> str:
    return re.sub(r"\d+m?s(/(step|epoch))?", "T", text)


def test_a_healthy_training_prints_the_same_and_has_the_same_weights(folder: Path) -> None:
    plain, ours = call(folder, "healthy.py", "a", "b"), autostable(folder, "run", "healthy.py", "a", "b")
    assert plain.status == ours.status == 0, ours.err
    assert without_times(ours.out) == without_times(plain.out)
    assert "weights 0x" in ours.out
    report = ours.report
    assert (report["verdict"], report["plan"], report["causes"]) == ("healthy", [], [])
    assert report["cost"]["ratio"] == 1.0 and report["cost"]["steps_total"] == 48
    assert report["environment"]["tensorflow"] and report["environment"]["device"]


def test_a_training_that_fails_is_repaired_and_the_script_goes_on(repaired: Done) -> None:
    assert repaired.status == 0, repaired.err
    report = repaired.report
    assert report["verdict"] == "repaired" and report["target"]["exit_status"] == 0
    assert report["causes"][0]["code"] == "unsafe-division"
    assert report["site"]["file"] == "nan.py" and report["site"]["line"] == LINE_OF_NAN
    assert "tf.abs(y_true)" in report["site"]["source"]
    assert [remedy["name"] for remedy in report["plan"]] == ["epsilon-loss"]
    assert report["attempts"][-1]["kind"] == "full" and report["attempts"][-1]["outcome"] == "stable"
    assert "weights 0x" in repaired.out and "nan" not in repaired.out
    assert "arguments ['--rate', '1']" in repaired.out
    assert report["edits"] and "nan.py" in report["edits"][0]["diff"]


def test_its_files_are_there_and_what_show_prints_is_what_run_printed(folder: Path, repaired: Done) -> None:
    assert repaired.run is not None
    names = {path.name for path in repaired.run.iterdir()}
    assert {"report.json", "report.html", "stable.json", "settings.json"} <= names
    assert (folder / ".autostable" / ".gitignore").read_text() == "*\n"
    shown = warmly(folder, "show", repaired.run.name)
    assert shown.status == 0 and shown.out.strip() in repaired.err


def test_what_the_causes_rest_on_is_kept(repaired: Done) -> None:
    assert repaired.run is not None
    evidence = from_json(json.loads((repaired.run / "evidence.json").read_text()), Evidence)
    told = [{**cause, "state": "not tried", "proof": ""} for cause in repaired.report["causes"]]
    assert to_json(diagnose(evidence)) == told, "but for what the attempts have shown"


def test_apply_does_from_the_start_what_the_repair_did(folder: Path, repaired: Done) -> None:
    assert repaired.run is not None
    applied = autostable(folder, "apply", str(repaired.run / "stable.json"), "nan.py", "--rate", "1")
    assert applied.status == 0, applied.err
    assert applied.out == repaired.out  # the weights too, to the last bit, of a fresh process and a warm one
    assert applied.report["verdict"] == "repaired" and len(applied.report["attempts"]) == 1
    assert not any("another state" in note for note in applied.report["notes"])


def test_apply_says_when_the_script_has_changed_since(folder: Path, repaired: Done) -> None:
    assert repaired.run is not None
    before = (folder / "nan.py").read_text()
    (folder / "nan.py").write_text(f"{before}\nprint('newer')\n")
    applied = warmly(folder, "apply", str(repaired.run), "nan.py", "--rate", "1")
    (folder / "nan.py").write_text(before)
    assert applied.status == 0 and "newer" in applied.out
    assert any("another state of this program (source differ)" in note for note in applied.report["notes"])


def test_check_says_what_is_wrong_and_changes_nothing(folder: Path) -> None:
    before = (folder / "nan.py").read_text()
    checked = autostable(folder, "check", "nan.py")
    assert checked.status == 1
    report = checked.report
    assert (report["verdict"], report["plan"], len(report["attempts"])) == ("unrepaired", [], 1)
    assert report["causes"][0]["code"] == "unsafe-division" and report["site"]["line"] == LINE_OF_NAN
    assert (folder / "nan.py").read_text() == before
    assert checked.run is not None and not (checked.run / "stable.json").exists()


def test_what_no_allowed_remedy_cures_is_1(folder: Path) -> None:
    done = warmly(folder, "run", "--select", "promote-precision", "nan.py")
    assert done.status == 1 and done.report["verdict"] == "unrepaired"
    assert "Traceback" not in done.err


def test_a_loop_of_ones_own_is_repaired_by_fresh_runs(folder: Path) -> None:
    done = warmly(folder, "run", "--verify", "1", "tape.py")
    assert done.status == 0, done.err
    report = done.report
    assert report["verdict"] == "repaired"
    assert report["causes"][0]["code"] == "unsafe-sqrt" and "tf.sqrt" in report["site"]["source"]
    assert done.out == "loss is finite True\n"  # the first run ended at its failure; the last one went through
    (alone,) = report["proof"]["runs"]  # the patched script, by plain python
    assert (alone["seed"], alone["status"], alone["holds"]) == (1, 0, True)


def test_a_script_that_raises_after_its_training_is_its_own_failure(folder: Path) -> None:
    plain, ours = call(folder, "raises_after.py"), warmly(folder, "run", "raises_after.py")
    assert (plain.status, ours.status) == (1, 3)
    assert ours.report["verdict"] == "failed"
    assert plain.err[plain.err.index("Traceback") :].strip() in ours.err


def test_a_script_that_raises_within_its_training_keeps_its_traceback(folder: Path) -> None:
    plain, ours = call(folder, "raises_within.py"), warmly(folder, "run", "raises_within.py")
    assert (plain.status, ours.status) == (1, 3), ours.err
    assert ours.report["verdict"] == "failed"
    shown = ours.err[ours.err.index("Traceback") : ours.err.index("autostable: failed")]
    assert "OSError: disk is full" in shown and f"autostable{os.sep}" not in shown
    assert shown.strip() == plain.err[plain.err.index("Traceback") :].strip()


def test_ctrl_c_within_a_training_is_130(folder: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "autostable", "run", "endless.py"], cwd=folder, env=environment(), text=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True,
    )  # fmt: skip
    while not (folder / "started").exists() and process.poll() is None:
        time.sleep(0.02)
    os.killpg(process.pid, signal.SIGINT)
    try:
        out, err = process.communicate(timeout=60)
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
    assert process.returncode == 130, err
    assert "Traceback" not in err and out == ""


def test_a_plan_cannot_be_applied_to_a_keras_that_cannot_be_watched(tmp_path: Path, repaired: Done) -> None:
    assert repaired.run is not None
    (tmp_path / "keras.py").write_text("__version__ = '9.0'\n")
    (tmp_path / "train.py").write_text("import keras\nprint('went on')\n")
    done = autostable(tmp_path, "apply", str(repaired.run / "stable.json"), "train.py")
    assert done.status == 2 and done.out == ""
    assert "error: the plan cannot be applied to Keras 9.0, which this version of autostable cannot watch" in done.err
    assert "Traceback" not in done.err
