"""What is kept of a part of a fit while other runs are made, and put back for the run at hand to go on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar


class AtHand:
    """Something of which some attributes belong to the run at hand."""

    _AT_HAND: ClassVar[tuple[str, ...]]

    def at_hand(self) -> dict[str, Any]:
        """What is kept of it while other runs are made; for `stand`."""
        return {name: getattr(self, name) for name in self._AT_HAND}

    def stand(self, kept: Mapping[str, Any]) -> None:
        """Be as it was."""
        for name, value in kept.items():
            setattr(self, name, value)
