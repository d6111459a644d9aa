from __future__ import annotations

import contextlib
import dataclasses
import json
import shutil
import subprocess
import sys
from collections.abc import Mapping
from importlib import metadata
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from autostable import registry
from autostable._version import __version__
from autostable.cli import app
from autostable.cli.output import emit
from autostable.config import Settings
from autostable.errors import UsageError
from autostable.records import Plan, Proof, Report
from tests import samples


@dataclasses.dataclass(frozen=True)
class FakeTarget:
    kind: str
    path_or_name: str
    arguments: tuple[str, ...]

    def validate(self) -> None:
        if self.kind == "script" and not Path(self.path_or_name).is_file():
            raise UsageError(f"there is no script {self.path_or_name}")


@dataclasses.dataclass
class Engine:
    """Stands in for the supervisor: remembers what it was asked, answers with a sample."""

    report: Report = samples.healthy
    error: BaseException | None = None
    target: Any = None
    settings: Settings = dataclasses.field(default_factory=Settings)
    mode: str = ""
    plans: Mapping[str, Plan] | None = None
    folder: Path = Path()
    calls: int = 0

    def supervise(
        self, target: Any, settings: Settings, mode: str, plans: Mapping[str, Plan] | None, run_folder: Path,
        show: Any = None,
    ) -> Report:  # fmt: skip
        self.calls += 1
        self.target, self.settings, self.mode, self.plans, self.folder = target, settings, mode, plans, run_folder
        if self.error is not None:
            raise self.error
        return self.report


@pytest.fixture
def engine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Engine:
    engine = Engine()
    module = SimpleNamespace(supervise=engine.supervise)
    monkeypatch.setitem(sys.modules, "autostable.execution.supervisor", module)
    monkeypatch.setitem(sys.modules, "autostable.execution.targets", SimpleNamespace(Target=FakeTarget))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "train.py").write_text(samples.SOURCE)
    return engine


def call(*arguments: str) -> Result:
    return CliRunner().invoke(app, list(arguments))


@pytest.mark.parametrize(
    ("report", "status"),
    [(samples.healthy, 0), (samples.repaired, 0), (samples.unrepaired, 1), (samples.failed, 3)],
)
@pytest.mark.parametrize("command", ["run", "check"])
def test_the_exit_status_is_the_verdict(engine: Engine, command: str, report: Report, status: int) -> None:
    engine.report = report
    result = call(command, "train.py")
    assert (result.exit_code, engine.mode) == (status, command)
    assert result.stdout == ""
    assert f"autostable: {report.verdict}" in result.stderr


def test_an_interrupt_is_130(engine: Engine) -> None:
    engine.error = KeyboardInterrupt()
    assert call("run", "train.py").exit_code == 130


def test_all_after_the_target_is_the_targets_own(engine: Engine) -> None:
    call("run", "--goal", "finite", "train.py", "--goal", "x", "--help", "-m", "--", "y")
    assert engine.target == FakeTarget("script", "train.py", ("--goal", "x", "--help", "-m", "--", "y"))
    assert engine.settings.goal == "finite"


@pytest.mark.parametrize("given", [("--", "train.py", "--x"), ("train.py", "--", "--x"), ("train.py", "--x")])
def test_one_leading_dash_dash_only_separates(engine: Engine, given: tuple[str, ...]) -> None:
    call("run", *given)
    assert engine.target == FakeTarget("script", "train.py", ("--x",))


@pytest.mark.parametrize("command", ["run", "check"])
def test_modules(engine: Engine, command: str) -> None:
    call(command, "-m", "package.module", "--seed", "7")
    assert engine.target == FakeTarget("module", "package.module", ("--seed", "7"))
    assert engine.settings.seed == 0


def test_an_output_that_cannot_be_written_is_told_before_the_training(engine: Engine, tmp_path: Path) -> None:
    result = call("run", "--output-file", str(tmp_path), "train.py")
    assert (result.exit_code, engine.calls) == (2, 0)
    assert result.stderr == f"error: cannot write {tmp_path}: it is a folder, name a file in it\n"


