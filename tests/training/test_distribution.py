"""MirroredStrategy on two logical CPUs, in a process of its own: devices can be made only before the first use."""

import json
import pathlib
import subprocess
import sys

import pytest

PROGRAM = pathlib.Path(__file__).with_name("mirrored_program.py")


@pytest.fixture(scope="module")
def answer():
    done = subprocess.run([sys.executable, str(PROGRAM)], capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stdout.strip().splitlines()[-1])


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
