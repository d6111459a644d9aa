"""Programs that do not train: under `autostable run` they must be what they are under `python`.

None of them imports TensorFlow, so that these tests stay quick.
"""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.execution.conftest import Run, environment

Write = Callable[[str, str], Path]
pytestmark = pytest.mark.slow  # each starts two or three processes
NO_TRAINING = "No training was seen"


def report_of(folder: Path) -> dict[str, object]:
    (run,) = (folder / ".autostable" / "runs").iterdir()
    found: dict[str, object] = json.loads((run / "report.json").read_text(encoding="utf-8"))
    return found


def own_stderr(text: str) -> str:
    """What of a run's standard error is the script's: all before our report."""
    return text.partition("autostable: ")[0]


# -- refused before it is started -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("run", "nowhere.py"), "error: there is no file nowhere.py"),
        (("run", "folder"), "error: folder is a folder; name the script in it"),
        (("run", "broken.py"), "error: broken.py:1: syntax error: '(' was never closed"),
        (("run", "-m", "nowhere.train"), "error: there is no module nowhere.train that can be run"),
        (("run", "--output-format", "pdf", "fine.py"), "error: --output-format = 'pdf' (command line) is not allowed"),
        (("run", "--select", "epsilon-los", "fine.py"), "did you mean 'epsilon-loss'?"),
        (("run", "--output-file", "no/such/folder/x", "fine.py"), "there is no folder"),
        (("run", "--run-dir", "fine.py", "fine.py"), "error: cannot write to the run folder"),
        (("apply", "nowhere.json", "fine.py"), "error: there is no file nowhere.json"),
        (("apply", "fine.py", "fine.py"), "error: fine.py is damaged"),
        (("apply", "later.json", "fine.py"), "error: later.json is not a stable.json of this version"),
        (("apply", "unknown.json", "fine.py"), "there is no remedy 'pray'"),
        (("apply", "wrong.json", "fine.py"), "error: wrong.json holds a plan (plans.0) that cannot be applied"),
        (("explain", "unsafe-lgo"), "did you mean 'unsafe-log'?"),
        (("show", "yesterday"), "error: there is no run 'yesterday'"),
    ],
)
def test_bad_input_is_one_sentence_and_status_2(
    autostable: Run, write: Write, tmp_path: Path, arguments: tuple[str, ...], sentence: str
) -> None:
    write("fine.py", "print('it ran')")
    write("broken.py", "print(")
    write("later.json", '{"schema": "autostable/stable-9", "plans": {}}')
    plan = '{"schema": "autostable/stable-1", "plans": {"0": [{"name": "NAME", "parameters": {}}]}}'
    write("unknown.json", plan.replace("NAME", "pray"))
    write("wrong.json", plan.replace("NAME", "lower-learning-rate"))
    (tmp_path / "folder").mkdir()
    done = autostable(*arguments)
    assert done.returncode == 2, done.stderr
    assert sentence in done.stderr
    assert done.stderr.count("\n") == 1 and "Traceback" not in done.stderr
    assert done.stdout == ""


def test_an_unknown_option_is_status_2(autostable: Run, write: Write) -> None:
    write("fine.py", "print('it ran')")
    done = autostable("run", "--max-atempts", "3", "fine.py")
    assert done.returncode == 2 and "--max-atempts" in done.stderr and done.stdout == ""


def test_an_unknown_settings_key_is_status_2(autostable: Run, write: Write) -> None:
    write("fine.py", "print('it ran')")
    done = autostable("run", "fine.py", env={"AUTOSTABLE_BUDGIT": "2"})
    assert done.returncode == 2 and "did you mean AUTOSTABLE_BUDGET" in done.stderr.replace("'", "")
    write("pyproject.toml", "[tool.autostable]\nbudgit = 2\n")
    done = autostable("run", "fine.py")
    assert done.returncode == 2 and "budgit" in done.stderr and done.stdout == ""


# -- the same as under python ---------------------------------------------------------------------

