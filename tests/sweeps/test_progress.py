"""What a repair says of the time that is left."""

from __future__ import annotations

import types

from autostable.sweeps import cli_commands
from autostable.sweeps.items import Outcome


def test_two_at_a_time_do_not_look_like_two_in_a_second(monkeypatch, capsys):
    clock = [0.0]
    monkeypatch.setattr(cli_commands, "time", types.SimpleNamespace(monotonic=lambda: clock[0]))

    def coming():
        for number, at in enumerate((100.0, 101.0, 200.0, 201.0)):  # two jobs of 100 s each
            clock[0] = at
            yield Outcome(str(number), {}, "repaired", "well")

    assert len(list(cli_commands._progress(coming(), 2, 8))) == 4
    lines = capsys.readouterr().err.splitlines()
    assert lines[1] == "[4/8] 101 s, about 3 min to go  1: well"
    assert lines[3] == "[6/8] 201 s, about 100 s to go  3: well"


def test_at_the_end_nothing_is_to_go(capsys):
    list(cli_commands._progress(iter([Outcome("0", {}, "repaired", "well")]), 0, 1))
    assert capsys.readouterr().err == "[1/1] 0 s  0: well\n"
