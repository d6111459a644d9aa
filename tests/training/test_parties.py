"""Which optimizers belong together: by the losses whose gradients they are given, and by when they are at work."""

from __future__ import annotations

import keras
import pytest
import tensorflow as tf

from autostable.training.parties import Parties


class Step:
    """Stands for a traced step."""


@pytest.fixture
def body() -> list[tf.Variable]:
    return [tf.Variable(1.0)]


@pytest.fixture
def head() -> list[tf.Variable]:
    return [tf.Variable(2.0)]


@pytest.fixture
def slow() -> keras.optimizers.Optimizer:
    return keras.optimizers.SGD(0.01)


@pytest.fixture
def fast() -> keras.optimizers.Optimizer:
    return keras.optimizers.SGD(0.1)


def test_two_rates_for_one_loss_are_one_party(body, head, slow, fast) -> None:
    parties = Parties()
    for _ in range(3):
        loss = tf.constant(1.0)
        parties.differentiated(loss, [*body, *head])
        assert not parties.applied(slow, body, None)
        assert not parties.applied(fast, head, None)
    assert (parties.oppose, parties.follow) == (False, False)
    assert parties.latest() == [slow, fast]


def test_one_loss_asked_twice_is_one_party(body, head, slow, fast) -> None:
    parties, loss = Parties(), tf.constant(1.0)
    parties.differentiated(loss, body)
    parties.applied(slow, body, None)
    parties.differentiated(loss, head)
    parties.applied(fast, head, None)
    assert not parties.oppose


@pytest.mark.parametrize("first_all_gradients", [True, False])
def test_two_losses_in_one_step_oppose(body, head, slow, fast, first_all_gradients: bool) -> None:
    parties, step = Parties(), Step()
    parties.differentiated(tf.constant(1.0), body)
    if first_all_gradients:
        parties.differentiated(tf.constant(2.0), head)
        parties.applied(slow, body, step)
    else:
        parties.applied(slow, body, step)
        parties.differentiated(tf.constant(2.0), head)
    parties.applied(fast, head, step)
    assert parties.oppose
    assert not parties.follow


def test_steps_that_take_turns_oppose(body, head, slow, fast) -> None:
    parties, critic, generator = Parties(), Step(), Step()
    parties.differentiated(tf.constant(1.0), body)
    parties.applied(slow, body, critic)
    parties.differentiated(tf.constant(2.0), head)
    assert parties.applied(fast, head, generator)
    assert not parties.oppose
    parties.called(critic)
    assert (parties.oppose, parties.follow) == (True, False)
    assert parties.latest() == [slow, fast]


def test_eager_steps_that_take_turns_oppose(body, head, slow, fast) -> None:
    parties = Parties()
    for _ in range(2):
        parties.differentiated(tf.constant(1.0), body)
        parties.applied(slow, body, None)
        parties.differentiated(tf.constant(2.0), head)
        parties.applied(fast, head, None)
    assert parties.oppose


def test_a_second_training_follows(body, head, slow, fast) -> None:
    parties, first, second = Parties(), Step(), Step()
    parties.differentiated(tf.constant(1.0), body)
    assert not parties.applied(slow, body, first)
    parties.called(first)
    parties.differentiated(tf.constant(2.0), head)
    assert parties.applied(fast, head, second)
    parties.called(second)
    assert (parties.oppose, parties.follow) == (False, True)
    assert parties.latest() == [fast]


def test_a_new_function_with_the_old_optimizer_goes_on(body, slow) -> None:
    parties = Parties()
    for step in (Step(), Step()):
        parties.differentiated(tf.constant(1.0), body)
        assert not parties.applied(slow, body, step)
    assert parties.phases == 1


def test_parties_of_a_second_training_may_oppose(body, head, slow, fast) -> None:
    parties, first, second, alone = Parties(), Step(), Step(), keras.optimizers.Adam()
    parties.differentiated(tf.constant(0.5), body)
    parties.applied(alone, body, first)
    parties.differentiated(tf.constant(1.0), body)
    parties.applied(slow, body, second)
    parties.differentiated(tf.constant(2.0), head)
    parties.applied(fast, head, second)
    assert parties.oppose


def test_an_optimizer_of_an_unknown_loss_is_alone(body, head, slow, fast) -> None:
    parties, step = Parties(), Step()
    parties.applied(slow, body, step)
    parties.applied(fast, head, step)
    assert parties.oppose