PROGRAMS = {
    "prints": "print('hello')",
    "non-ASCII": "import sys\nprint('Größe ± ∞ 語 🎲')\nprint('Fehlstoß', file=sys.stderr)",
    "arguments": "import sys\nprint(sys.argv)",
    "reads standard input": "import sys\nprint(sys.stdin.read().upper())",
    "asks": "name = input('who? ')\nprint(f'hello {name}')",
    "its own file": "print(__file__, __name__, __spec__, __package__, __cached__)",
    "its globals": "print(sorted(globals()), type(__builtins__), __loader__.name)",
    "main guard": "def main():\n    print('main')\n\nif __name__ == '__main__':\n    main()",
    "data beside the working directory": "print(open('data.txt').read())",
    "a strategies of its own": "import strategies\nprint(strategies.MINE, strategies.__file__)",
    "names that autostable uses too": "import records, setup, registry\nprint(records.MINE)",
    "pickles what it defines": """
        import pickle

        class Thing:
            pass

        print(type(pickle.loads(pickle.dumps(Thing()))) is Thing)
    """,
    "multiprocessing": """
        import multiprocessing

        def square(x):
            return x * x

        if __name__ == "__main__":
            for method in ("fork", "spawn"):
                with multiprocessing.get_context(method).Pool(2) as pool:
                    print(method, pool.map(square, range(5)))
    """,
    "a child of its own": """
        import subprocess, sys
        code = "import os, sys; print(sys.argv, sys.path, os.environ.get('PYTHONPATH'))"
        print(subprocess.run([sys.executable, "-c", code, "x"], capture_output=True, text=True).stdout)
    """,
    "atexit": "import atexit\natexit.register(print, 'goodbye')\nprint('hello')",
    "threads": "import threading\nthreading.Timer(0.2, print, ['late']).start()\nprint('first')",
    "leaves with 0": "import sys\nprint('done')\nsys.exit(0)",
    "leaves with None": "raise SystemExit",
    "warnings": "import warnings\nwarnings.warn('take care')",
    "closes its output": "import sys\nprint('x')\nsys.stdout.close()",
    "changes folder": "import os\nos.makedirs('sub', exist_ok=True)\nos.chdir('sub')\nprint(os.listdir())",
    "sorts its path": "import sys\nprint(sys.path[0])",
    "future": "from __future__ import annotations\nx: Nonsense = 3\nprint(__annotations__)",
}  # fmt: skip


@pytest.mark.parametrize("name", PROGRAMS)
def test_a_healthy_program_is_the_same_as_under_python(
    run: Run, autostable: Run, write: Write, tmp_path: Path, name: str
) -> None:
    write("train.py", PROGRAMS[name])
    write("data.txt", "42")
    for module in ("strategies", "records", "setup", "registry"):
        write(f"{module}.py", "MINE = 'mine'")
    same = {"stdin": "Ada\n", "env": {"PYTHONIOENCODING": "utf-8:surrogateescape"}}
    plain = run("train.py", "--rate", "0.1", "-m", "--", "x", **same)
    ours = autostable("run", "train.py", "--rate", "0.1", "-m", "--", "x", **same)
    assert plain.returncode == 0, plain.stderr
    assert (ours.returncode, ours.stdout) == (0, plain.stdout), ours.stderr
    assert own_stderr(ours.stderr) == plain.stderr
    assert report_of(tmp_path)["verdict"] == "unwatched"
    assert NO_TRAINING in " ".join(ours.stderr.split())


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("import torch\nprint('trained')", "what is trained with PyTorch is not watched"),
        ("import tf_keras\nprint('trained')", "what is trained with tf_keras (Keras 2) is not watched"),
        ("import keras\nprint('trained')", "Keras 9.9, which this version of autostable cannot watch"),
    ],
)
def test_what_is_not_watched_runs_as_it_is_and_is_not_called_healthy(
    run: Run, autostable: Run, write: Write, tmp_path: Path, text: str, words: str
) -> None:
    write("train.py", text)
    for module in ("torch", "tf_keras", "keras"):  # what counts is that it was imported
        write(f"{module}.py", "__version__ = '9.9'")
    plain, ours = run("train.py"), autostable("run", "train.py")
    assert (ours.returncode, ours.stdout) == (plain.returncode, plain.stdout) == (0, plain.stdout), ours.stderr
    assert report_of(tmp_path)["verdict"] == "unwatched"
    assert words in " ".join(ours.stderr.split())
    if "torch" in text:
        assert autostable("check", "train.py").returncode == 2


def test_bytes_that_are_no_text_pass_through(write: Write, tmp_path: Path) -> None:
    write("train.py", "import sys\nsys.stdout.buffer.write(b'\\x00\\xff raw')")
    done = subprocess.run(
        [sys.executable, "-m", "autostable", "run", "train.py"], cwd=tmp_path, env=environment(), capture_output=True
    )
    assert done.stdout == b"\x00\xff raw"


