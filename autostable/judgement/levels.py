"""The numbers that decide. Nothing else in this package does; all of them are measured over the cases.

They are read as `levels.NAME` when they are needed, so that a measurement may move one.
"""

from __future__ import annotations

# z of the permutation test. Measured: -0.7 to 1.9 on 14 programs that had learnt nothing; 5.8 to 55 on nine
# that had learnt a little, 5.6 to 107 on human fixes, 20.7 to 210 on 44 healthy fits. The middle of the gap.
SIGNAL = 3.5

# One-sided p at and below which something is so "surely". One level for every test.
SURELY = 1e-3

# Share of the way from start to best that the last tenth may have given back. Measured: healthy programs
# at most 0.02, a late collapse 0.4.
LOST = 0.2

# The least gain that is a cure, in the constant's loss or in REACH. Measured on unseen rows: one of twelve
# harmless plans gains as much in 0 to 2 % of cases, real cures gain 0.4 and more.
DELTA = 0.1

# Network / reference below which a network falls short. Measured (uncalibrated): sick below 0.54, healthy
# above 0.94, a first stage of two at 0.59.
REACH = 0.7

TWICE = 2.0  # times a level (the constant's loss, the own start) above which a loss is out of bounds
TENTH = 0.1  # of the steps of a run: what its end is
QUARTER = 0.25  # of the steps of a run: what its pace is taken from
