"""Shares that the program's own code makes, and a crossentropy takes for logits."""

import pathlib
import subprocess

import keras
import numpy as np
import pytest
import tensorflow as tf

import autostable
from autostable.evidence import SharesAsLogits
from autostable.patch.edits import apply_diff
from autostable.records import Code, Site, Verdict
from autostable.setup import How, OperationGuard
from autostable.training import operations
from autostable.training.replay import shares
from autostable.training.replay.recording import Replay
from autostable.training.replay.run import eagerly, run
from tests import warm

SCORES = np.random.default_rng(0).normal(size=(6, 4)).astype("float32")
NUMBERS = np.array([0, 1, 2, 3, 0, 1])
MARKS = np.eye(4, dtype="float32")[NUMBERS]
SPARSE, DENSE = tf.nn.sparse_softmax_cross_entropy_with_logits, tf.nn.softmax_cross_entropy_with_logits
SIGMOID = tf.nn.sigmoid_cross_entropy_with_logits
KERAS = keras.losses.SparseCategoricalCrossentropy(from_logits=True)


def seen_in(step, *, traced=False):
    """What is seen of a step that gives its loss for some scores."""
    replay = Replay(updates=False, traced=traced)
    with eagerly():
        run(lambda: replay.loss.append(tf.reduce_mean(step(tf.constant(SCORES)))), replay)
    return shares.as_logits(replay)


def beside_a_figure(scores):
    given = tf.nn.softmax(scores)
    right = tf.reduce_mean(tf.cast(tf.equal(tf.argmax(given, 1), NUMBERS), tf.float32))
    return SPARSE(NUMBERS, given) if right < 2.0 else right


@pytest.mark.parametrize(
    ("step", "op"),
    [
        (lambda scores: DENSE(MARKS, tf.nn.softmax(scores)), "Softmax"),
        (lambda scores: SPARSE(NUMBERS, tf.nn.softmax(scores, axis=-1)), "Softmax"),
        (lambda scores: SPARSE(NUMBERS, keras.ops.softmax(scores)), "Softmax"),
        (lambda scores: SPARSE(NUMBERS, keras.activations.softmax(scores)), "Softmax"),
        (lambda scores: SPARSE(NUMBERS, tf.sigmoid(scores)), "Sigmoid"),
        (lambda scores: SIGMOID(MARKS, tf.sigmoid(scores)), "Sigmoid"),
        (lambda scores: SIGMOID(MARKS, keras.ops.sigmoid(scores)), "Sigmoid"),
        (lambda scores: SPARSE(NUMBERS, tf.cast(tf.nn.softmax(tf.cast(scores, tf.float64)), tf.float32)), "Softmax"),
        (lambda scores: SPARSE(NUMBERS, tf.reshape(tf.nn.softmax(scores), (-1, 4))[:, :4]), "Softmax"),
        (lambda scores: SPARSE(NUMBERS, tf.transpose(tf.nn.softmax(tf.transpose(scores), axis=0))), "Softmax"),
        (lambda scores: SPARSE(NUMBERS, tf.squeeze(tf.identity(tf.nn.softmax(scores)[:, None]), 1)), "Softmax"),
        (lambda scores: KERAS(NUMBERS, tf.nn.softmax(scores)), "Softmax"),
        (lambda scores: keras.losses.BinaryCrossentropy(from_logits=True)(MARKS, tf.sigmoid(scores)), "Sigmoid"),
        (beside_a_figure, "Softmax"),
    ],
)  # fmt: skip
def test_they_are_named(step, op):
    found = seen_in(step)
    assert (found.op, found.layer) == (op, None)
    assert pathlib.Path(found.site.file).name == pathlib.Path(__file__).name


def in_attention(scores):
    shares_of = tf.nn.softmax(scores @ tf.transpose(scores))
    return SPARSE(NUMBERS, shares_of @ scores)


def gated(scores):
    gates = tf.nn.softmax(scores)
    return SPARSE(NUMBERS, gates * tf.stack([scores[:, 0]] * 4, axis=1))


def in_the_loss_as_well(scores):
    given = tf.nn.softmax(scores)
    return SPARSE(NUMBERS, given) - 0.1 * tf.reduce_sum(given * tf.math.log(given), axis=1)


