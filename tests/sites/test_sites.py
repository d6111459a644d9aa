"""The site table: in every small program beside this file, the located line must be one that is marked as guilty.

A program's header says where the first bad value is born, by which operation (`*`: any) and which
causes are right; its guilty lines end in `# <- guilty` (with `: NAME` in a module that several share).
"""

import importlib.util
import pathlib

import pytest

HERE = pathlib.Path(__file__).resolve().parent
_spec = importlib.util.spec_from_file_location("autostable_site_verify", HERE / "verify.py")
verify = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(verify)

PATHS = sorted(path for path in verify.PROGRAMS.glob("*.py") if not path.name.startswith("_"))
FAILING = [path for path in PATHS if "metric-only" not in verify.header(path)]
METRIC_ONLY = [path for path in PATHS if "metric-only" in verify.header(path)]


def split(text):
    return {word.strip() for word in text.split(",")}


def guilty(path):
    """All (file name, line) pairs that are right answers for this program."""
    found = set()
    helper = verify.header(path).get("helper")
    for file in [path] + ([path.parent / helper] if helper else []):
        for number, line in enumerate(file.read_text().splitlines(), 1):
            mark = line.partition("# <- guilty")
            if mark[1] and mark[2].strip(": ") in ("", path.stem):
                found.add((file.name, number))
    return found


def locate(program_path):
    """Run the program under watch: (file, line, op, born) of what was found, None where nothing was."""
    raise NotImplementedError


@pytest.mark.parametrize("path", FAILING, ids=lambda path: path.stem)
def test_names_the_guilty_line(path):
    facts = verify.header(path)
    found = locate(path)
    assert found is not None, "nothing was found"
    file, line, op, born = found
    assert (pathlib.Path(file).name, line) in guilty(path)
    assert born in split(facts["born"])
    assert facts["op"] == "*" or "*" in split(facts["op"]) or op in split(facts["op"])


@pytest.mark.parametrize("path", METRIC_ONLY, ids=lambda path: path.stem)
def test_leaves_a_bad_metric_alone(path):
    assert locate(path) is None


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
def test_header_is_complete(path):
    from autostable.records import Code

    facts = verify.header(path)
    assert {"born", "op", "code"} <= set(facts)
    if "metric-only" in facts:
        assert not guilty(path)
        return
    assert guilty(path)
    assert split(facts["born"]) <= {"forward", "gradient", "update", "data"}
    assert split(facts["code"]) <= {code.value for code in Code}
