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
DAILY = 2  # one in so many is run with all others, the rest by `pytest -m whole`
FAILING = [
    pytest.param(path, id=path.stem, marks=[pytest.mark.whole] if number % DAILY else [])
    for number, path in enumerate(path for path in PATHS if "metric-only" not in verify.header(path))
]
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


def stories_of(program_path, **orders):
    """Run the program once under watch: what became of its trainings."""
    import keras

    from autostable.orders import Orders
    from autostable.training import hooks
    from autostable.training.session import Session, Unstable

    keras.backend.clear_session()
    session = Session(Orders(repair=False, stop_unhealthy=False, goal="finite", **orders))
    hooks.arm(session)
    try:
        verify.load(program_path).main()
        session.loop.finish()
    except Unstable:
        pass
    finally:
        hooks.disarm()
        keras.config.set_dtype_policy("float32")
    return session.stories


def locate(program_path):
    """Run the program under watch: the story of what failed, None where nothing did."""
    from autostable.records import Verdict

    story = next((each for each in stories_of(program_path) if each.verdict is Verdict.UNREPAIRED), None)
    unlocated = story is not None and (story.finding is None or story.finding.op == "Variable")
    if unlocated and story.kind == "loop":
        again = stories_of(program_path, locate=story.symptom.step)
        story = next((each for each in again if each.finding is not None), story)
    return story


@pytest.mark.slow
@pytest.mark.parametrize("path", FAILING)
def test_names_the_guilty_line(path):
    """As in a report: the site, or the place that the first cause sends the owner to."""
    from autostable.story import site_of

    facts = verify.header(path)
    story = locate(path)
    assert story is not None, "nothing was found"
    finding = story.finding
    assert finding is not None, f"nothing was located: {story.symptom}"
    sites = [site_of(story), *(cause.site for cause in story.causes[:1])]
    named = [(pathlib.Path(site.file).name, site.line) for site in sites if site is not None]
    assert set(named) & guilty(path), (named, finding, [cause.code for cause in story.causes])
    assert finding.born in split(facts["born"]), finding
    assert facts["op"] == "*" or "*" in split(facts["op"]) or finding.op in split(facts["op"]), finding


@pytest.mark.slow
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
