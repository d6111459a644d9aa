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


@pytest.mark.parametrize("block", [1, 7, 16, 100, 128, 129, 200, 500])
def test_what_is_found_does_not_hang_on_when_it_is_read(block):
    """A jump that lasts: the same spike, and the same change, however many steps lie between two looks."""
    losses, norms = with_jump(spikes.WINDOW + 40)
    course = Course()
    ends = [*range(block, len(losses), block), len(losses)]
    found = [spike for end in ends if (spike := course.see(losses[:end], norms[:end])) is not None]
    assert found == seen(losses, norms, block=1) and [spike.step for spike in found] == [200]
    assert spikes.split(found, losses) == (found, []) and not course.is_out


@pytest.mark.parametrize(("anew", "count"), [(False, 2), (True, 1)])
def test_a_jump_that_is_the_programs_own_begins_another_course(anew, count):
    """What is told of it once is not told again where a step or two lie low in between; what leaves the new course is."""
    losses, norms = with_jump(40)
    losses, norms = [*losses, 2.0, *[50.0] * 100], [*norms, 1.0, *[9.0] * 100]
    course, found = Course(), 0
    for end in range(16, len(losses) + 1, 16):
        if course.see(losses[:end], norms[:end]) is not None:
            found += 1
            if anew:
                course.begin_anew()
    assert found == count and not (anew and course.is_out)
    later, loud = [*losses, *[900.0] * 16], [*norms, *[99.0] * 16]
    assert (course.see(later, loud) is not None) is anew


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


@pytest.mark.parametrize(("deviations", "again"), [(FAR * 0.95, False), (FAR * 1.05, True)])
def test_a_jump_comes_again_where_its_steps_are_as_far_out_as_a_spike(deviations, again):
    (spike,) = seen(*with_jump(64))
    middle, one = spread(CALM[-spikes.WINDOW - 8 : -8])  # what was usual when it was reckoned last
    level = middle + deviations * one
    assert spike.is_again([level] * 5 + [0.0] * 3) is again and not spike.is_again([level] * 4 + [0.0] * 4)


@pytest.mark.parametrize(("out", "lasts"), [(spikes.WINDOW // 2 - 1, False), (spikes.WINDOW // 2 + 1, True)])
def test_a_jump_lasts_where_most_of_a_window_is_out(out, lasts):
    """However it is broken up: what is told within it belongs to it."""
    losses, norms = with_jump(16)
    rest = out - 16
    losses, norms = losses + [2.0] * 4 + [50.0] * rest + CALM[:80], norms + [1.0] * 4 + [9.0] * rest + [1.0] * 80
    found = seen(losses, norms)
    stayed, passed = spikes.split(found, losses)
    assert len(found) == 2 and (len(stayed), len(passed)) == ((1, 0) if lasts else (0, 2))


# -- in numbers, for the tests above move with them


def flat(steps: int) -> list[float]:
    """1 and -1 in turn: median 0, and 1.4826 the deviation."""
    return [1.0 if step % 2 else -1.0 for step in range(steps)]


def told(losses: list[float]) -> list[spikes.Spike]:
    return seen(losses, [math.nan] * len(losses), block=1)


@pytest.mark.parametrize(("height", "count"), [(8.8, 0), (9.0, 1)])
def test_six_deviations_are_far(height, count):
    assert len(told(flat(128) + [height] * 16)) == count


@pytest.mark.parametrize(("steps", "count"), [(60, 0), (63, 0), (64, 1), (66, 1)])
def test_sixty_four_steps_say_what_is_usual(steps, count):
    """Three steps that are far out come before it is known, or they do not."""
    assert len(told(flat(steps) + [50.0] * 11)) == (count if steps != 63 else 1)
    assert len(told(flat(steps) + [50.0] * 8)) == count


@pytest.mark.parametrize(("loud", "quiet", "count"), [(396, 52, 0), (400, 80, 1)])
def test_the_last_window_is_what_is_usual(loud, quiet, count):
    """Steps before it may have been twenty times as loud; of most of its own steps none may."""
    assert len(told([20 * value for value in flat(loud)] + flat(quiet) + [20.0] * 16)) == count


def test_a_jump_that_stays_for_a_window_stays():
    losses = flat(128) + [50.0] * 127
    (spike,) = told(losses)
    assert spikes.split([spike], losses) == ([], [spike]) and spikes.split([spike], [*losses, 50.0]) == ([spike], [])


def test_what_was_given_back_is_counted_from_the_first_steps_to_the_best():
    """The medians of the first sixteen steps and of the lowest sixteen."""
    losses = [100.0 - step + 0.1 * flat(1)[0] for step in range(80)] + [300.0] * 8
    (spike,) = told(losses)
    start, best = 92.5, 28.5
    assert spike.lost == pytest.approx((300.0 - best) / (start - best), rel=0.002)
