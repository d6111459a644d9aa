"""Where NumPy warns of NaN or Inf, the line stands in the report; what it prints stays what it is."""

import dataclasses
import sys
import types
import warnings

import keras
import numpy as np
import pytest

from autostable.evidence import Evidence
from autostable.orders import Orders
from autostable.records import Code, Site, Symptom
from autostable.training import created
from autostable.training.fits import searching


def a_warning(text="invalid value encountered in divide", kind=RuntimeWarning):
    warnings.warn(text, kind, stacklevel=1)


def test_the_first_line_is_kept(watch):
    with watch(), pytest.warns(RuntimeWarning):
        pass_on = warnings.showwarning
        np.zeros(2) / np.zeros(2)
    assert created.warned() is None  # it was caught by somebody else
    with watch():
        pass_on = warnings.showwarning
        pass_on(RuntimeWarning("slow"), RuntimeWarning, "numpy.py", 3)
        pass_on(RuntimeWarning("divide by zero encountered in log"), RuntimeWarning, "numpy.py", 3)
        assert created.warned().said == "divide by zero encountered in log"
        assert created.warned().site.file.endswith("test_warned.py")
        pass_on(RuntimeWarning("invalid value encountered in divide"), RuntimeWarning, "numpy.py", 3)
        pass_on(UserWarning("invalid value"), UserWarning, "numpy.py", 3)
        assert created.warned().said == "divide by zero encountered in log"
    with watch():
        assert created.warned() is None


def test_what_is_shown_is_the_same(watch):
    def shown():
        return [(str(each.message), each.category, each.filename, each.lineno) for each in log]

    with warnings.catch_warnings(record=True) as log:
        warnings.simplefilter("always")
        a_warning()
        plain = shown()
        log.clear()
        with watch():
            a_warning()
            assert created.warned().said == plain[0][0]
        assert shown() == plain


def test_a_hook_of_the_users_own_stays(watch):
    before, mine = warnings.showwarning, lambda *args, **kwargs: None
    try:
        with watch():
            assert warnings.showwarning is not before
            warnings.showwarning = mine
        assert warnings.showwarning is mine
    finally:
        warnings.showwarning = before
    with watch():
        pass
    assert warnings.showwarning is before


@pytest.mark.slow
@pytest.mark.parametrize("place", ["rows", "weights"])
def test_the_line_is_the_causes(stories, place, monkeypatch):
    def program():
        keras.utils.set_random_seed(0)
        x = np.random.default_rng(0).normal(size=(64, 3)).astype("float32")
        x[5] = 0.0
        with warnings.catch_warnings():
            warnings.simplefilter("always")
            unit = x / np.linalg.norm(x, axis=1, keepdims=True)
        start = keras.initializers.Constant(unit[4:7]) if place == "weights" else "glorot_uniform"
        model = keras.Sequential(
            [keras.Input((3,)), keras.layers.Dense(3, kernel_initializer=start), keras.layers.Dense(1)]
        )
        model.compile("sgd", "mse")
        model.fit(unit if place == "rows" else x, x[:, :1], epochs=1, verbose=0)

    (story,) = stories(program)
    cause = story.causes[0]
    assert cause.code is (Code.DATA_NONFINITE if place == "rows" else Code.BAD_INITIALIZATION)
    line = "unit = x / np.linalg.norm" if place == "rows" else "kernel_initializer=start"  # where the layer gets them
    assert line in cause.site.source
    assert "test_warned.py:79" in cause.evidence and "invalid value encountered in divide" in cause.evidence


SCRIPT = """
import numpy as np

def share(part, whole):
    return part / whole

zero = np.zeros(2)
share(zero, zero)
one = zero / zero / zero
late = zero.mean() / zero
also = late / zero
zero[:0].mean()
np.log(zero)
share(1.0, np.float64(0.0))
"""


@pytest.mark.parametrize(
    ("reruns", "is_script", "lines"),
    [(True, True, [5, 10, 11]), (False, True, []), (True, False, [])],
)
def test_lines_of_the_script_that_divide_by_nothing(watch, monkeypatch, tmp_path, reruns, is_script, lines):
    file = tmp_path / "train.py"
    file.write_text(SCRIPT)
    main = types.ModuleType("__main__")
    main.__file__ = str(file if is_script else tmp_path / "other.py")
    monkeypatch.setitem(sys.modules, "__main__", main)
    with watch(reruns=reruns), warnings.catch_warnings():
        warnings.simplefilter("default")
        exec(compile(SCRIPT, str(file), "exec"), vars(main))
        assert [site.line for site in created.divided()] == lines
        assert created.warned().site.line == 5
        assert not lines or created.divided()[0].source == "return part / whole"
    with watch(reruns=reruns):
        assert created.divided() == ()


def test_a_division_within_a_function_of_numpys_is_not_the_lines(watch, monkeypatch, tmp_path):
    file = tmp_path / "train.py"
    file.write_text("import numpy as np\n\nx = np.ones(3) / np.corrcoef(np.ones((2, 3)))[0, 1]\n")
    main = types.ModuleType("__main__")
    main.__file__ = str(file)
    monkeypatch.setitem(sys.modules, "__main__", main)
    with watch(reruns=True), warnings.catch_warnings():
        warnings.simplefilter("default")
        exec(compile(file.read_text(), str(file), "exec"), vars(main))
        assert created.warned().site.line == 3 and "divide" in created.warned().said
        assert created.divided() == ()


def test_a_search_that_rewinds_has_no_remedy_for_the_script(monkeypatch):
    seen = []
    monkeypatch.setattr(searching, "search", lambda *given, **_: seen.append(given[4]))
    session = types.SimpleNamespace(orders=Orders(reruns=True), kin=None)
    stage = types.SimpleNamespace(tried_early=[], looking=False)
    record = types.SimpleNamespace(attempts=[None], full=None, suspect=False)
    evidence = Evidence(Symptom("nonfinite", 0), divided=(Site(file="train.py", line=3, source="x /= s"),))
    searching.Searching(session, types.SimpleNamespace(unseen=True), stage, record).searched(
        None, evidence.symptom, (), evidence
    )
    assert seen == [dataclasses.replace(evidence, divided=())]
