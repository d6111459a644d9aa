"""Jumps of the loss: a spike is gone back from, what the program does itself is left alone, to the bit."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from autostable.records import Action, Verdict
from autostable.training.guard import Guard
from autostable.training.jumps import own_words, passed_words, stayed_words, switched, switches
from autostable.training.snapshots import Reader, Snapshot
from tests import switched_terms


def same(one, other):
    return all(np.array_equal(first, second) for first, second in zip(one, other, strict=True))


class Throws(keras.callbacks.Callback):
    """Throws the weights far off, once, and nothing of it comes again."""

    def __init__(self, at):
        super().__init__()
        self.at, self.count = at, 0

    def on_train_batch_begin(self, batch, logs=None):
        if self.count == self.at:
            for weight in self.model.trainable_variables:
                weight.assign(30.0 * weight)
        self.count += 1


@pytest.mark.slow
def test_a_weight_of_a_loss_that_jumps_is_left_alone_to_the_bit(stories):
    """It is gone back before the jump; the loss jumps again at the same step, and the rewind is undone."""
    runs = {}
    plain = switched_terms.trained("weight", 0)
    (story,) = stories(
        lambda: runs.update(healed=switched_terms.trained("weight", 0)),
        on_failure="heal",
        on_spike="heal",
        goal="finite",
    )
    assert (story.verdict, story.interventions, story.plan) == (Verdict.HEALTHY, (), ())
    assert same(runs["healed"], plain)
    (note,) = story.notes
    assert note.startswith("The loss jumps at batch 300 (from ") and "the program's own" in note


@pytest.mark.slow
def test_a_jump_that_lasts_is_told_where_nothing_is_asked_for(stories):
    (story,) = stories(lambda: switched_terms.trained("scaled", 0), on_failure="heal", goal="finite")
    assert (story.verdict, story.interventions) == (Verdict.HEALTHY, ())
    (note,) = story.notes
    assert note.startswith("The loss jumps at batch 300 (from ") and "stays there" in note


@pytest.mark.slow
def test_a_spike_that_does_not_come_again_is_gone_back_from(stories):
    """Weights that something else has thrown off: from before it the same batches train well."""
    (story,) = stories(
        lambda: switched_terms.trained("off", 0, [Throws(300)]), on_failure="heal", on_spike="heal", goal="finite"
    )
    (done,) = story.interventions
    assert (story.verdict, done.action, done.step) == (Verdict.REPAIRED, Action.SLOWER, 300)
    assert done.back_to < 300 and done.steps_again > 8 and done.steps_lost == 0
    assert story.attempts[0].loss_last < 1.5 * switched_terms.END


def state(step, variables):
    known, values, _ = Reader().read(variables)
    return Snapshot(step, 0, known, values, {})


def test_a_number_that_stood_still_and_was_set_is_a_switch():
    """What moves at each step is none: nobody can tell that the program has set it."""
    beta, moving = tf.Variable(0.0), tf.Variable(0.0)
    before = []
    for step in (0, 100):
        moving.assign(float(step))
        before.append(state(step, [beta, moving]))
    moving.assign(130.0)
    assert not switched([beta, moving], before, state(130, [beta, moving]))
    beta.assign(1.0)
    assert switched([beta, moving], before, state(130, [beta, moving]))
    assert not switched([moving], before, state(130, [beta, moving]))


def test_what_may_be_a_switch():
    """A single number; none that is trained, that an optimizer counts with, or a metric."""
    beta, count, table, trained, metric = (
        tf.Variable(0.0), tf.Variable(0), tf.Variable([0.0]), tf.Variable(1.0), tf.Variable(0.0),
    )  # fmt: skip
    optimizer = keras.optimizers.SGD(0.1, momentum=0.9)
    optimizer.build([trained])
    guard = Guard()
    guard.optimizers.append(optimizer)
    own = [variable.value for variable in optimizer.variables]
    assert switches([beta, count, table, trained, metric, *own], guard, [metric]) == [beta]


def test_words():
    from autostable.judgement.spikes import Spike

    jump = Spike(300, 0.84, 5.0, 40.0, 3.0)
    assert own_words([jump]).startswith("The loss jumps at batch 300 (from 0.84 to 5), and that is the program's own")
    assert stayed_words([jump, jump]).startswith(
        "The loss jumps at batch 300 (from 0.84 to 5) and at 1 more, and stays there"
    )
    assert passed_words([jump]).startswith(
        "The loss left its course once and stayed finite (at batch 300: 5, usual was 0.84)"
    )
    assert own_words([]) == stayed_words([]) == passed_words([]) == ""