@pytest.mark.parametrize(
    "step",
    [
        lambda scores: SPARSE(NUMBERS, scores),
        lambda scores: SPARSE(NUMBERS, tf.nn.log_softmax(scores)),  # of which softmax makes what they were
        lambda scores: SPARSE(NUMBERS, tf.math.log(tf.nn.softmax(scores))),
        lambda scores: SPARSE(NUMBERS, tf.nn.softmax(scores) / 0.05),
        lambda scores: SPARSE(NUMBERS, scores / 0.05) + 0.0 * tf.cast(tf.argmax(tf.nn.softmax(scores), 1), tf.float32),
        lambda scores: -tf.reduce_sum(MARKS * tf.math.log(tf.nn.softmax(scores)), axis=1),
        lambda scores: DENSE(tf.nn.softmax(scores), scores),  # a teacher's
        lambda scores: keras.losses.SparseCategoricalCrossentropy()(NUMBERS, tf.nn.softmax(scores)),
        lambda scores: KERAS(NUMBERS, keras.ops.softmax(scores)),  # Keras remembers what these were made of
        lambda scores: tf.math.log1p(tf.exp(tf.where(scores > 0, -scores, scores))) * tf.sigmoid(scores),
        in_attention,
        gated,
        in_the_loss_as_well,
    ],
)
def test_of_healthy_twins_nothing_is_said(step):
    assert seen_in(step) is None


def test_in_a_graph_keras_takes_what_they_were_made_of():
    """There it sees that a softmax has made what it is given, unless something lies between; code of one's own does not."""
    assert seen_in(lambda scores: KERAS(NUMBERS, tf.nn.softmax(scores)), traced=True) is None
    assert seen_in(lambda scores: KERAS(NUMBERS, tf.nn.softmax(scores)[:, :4]), traced=True) is not None
    assert seen_in(lambda scores: SPARSE(NUMBERS, tf.nn.softmax(scores)), traced=True) is not None


def reached(loss, labels, answers):
    """How far a loss of these labels has come where the shares are these."""
    replay, given = Replay(updates=False), tf.constant(answers, tf.float32)
    with eagerly():
        run(lambda: replay.loss.append(tf.reduce_mean(loss(labels, tf.nn.softmax(tf.math.log(given + 1e-30))))), replay)
    return shares.as_logits(replay).reached


def test_how_far_it_has_come_is_counted_from_the_best_constant_to_the_best_there_is():
    labels, equal = np.concatenate([MARKS[:4], MARKS[:4]]), np.full((8, 4), 0.25, np.float32)
    smooth = 0.8 * labels + 0.2 * equal
    assert reached(DENSE, labels, labels) == pytest.approx(1.0, abs=1e-5)
    assert reached(SPARSE, np.tile(np.arange(4), 2), labels) == pytest.approx(1.0, abs=1e-5)
    assert reached(DENSE, labels, equal) == pytest.approx(0.0, abs=1e-5)
    assert reached(DENSE, labels, np.roll(labels, 1, axis=1)) < -0.5
    assert reached(DENSE, smooth, labels) == pytest.approx(1.0, abs=0.01)
    assert reached(SIGMOID, labels, labels) == pytest.approx(1.0, abs=1e-5)
    # of flags that are 0 in three of four places the best constant is 0, which costs log 2
    assert shares._of_entries(np.array([[0.0, 0.0, 0.0, 1.0]])) == pytest.approx(
        (np.log(2.0), (3 * np.log(2.0) + np.log1p(np.exp(-1.0))) / 4)
    )


@pytest.mark.parametrize("traced", [False, True])
def test_a_guard_leaves_the_one_on_its_line_out(traced):
    guards = operations.GuardedOperations()
    line = test_a_guard_leaves_the_one_on_its_line_out.__code__.co_firstlineno + 6

    def both(x):
        first = tf.nn.softmax(x)
        return first, tf.nn.softmax(x, axis=0)

    guards.set(lambda: [OperationGuard("Softmax", __file__, line, None, 0.0, how=How.LEFT_OUT)])
    try:
        as_given, made = (tf.function(both) if traced else both)(tf.constant(SCORES))
    finally:
        guards.clear()
    assert np.array_equal(as_given, SCORES) and np.allclose(made, tf.nn.softmax(SCORES, axis=0))