def test_a_run_folder_that_is_gone_loses_no_report(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    told = engine.supervise

    def supervise(*arguments: Any) -> Report:
        report = told(*arguments)
        shutil.rmtree(engine.folder)
        return report

    monkeypatch.setitem(sys.modules, "autostable.execution.supervisor", SimpleNamespace(supervise=supervise))
    result = call("run", "train.py")
    assert result.exit_code == 0
    assert "autostable: healthy" in result.stderr and "The report was not kept: cannot write" in result.stderr


@pytest.mark.parametrize("stream", [None, "/dev/full"])
def test_what_nobody_can_read_changes_nothing(stream: str | None) -> None:
    if stream is None:
        emit(samples.healthy, Settings(), None)
        return
    with contextlib.suppress(OSError), open(stream, "w") as full:
        emit(samples.healthy, Settings(), full)


def test_files_of_a_run(engine: Engine) -> None:
    engine.report = samples.repaired
    result = call("run", "train.py")
    names = {path.name for path in engine.folder.iterdir()}
    assert names == {"report.json", "report.html", "stable.json", "settings.json"}
    report = json.loads((engine.folder / "report.json").read_text())
    assert Path(report["files"]["stable"]).is_file() and Path(report["files"]["page"]).is_file()
    assert "report.html" in result.stderr
    assert json.loads((engine.folder / "settings.json").read_text())["goal"] == {
        "value": "healthy",
        "origin": "default",
    }


def test_only_what_was_repaired_has_a_stable_json(engine: Engine) -> None:
    engine.report = samples.unrepaired
    call("run", "train.py")
    assert not (engine.folder / "stable.json").exists()


def test_formats(engine: Engine, tmp_path: Path) -> None:
    engine.report = samples.repaired
    assert call("run", "--output-format", "concise", "train.py").stderr.startswith("train.py:8: unsafe-log: ")
    assert call("run", "--output-format", "github", "train.py").stderr.startswith("::warning file=train.py,line=8")
    told = call("run", "--output-format", "json", "train.py")
    assert (told.stdout, told.stderr) == ("", f"autostable: repaired; the report is {engine.folder / 'report.json'}\n")
    asked = call("run", "--output-format", "json", "--output-file", "-", "train.py")
    assert (json.loads(asked.stdout)["verdict"], asked.stderr) == ("repaired", "")
    assert engine.settings.output_file == Path("-")
    result = call("run", "--output-format", "json", "--output-file", "out.json", "train.py")
    assert result.output == ""
    assert json.loads((tmp_path / "out.json").read_text())["verdict"] == "repaired"


def test_diff_is_only_the_edits(engine: Engine) -> None:
    engine.report = samples.repaired
    told = "autostable: the patched script alone: test accuracy 0.9847 (repaired run 0.985)\n"
    assert call("run", "--diff", "--check", "train.py").stderr == samples.DIFF + told
    assert engine.settings.check
    engine.report = samples.healthy
    assert "no source edits" in call("run", "--diff", "train.py").stderr


def test_fix_writes_the_edits(engine: Engine, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    written: list[Any] = []
    fake = SimpleNamespace(write_edits=lambda edits, root: written.append((edits, root)))
    monkeypatch.setitem(sys.modules, "autostable.patch", fake)
    engine.report = samples.repaired
    assert "fixed train.py" in call("run", "--fix", "train.py").stderr
    assert written == [(samples.repaired.edits, tmp_path)]
    call("check", "train.py")
    assert len(written) == 1


def test_fix_leaves_out_what_does_not_hold_unless_told(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    written: list[Any] = []
    fake = SimpleNamespace(write_edits=lambda edits, root: written.append(edits))
    monkeypatch.setitem(sys.modules, "autostable.patch", fake)
    engine.report = dataclasses.replace(samples.repaired, proof=Proof(False))
    assert "does not hold by itself, so the edits are not written" in call("run", "--fix", "train.py").stderr
    assert written == []
    assert "fixed train.py" in call("run", "--fix", "--unsafe", "train.py").stderr
    assert len(written) == 1


def test_fix_leaves_incomplete_edits_out_unless_told(
    engine: Engine, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    written: list[Any] = []
    fake = SimpleNamespace(write_edits=lambda edits, root: written.append(edits))
    monkeypatch.setitem(sys.modules, "autostable.patch", fake)
    edits = tuple(dataclasses.replace(edit, complete=False) for edit in samples.repaired.edits)
    engine.report = dataclasses.replace(samples.repaired, edits=edits)
    assert "incomplete, so they are not written" in call("run", "--fix", "train.py").stderr
    assert call("run", "--diff", "train.py").stderr.startswith(samples.DIFF)
    assert "the source edits are incomplete" in call("run", "--diff", "train.py").stderr
    assert written == []
    assert "fixed train.py" in call("run", "--fix", "--unsafe", "train.py").stderr
    assert written == [edits]


@pytest.mark.parametrize(
    ("arguments", "part"),
    [
        (("run", "gone.py"), "error: there is no script gone.py"),
        (("run", "--goal", "helthy", "train.py"), "did you mean 'healthy'"),
        (("run", "--budget", "0", "train.py"), "--budget = 0.0 (command line) is not allowed"),
        (("run", "--select", "unsafe-lgo", "train.py"), "did you mean 'unsafe-log'"),
        (("run", "--max-attempts", "x", "train.py"), "Invalid value for '--max-attempts'"),
        (("run", "--gaol", "finite", "train.py"), "No such option"),
        (("run",), "Missing argument"),
        (("rum", "train.py"), "No such command"),
        (("run", "--run-dir", "train.py/runs", "train.py"), "error: cannot write to the run folder"),
        (("run", "--output-file", "gone/out.txt", "train.py"), "there is no folder"),
        (("apply", "gone.json", "train.py"), "error: there is no file gone.json"),
        (("apply", "train.py", "train.py"), "damaged"),
        (("explain", "unsafe-lgo"), "did you mean 'unsafe-log'"),
        (("show",), "error: there are no runs"),
        (("show", "x"), "error: there is no run 'x'"),
    ],
)
def test_mistakes_are_exit_status_2_before_anything_runs(engine: Engine, arguments: tuple[str, ...], part: str) -> None:
    result = call(*arguments)
    assert result.exit_code == 2
    assert part in " ".join(result.stderr.split())
    assert engine.calls == 0
    if "error: " in part:
        assert len(result.stderr.splitlines()) == 1


def test_an_unknown_key_in_pyproject(engine: Engine, tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("[tool.autostable]\nbugdet = 3\n")
    result = call("run", "train.py")
    assert (result.exit_code, engine.calls) == (2, 0)
    assert "bugdet" in result.stderr and "did you mean 'budget'" in result.stderr


def stable(tmp_path: Path, **changes: Any) -> str:
    plan = [{"name": "clip-gradients", "parameters": {"global_clipnorm": 1.0}}]
    value = {"schema": "autostable/stable-1", "fingerprint": {"sha256": "old"}, "plans": {"0": plan}, **changes}
    (tmp_path / "stable.json").write_text(json.dumps(value))
    return "stable.json"


@pytest.fixture
def known(monkeypatch: pytest.MonkeyPatch) -> None:
    """A registry in which every plan makes sense."""
    monkeypatch.setattr("autostable.registry.setup_of", lambda plan: None)


@pytest.mark.usefixtures("known")
def test_apply_hands_the_plans_over(engine: Engine, tmp_path: Path) -> None:
    engine.report = samples.repaired
    result = call("apply", stable(tmp_path), "train.py", "--x")
    assert (result.exit_code, engine.mode) == (0, "apply")
    assert engine.target == FakeTarget("script", "train.py", ("--x",))
    assert engine.plans is not None and engine.plans["0"][0].name == "clip-gradients"
    assert "another state of this program (sha256 differ)" in " ".join(result.stderr.split())


@pytest.mark.usefixtures("known")
def test_apply_takes_modules_and_run_folders(engine: Engine, tmp_path: Path) -> None:
    stable(tmp_path)
    for arguments in (("apply", ".", "-m", "a.b", "-x"), ("apply", "-m", "stable.json", "a.b", "-x")):
        call(*arguments)
        assert engine.target == FakeTarget("module", "a.b", ("-x",))


def test_apply_refuses_plans_that_mean_nothing(engine: Engine, tmp_path: Path) -> None:
    plans = {"0": [{"name": "no-such-remedy"}]}
    result = call("apply", stable(tmp_path, plans=plans), "train.py")
    assert (result.exit_code, engine.calls) == (2, 0)
    assert "plans.0" in result.stderr and "no-such-remedy" in result.stderr


def test_show_prints_a_past_run(engine: Engine) -> None:
    engine.report = samples.repaired
    call("run", "train.py")
    result = call("show")
    assert result.exit_code == 0
    assert result.stdout.startswith("autostable: repaired  train.py") and result.stderr == ""
    assert (
        call("show", "--output-format", "json", engine.folder.name[-6:]).stdout
        == (engine.folder / "report.json").read_text()
    )
    assert call("show", "--diff").stdout == samples.DIFF
    assert call("show", "--list").stdout == f"{engine.folder.name}  repaired\n"


def test_explain_lists_and_explains() -> None:
    listed = call("explain")
    assert listed.exit_code == 0
    names = [line.split()[0] for line in listed.stdout.splitlines()]
    assert {"unsafe-log", "empty-mask", "epsilon-loss", "clip-gradients"} <= set(names)
    cause = call("explain", "unsafe-log").stdout
    assert cause.startswith("# ") and "- `epsilon-loss`" in cause
    remedy = call("explain", "epsilon-loss").stdout
    assert remedy.startswith("# ") and "- `unsafe-log`" in remedy


def test_version() -> None:
    assert call("--version").stdout == f"autostable {__version__}\n"


def test_help_does_not_pay_for_tensorflow() -> None:
    code = (
        "import sys; from autostable.cli import main\n"
        "sys.argv = ['autostable', '--help']\n"
        "try: main()\n"
        "except SystemExit as exit: assert not exit.code\n"
        "heavy = {'tensorflow', 'keras', 'keras_tuner', 'numpy', 'plotly', 'jinja2', 'libcst'} & set(sys.modules)\n"
        "sys.exit(f'loaded: {heavy}' if heavy else 0)\n"
    )
    paths = [path for path in sys.path if path]
    done = subprocess.run(
        [sys.executable, "-c", f"import sys; sys.path[:] = {paths!r}\n{code}"], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert "explain" in done.stdout


def test_quiet_says_the_verdict_and_verbose_says_all(engine: Engine) -> None:
    engine.report = samples.repaired
    assert call("run", "-q", "train.py").stderr == "autostable: repaired  train.py --epochs 5\n"
    assert "autostable explain unsafe-log says more." in call("run", "-v", "train.py").stderr
    assert "autostable explain unsafe-log says more." not in call("run", "train.py").stderr


def test_workflows_get_annotations_by_themselves(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    engine.report = samples.repaired
    annotation = "\n::warning file=train.py,line=8,"
    assert annotation not in call("run", "train.py").stderr
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    assert call("run", "train.py").stderr.count(annotation) == 1
    assert annotation not in call("run", "--output-format", "full", "train.py").stderr


def test_the_list_of_runs_for_programs(engine: Engine, tmp_path: Path) -> None:
    engine.report = samples.repaired
    call("run", "train.py")
    (tmp_path / ".autostable" / "runs" / "20200101T000000.000-killed-aaaaaa").mkdir()
    killed, told = json.loads(call("show", "--list", "--output-format", "json").stdout)
    assert (killed["verdict"], killed["why"].endswith("it is still running, or was killed")) == (None, True)
    assert told == {
        "name": engine.folder.name,
        "folder": str(engine.folder),
        "verdict": "repaired",
        "target": "train.py --epochs 5",
        "causes": ["unsafe-log", "learning-rate-too-high"],
        "plan": ["epsilon-loss", "rescale-inputs"],
        "report": str(engine.folder / "report.json"),
    }


def test_each_setting_says_where_it_comes_from(engine: Engine, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("[tool.autostable]\nbudget = 2\nselect = ['clip-gradients']\n")
    monkeypatch.setenv("AUTOSTABLE_GOAL", "finite")
    lines = call("config").stdout.splitlines()
    rows = {line.split()[0]: line.split(maxsplit=2)[1:] for line in lines}
    assert rows["budget"] == ["2.0", f"[tool.autostable] in {tmp_path / 'pyproject.toml'}"]
    assert rows["select"][0] == "clip-gradients"
    assert rows["goal"] == ["finite", "environment"]
    assert rows["seed"] == ["0", "default"]
    assert set(rows) == {field.name.replace("_", "-") for field in dataclasses.fields(Settings)}


@pytest.mark.parametrize("command", [(), ("run",), ("check",), ("show",), ("sweep",), ("sweep", "repair")])
def test_help_names_no_types_of_flags(command: tuple[str, ...]) -> None:
    shown = call(*command, "--help").stdout
    assert "<bool>" not in shown and "list[str]" not in shown
    assert "--help" in shown


def test_shells_can_complete() -> None:
    assert "--install-completion" in call("--help").stdout
    shown = subprocess.run([sys.executable, "-m", "autostable"], env={"_AUTOSTABLE_COMPLETE": "source_bash"},
                           capture_output=True, text=True)  # fmt: skip
    assert "_AUTOSTABLE_COMPLETE=complete_bash" in shown.stdout


def test_a_remedy_that_cannot_be_loaded_is_one_sentence(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    broken = metadata.EntryPoint("mine", "no_such_package:Mine", registry.GROUP)
    monkeypatch.setattr(metadata, "entry_points", lambda group: [broken])
    registry.remedies.cache_clear()
    try:
        result = call("run", "train.py")
    finally:
        monkeypatch.undo()
        registry.remedies.cache_clear()
    assert (result.exit_code, engine.calls) == (2, 0)
    assert result.stderr == (
        "error: the remedy 'mine' (no_such_package:Mine) cannot be loaded: "
        "ModuleNotFoundError: No module named 'no_such_package'\n"
    )
