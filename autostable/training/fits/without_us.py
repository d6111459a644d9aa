"""A fit that nothing cures, run to the end that it would have come to without us.

A study takes what each of its trials gives, and a script goes on with its next training: a NaN is an answer to both, an end
of the program is none.
"""

from __future__ import annotations

from typing import Any

from autostable import frames
from autostable.setup import Setup
from autostable.training import seams
from autostable.training.aside import aside
from autostable.training.fits.given import Given
from autostable.training.fits.stage import Stage
from autostable.training.fits.start import Start
from autostable.training.session import Session

WITHOUT_US = "The training went on to its end as it would have without autostable, and the program after it."


class WithoutUs:
    """Runs one fit from its start with nothing of ours in its steps."""

    def __init__(self, session: Session, given: Given, stage: Stage, start: Start) -> None:
        self._session, self._given, self._stage, self._start = session, given, stage, start

    def conducted(self) -> Any:
        """Run it; its History, or whatever it raises."""
        model = self._given.model
        self._start.rewind(Setup())
        self._start.files.set_aside()
        seams.trainer_function_is_stale(model)
        try:
            with self._stage.watched(), aside(), seams.without_frames_of(frames.OWN):
                seams.called_before_steps(model, self._session.stepped)
                return self._given.fitted(self._start.given_again())
        except KeyboardInterrupt:
            self._session.interrupted = False  # it came through; a program may catch it and train on
            raise
        except Exception as error:
            self._session.unmended = error
            raise
        finally:
            seams.trainer_function_is_stale(model)  # its next fit is watched again