HEAD = """
import keras
import numpy as np
import tensorflow as tf

keras.utils.set_random_seed(3)
rng = np.random.default_rng(5)
x = rng.normal(size=(600, 12)).astype("float32")
w = rng.normal(size=(12, 10))
labels = np.argmax(x @ w + 0.3 * rng.normal(size=(600, 10)), 1).astype("int32")
marks = np.eye(10, dtype="float32")[labels]
flags = (x @ w[:, :3] > 1.0).astype("float32")
"""
NET = """
class Net(keras.Model):
    def __init__(self):
        super().__init__()
        self.hidden = keras.layers.Dense(32, activation="relu")
        self.out = keras.layers.Dense({units})

    def call(self, x):
        scores = self.out(self.hidden(x))
        return {made}
"""
LOOP = """
model = Net()
optimizer = keras.optimizers.SGD(0.5)

{traced}
def step(xb, yb):
    with tf.GradientTape() as tape:
        answers = model(xb)
        loss = tf.reduce_mean({loss})
    grads = tape.gradient(loss, model.trainable_variables)
    optimizer.apply_gradients(zip(grads, model.trainable_variables))
    return loss

for epoch in range(12):
    for start in range(0, 600, 30):
        loss = step(x[start:start + 30], {labels}[start:start + 30])
"""
FIGURE = """
print("right: %.4f" % np.mean(np.argmax(model(x), 1) == labels))
"""
FIT = """
model.compile(keras.optimizers.SGD(0.5), {loss})
model.fit(x, labels, epochs=12, batch_size=32, verbose=0)
"""
GRAPH = """
inputs = keras.Input((12,))
scores = keras.layers.Dense(10)(keras.layers.Dense(32, activation="relu")(inputs))
outputs = {made}
model = keras.Model(inputs, keras.layers.Reshape((10,))(outputs))
"""
BARE = """
class Net(tf.Module):
    def __init__(self):
        drawn = tf.random.Generator.from_seed(4)
        self.w1 = tf.Variable(drawn.normal((12, 32)) * 0.3)
        self.b1 = tf.Variable(tf.zeros(32))
        self.w2 = tf.Variable(drawn.normal((32, 10)) * 0.2)
        self.b2 = tf.Variable(tf.zeros(10))

    def __call__(self, x):
        h = tf.nn.relu(x @ self.w1 + self.b1)
        scores = h @ self.w2 + self.b2
        return {made}


model = Net()
optimizer = tf.keras.optimizers.SGD(0.1)
for epoch in range(12):
    for start in range(0, 600, 30):
        with tf.GradientTape() as tape:
            p = model(x[start:start + 30])
            loss = tf.reduce_mean({loss})
        variables = [model.w1, model.b1, model.w2, model.b2]
        optimizer.apply_gradients(zip(tape.gradient(loss, variables), variables))
"""
OWN_STEP = """
    def train_step(self, data):
        xb, yb = data
        with tf.GradientTape() as tape:
            answers = self(xb, training=True)
            loss = tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(yb, answers))
        grads = tape.gradient(loss, self.trainable_variables)
        self.optimizer.apply_gradients(zip(grads, self.trainable_variables))
        return {"loss": loss}


model = Net()
"""
DENSE_LOSS = "tf.nn.softmax_cross_entropy_with_logits(labels=yb, logits=answers)"
SPARSE_LOSS = "tf.nn.sparse_softmax_cross_entropy_with_logits(yb, answers)"
BARE_LOSS = "tf.nn.sparse_softmax_cross_entropy_with_logits(labels[start:start + 30], p)"
KERAS_LOSS = "keras.losses.SparseCategoricalCrossentropy(from_logits=True)"
FUNCTION = "tf.function"


def looped(made, loss, labels, traced, units=10):
    """A loop over a model of a class of its own."""
    model = NET.format(made=made, units=units)
    return HEAD + model + LOOP.format(loss=loss, labels=labels, traced=f"@{FUNCTION}" if traced else "")


TWICE = {
    "loop": (looped("tf.nn.softmax(scores)", DENSE_LOSS, "marks", traced=True), "tf.nn.softmax(scores)"),
    "eager loop, loss of Keras'": (
        looped("tf.nn.softmax(scores)", f"{KERAS_LOSS}(yb, answers)", "labels", traced=False), "tf.nn.softmax(scores)"
    ),
    "variables": (HEAD + BARE.format(made="tf.nn.softmax(scores, axis=-1)", loss=BARE_LOSS),
                  "tf.nn.softmax(scores, axis=-1)"),
    "train_step": (HEAD + NET.format(made="keras.ops.softmax(scores)", units=10) + OWN_STEP + FIT.format(loss="None"),
                   "keras.ops.softmax(scores)"),
    "graph": (HEAD + GRAPH.format(made="keras.ops.softmax(scores)") + FIT.format(loss=KERAS_LOSS),
              "keras.ops.softmax(scores)"),
    "lambda": (HEAD + GRAPH.format(made="keras.layers.Lambda(lambda z: tf.nn.softmax(z))(scores)")
               + FIT.format(loss=KERAS_LOSS), "tf.nn.softmax(z)"),
    "a layer of a function": (HEAD + GRAPH.format(made="keras.layers.Lambda(tf.nn.softmax)(scores)")
                              + FIT.format(loss=KERAS_LOSS), "keras.layers.Lambda(tf.nn.softmax)"),
    "sigmoids": (looped("tf.sigmoid(scores)", "tf.nn.sigmoid_cross_entropy_with_logits(labels=yb, logits=answers)",
                        "flags", traced=False, units=3).replace("SGD(0.5)", "SGD(0.1)"), "tf.sigmoid(scores)"),
}  # fmt: skip


