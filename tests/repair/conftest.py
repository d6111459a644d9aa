"""What tests of the search go by: chances that do not change with the cases that are counted."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from autostable.repair import chances

TABLE = {
    "first": [
        {"from": 0.15, "chance": 0.022},
        {"from": 0.5, "chance": 0.48},
        {"from": 0.8, "chance": 0.716},
        {"from": 0.95, "chance": 0.838},
    ],
    "later": [{"from": 0.1, "chance": 0.002}, {"from": 0.65, "chance": 0.033}],
    "resort": [{"from": 0.1, "chance": 0.045}],
    "together": 0.35,
}


@pytest.fixture(scope="module")
def known_chances() -> Iterator[None]:
    """A table of chances that stays as it is."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(chances, "table", lambda: TABLE)
        yield
