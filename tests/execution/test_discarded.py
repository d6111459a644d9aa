"""What runs print that are not shown."""

import os

from autostable.execution.discarded import KEPT, Discarded, folder_of
from autostable.orders import Orders
from autostable.records import Remedy


def printed(folder, *parts, orders=None):
    found = Discarded()
    for part in parts:
        os.write(found.theirs, part)
    os.close(found.theirs)
    return found.keep(folder, orders or Orders())


def test_a_short_output_is_kept_whole_and_each_run_has_its_file(tmp_path):
    orders = Orders(plans={"0": (Remedy("lower-learning-rate", {"factor": 0.1}),)})
    first, second = printed(tmp_path, b"one\n", b"two\n", orders=orders), printed(tmp_path, b"three\n")
    assert first.read_text() == "autostable: output of a run that was not shown (rate x0.1)\none\ntwo\n"
    assert second.name == "2.txt" and second.read_text().endswith("(as it is)\nthree\n")
    assert folder_of(tmp_path) == {"outputs": str(tmp_path / "outputs")}


def test_of_a_long_output_the_first_and_the_last_are_kept(tmp_path):
    whole = b"".join(b"%09d\n" % place for place in range(50_000))
    kept = printed(tmp_path, whole[:200_000], whole[200_000:]).read_bytes().partition(b"\n")[2]
    assert kept == whole[:KEPT] + b"\n... %d bytes left out ...\n" % (len(whole) - 2 * KEPT) + whole[-KEPT:]


def test_of_nothing_there_is_no_file(tmp_path):
    assert printed(tmp_path) is None and printed(None, b"words") is None and folder_of(tmp_path) == {}


def test_who_holds_the_descriptor_open_keeps_nobody_waiting(tmp_path):
    found = Discarded()
    os.write(found.theirs, b"so far")
    assert found.keep(tmp_path, Orders()).read_text().endswith("so far")
    os.close(found.theirs)
