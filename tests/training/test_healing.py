"""Trainings that are gone on with: back to the last healthy state, and on, while `fit` or a loop goes on."""

import json

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers

import autostable
from autostable.records import Action, Intervention, Remedy, Verdict
from autostable.training import snapshots
from autostable.training.snapshots import Reader, Ring, Snapshot

pytestmark = pytest.mark.slow
HEAL = {"on_failure": "heal", "goal": "finite"}


def rows(count=480):
    draw = np.random.default_rng(0)
    x = draw.normal(size=(count, 6)).astype("float32")
    return x, ((x[:, 0] > x[:, 1]).astype("int32") + (x[:, 2] > 1)).astype("int32")


def model(statistics=False):
    keras.utils.set_random_seed(0)
    between = [layers.BatchNormalization()] if statistics else []
    return keras.Sequential([
        layers.Input((6,)), layers.Dense(16, activation="tanh"), *between, layers.Dropout(0.2), layers.Dense(3),
    ])  # fmt: skip


def fit(x, y, *, callbacks=(), statistics=False, optimizer="adam", epochs=3, **compiled):
    made = model(statistics)
    made.compile(
        optimizer, keras.losses.SparseCategoricalCrossentropy(from_logits=True), metrics=["accuracy"], **compiled
    )
    history = made.fit(x, y, epochs=epochs, batch_size=16, verbose=0, callbacks=list(callbacks))
    return history.history, made


def alike(one, other):
    return all(
        np.array_equal(first, second) for first, second in zip(one.get_weights(), other.get_weights(), strict=True)
    )


class At(keras.callbacks.Callback):
    """Does something to the model before a step."""

    def __init__(self, step, what):
        super().__init__()
        self.step, self.what, self.count = step, what, 0

    def on_train_batch_begin(self, batch, logs=None):
        if self.count == self.step:
            self.what(self.model)
        self.count += 1


def spoil(variable):
    variable.assign(np.full(variable.shape, np.nan, "float32"))


def test_a_healthy_run_is_the_same_to_the_bit(stories):
    """Of 470 rows the last batch is a smaller one: a step that is traced for one size rounds otherwise."""
    x, y = rows(470)
    runs = {}
    plain = fit(x, y, statistics=True)
    (story,) = stories(lambda: runs.update(healed=fit(x, y, statistics=True)), **HEAL)
    assert story.verdict is Verdict.HEALTHY and not story.interventions and not story.plan
    assert runs["healed"][0] == plain[0] and alike(runs["healed"][1], plain[1])


@pytest.mark.parametrize(
    "what",
    [
        pytest.param(lambda made: spoil(made.optimizer.variables[-1]), id="slot", marks=pytest.mark.whole),
        pytest.param(lambda made: spoil(made.layers[1].moving_variance), id="statistics"),
    ],
)
def test_what_something_else_has_spoilt_is_gone_back_from(stories, what):
    """The same batches from the state before: the training ends with the very weights of one that nothing has happened to."""
    x, y = rows()
    runs = {}
    plain = fit(x, y, statistics=True)
    (story,) = stories(lambda: runs.update(healed=fit(x, y, statistics=True, callbacks=[At(40, what)])), **HEAL)
    (done,) = story.interventions
    assert (story.verdict, story.plan, done.action) == (Verdict.REPAIRED, (), Action.WENT_BACK)
    assert done.step - done.back_to + 1 == done.steps_again == story.attempts[0].steps - story.full
    assert runs["healed"][0] == plain[0] and alike(runs["healed"][1], plain[1])


def test_a_bad_batch_is_left_out_and_named(stories):
    x, y = rows()
    x[77] = np.nan
    runs = {}
    (story,) = stories(lambda: runs.update(healed=fit(x, y, epochs=1)), **HEAL)
    (done,) = story.interventions
    assert (done.action, done.data_rows, done.batch) == (Action.SKIPPED, (77,), done.step) and len(done.rows) == 1
    assert (story.plan, story.stable, story.notes) == ((), (Remedy("drop-nonfinite-rows", {"drop_rows": True}),), ())
    assert "data-nonfinite" in done.reason and story.causes[0].code == "data-nonfinite" and story.full == 30
    assert np.isfinite(runs["healed"][0]["loss"]).all() and np.isfinite(runs["healed"][1].get_weights()[0]).all()


@pytest.mark.whole
def test_what_comes_often_gets_its_remedy(stories):
    x, y = rows()
    x[77] = np.nan
    (story,) = stories(lambda: fit(x, y, epochs=5), **HEAL)
    assert [each.action for each in story.interventions] == [Action.SKIPPED] * 3 + [Action.REMEDY]
    assert [remedy.name for remedy in story.plan] == ["drop-nonfinite-rows"]