def test_a_module_is_the_same_as_under_python(run: Run, autostable: Run, write: Write) -> None:
    write("package/__init__.py", "print('package')")
    write("package/helper.py", "NAME = 'helper'")
    write(
        "package/train.py",
        "import sys\nfrom . import helper\nprint(helper.NAME, sys.argv, __name__, __package__, __file__, sys.path[0])",
    )
    write("package/__main__.py", "import sys\nprint('main', sys.argv)")
    for name in ("package.train", "package"):
        plain, ours = run("-m", name, "--x", "1"), autostable("run", "-m", name, "--x", "1")
        assert (ours.returncode, ours.stdout) == (0, plain.stdout) and plain.stdout


def test_a_script_in_another_folder_sees_its_neighbours(run: Run, autostable: Run, write: Write) -> None:
    write("project/train.py", "import sys\nimport neighbour\nprint(neighbour.NAME, sys.path[0], __file__)")
    write("project/neighbour.py", "NAME = 'neighbour'")
    assert autostable("run", "project/train.py").stdout == run("project/train.py").stdout


def test_a_link_to_a_script_sees_the_scripts_neighbours(
    run: Run, autostable: Run, write: Write, tmp_path: Path
) -> None:
    target = write("project/train.py", "import sys\nimport neighbour\nprint(neighbour.NAME, sys.path[0], __file__)")
    write("project/neighbour.py", "NAME = 'neighbour'")
    (tmp_path / "link.py").symlink_to(target)
    plain = run("link.py")
    assert plain.returncode == 0
    assert autostable("run", "link.py").stdout == plain.stdout


def test_modules_of_the_users_do_not_get_in_the_way_of_ours(autostable: Run, write: Write) -> None:
    for name in ("json", "typing", "wrapt", "cattrs", "autostable", "autostable_strategies", "tempfile"):
        write(f"{name}.py", "raise RuntimeError('not this one')")
    write("project/train.py", "print('fine')")
    done = autostable("run", "project/train.py", env={"PYTHONSAFEPATH": "1"})
    assert (done.returncode, done.stdout) == (0, "fine\n"), done.stderr


# -- programs that fail by themselves -------------------------------------------------------------

FAILURES = {
    "ImportError": "import nowhere",
    "a deep error": "def f(x):\n    return 1 / x\n\nclass A:\n    def g(self):\n        return f(0)\n\nA().g()",
    "an error while handling one": "try:\n    1 / 0\nexcept Exception as error:\n    raise ValueError('ü') from error",
    "a group": "raise ExceptionGroup('several', [ValueError(1), TypeError('two')])",
    "a note": "error = ValueError('x')\nerror.add_note('look there')\nraise error",
    "a hook of its own": "import sys\nsys.excepthook = lambda *parts: print('mine', parts[0], file=sys.stderr)\n1 / 0",
    "an error of syntax in another file": "import broken",
}  # fmt: skip


@pytest.mark.parametrize("name", FAILURES)
def test_a_failing_program_keeps_its_own_traceback(
    run: Run, autostable: Run, write: Write, tmp_path: Path, name: str
) -> None:
    write("train.py", FAILURES[name])
    write("broken.py", "print(")
    plain, ours = run("train.py"), autostable("run", "train.py")
    assert plain.returncode == 1
    assert ours.returncode == 3
    assert own_stderr(ours.stderr) == plain.stderr
    report = report_of(tmp_path)
    assert report["verdict"] == "failed" and report["target"]["exit_status"] == 1  # type: ignore[index]


def test_the_traceback_of_a_module_is_pythons_too(run: Run, autostable: Run, write: Write) -> None:
    write("package/__init__.py", "")
    write("package/train.py", "import nowhere")
    assert own_stderr(autostable("run", "-m", "package.train").stderr) == run("-m", "package.train").stderr


@pytest.mark.parametrize(
    ("leave", "status", "words"),
    [("5", 5, ""), ("'no data'", 1, "no data\n"), ("-1", 255, ""), ("256 + 7", 7, "")],
)
def test_a_status_of_its_own_is_3_and_kept(
    run: Run, autostable: Run, write: Write, tmp_path: Path, leave: str, status: int, words: str
) -> None:
    write("train.py", f"import sys\nprint('so far')\nsys.exit({leave})")
    plain, ours = run("train.py"), autostable("run", "train.py")
    assert (plain.returncode, plain.stderr) == (status, words)
    assert (ours.returncode, ours.stdout, own_stderr(ours.stderr)) == (3, "so far\n", words)
    assert report_of(tmp_path)["target"]["exit_status"] == status  # type: ignore[index]


