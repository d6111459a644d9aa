"""Which states are kept to go back to."""

import itertools

import pytest

from autostable.repair.rings import superfluous


def kept(count, most):
    steps = []
    for step in range(count):
        steps.append(step)
        place = superfluous(steps, most)
        if place is not None:
            del steps[place]
    return steps


@pytest.mark.parametrize("most", [2, 3, 6])
def test_there_are_never_more_than_so_many(most):
    assert all(len(kept(count, most)) == min(count, most) for count in range(1, 60))


def test_the_older_the_farther_apart():
    steps = kept(2000, 6)
    ages = [steps[-1] - step for step in steps]
    gaps = [older - newer for older, newer in itertools.pairwise(ages)]
    assert steps[0] == 0 and steps[-1] == 1999 and gaps == sorted(gaps, reverse=True) and gaps[-1] == 1


def test_the_newest_and_the_oldest_stay():
    assert superfluous([0, 5], 2) is None
    assert superfluous([0, 5, 6], 2) == 1
    assert superfluous([0, 50, 51, 52, 100], 4) == 2  # whose neighbours lie closest together for their age
