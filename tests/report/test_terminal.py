from __future__ import annotations

import dataclasses
import io
from pathlib import Path

import pytest

from autostable.records import Cause, Code, Edit, Remedy, Site, Verdict
from autostable.report import terminal
from autostable.report.excerpt import excerpt, span
from tests import samples


class Tty(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture(autouse=True)
def surroundings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("NO_COLOR", "FORCE_COLOR", "COLUMNS", "TTY_COMPATIBLE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")
    (tmp_path / "train.py").write_text(samples.SOURCE)
    monkeypatch.chdir(tmp_path)


def shown(name: str, stream: io.StringIO | None = None) -> str:
    stream = stream or io.StringIO()
    terminal.render(samples.ALL[name], terminal.make_console(stream))
    return stream.getvalue()


@pytest.mark.parametrize("name", samples.ALL)
def test_piped_output_is_plain(name: str) -> None:
    text = shown(name)
    assert "\x1b" not in text
    assert all(line == line.rstrip() for line in text.splitlines())
    assert text.startswith(f"autostable: {name}  ")


def test_colour_on_a_terminal_and_none_with_no_color(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "\x1b[" in shown("repaired", Tty())
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b" not in shown("repaired", Tty())


def test_a_repaired_run_tells_the_whole_story() -> None:
    text = shown("repaired")
    for part in (
        "train.py --epochs 5",
        "A gradient became non-finite at step 3 (epoch 0); cause: unsafe-log.",
        "cause: unsafe-log (93% sure)",
        "the argument of log is 0 in 3 of 32 rows",
        "--> train.py:8\n",
        "possible: learning-rate-too-high (31% sure)",
        "2.31 -> 0.041",
        "finite, bounded and learning",
        "warning: data-outliers",
        "note: the labels were not touched",
        "1.65x of one full run, 83 s (823 steps; a full run is 500)",
        "/tmp/runs/x/stable.json",
        "The same in your source (changes training)",
        "+        return -tf.reduce_sum(y_true * tf.math.log(tf.maximum(y_pred, 1e-07)), axis=-1)",
        "the patched script alone: test accuracy 0.9847 (repaired run 0.985)",
    ):
        assert part in text


def test_the_caret_stands_below_the_operation() -> None:
    lines = shown("repaired").splitlines()
    index = next(number for number, line in enumerate(lines) if "^" in line)
    start, end = lines[index].index("^"), lines[index].rindex("^") + 1
    assert lines[index - 1][start:end] == "tf.math.log(y_pred)"
    assert lines[index].endswith("Log in the loss")


def test_long_parameters_are_abbreviated() -> None:
    text = shown("repaired")
    assert "298" not in text
    assert max(len(line) for line in text.splitlines()) <= 130


def test_a_remedy_nobody_knows_any_more_is_still_shown() -> None:
    report = dataclasses.replace(samples.repaired, plan=(Remedy("gone", {"factor": [0.1] * 50}),))
    stream = io.StringIO()
    terminal.render(report, terminal.make_console(stream))
    assert "gone (factor=[0.1, 0.1, 0.1, ... 47 more])" in " ".join(stream.getvalue().split())


def test_texts_are_no_markup() -> None:
    cause = Cause(Code.DEAD_RELU, 0.5, "layer [bold]x[/bold] of shape [3] :boom:", Site(file="a[0].py", line=1))
    report = dataclasses.replace(samples.unrepaired, causes=(cause,))
    stream = io.StringIO()
    terminal.render(report, terminal.make_console(stream))
    assert "layer [bold]x[/bold] of shape [3] :boom:" in stream.getvalue()
    assert "--> a[0].py:1" in stream.getvalue()


def test_edits_keep_their_tabs_and_are_not_wrapped() -> None:
    diff = "--- a.py\n+++ a.py\n@@ -1 +1 @@\n-\tx = [bold]\n+\tx = " + "y" * 300 + "\n"
    stream = io.StringIO()
    terminal.print_edits((Edit("a.py", diff),), terminal.make_console(stream))
    assert stream.getvalue() == diff


def test_each_training_of_a_script_has_its_plan() -> None:
    report = dataclasses.replace(samples.repaired, plans={"0": (), "1": (samples.EPSILON,), "2": (samples.RESCALE,)})
    stream = io.StringIO()
    terminal.render(report, terminal.make_console(stream))
    assert "Plan for training 2 of the script\n1.  epsilon-loss" in stream.getvalue()
    assert "Plan for training 3 of the script\n1.  rescale-inputs" in stream.getvalue()


@pytest.mark.parametrize("verdict", Verdict)
def test_an_empty_report_renders(verdict: Verdict) -> None:
    report = dataclasses.replace(samples.failed, verdict=verdict, target={}, notes=())
    stream = io.StringIO()
    terminal.render(report, terminal.make_console(stream))
    assert str(verdict) in stream.getvalue()


def test_a_narrow_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    assert "unsafe-log" in shown("repaired", Tty())


def test_a_changed_or_absent_file_shows_only_the_remembered_line(tmp_path: Path) -> None:
    site = dataclasses.replace(samples.LOG, source="loss = tf.math.log(q)")
    for file in ("train.py", "gone.py"):
        cut = excerpt(dataclasses.replace(site, file=file))
        assert cut is not None and cut.lines == ((8, "loss = tf.math.log(q)"),)
    assert excerpt(Site(file="gone.py", line=3)) is None
    assert excerpt(None) is None


@pytest.mark.parametrize(
    ("text", "op", "pointed"),
    [
        ("    y = tf.math.log(tf.nn.relu(x)) + 1", "Log", "tf.math.log(tf.nn.relu(x))"),
        ("y = a / b", "RealDiv", "/"),
        ("y = a ** 0.5", "Pow", "**"),
        ("  y = keras.ops.exp(  # open", "Exp", "keras.ops.exp(  # open"),
        ("    model.fit(x, y)", None, "model.fit(x, y)"),
        ("z = f(x)", "Sqrt", "z = f(x)"),
    ],
)
def test_span(text: str, op: str | None, pointed: str) -> None:
    start, end = span(text, op)
    assert text[start:end] == pointed


def test_a_style_ends_where_its_words_end() -> None:
    guilty = next(line for line in shown("repaired", Tty()).splitlines() if "return -tf" in line)
    assert guilty.endswith("\x1b[0m    return -tf.reduce_sum(y_true * tf.math.log(y_pred), axis=-1)")


def test_diffs_that_do_only_a_part_of_the_plan_are_called_so() -> None:
    edits = tuple(dataclasses.replace(edit, complete=False) for edit in samples.repaired.edits)
    stream = io.StringIO()
    terminal.render(dataclasses.replace(samples.repaired, edits=edits), terminal.make_console(stream))
    assert "A part of it in your source (incomplete: comments and notes say what is left to do)" in stream.getvalue()
    assert "The same in your source" not in stream.getvalue()
    assert "The same in your source" in shown("repaired")


def test_strengths_are_told_at_eighty_columns_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    stream = io.StringIO()
    terminal.render(samples.repaired, terminal.make_console(stream))
    rows = stream.getvalue().partition("\nAttempts\n")[2].partition("\n\n")[0].splitlines()
    assert "2  probe     log bound 1e-07                         125  6.2 s  2.3    unstable" in rows
    assert "3  probe     log bound 1e-07, x scaled               125  6.5 s  0.92   stable" in rows
    assert max(map(len, rows)) <= 80
