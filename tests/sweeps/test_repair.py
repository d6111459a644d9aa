"""`autostable sweep` from end to end, in processes of its own."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from autostable.config import Settings
from autostable.errors import UsageError
from autostable.sweeps import repair as work
from tests import warm

HERE = Path(__file__).resolve().parent
FRESH = sys.executable  # the others run in processes that begin with TensorFlow loaded
pytestmark = pytest.mark.slow

ROWS = [
    {"rate": 0.02, "units": 8, "val_loss": 0.1},
    {"rate": 0.01, "units": 16, "val_loss": 0.2},
    {"rate": 5.0, "units": 8, "val_loss": float("nan")},
    {"rate": 6.0, "units": 16, "val_loss": None},
    {"rate": 7.0, "units": 8, "val_loss": float("inf")},
]


def sweep(*arguments, cwd, status=0, python=None, **extra):
    environment = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3", "PYTHONPATH": os.pathsep.join(
        [str(HERE), str(HERE.parents[1]), str(HERE.parents[1] / "strategies")]), **extra}  # fmt: skip
    done = subprocess.run(
        [python or warm.python(), "-m", "autostable", "sweep", *map(str, arguments)], cwd=cwd, env=environment,
        capture_output=True, text=True, timeout=200,
    )  # fmt: skip
    assert done.returncode == status, done.stderr[-3000:]
    return done


@pytest.fixture
def table(tmp_path):
    path = tmp_path / "configs.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in ROWS))
    return path


def test_a_table(table):
    before = table.read_text()
    dry = sweep("repair", table, "--dry-run", cwd=table.parent, python=FRESH).stdout
    assert "3 of 5 would be trained again" in dry
    assert table.read_text() == before
    done = sweep(
        "repair", table, "--train", "trainables:train", "--output-format", "json", cwd=table.parent, python=FRESH
    )
    report = json.loads(done.stdout)
    assert report["repaired"] == 3
    assert report["groups"][0]["cause"] == "learning-rate-too-high"
    assert report["groups"][0]["region"] == "rate >= 5"
    assert Path(report["backup"]).read_text() == before
    rows = [json.loads(line) for line in table.read_text().splitlines()]
    assert [row["val_loss"] for row in rows[:2]] == [0.1, 0.2]
    assert all(row["val_loss"] < 10 and "lower-learning-rate" in row["autostable"] for row in rows[2:])
    records = [json.loads(line) for line in (table.parent / "configs.jsonl.autostable/repaired.jsonl").open()]
    assert {record["cause"] for record in records} == {"learning-rate-too-high"}
    assert [record["cost"]["attempts"] for record in records][1:] == [1, 1]
    assert "chart parallel" in (table.parent / "configs.jsonl.autostable/report.html").read_text()
    assert "5 sound (3 of them repaired), 0 bad" in sweep("status", table, cwd=table.parent, python=FRESH).stdout


def test_a_function_of_one_argument_and_a_yaml_table(tmp_path):
    path = tmp_path / "configs.yaml"
    path.write_text("- {rate: 6.0, units: 8}\n- {rate: 0.02, units: 8}\n")
    done = sweep("repair", path, "--train", "trainables:train_config", cwd=tmp_path)
    assert "1 repaired, 1 sound" in done.stderr
    records = [json.loads(line) for line in (tmp_path / "configs.yaml.autostable/repaired.jsonl").open()]
    assert [record["cost"]["steps_full_run"] for record in records] == [20, 20]
    assert records[1]["cost"]["steps_total"] == 20, "it trained well at once"


def test_loops_of_ones_own(tmp_path):
    path = tmp_path / "configs.jsonl"
    path.write_text('{"rate": 0.02}\n{"rate": 900.0}\n{"rate": 1000.0}\n')
    done = sweep("repair", path, "--train", "trainables:train_loop", cwd=tmp_path)
    assert "2 repaired, 1 sound" in done.stderr
    assert all(0 < json.loads(line)["score"] < 10 for line in path.read_text().splitlines())
    records = [json.loads(line) for line in (tmp_path / "configs.jsonl.autostable/repaired.jsonl").open()]
    assert records[2]["cost"]["attempts"] == 1  # what cured its kin


def test_each_job_has_a_gpu_of_its_own(tmp_path):
    path = tmp_path / "configs.jsonl"
    path.write_text("".join(json.dumps({"rate": float(number)}) + "\n" for number in range(6)))
    sweep("repair", path, "--train", "trainables:which_gpu", "--jobs", 2, cwd=tmp_path, CUDA_VISIBLE_DEVICES="4,7")
    assert {json.loads(line)["score"] for line in path.read_text().splitlines()} == {4.0, 7.0}


def test_one_configuration_that_raises(tmp_path):
    path = tmp_path / "configs.csv"
    path.write_text("rate,units,score\n6.0,8,\n0.02,13,nan\n0.02,8,0.5\n")
    done = sweep("repair", path, "--train", "trainables:unlucky", cwd=tmp_path, status=1)
    assert "ValueError: no model of 13 units" in done.stderr
    assert "1 repaired" in done.stderr
    assert path.read_text().splitlines()[0] == "rate,units,score,autostable"


@pytest.mark.parametrize(
    ("train", "words"),
    [("trainables:nothing", "no attribute 'nothing'"), ("nowhere:train", "No module named 'nowhere'"),
     ("trainables", "wanted module:name"),
     ("trainables:mistaken", "cannot be called with rate, units: missing a required argument: 'learning_rate'"),
     ("trainables:no_arguments", "no_arguments() cannot be called with rate, units"),
     ("missing.py", "a script can be given for a keras-tuner project only")],
)  # fmt: skip
def test_what_cannot_train(table, train, words):
    done = sweep("repair", table, "--train", train, cwd=table.parent, status=2)
    assert words in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("options", "words"),
    [(("--study-name", "n"), "give --study URL"), (("--address", "auto"), "are for --engine ray"),
     (("--cpus", "2"), "are for --engine ray"), (("--objective", "val_loss:min"), "of a table name the column"),
     (("--engine", "spark"), "wanted local or ray"), (("--study", "sqlite:///x.db"), "not both")],
)  # fmt: skip
def test_options_that_do_not_fit(table, options, words):
    done = sweep("repair", table, "--train", "trainables:train", *options, cwd=table.parent, status=2)
    assert words in done.stderr and done.stderr.count("\n") == 1


def test_bad_paths(tmp_path):
    (tmp_path / "empty").mkdir()
    assert "not a keras-tuner project" in sweep("status", "empty", cwd=tmp_path, status=2).stderr
    assert "there is no nowhere" in sweep("status", "nowhere", cwd=tmp_path, status=2).stderr
    (tmp_path / "list.jsonl").write_text('{"rate": 1, "units": 2}\n[1]\n')
    assert "row 2 is no mapping" in sweep("status", "list.jsonl", cwd=tmp_path, status=2).stderr
    folder = tmp_path / "old" / "trial_0"
    folder.mkdir(parents=True)
    (folder / "trial.json").write_text('{"trial_id": "0", "state": "DONE"}')
    assert "as keras-tuner 1.4 writes it" in sweep("status", "old", cwd=tmp_path, status=2).stderr


def test_what_is_wrong_with_one_row_or_one_result_is_told_and_the_rest_goes_on(tmp_path):
    path = tmp_path / "configs.jsonl"
    path.write_text(
        '{"rate": 0.02, "units": 8}\n{"units": 8}\n{"rate": 0.02, "units": 13}\n'
        '{"rate": 0.02, "units": 0}\n{"rate": 0.02, "units": 8, "foo": 1}\n'
    )
    done = sweep("repair", path, "--train", "trainables:told", cwd=tmp_path, status=1)
    assert "row 2: told(rate, units=8) cannot be called with units: missing a required argument: 'rate'" in done.stderr
    assert "row 5: told(rate, units=8) cannot be called with rate, units, foo: got an unexpected" in done.stderr
    assert "none of which is the 'score' of the table" in done.stderr
    assert "the train function returned NoneType" in done.stderr and "runners.py" not in done.stderr
    assert [json.loads(line).get("score") for line in path.read_text().splitlines()] == [0.02, None, None, None, None]


def test_a_row_that_was_changed_after_a_kill_is_trained_anew(tmp_path):
    path = tmp_path / "configs.jsonl"
    path.write_text('{"rate": 0.5}\n{"rate": 0.25}\n')
    folder = tmp_path / "configs.jsonl.autostable"
    folder.mkdir()
    known = ({"key": key, "config": {"rate": rate}, "verdict": "repaired", "metrics": {"score": 9.0}}
             for key, rate in (("0", 0.25), ("1", 0.25)))  # fmt: skip
    (folder / "journal.jsonl").write_text("".join(json.dumps(each) + "\n" for each in known))
    sweep("repair", path, "--train", "trainables:told", cwd=tmp_path)
    assert [json.loads(line)["score"] for line in path.read_text().splitlines()] == [0.5, 9.0]


def test_a_folder_that_cannot_be_written_is_told_before_anything_is_trained(table, monkeypatch):
    monkeypatch.setattr(os, "access", lambda place, mode: False)  # root may write everywhere
    with pytest.raises(UsageError, match="nothing can be written in"):
        work.repair(work.source(str(table)), "trainables:told", (), Settings())


def at_work_in(folder):
    """The processes whose working directory it is."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if os.readlink(process / "cwd") == str(folder):
                found.append(process.name)
    return found