@pytest.mark.whole
def test_a_run_that_was_cut_off_goes_on_with_what_healed_it(stories):
    """Its journal tells; the remedies are in force from the start, and the report tells of what was done before."""
    x, y = rows()
    x[77] = np.nan
    earlier = Intervention(
        140, "non-finite loss", Action.REMEDY, 140, Remedy("drop-nonfinite-rows", {"drop_rows": True})
    )
    (story,) = stories(lambda: fit(x, y, epochs=1), healed={"0": (earlier,)}, **HEAL)
    assert (story.verdict, story.interventions) == (Verdict.REPAIRED, (earlier,))
    assert [remedy.name for remedy in story.plan] == ["drop-nonfinite-rows"]


@pytest.mark.whole
def test_batches_that_take_too_much_are_passed_over(stories, monkeypatch):
    monkeypatch.setattr("autostable.training.healing.allowance", lambda: 1)
    x, y = rows()
    x[77] = np.nan
    runs = {}
    (story,) = stories(lambda: runs.update(healed=fit(x, y, epochs=1)), **HEAL)
    (done,) = story.interventions
    assert (done.action, done.steps_again) == (
        Action.WENT_BACK,
        0,
    ) and done.steps_lost == done.step + 1 - done.back_to > 1
    assert np.isfinite(runs["healed"][0]["loss"]).all() and "not all batches" in done.reason


@pytest.mark.whole
def test_a_label_that_is_refused(stories):
    x, y = rows()
    y[77] = 9
    (story,) = stories(lambda: fit(x, y, epochs=1), **HEAL)
    (done,) = story.interventions
    assert (done.action, done.data_rows) == (Action.SKIPPED, (77,)) and "labels-out-of-range" in done.reason
    assert [remedy.name for remedy in story.stable] == ["remap-labels"] and story.stable[0].parameters["keep"] == [0, 2]


@pytest.mark.whole
def test_nothing_bad_is_logged_or_written(stories, tmp_path):
    """Callbacks that read each batch, and one that keeps the best weights."""
    x, y = rows()
    x[77], seen = np.nan, []
    best = str(tmp_path / "best.weights.h5")

    class Reads(keras.callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            seen.append((batch, logs["loss"]))

    keeps = keras.callbacks.ModelCheckpoint(best, save_weights_only=True, save_freq=1)
    (story,) = stories(lambda: fit(x, y, epochs=1, callbacks=[Reads(), keeps]), **HEAL)
    assert [batch for batch, _ in seen] == list(range(30)) and np.isfinite([loss for _, loss in seen]).all()
    loaded = model()
    loaded.load_weights(best)
    assert all(np.isfinite(each).all() for each in loaded.get_weights()) and story.verdict is Verdict.REPAIRED


@pytest.mark.whole
def test_a_rate_that_jumps_is_capped(stories):
    class Jumping(keras.optimizers.schedules.LearningRateSchedule):
        def __call__(self, step):
            step = tf.cast(step, tf.float32)
            return tf.where((step >= 60) & (step < 66), 1e38, 1e-3)

    x, y = rows()
    (story,) = stories(lambda: fit(x, y, optimizer=keras.optimizers.SGD(Jumping())), **HEAL)
    assert [(remedy.name, remedy.parameters["most"]) for remedy in story.plan] == [
        ("cap-learning-rate", pytest.approx(1e-3))
    ]


@pytest.mark.whole
def test_what_cannot_be_healed_in_flight_is_told_as_ever(stories):
    """Every batch is bad: the share that may be left out is used up, and nothing else helps."""
    x, y = rows()
    x[::16] = np.nan
    (story,) = stories(
        lambda: fit(x, y, epochs=1), ignore=("drop-nonfinite-rows", "impute-missing", "data-nonfinite"), **HEAL
    )
    assert story.verdict is Verdict.UNREPAIRED and story.attempts[0].outcome == "unstable" and story.interventions


@pytest.mark.whole
@pytest.mark.parametrize(
    "compiled",
    [{"jit_compile": True}, {"run_eagerly": True}, {"steps_per_execution": 4}],
    ids=["xla", "eager", "several steps"],
)
def test_every_way_to_run_a_step(stories, compiled):
    """The same to the bit where nothing happens, and where a slot was spoilt between two calls."""
    x, y = rows()
    runs = {}
    plain = fit(x, y, statistics=True, **compiled)
    (story,) = stories(lambda: runs.update(same=fit(x, y, statistics=True, **compiled)), **HEAL)
    assert story.verdict is Verdict.HEALTHY and runs["same"][0] == plain[0] and alike(runs["same"][1], plain[1])
    at = At(12, lambda made: spoil(made.optimizer.variables[-1]))
    (story,) = stories(lambda: runs.update(spoilt=fit(x, y, statistics=True, callbacks=[at], **compiled)), **HEAL)
    assert [each.action for each in story.interventions] == [Action.WENT_BACK]
    assert runs["spoilt"][0] == plain[0] and alike(runs["spoilt"][1], plain[1])


def test_a_loop_is_healed(stories):
    x, y = rows()

    def loop(what=None):
        made, optimizer = model(True), keras.optimizers.Adam(0.01)
        loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)

        @tf.function
        def step(given, labels):
            with tf.GradientTape() as tape:
                value = loss(labels, made(given, training=True))
            optimizer.apply(tape.gradient(value, made.trainable_variables), made.trainable_variables)
            return value

        data = tf.data.Dataset.from_tensor_slices((x, y)).batch(16)
        losses = []
        for number, batch in enumerate(data):
            if number == 20 and what is not None:
                what(made, optimizer)
            losses.append(float(step(*batch)))
        return losses, made

    plain, runs = loop(), {}
    (story,) = stories(lambda: runs.update(healthy=loop()), **HEAL)
    assert story.verdict is Verdict.HEALTHY and runs["healthy"][0] == plain[0] and alike(runs["healthy"][1], plain[1])
    (story,) = stories(lambda: runs.update(spoilt=loop(lambda made, _: spoil(made.layers[1].moving_variance))), **HEAL)
    assert [each.action for each in story.interventions] == [Action.WENT_BACK]
    assert runs["spoilt"][0] == plain[0] and alike(runs["spoilt"][1], plain[1])
    x[77] = np.nan
    (story,) = stories(lambda: runs.update(bad=loop()), **HEAL)
    (done,) = story.interventions
    assert (done.action, done.batch, done.rows, story.kind) == (Action.SKIPPED, 4, (13,), "loop")
    assert np.isfinite(runs["bad"][0]).all()


