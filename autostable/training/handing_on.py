"""A data object that hands on what another one gives; who stands between a `fit` and the user's own changes one thing of it."""

from __future__ import annotations

from typing import Any

import keras


class HandingOn(keras.utils.PyDataset):
    """A `PyDataset` with the batches, the length and the epochs of another one.

    Args:
        inner: The user's.
        workers: Threads that read it; as many as read the user's by default.
        processes: Whether processes may read it where they may read the user's.
    """

    def __init__(self, inner: Any, *, workers: int | None = None, processes: bool = False) -> None:
        super().__init__(
            workers=inner.workers if workers is None else workers,
            use_multiprocessing=processes and inner.use_multiprocessing,
            max_queue_size=inner.max_queue_size,
        )
        self._inner = inner

    @property
    def num_batches(self) -> int | None:
        return self._inner.num_batches  # type: ignore[no-any-return]

    def __getitem__(self, index: int) -> Any:
        return self._inner[index]

    def on_epoch_begin(self) -> None:
        self._inner.on_epoch_begin()

    def on_epoch_end(self) -> None:
        self._inner.on_epoch_end()
