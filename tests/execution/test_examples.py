"""The examples, as a user runs them: verdict, first cause, plan, and the figure that the program prints at its end."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests import warm
from tests.execution.conftest import environment

pytestmark = pytest.mark.slow
FOLDER = Path(__file__).resolve().parents[2] / "examples"

# script: verdict, first cause, plan, what is printed last, its value
TOLD = {
    "nan_housing": ("repaired", "data-unscaled-inputs", ["rescale-inputs", "rescale-targets"], "test R2", 0.985),
    "nan_custom_loss": ("repaired", "unsafe-log", ["epsilon-loss", "rescale-inputs"], "test accuracy", 0.920),
    "silent_siamese": ("repaired", "unsafe-sqrt", ["epsilon-loss"], "test accuracy", 0.962),
    "sigmoid_saturated": ("healthy", None, [], "final loss", 0.129),
    "one_outlier": ("repaired", "data-outliers", ["winsorize-outliers"], "final loss", 0.124),
    "tiny_logistic": ("healthy", None, [], "final loss", 0.690),
    "labels_out_of_range": ("repaired", "labels-out-of-range", ["remap-labels"], "test IoU", 0.818),
    "nan_rows": ("repaired", "data-nonfinite", ["drop-nonfinite-rows"], "test R2", 0.976),
    "gradient_tape": ("repaired", "unsafe-exp", ["rescale-inputs"], "test accuracy", 0.973),
    "sweep": (
        "repaired",
        "data-unscaled-inputs",
        ["rescale-inputs", "rescale-targets", "raise-learning-rate"],
        "",
        None,
    ),
}


def ran(name: str, folder: Path) -> tuple[dict[str, Any], str]:
    """The report of `autostable run`, and what the example printed."""
    done = subprocess.run(
        [warm.python(), "-m", "autostable", "run", "--output-format", "json", "--output-file", "report.json",
         str(FOLDER / f"{name}.py")],
        cwd=folder, env=environment(), stdin=subprocess.DEVNULL, capture_output=True, text=True, encoding="utf-8",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return json.loads((folder / "report.json").read_text(encoding="utf-8")), done.stdout


def test_all_examples_are_here() -> None:
    assert {file.stem for file in FOLDER.glob("*.py")} == {*TOLD, "decorated"}


@pytest.mark.parametrize("name", TOLD)
def test_what_is_told_of_an_example(name: str, tmp_path: Path) -> None:
    verdict, cause, plan, figure, value = TOLD[name]
    report, shown = ran(name, tmp_path)
    assert report["verdict"] == verdict
    assert [each["code"] for each in report["causes"][:1]] == ([] if cause is None else [cause])
    assert [remedy["name"] for remedy in report["plan"]] == plan
    if value is not None:
        said = re.findall(rf"^{figure} (\S+)$", shown, re.M)  # a loop is run anew for each plan: the last one counts
        assert float(said[-1]) == pytest.approx(value, abs=0.006)
    if name == "one_outlier":
        assert "row 0, column 0" in report["causes"][0]["evidence"]
    if name == "sigmoid_saturated":
        warned = {each["code"]: each["evidence"] for each in report["warnings"]}
        assert "mean 55.18 and standard deviation 29.48" in warned["data-unscaled-inputs"]
        assert warned["saturated-activation"].startswith("84% of the outputs")
    if name == "sweep":
        trials = re.findall(r"^\d COMPLETED .* (\S+)$", shown, re.M)
        assert len(trials) == 4 and max(map(float, trials)) < 300  # a constant is off by 780
        assert min(map(float, trials)) == pytest.approx(232.0, abs=5.0)


def test_the_decorated_example(tmp_path: Path) -> None:
    done = subprocess.run(
        [warm.python(), str(FOLDER / "decorated.py")], cwd=tmp_path, env=environment(), stdin=subprocess.DEVNULL,
        capture_output=True, text=True, encoding="utf-8",
    )  # fmt: skip
    verdict, cause, *_, plan, loss = done.stdout.splitlines()
    assert verdict == "verdict repaired", done.stderr
    assert cause.startswith("cause data-unscaled-inputs: ")
    assert plan == "plan rescale-targets rescale-inputs"
    assert float(loss.removeprefix("final loss ")) == pytest.approx(62.7, abs=0.5)