@pytest.mark.parametrize("name", ["SIGKILL", "SIGTERM", "SIGSEGV"])
def test_a_program_that_is_killed(autostable: Run, write: Write, tmp_path: Path, name: str) -> None:
    write("train.py", f"import os, signal\nprint('so far', flush=True)\nos.kill(os.getpid(), signal.{name})")
    done = autostable("run", "train.py")
    assert (done.returncode, done.stdout) == (3, "so far\n")
    assert f"ended by {name}" in done.stderr and "Traceback" not in done.stderr
    assert report_of(tmp_path)["target"]["exit_status"] == 128 + getattr(signal, name)  # type: ignore[index]


def test_a_program_that_leaves_without_a_word(autostable: Run, write: Write) -> None:
    write("train.py", "import os\nos._exit(4)")
    done = autostable("run", "train.py")
    assert done.returncode == 3 and "left at once with status 4" in done.stderr


# -- signals to us --------------------------------------------------------------------------------


def started(tmp_path: Path, *arguments: str) -> subprocess.Popen[str]:
    """Autostable in a process group of its own, as a shell starts it; returns once the script runs."""
    process = subprocess.Popen(
        [sys.executable, "-m", "autostable", *arguments], cwd=tmp_path, env=environment(), text=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True,
    )  # fmt: skip
    deadline = time.monotonic() + 60
    while not (tmp_path / "started").exists() and time.monotonic() < deadline:
        time.sleep(0.02)
    return process


SLEEPS = "import pathlib, time\npathlib.Path('started').touch()\ntime.sleep(60)"
SAVES = """
    import pathlib, time
    pathlib.Path('started').touch()
    try:
        time.sleep(60)
    except KeyboardInterrupt:
        print('saved')
"""


def test_ctrl_c_is_130_without_a_traceback_of_ours(write: Write, tmp_path: Path) -> None:
    write("train.py", SLEEPS)
    process = started(tmp_path, "run", "train.py")
    os.killpg(process.pid, signal.SIGINT)
    out, err = process.communicate(timeout=30)
    assert process.returncode == 130, err
    assert "Traceback" not in err and out == ""
    report = report_of(tmp_path)  # what is known is written down all the same
    assert report["target"]["ended"] == "interrupted" and "--resume" in " ".join(report["notes"])  # type: ignore[index,arg-type]


def test_a_script_that_deals_with_ctrl_c_itself_goes_on(write: Write, tmp_path: Path) -> None:
    write("train.py", SAVES)
    process = started(tmp_path, "run", "train.py")
    os.killpg(process.pid, signal.SIGINT)
    out, err = process.communicate(timeout=30)
    assert (process.returncode, out) == (0, "saved\n"), err


def test_a_script_that_will_not_end_is_killed_at_the_second_ctrl_c(write: Write, tmp_path: Path) -> None:
    write("train.py", "import signal\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\n" + SLEEPS)
    process = started(tmp_path, "run", "train.py")
    for _ in range(2):
        os.killpg(process.pid, signal.SIGINT)
        time.sleep(0.3)
    _, err = process.communicate(timeout=30)
    assert process.returncode == 130 and "stopped by Ctrl-C" in err and "Traceback" not in err


def test_a_schedulers_sigterm_ends_the_script_too_and_is_told(write: Write, tmp_path: Path) -> None:
    write("train.py", "import os, pathlib\npathlib.Path('pid').write_text(str(os.getpid()))\n" + SLEEPS)
    process = started(tmp_path, "run", "train.py")
    process.send_signal(signal.SIGTERM)
    _, err = process.communicate(timeout=30)
    assert process.returncode == 3 and "ended by SIGTERM" in err
    with pytest.raises(ProcessLookupError):
        os.kill(int((tmp_path / "pid").read_text()), 0)


def test_whoever_reads_the_output_may_leave(write: Write, tmp_path: Path) -> None:
    write("train.py", "for number in range(100000):\n    print(number)")
    done = subprocess.run(
        f"{sys.executable} -m autostable run train.py | head -1", shell=True, cwd=tmp_path, env=environment(),
        capture_output=True, text=True,
    )  # fmt: skip
    assert done.stdout == "0\n"
    assert not re.search(r"autostable/execution", done.stderr)


def test_standard_output_is_the_scripts_alone(autostable: Run, write: Write) -> None:
    write("train.py", "print('mine')")
    for form in ("full", "concise", "json", "github"):
        assert autostable("run", "--output-format", form, "train.py").stdout == "mine\n"
    assert autostable("check", "train.py").stdout == "mine\n"