def test_killed_and_gone_on(tmp_path):
    path, log = tmp_path / "configs.jsonl", tmp_path / "log"
    path.write_text("".join(json.dumps({"rate": 5.0 + number, "score": None}) + "\n" for number in range(6)))
    before = path.read_text()
    environment = {**os.environ, "TRAINED": str(log), "TF_CPP_MIN_LOG_LEVEL": "3", "PYTHONPATH": os.pathsep.join(
        [str(HERE), str(HERE.parents[1]), str(HERE.parents[1] / "strategies")])}  # fmt: skip
    process = subprocess.Popen(
        [warm.python(), "-m", "autostable", "sweep", "repair", str(path), "--train", "trainables:logged"],
        cwd=tmp_path,
        env=environment,
        stderr=subprocess.DEVNULL,
    )
    journal = tmp_path / "configs.jsonl.autostable" / "journal.jsonl"
    while not (journal.exists() and journal.read_text().count("\n") >= 2):
        time.sleep(0.05)
        assert process.poll() is None
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert path.read_text() == before
    done_then = journal.read_text().count("\n")
    deadline = time.monotonic() + 60
    while at_work_in(tmp_path) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not at_work_in(tmp_path), "its worker ends by itself"
    with journal.open("a") as stream:
        stream.write('{"key": "5", "half a li')  # what a kill may leave
    sweep("repair", path, "--train", "trainables:logged", cwd=tmp_path, TRAINED=str(log))
    begun = log.read_text().split()
    assert set(begun) == {str(5.0 + number) for number in range(6)}
    assert len(begun) <= 7, (begun, done_then)  # only what was under way is begun again
    assert all(json.loads(line)["score"] is not None for line in path.read_text().splitlines())


