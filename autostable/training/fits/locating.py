"""Where a run has failed: its exact step, and the first bad operation of that."""

from __future__ import annotations

import dataclasses

import tensorflow as tf
from keras import tree

from autostable.evidence import Finding
from autostable.training import data
from autostable.training.examine.judge import FEWEST_STEPS, Judge
from autostable.training.fits.at_rest import AtRest
from autostable.training.fits.batches import Batches
from autostable.training.fits.given import Given
from autostable.training.fits.record import Record
from autostable.training.fits.replays import Replays
from autostable.training.fits.stage import Enough, Stage
from autostable.training.fits.start import Start
from autostable.training.guard import Trip, Tripped
from autostable.training.judging import Run
from autostable.training.replay.finding import found_in
from autostable.training.replay.numbers import iter_bad_weights
from autostable.training.replay.pipeline import pipeline_site
from autostable.training.replay.recording import Replay
from autostable.training.replay.run import eagerly, run

PREFIX = 400  # steps that are trained once more to replay the next one from before it, where the step itself has moved weights


class Locating:
    """Looks for the bad operation of a run that has just ended.

    Args:
        given: What the fit is given.
        stage: The run at hand.
        start: How the fit is begun again.
        record: What was run so far.
        batches: The fit's batches.
        replays: Its steps once more.
        patient: Its model, to be asked.
        judge: Knows rows that it was trained on.
    """

    def __init__(
        self, given: Given, stage: Stage, start: Start, record: Record, batches: Batches, replays: Replays, patient: AtRest,
        judge: Judge,
    ) -> None:  # fmt: skip
        self._given, self._stage, self._start, self._record = given, stage, start, record
        self._batches, self._replays, self._patient, self._judge = batches, replays, patient, judge
        self._model = given.model

    def found_in(self, result: Run) -> Finding | None:
        """The first bad operation of a run: of the step that failed, or of the model as it is used."""
        return self._located_in_use() if self._record.is_lost(result) else self._locate(result)

    def _located_in_use(self) -> Finding | None:
        """The first bad operation of the model as it is used, and of its loss, on rows that it was trained on."""
        some = self._judge.rows_of([0.0] * FEWEST_STEPS)
        some = None if some is None else some.finite()
        if some is None:
            return None
        replay = Replay()
        x, y, weight = (
            tree.map_structure(lambda part: None if part is None else tf.convert_to_tensor(part), part)
            for part in (some.x, some.y, some.weight)
        )

        def used() -> None:
            replay.loss.append(self._patient.own_loss(x, y, self._model(x, training=False), weight, None))

        with self._patient.at_rest(), eagerly():
            run(used, replay)
        return found_in(replay, self._model.variables, [])

    def _locate(self, result: Run) -> Finding | None:
        """Replay the failing step (see `replay`)."""
        batch_number = result.trip.batch if result.trip is not None else max(result.steps - 1, 0)
        moved = result.trip is not None and result.trip.first_seen_in == "gradient" and not self._given.one_shot
        if moved and batch_number <= PREFIX:
            # what was withheld of a bad gradient its momentum has moved all the same
            self._advance(batch_number)
        bad_weights = list(iter_bad_weights(self._model.trainable_variables))
        batch = self._batches.at(batch_number)
        if batch is None:
            return None
        found = self._replays.found(batch, bad_weights)
        if found is None and bad_weights:
            found = Finding(op="Variable", born="update", variables=tuple(bad_weights))
        if found is not None and found.op == "Variable" and bad_weights:
            # the update itself went wrong: go back to the start, and on to this step
            self._advance(batch_number)
            found = self._replays.found(batch, []) or found
        if found is None and moved and batch_number > PREFIX:
            self._advance(batch_number)
            found = self._replays.found(batch, [])
        bad_before = found is None or (found.op == "Variable" and not found.variables)
        if bad_before and batch_number and result.trip is not None and result.trip.first_seen_in == "state":
            # states are looked at in the update: what a step does behind it shows in the next one, which may read it, too
            before = self._batches.at(batch_number - 1)
            self._advance(batch_number - 1)
            found = (None if before is None else self._replays.found(before, [])) or found
        return None if found is None else self._with_data(found, batch_number)

    def _with_data(self, found: Finding, batch_number: int) -> Finding:
        """The finding with the line of a pipeline that has made its numbers, and with the rows that it is about."""
        x = self._given.arguments["x"]
        if found.born == "data" and isinstance(x, tf.data.Dataset):
            self._start.at_entry()
            found = dataclasses.replace(found, site=pipeline_site(x, batch_number + 1))
        if found.rows:
            rows = self._batches.rows_at(batch_number)
            if rows is not None:
                kept = tuple(int(rows[row]) for row in found.rows if row < len(rows))
                found = dataclasses.replace(found, data_rows=kept)
        return found

    def last_step(self, result: Run) -> Replay | None:
        """The last step once more, every operation recorded; None where it is not known, or gives bad numbers."""
        batch = self._batches.at(max(result.steps - 1, 0))
        return None if batch is None else self._replays.once_more(batch)

    def pinned(self, trip: Trip) -> Trip:
        """The trip with its exact step, where the host has only noticed it some steps later."""
        if trip.exact or self._given.one_shot:
            return trip
        return self._advance(None) or trip

    def _advance(self, batches: int | None) -> Trip | None:
        """From the start of this fit, train so many batches again (None: until the step that trips)."""
        stage = self._stage
        self._start.rewind(stage.setup)
        if batches == 0:
            return None
        stage.begin(batches, "train" if batches else "careful")
        arguments = {**data.prepared(self._start.given_again(), stage.setup), "verbose": 0, "validation_freq": 10**9}
        arguments["callbacks"] = self._given.rate_callbacks()
        try:
            stage.fit(arguments)
        except Tripped as stopped:
            return dataclasses.replace(stopped.trip, exact=True)
        except (Enough, Exception):
            return None
        finally:
            stage.mode = "train"
            stage.tidy()
        return None
