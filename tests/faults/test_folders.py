"""Whatever happens to its folder in the midst of a repair: it is told all the same, and nothing is touched."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.faults.conftest import Undisturbed
from tests.faults.folders import Spoil, full_disk, second_call, taken_away
from tests.faults.harness import Server

pytestmark = [pytest.mark.slow, pytest.mark.whole]  # one of each is in test_kills.py


@pytest.mark.parametrize("seed", range(1, 21))
@pytest.mark.parametrize("spoil", [full_disk, taken_away, second_call])
def test_a_repair_is_told_whenever_its_folder_fails(
    server: Server, tmp_path: Path, undisturbed: Undisturbed, spoil: Spoil, seed: int
) -> None:
    spoil(server, tmp_path / "bed", undisturbed, seed)
