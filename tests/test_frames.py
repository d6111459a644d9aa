import collections
import json
import pathlib
import sys

import pytest

from autostable import frames


def test_this_file_is_the_users():
    assert frames.is_user_file(__file__)


@pytest.mark.parametrize("module", [json, collections, pytest, frames], ids=lambda module: module.__name__)
def test_libraries_and_our_own_code_are_not(module):
    assert not frames.is_user_file(module.__file__)


@pytest.mark.parametrize(
    "name", ["<string>", "<frozen runpy>", "/tmp/__autograph_generated_file_x.py", "/a/tensorflow/python/ops/math.py"]
)
def test_made_up_files_are_not(name):
    assert not frames.is_user_file(name)


def test_notebook_cells_are():
    assert frames.is_user_file("<ipython-input-3-abc>")


def test_remedies_are_not(tmp_path):
    assert not frames.is_user_file(str(tmp_path / "autostable_strategies" / "one.py"))


@pytest.fixture
def fresh_roots():
    """What is known of the folders that libraries lie in is looked up anew, and once more afterwards."""
    for known in (frames._library_roots, frames.is_user_file):
        known.cache_clear()
    yield
    for known in (frames._library_roots, frames.is_user_file):
        known.cache_clear()


def test_what_was_installed_into_another_folder_is_not_and_the_script_beside_it_is(tmp_path, monkeypatch, fresh_roots):
    """As `pip install --target` leaves it, on PYTHONPATH."""
    record = tmp_path / "keras_like-1.0.dist-info" / "RECORD"
    for file in (record, tmp_path / "keras_like" / "ops.py", tmp_path / "single.py", tmp_path / "train.py"):
        file.parent.mkdir(exist_ok=True)
        file.touch()
    record.write_text("../../bin/tool,,\nkeras_like/ops.py,,\nsingle.py,,\nkeras_like-1.0.dist-info/RECORD,,\n")
    record.with_name("METADATA").write_text("Metadata-Version: 2.1\nName: keras-like\nVersion: 1.0\n")
    monkeypatch.syspath_prepend(tmp_path)
    theirs = [frames.is_user_file(str(tmp_path / name)) for name in ("keras_like/ops.py", "single.py")]
    assert theirs == [False, False]
    assert frames.is_user_file(str(tmp_path / "train.py"))
    assert frames.is_user_file(str(tmp_path / "single" / "train.py"))


def test_a_folder_of_the_users_called_tensorflow_is(tmp_path):
    assert frames.is_user_file(str(tmp_path / "tensorflow" / "train.py"))


def test_display_is_relative_below_the_working_directory(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert frames.display(str(tmp_path / "a" / "b.py")) == str(pathlib.Path("a") / "b.py")
    assert frames.display(str(tmp_path.parent / "c.py")) == str(tmp_path.parent / "c.py")


def test_user_site_is_the_line_that_asks():
    site = frames.user_site()
    assert site.line == sys._getframe().f_lineno - 1
    assert site.source == "site = frames.user_site()"


def test_call_site_tells_two_calls_on_one_line_apart():
    sites = ["ä", frames.call_site(), frames.call_site()]
    assert [site.column for site in sites[1:]] == [18, 38]
    assert sites[1].line == sites[2].line


def test_user_site_through_a_library():
    found = []
    json.loads("{}", object_hook=lambda _: found.append(frames.user_site()))
    assert found[0].source.startswith("json.loads")


def test_outward_goes_from_the_inside_out():
    def inner():
        return [frame.f_code.co_name for frame in frames.outward(sys._getframe())]

    names = inner()
    assert names[:2] == ["inner", "test_outward_goes_from_the_inside_out"]


def test_a_file_is_told_even_where_the_working_folder_is_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    def gone() -> str:
        raise FileNotFoundError

    monkeypatch.setattr("os.getcwd", gone)
    assert frames.display("train.py") == "train.py"
