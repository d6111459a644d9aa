"""Losses that leave their course: what is one, and what is not."""

import math
import random

import pytest

from autostable.judgement import spikes
from autostable.judgement.spikes import FAR, FEWEST, LASTING, Course, spread

CALM = [2.0 + 0.1 * math.sin(step) for step in range(200)]


def seen(losses, norms=None, block=16):
    """All spikes that are told of while the losses come in, block by block."""
    norms = [1.0 + 0.01 * math.sin(step) for step in range(len(losses))] if norms is None else norms
    course = Course()
    found = [course.see(losses[:end], norms[:end]) for end in range(block, len(losses) + block, block)]
    return [spike for spike in found if spike is not None]


def with_jump(length, height=50.0, loud=True):
    norms = [1.0 + 0.01 * math.sin(step) for step in range(200)]
    return CALM + [height] * length, norms + [9.0 if loud else 1.0] * length


def test_median_and_spread():
    assert spread([1.0, 2.0, 3.0, 4.0, 100.0]) == (3.0, pytest.approx(1.4826))


def test_a_loss_that_has_left_its_course_for_good_is_told_of_once():
    (spike,) = seen(*with_jump(64))
    assert spike.step == 200 and spike.level == 50.0 and spike.usual == pytest.approx(2.0, abs=0.05)
    assert spike.far > FAR and spike.undoes


@pytest.mark.parametrize(("length", "count"), [(1, 0), (LASTING - 1, 0), (LASTING, 1)])
def test_an_odd_batch_or_two_are_none(length, count):
    losses, norms = with_jump(length)
    assert len(seen(losses + CALM[:32], norms + [1.0] * 32, block=length if count else 16)) in (count, 0)
    course = Course()
    course.see(CALM, norms[:200])
    assert (course.see(losses, norms) is not None) is bool(count)


def test_a_loss_that_jumps_while_gradients_stay_as_they_were_is_none():
    assert not seen(*with_jump(64, loud=False))


def test_gradients_that_are_not_known_say_nothing():
    losses, _ = with_jump(64)
    assert len(seen(losses, [math.nan] * len(losses))) == 1


@pytest.mark.parametrize(("steps", "said"), [(FEWEST - 1, False), (FEWEST, True)])
def test_too_few_steps_say_nothing(steps, said):
    course, losses = Course(), CALM[:steps]
    course.see(losses, [1.0] * steps)
    assert (course.see([*losses, *[50.0] * 8], [1.0] * steps + [9.0] * 8) is not None) is said


@pytest.mark.parametrize(("deviations", "said"), [(FAR * 0.95, False), (FAR * 1.05, True)])
def test_how_far_is_far(deviations, said):
    middle, one = spread(CALM[-spikes.WINDOW :])
    losses = [*CALM, *[middle + deviations * one] * 8]
    assert bool(seen(losses, [1.0] * 200 + [9.0] * 8, block=200)) is said


def test_a_small_step_up_undoes_nothing():
    """A tenth of the way from start to best is less than the share that a sound training may give back."""
    falling = [10.0 * 0.97**step + 0.001 * math.sin(step) for step in range(300)]
    small, large = ([*falling, *[level] * 16] for level in (0.9, 4.0))
    norms = [1.0] * 300 + [9.0] * 16
    assert [spike.undoes for spike in seen(small, norms, block=100)] == [False]
    assert [spike.undoes for spike in seen(large, norms, block=100)] == [True]


@pytest.mark.parametrize(("length", "out"), [(spikes.WINDOW - 1, True), (spikes.WINDOW, False)])
def test_what_lasts_for_a_whole_window_is_usual_from_there_on(length, out):
    """A curriculum that goes on: one remark, and states are taken again."""
    losses, norms = with_jump(length)
    course = Course()
    course.see(CALM, norms[:200])
    assert course.see(losses[:240], norms[:240]) is not None
    assert course.see(losses, norms) is None and course.is_out is out


def test_a_training_that_was_set_back_is_read_again():
    course = Course()
    losses, norms = with_jump(16)
    course.see(CALM, norms[:200])
    assert course.see(losses, norms) is not None and course.is_out
    course.forget(200)
    assert course.see(CALM, norms[:200]) is None and not course.is_out
    assert course.see(losses, norms) is not None  # it came again


@pytest.mark.parametrize("seed", range(20))
def test_noisy_trainings_are_none(seed):
    """Heavy tails, restarts of the rate, annealing: twenty courses that a sound training may have."""
    draw = random.Random(seed)
    heavy, period = draw.uniform(0.05, 1.0), draw.choice((0, 50, 120))
    losses, norms = [], []
    for step in range(3000):
        fall = 3.0 * math.exp(-step / 700.0) + 0.3
        restart = 0.3 * (1.0 - (step % period) / period) if period else 0.0
        noise = heavy * draw.gauss(0.0, 0.2) * (4.0 if draw.random() < 0.02 else 1.0)
        losses.append(fall * (1.0 + noise) + restart)
        norms.append(max(0.01, fall * (1.0 + heavy * draw.gauss(0.0, 0.5)) + restart))
    assert not [spike for spike in seen(losses, norms) if spike.undoes]