@pytest.fixture
def ran(tmp_path, monkeypatch):
    """Runs a program; gives its report."""
    monkeypatch.chdir(tmp_path)
    return lambda text: report_of(text, tmp_path / "program.py")


def report_of(text, path):
    path.write_text(text)

    def program():
        exec(compile(path.read_text(), str(path), "exec"), {"__name__": "program"})

    return autostable.run(program)


def dear(name):
    return pytest.param(name, marks=pytest.mark.whole)


@pytest.mark.slow
@pytest.mark.parametrize(
    "name", [name if name in ("loop", "variables", "graph", "sigmoids") else dear(name) for name in TWICE]
)
def test_a_training_that_learns_little_by_them_is_cured_at_its_line(name, ran):
    text, written = TWICE[name]
    report = ran(text)
    assert (report.verdict, report.plan[0].name) == (Verdict.REPAIRED, "fix-output-activation")
    assert report.causes[0].code is Code.OUTPUT_ACTIVATION_MISMATCH and written in report.causes[0].site.source
    assert report.attempts[-1].loss_last < 0.3 * report.attempts[0].loss_last


@pytest.mark.slow
@pytest.mark.parametrize(
    "name", ["loop", *(dear(name) for name in ("variables", "train_step", "graph", "lambda", "a layer of a function"))]
)
def test_the_source_without_it_reaches_the_same(name, ran, tmp_path, capsys):
    text, written = TWICE[name]
    (edit,) = ran(text + FIGURE).edits
    figure = capsys.readouterr().out.split("right: ")[-1].split()[0]
    patched = apply_diff(text + FIGURE, edit)
    (tmp_path / "patched.py").write_text(patched)
    printed = subprocess.run([warm.python(), "patched.py"], capture_output=True, text=True, check=True).stdout
    assert edit.complete and written not in patched
    assert float(figure) > 0.8 and printed.split("right: ")[1].strip() == figure


HEALTHY = {
    "probabilities beside the logits": looped(
        "scores", f"{SPARSE_LOSS} + 0.0 * tf.cast(tf.argmax(tf.nn.softmax(answers), 1), tf.float32)", "labels", True
    ),
    "a temperature": looped("tf.nn.softmax(scores) / 0.05", SPARSE_LOSS, "labels", True),
    "their logarithm": looped(
        "tf.nn.softmax(scores)", "-tf.reduce_sum(yb * tf.math.log(answers + 1e-7), axis=1)", "marks", True
    ),
    "attention": looped(
        "self.out(tf.nn.softmax(self.hidden(x) @ tf.transpose(self.hidden(x)) / 6.0) @ self.hidden(x)) + scores",
        SPARSE_LOSS, "labels", True,
    ),
    "gates": looped(
        "tf.nn.softmax(self.hidden(x))[:, :1] * scores + scores", SPARSE_LOSS, "labels", True
    ),
    "a loss of Keras' in a graph": looped(
        "tf.nn.softmax(scores)", f"{KERAS_LOSS}(yb, answers)", "labels", traced=True
    ),
    "variables": HEAD + BARE.format(made="scores", loss=BARE_LOSS),
}  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize(
    "name", [name if name not in ("attention", "gates", "a temperature") else dear(name) for name in HEALTHY]
)
def test_healthy_twins_are_left_alone(name, ran):
    report = ran(HEALTHY[name])
    assert (report.verdict, report.plan, len(report.attempts)) == (Verdict.HEALTHY, (), 1)
    assert not any(cause.code is Code.OUTPUT_ACTIVATION_MISMATCH for cause in (*report.causes, *report.warnings))


@pytest.mark.slow
def test_who_has_learnt_by_them_what_can_be_learnt_is_left_alone(ran):
    """Two classes far apart: of what shares that are taken for logits can reach nearly all was reached."""
    text = looped("tf.nn.softmax(scores)", SPARSE_LOSS, "labels", traced=False, units=2)
    text = text.replace(
        "labels = np.argmax(", "labels = (x[:, 0] > 0).astype('int32')\nx[:, 0] *= 5.0\nunused = np.argmax("
    )
    report = ran(text)
    assert (report.verdict, report.plan, len(report.attempts)) == (Verdict.HEALTHY, (), 1)


@pytest.mark.parametrize(("far", "short"), [(-0.2, True), (0.69, True), (0.7, False), (1.0, False)])
def test_how_little_is_too_little(far, short):
    assert SharesAsLogits("Softmax", Site(file="train.py", line=3), far).short is short