def test_a_worker_that_is_killed(tmp_path):
    path = tmp_path / "configs.jsonl"
    path.write_text('{"rate": 0.02}\n{"rate": 6.0}\n')
    done = sweep("repair", path, "--train", "trainables:deadly", cwd=tmp_path, TRAINED=str(tmp_path / "dead"))
    assert "1 repaired, 1 sound" in done.stderr


TUNE = """
import sys
sys.path.insert(0, {here!r})
import keras, keras_tuner, numpy as np
from conftest import build, demand

keras.utils.set_random_seed(0)
x, y = demand()
tuner = keras_tuner.GridSearch(
    build, objective="val_loss", max_trials=6, directory=".", project_name="demo", overwrite=True,
    max_consecutive_failed_trials=9,
)
tuner.search(x[:200], y[:200], validation_data=(x[200:], y[200:]), epochs=5, verbose=0)
best = [trial for trial in tuner.oracle.get_best_trials(6) if trial.status == "COMPLETED"]
models = tuner.get_best_models(len(best))
errors = [float(np.mean((model.predict(x[200:], verbose=0)[:, 0] - y[200:]) ** 2)) for model in models]
print("COMPLETED", len(best), np.allclose(errors, [trial.score for trial in best], rtol=1e-3), sys.argv[1:])
"""


