"""MirroredStrategy on two logical CPUs, in a process of its own: devices can be made only before the first use."""

import json
import pathlib
import subprocess

import pytest

from tests import warm

HERE = pathlib.Path(__file__).parent


def answer_of(program):
    command = [warm.python(), str(HERE / program)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stdout.strip().splitlines()[-1])


@pytest.fixture(scope="module")
def answer():
    return answer_of("mirrored_program.py")


@pytest.fixture(scope="module")
def shared():
    return answer_of("shared_program.py")


@pytest.mark.slow
def test_bit_identical(answer):
    assert answer["equal"]
    assert answer["healthy"][:2] == ["healthy", None]


@pytest.mark.slow
def test_steps_are_counted_once(answer):
    assert answer["healthy"][2] == 16


@pytest.mark.slow
@pytest.mark.parametrize("replica", ["first", "second"])
def test_bad_row_of_one_replica_is_seen(answer, replica):
    assert answer[replica][:2] == ["unrepaired", [5, "loss"]]


@pytest.mark.slow
@pytest.mark.parametrize("replica", ["first", "second"])
def test_statistics_of_one_replica_alone_are_seen(answer, replica):
    """Each replica keeps its own moving variance; a row of 1e20 spoils that of its part, and nothing else in the step."""
    assert answer[f"state {replica}"][:2] == ["unrepaired", [5, "state"]]


@pytest.mark.slow
def test_the_last_batch_of_several_replicas_is_not_said_to_be_too_small(answer):
    """What one of them gets of a batch says nothing of the batch."""
    assert answer["small"] == ["unrepaired", [5, "loss"], None]


@pytest.mark.slow
def test_shared_updates_are_bit_identical(shared):
    assert shared["equal"]
    assert shared["healthy"] == [16, None]


@pytest.mark.slow
@pytest.mark.parametrize("what", ["gradient", "state"])
@pytest.mark.parametrize("replica", ["first", "second"])
def test_what_one_replica_sees_all_know(shared, replica, what):
    assert shared[f"{what} {replica}"] == [6, [5, what]]


@pytest.mark.slow
def test_a_shared_update_is_skipped_by_all(shared):
    assert shared["skipped"] == [16, True]