@pytest.mark.whole
def test_the_callback_and_the_decorator():
    x, y = rows()
    x[77] = np.nan
    guard = autostable.Guard(on_failure="heal")
    history, _ = fit(x, y, epochs=2, callbacks=[guard])
    assert len(history["loss"]) == 2 and guard.report.verdict is Verdict.REPAIRED
    assert [each.data_rows for each in guard.report.interventions] == [(77,), (77,)]

    @autostable.stabilize(on_failure="heal", goal="finite")
    def train():
        return fit(x, y, epochs=1)[0]["loss"]

    assert np.isfinite(train()).all() and [each.batch for each in train.report.interventions] != []
    report = autostable.run(lambda: fit(x, y, epochs=1), on_failure="heal")
    assert report.interventions and json.dumps(list(report.interventions[0].data_rows)) == "[77]"


def test_a_state_is_not_changed_by_later_updates():
    """Values are read, not copied: what comes later writes into other buffers, dense and sparse updates alike."""
    variable = tf.Variable(np.arange(6.0, dtype="float32").reshape(3, 2))
    known, values, sound = Reader().read([variable, variable], [variable])
    assert len(known) == 1 and sound
    for _ in range(3):
        variable.assign_add(tf.ones((3, 2)))
        variable.scatter_add(tf.IndexedSlices(tf.ones((1, 2)), [1]))
        tf.function(lambda: variable.assign(variable * 2.0), jit_compile=True)()
    assert np.array_equal(values[0].numpy().ravel(), np.arange(6.0))
    Snapshot(0, 0, known, values, {}).restore()
    variable.assign_add(tf.ones((3, 2)))
    assert np.array_equal(values[0].numpy().ravel(), np.arange(6.0))


def test_older_states_go_to_disk_and_a_full_disk_costs_a_state(tmp_path, monkeypatch):
    monkeypatch.setattr(snapshots, "SMALL", 0)
    variable = tf.Variable([0.0, 0.0])
    ring = Ring(tmp_path, most=4)
    for step in range(6):
        variable.assign([float(step), -1.0])
        ring.add(Snapshot(step, 0, *Reader().read([variable])[:2], {}))
    assert len(ring) == 4 and ring.steps[0] == 0 and ring.steps[-1] == 5
    assert [state.file is not None for state in ring._states] == [True, True, False, False]
    ring.newest(3).restore()
    assert variable.numpy().tolist() == [0.0, -1.0]
    assert ring.before(4).step == 4 and ring.newest(9).step == 0
    monkeypatch.setattr(
        Snapshot, "spill", lambda state, file: (_ for _ in ()).throw(OSError(28, "No space left on device"))
    )
    ring.add(Snapshot(6, 0, *Reader().read([variable])[:2], {}))
    assert len(ring) == 3 and "No space left" in ring.lost
    ring.clear()
    assert not list(tmp_path.iterdir())