@pytest.mark.parametrize("jobs", [pytest.param(1, marks=pytest.mark.whole), 2])
def test_a_keras_tuner_project(tmp_path, jobs):
    script = tmp_path / "tune.py"
    script.write_text(TUNE.format(here=str(HERE)))
    plain = subprocess.run(
        [warm.python(), "tune.py"], cwd=tmp_path, capture_output=True, text=True, env={**os.environ,
        "TF_CPP_MIN_LOG_LEVEL": "3"}, timeout=100,
    )  # fmt: skip
    assert "COMPLETED 2" in plain.stdout, plain.stderr[-2000:]
    oracle = (tmp_path / "demo" / "oracle.json").read_text()
    assert "2 sound (0 of them repaired), 4 bad" in sweep("status", "demo", cwd=tmp_path).stdout
    done = sweep("repair", "demo", "--train", "tune.py", "--jobs", jobs, "--", "--fast", cwd=tmp_path)
    assert "COMPLETED 6 True ['--fast']" in done.stdout
    assert "4 repaired" in done.stderr
    backup = next(tmp_path.glob("demo.backup-*"))
    assert (backup / "oracle.json").read_text() == oracle
    assert "6 sound (4 of them repaired), 0 bad" in sweep("status", "demo", cwd=tmp_path).stdout
    again = sweep("repair", "demo", "--train", "tune.py", cwd=tmp_path)
    assert "nothing to repair" in again.stderr
    assert "COMPLETED 6 True []" in again.stdout, "the rest of the script sees the healed tuner here, too"


LONE = """
import keras, keras_tuner, numpy as np

keras.utils.set_random_seed(0)
rng = np.random.default_rng(0)
x = rng.normal(size=(240, 6)).astype("float32")
y = (x @ rng.normal(size=6) > 0.8).astype("float32")

def build(hp):
    bias = keras.initializers.Constant(hp.Choice("bias", [0.0, -50.0]))
    model = keras.Sequential([keras.Input((6,)), keras.layers.Dense(8, activation="relu", bias_initializer=bias),
                              keras.layers.Dense(1, activation="sigmoid")])
    model.compile(keras.optimizers.SGD(0.05), "binary_crossentropy", metrics=["accuracy"])
    return model

tuner = keras_tuner.GridSearch(build, objective="val_accuracy", max_trials=2, directory=".", project_name="lone")
tuner.search(x[:200], y[:200], validation_data=(x[200:], y[200:]), epochs=15, verbose=0)
print("SCORES", [trial.score for trial in tuner.oracle.trials.values()])
"""


def test_a_lone_model_that_died_is_seen_by_its_outputs(tmp_path):
    (tmp_path / "tune.py").write_text(LONE)
    environment = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3"}
    subprocess.run([sys.executable, "tune.py"], cwd=tmp_path, check=True, capture_output=True, env=environment)
    assert "2 sound (0 of them repaired), 0 bad" in sweep("status", "lone", cwd=tmp_path, python=FRESH).stdout
    done = sweep("repair", "lone", "--train", "tune.py", cwd=tmp_path, python=FRESH)
    assert "1 were bad; 1 repaired" in done.stderr and "dead-relu" in done.stderr
    assert "SCORES" in done.stdout
    records = (tmp_path / "lone.autostable" / "repaired.jsonl").read_text().splitlines()
    assert [json.loads(line)["config"] for line in records] == [{"bias": -50.0}]
    assert (
        "nothing to repair, 2 sound" in sweep("repair", "lone", "--train", "tune.py", cwd=tmp_path, python=FRESH).stderr
    )


