"""Notebooks, as Jupyter runs them."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient

from autostable.errors import UsageError
from autostable.notebook import options_of

ROOT = Path(__file__).resolve().parents[1]
SETUP = """\
import keras, numpy as np
keras.utils.set_random_seed(0)
x = np.random.default_rng(0).uniform(0, 250, (512, 4)).astype("float32")
y = x[:, :1] ** 2 / 150
def built(rate):
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(16, activation="relu"), keras.layers.Dense(1)])
    model.compile(keras.optimizers.SGD(rate), "mse")
    return model
"""
CELLS = (
    "%load_ext autostable\n" + SETUP,
    "%%autostable --max-attempts 6\nmodel = built(0.5)\nhistory = model.fit(x, y, epochs=4, verbose=0)\nprint('after', len(x))",
    "print(history.history['loss'][-1] < 1e6)",
    "%autostable show",
    "import autostable\nmodel = built(0.5)\nreport = autostable.run(model.fit, x, y, epochs=4, verbose=0)\nreport",
    "print(report.verdict, len(report.plot().data) == len(report.attempts))\nprint(report.diff)",
    "%autostable",
    "%%autostable --gaol finite\n1",
    "%%autostable\n1 + 1",
    "%%autostable\n1 / 0",
)


def executed(folder: Path) -> list[Any]:
    """The outputs of each cell."""
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source) for source in CELLS])
    client = NotebookClient(
        notebook, timeout=180, allow_errors=True, kernel_name="python3", resources={"metadata": {"path": str(folder)}}
    )
    client.execute()
    return [cell.outputs for cell in notebook.cells]


def text(outputs: list[Any], name: str = "stdout") -> str:
    return "".join(each.text for each in outputs if each.output_type == "stream" and each.name == name)


def shown(outputs: list[Any]) -> dict[str, str]:
    *_, found = (each.data for each in outputs if each.output_type == "execute_result")
    return dict(found)


def failed(outputs: list[Any]) -> str:
    (error,) = (each for each in outputs if each.output_type == "error")
    return f"{error.ename}: {error.evalue}"


@pytest.mark.slow
def test_a_notebook(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(ROOT), str(ROOT / "strategies")]))
    _, cell, after, again, called, used, nothing, unknown, untrained, raised = executed(tmp_path)
    assert text(cell) == "after 512\n"
    report = shown(cell)
    assert report["text/plain"].startswith("autostable: repaired  the cell\n")
    assert "In [2]" in report["text/plain"] and "In [2]" in report["text/html"]
    assert '<svg class="chart wide"' in report["text/html"] and "<script" not in report["text/html"]
    assert len(report["text/html"].encode()) < 100_000
    assert text(after) == "True\n"
    assert shown(again)["text/plain"].splitlines()[0] == "autostable: repaired  the cell"
    assert "autostable: repaired  Sequential.fit\n" in text(called, "stderr") and "text/html" in shown(called)
    assert text(used).startswith("repaired True\n")
    assert text(nothing, "stderr") == (
        "UsageError: autostable: write %%autostable above the code of a cell, or "
        "%autostable show for the report of a past run\n"
    )
    assert "has no option --gaol; did you mean '--goal'?" in text(unknown, "stderr")
    assert shown(untrained)["text/plain"].startswith("autostable: unwatched  the cell\n")
    assert failed(raised) == "ZeroDivisionError: division by zero"
    assert len(list((tmp_path / ".autostable" / "runs").glob("*/report.html"))) == 3


def test_options_are_those_of_the_command_line() -> None:
    assert options_of("--max-attempts 8 --goal=finite") == {"max_attempts": "8", "goal": "finite"}
    for line, words in (("--goal", "needs a value"), ("8", "has no option 8"), ("--goal '", "No closing quotation")):
        with pytest.raises(UsageError, match=words):
            options_of(line)
