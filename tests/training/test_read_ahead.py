"""Gates before a data object: one run reads it at a time."""

import threading

import keras
import numpy as np
import pytest

from autostable.training import read_ahead
from autostable.training.read_ahead import Gate, Gated, Held, Left, can_be_held


class Rows(keras.utils.PyDataset):
    """Two batches; reading the second one waits until it may end, and the array is written to by each."""

    def __init__(self, **options):
        super().__init__(**options)
        self.x, self.begun, self.may_end = np.zeros(4), threading.Event(), threading.Event()
        self.epochs = []

    def __len__(self):
        return 2

    def __getitem__(self, index):
        if index:
            self.begun.set()
            self.may_end.wait()
        self.x += 1
        return self.x.copy()

    def on_epoch_end(self):
        self.epochs.append(len(self.epochs))


def in_thread(call):
    said = []

    def run():
        try:
            said.append(call())
        except Left as error:
            said.append(type(error))

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    return thread, said


def test_a_gate_that_is_held_waits_for_who_reads_and_lets_nobody_pass():
    rows, gate = Rows(), Gate()
    gated = Gated(rows, gate)
    reader, _ = in_thread(lambda: gated[1])
    rows.begun.wait()
    holder, held = in_thread(lambda: gate.hold() or "held")
    late, read = in_thread(lambda: gated[0])
    late.join(0.05)
    assert (held, read) == ([], [])  # one is reading still; the late one does not pass
    rows.may_end.set()
    reader.join()
    holder.join()
    assert held == ["held"] and read == []
    gate.open()
    late.join()
    assert read[0].tolist() == [2.0] * 4


def test_what_waits_before_a_gate_that_is_shut_ends():
    gate = Gate()
    gate.hold()
    waiting, said = in_thread(lambda: Gated(Rows(), gate)[0])
    gate.shut()
    waiting.join()
    assert said == [Left]
    with pytest.raises(Left):
        Gated(Rows(), gate)[0]


def test_what_others_did_to_its_arrays_is_undone():
    rows, gate = Rows(), Gate()
    held = Held(gate, rows)
    rows[0]
    held.go_on()
    assert rows.x.tolist() == [0.0] * 4
    assert Gated(rows, gate)[0].tolist() == [1.0] * 4


def test_arrays_too_large_to_be_kept_cannot_be_written_to_meanwhile(monkeypatch):
    from autostable.training import stored

    monkeypatch.setattr(stored, "MOST_BYTES", 31)
    rows, gate = Rows(), Gate()
    held = Held(gate, rows)
    with pytest.raises(ValueError, match="read-only"):
        rows[0]
    held.leave()
    assert rows[0].tolist() == [1.0] * 4


def test_it_hands_on_length_threads_and_epochs():
    rows = Rows(workers=3, max_queue_size=5)
    gated = Gated(rows, Gate())
    gated.on_epoch_end()
    assert (gated.num_batches, gated.workers, gated.max_queue_size, rows.epochs) == (2, 3, 5, [0])


class Endless(Rows):
    @property
    def num_batches(self):
        return None


@pytest.mark.parametrize(
    ("data", "threads", "can"),
    [
        (Rows(), 0, True), (Rows(workers=3), 2, True), (Rows(), 1, False), (Endless(), 0, False), (iter(()), 0, False),
        (Rows(workers=2, use_multiprocessing=True), 0, False),
    ],
)  # fmt: skip
def test_whose_readers_can_be_made_to_wait(data, threads, can, monkeypatch):
    """With one thread for all that may wait, TensorFlow would wait for the one that is held."""
    monkeypatch.setenv("TF_NUM_INTEROP_THREADS", str(threads))
    monkeypatch.setattr(read_ahead.os, "cpu_count", lambda: 2)
    assert can_be_held(data) is can