def test_a_script_that_never_searches(tmp_path):
    trial = tmp_path / "demo" / "trial_0"
    trial.mkdir(parents=True)
    (trial / "trial.json").write_text(json.dumps({
        "trial_id": "0", "hyperparameters": {"space": [], "values": {}}, "metrics": {"metrics": {}}, "score": None,
        "best_step": 0, "status": "FAILED", "message": None}))  # fmt: skip
    (tmp_path / "tune.py").write_text("print('nothing here')\n")
    done = sweep("repair", "demo", "--train", "tune.py", cwd=tmp_path, status=2)
    assert "never called search()" in done.stderr


def test_an_optuna_study(tmp_path):
    optuna = pytest.importorskip("optuna")
    storage = f"sqlite:///{tmp_path}/x.db"
    study = optuna.create_study(study_name="n", storage=storage)
    space = {"rate": optuna.distributions.FloatDistribution(1e-3, 10.0, log=True),
             "units": optuna.distributions.IntDistribution(4, 16)}  # fmt: skip
    for rate, value in ((0.02, 0.5), (6.0, None), (7.0, float("inf"))):
        state = optuna.trial.TrialState.FAIL if value is None else optuna.trial.TrialState.COMPLETE
        study.add_trial(optuna.trial.create_trial(
            state=state, params={"rate": rate, "units": 8}, distributions=space, value=value))  # fmt: skip
    assert study.best_trial.number == 0
    name = ("--study", storage, "--study-name", "n")
    assert "1 sound (0 of them repaired), 2 bad" in sweep("status", *name, cwd=tmp_path).stdout
    refused = sweep("repair", *name, "--train", "trainables:two_arguments", cwd=tmp_path, status=2).stderr
    assert "two_arguments(hp, data) cannot be called with a trial" in refused and refused.count("\n") == 1
    told = sweep("repair", *name, "--train", "trainables:objective", cwd=tmp_path).stderr
    trials = optuna.load_study(study_name="n", storage=storage).trials
    assert len(trials) == 5
    assert [trial.user_attrs["autostable_repairs_trial"] for trial in trials[3:]] == [1, 2]
    assert all(0 < trial.value < 10 for trial in trials[3:])
    for trial in trials[3:]:
        (step,) = trial.user_attrs["autostable_plan"]
        rate = trial.params["rate"] * step["parameters"]["factor"]
        assert trial.user_attrs["autostable_effective_parameters"] == {"rate": pytest.approx(rate), "units": 8}
        assert set(trial.intermediate_values) == {0, 1, 2, 3, 4} and trial.constraints == {"size": 7.0}
        assert trial.user_attrs["width"] == 8
    best = min(trials[3:], key=lambda trial: trial.value)
    if best.value < 0.5:
        assert (
            f"WARNING: the best parameters (trial {best.number}) need a plan" in told and "in force were rate=" in told
        )
    assert "3 sound (2 of them repaired), 0 bad" in sweep("status", *name, cwd=tmp_path).stdout
    assert list(tmp_path.glob("x.db.backup-*"))


def project(folder, configs):
    """A keras-tuner project of which the configurations with a score are sound."""
    names = [str(number) for number in range(len(configs))]
    for name, (rate, units, score) in zip(names, configs):
        trial = folder / f"trial_{name}"
        trial.mkdir(parents=True)
        space = [{"class_name": "Float", "config": {"name": "rate", "min_value": 0.01, "max_value": 9.0,
                  "conditions": []}},
                 {"class_name": "Int", "config": {"name": "units", "min_value": 4, "max_value": 16,
                  "conditions": []}}]  # fmt: skip
        seen = {"val_loss": {"direction": "min", "observations": [{"value": [score], "step": 0}]}} if score else {}
        (trial / "trial.json").write_text(json.dumps({
            "trial_id": name, "hyperparameters": {"space": space, "values": {"rate": rate, "units": units}},
            "metrics": {"metrics": seen}, "score": score, "best_step": 0,
            "status": "COMPLETED" if score else "FAILED", "message": None}))  # fmt: skip
    (folder / "oracle.json").write_text(json.dumps({
        "ongoing_trials": {}, "hyperparameters": {"space": [], "values": {}}, "start_order": names,
        "end_order": names, "run_times": {}, "retry_queue": [], "seed": 1, "seed_state": 1, "tried_so_far": [],
        "id_to_hash": {}, "display": {"search_start": None, "trial_start": {}, "trial_number": {}}}))  # fmt: skip
    return folder


