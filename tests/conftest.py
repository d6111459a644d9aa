"""What needs TensorFlow or a process of its own is slow, whether its author said so or not."""

from __future__ import annotations

import ast
import functools
import gc
import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

# Workers of pytest-xdist share the cores; TensorFlow and OpenMP, here and in the programs that are started, would each
# take them all. To be said before TensorFlow is imported.
if "PYTEST_XDIST_WORKER_COUNT" in os.environ:
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    share = max(1, cores // int(os.environ["PYTEST_XDIST_WORKER_COUNT"]))
    for name in ("TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS", "OMP_NUM_THREADS"):
        os.environ.setdefault(name, str(share))

# Of a job in the background SIGINT is ignored, and programs started here would inherit that.
signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(autouse=True)
def nothing_stays_armed() -> Iterator[None]:
    """What a test has armed, or a Guard that it made and left waiting, is not there for the next one."""
    yield
    hooks = sys.modules.get("autostable.training.hooks")
    if hooks is not None:
        hooks._guards_wait = False
        hooks.disarm()


CALLS = (
    "training",
    "test_api.py",
    "test_values.py",
    "test_tuning.py",
)  # call functions under watch, which keeps run folders


@pytest.fixture(autouse=True)
def runs_are_kept_elsewhere(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Where functions are called in this process: not in the folder that the tests are run from."""
    if not {request.path.name, request.path.parent.name}.isdisjoint(CALLS):
        monkeypatch.setenv("AUTOSTABLE_RUN_DIR", str(tmp_path_factory.getbasetemp() / "kept"))


HEAVY = ("tf", "tensorflow", "keras", "keras_tuner", "subprocess", "warm")
LIGHT = ("tests/cli/",)  # one process, without TensorFlow
QUICK = ("tests/cases/test_quick_",)  # whole programs, a few, within the twenty seconds of the quick tests
HEAVY_FIXTURE = "warm_autostable"  # starts a program that trains

# The dearest files, dearest first, by `python -m benchmarks.suite`: pytest-xdist hands files out in this order, so that
# none of them is begun when all others have ended.
DEAREST = (
    "cases/test_quick_broken.py", "cases/test_quick_finite.py",
    "sweeps/test_repair.py", "training/test_no_miss.py", "execution/test_workers.py", "sites/test_sites.py",
    "execution/test_programs.py", "execution/test_examples.py", "execution/test_trainings.py", "cases/test_cases.py",
    "training/test_harmless.py",
    "sweeps/test_stable_hypermodel.py", "sweeps/test_ray.py", "training/test_nothing_left.py", "training/test_no_alarm.py",
    "sweeps/test_distributed.py", "training/test_distribution.py", "test_api.py", "execution/test_tuning.py",
    "training/test_composite_optimizers.py", "training/test_rewind.py", "training/test_several_outputs.py",
    "training/test_updates.py", "training/test_tuner_hooks.py", "training/test_judging.py",
)  # fmt: skip
AT_LENGTH = (  # their slow tests are run by `pytest -m whole`: all of them together would take CI beyond 800 s
    "execution/test_saved_programs.py", "execution/test_studies.py", "execution/test_patched.py", "training/test_callbacks.py",
    "training/test_threads.py", "training/test_own_state.py", "training/test_minimizers.py", "training/test_only_xla.py",
    "training/test_before_the_step.py", "training/test_graph_gradients.py", "training/test_built_in_formulas.py",
    "training/test_composite_optimizers.py", "sweeps/test_ray.py", "sweeps/test_distributed.py",
    "sweeps/test_stable_hypermodel.py", "execution/test_proof.py", "training/test_contradictions.py",
    "training/test_several_outputs.py", "training/test_eager_step.py", "training/test_early.py", "training/test_twins.py",
    "training/test_pairs_in_part.py", "training/test_called.py", "training/test_half.py", "training/test_updates.py",
    "training/test_out_of_reach.py", "training/test_closing.py", "training/test_by_hand.py", "training/test_penalties.py",
    "training/test_blown_up.py", "training/test_as_used.py", "training/test_shuffled.py",
)  # fmt: skip
LONGEST = tuple(  # single tests, likewise
    line
    for line in Path(__file__).with_name("longest.txt").read_text(encoding="utf-8").splitlines()
    if line and line[0] != "#"
)
FREEZE_EVERY = 25  # tests
ENDED = pytest.StashKey[int]()


@functools.cache
def is_heavy(path: Path) -> bool:
    """Whether all tests of a file are slow, by what it imports; without importing it."""
    name = path.as_posix()
    if any(light in name for light in LIGHT) or any(quick in name for quick in QUICK):
        return False
    if "/tests/sites/" in name or "/tests/training/" in name:
        return True
    body = ast.parse(path.read_text(encoding="utf-8")).body
    if any(ast.unparse(node) == "pytestmark = pytest.mark.slow" for node in body if isinstance(node, ast.Assign)):
        return True
    parts = (node for node in body if isinstance(node, ast.Import | ast.ImportFrom))
    return any((each.asname or each.name.partition(".")[0]) in HEAVY for node in parts for each in node.names)


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Where only quick tests are asked for, files that hold none are not even imported: TensorFlow takes seconds."""
    quick = config.option.markexpr == "not slow" and collection_path.name.startswith("test_")
    return True if quick and collection_path.suffix == ".py" and is_heavy(collection_path) else None


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    for item in items:
        if is_heavy(item.path) or HEAVY_FIXTURE in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.slow)
        if item.get_closest_marker("slow") and item.nodeid.removeprefix("tests/").startswith((*AT_LENGTH, *LONGEST)):
            item.add_marker(pytest.mark.whole)
    if "whole" not in config.option.markexpr:
        left = [item for item in items if item.get_closest_marker("whole")]
        config.hook.pytest_deselected(items=left)
        items[:] = [item for item in items if not item.get_closest_marker("whole")]
    if not config.pluginmanager.hasplugin("randomly"):
        root = config.rootpath / "tests"
        places = {root / name: place for place, name in enumerate(DEAREST)}
        items.sort(key=lambda item: places.get(item.path, len(places)))


def pytest_collection_finish() -> None:
    """What has been imported stays; else each `clear_session` and each full collection walks through all of it."""
    gc.collect()
    gc.freeze()


def pytest_runtest_teardown(item: pytest.Item, nextitem: pytest.Item | None) -> None:
    """So does what TensorFlow and the caches keep of tests that have ended."""
    ended = item.config.stash[ENDED] = item.config.stash.get(ENDED, 0) + 1
    if ended % FREEZE_EVERY == 0 and "tensorflow" in sys.modules:
        gc.collect()
        gc.freeze()