def test_a_project_with_a_function(tmp_path):
    project(tmp_path / "demo", [(0.02, 8, 0.4), (6.0, 8, None)])
    done = sweep("repair", "demo", "--train", "trainables:train_hp", cwd=tmp_path)
    assert "1 repaired" in done.stderr
    state = json.loads((tmp_path / "demo" / "trial_1" / "trial.json").read_text())
    assert state["status"] == "COMPLETED" and 0 < state["score"] < 10
    assert "autostable repaired" in state["message"]


@pytest.mark.parametrize(
    ("train", "words"),
    [("no_arguments", "no_arguments() cannot be called with the hyperparameters: too many positional arguments"),
     ("two_arguments", "two_arguments(hp, data) cannot be called with the hyperparameters: missing a required argument"),
     ("NUMBER", "3 cannot be called; wanted a HyperModel, or a function train(hp)")],
)  # fmt: skip
def test_a_function_that_fits_no_trial_is_refused_at_once(tmp_path, train, words):
    project(tmp_path / "demo", [(0.02, 8, 0.4), (6.0, 8, None)])
    done = sweep("repair", "demo", "--train", f"trainables:{train}", cwd=tmp_path, status=2)
    assert words in done.stderr and done.stderr.count("\n") == 1


def test_a_trial_that_leaves_the_program_or_lacks_the_objective_fails_alone(tmp_path):
    project(tmp_path / "demo", [(0.02, 8, 0.4), (0.02, 13, None), (0.02, 14, None), (6.0, 8, None)])
    log = tmp_path / "begun"
    done = sweep("repair", "demo", "--train", "trainables:odd_hp", cwd=tmp_path, status=1, TRAINED=str(log))
    assert "the training returned loss, accuracy, but not val_loss, which is the project's objective" in done.stderr
    assert "SystemExit: 3" in done.stderr and "KeyError" not in done.stderr
    assert "3 were bad; 1 repaired, 2 raised" in done.stderr
    assert log.read_text().split().count("13") == 1, "it counts once"


RELOAD = """
import keras_tuner
tuner = keras_tuner.RandomSearch(lambda hp: None, objective="val_loss", directory=".", project_name="demo")
print("LOADED", [(key, trial.status) for key, trial in sorted(tuner.oracle.trials.items())])
"""


def test_a_damaged_trial_does_not_stop_the_others(tmp_path):
    demo = project(tmp_path / "demo", [(0.02, 8, 0.4), (6.0, 8, None), (6.0, 8, None)])
    (demo / "trial_2" / "trial.json").write_text("")
    (demo / "tuner0.json").write_text("{}")
    lost = "lost: trial_2/trial.json cannot be read (it is empty); put a copy of it there, or go on without it"
    assert sweep("status", "demo", cwd=tmp_path).stdout.splitlines() == [
        "keras-tuner project demo: 1 sound (0 of them repaired), 1 bad, 1 lost", "  1 failed", f"  {lost}"
    ]  # fmt: skip
    dry = sweep("repair", "demo", "--dry-run", cwd=tmp_path).stdout.splitlines()
    assert (dry[0], dry[2]) == ("keras-tuner project demo: 1 of 3 would be trained again", f"  2: {lost}")
    done = sweep("repair", "demo", "--train", "trainables:train_hp", cwd=tmp_path, status=1)
    assert "1 were bad; 1 repaired" in done.stderr and f"  {lost}\n" in done.stderr
    plain = subprocess.run([warm.python(), "-c", RELOAD], cwd=tmp_path, capture_output=True, text=True)
    assert "LOADED [('0', 'COMPLETED'), ('1', 'COMPLETED'), ('2', 'FAILED')]" in plain.stdout, plain.stderr[-2000:]
    assert "2 sound (1 of them repaired), 0 bad, 1 lost" in sweep("status", "demo", cwd=tmp_path).stdout
    (demo / "oracle.json").write_text("")
    told = sweep("status", "demo", cwd=tmp_path, status=2).stderr
    assert "oracle.json is damaged (it is empty)" in told and told.count("\n") == 1
