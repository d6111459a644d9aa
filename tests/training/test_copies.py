"""Sequences whose targets were not shifted: a model that looks no further ahead need only copy them."""

import functools

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers

from autostable.records import Code, Verdict
from autostable.setup import Setup
from autostable.training.install import Installation

WORDS, STEPS = 12, 10


def sentences(rows=960):
    """Each word follows from the two before it, but for a few that are drawn."""
    rng = np.random.default_rng(0)
    words = rng.integers(1, WORDS, (rows, STEPS))
    for step in range(2, STEPS):
        known = 1 + (words[:, step - 1] + 2 * words[:, step - 2]) % (WORDS - 1)
        words[:, step] = np.where(rng.random(rows) < 0.9, known, words[:, step])
    return words.astype("int32")


def trained(body, shown, targets, epochs=12):
    keras.utils.set_random_seed(0)
    inputs = keras.Input((shown.shape[1],), dtype="int32")
    model = keras.Model(inputs, layers.Dense(WORDS)(body(layers.Embedding(WORDS, 24)(inputs))))
    model.compile(keras.optimizers.Adam(5e-3), keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    model.fit(shown, targets, batch_size=64, epochs=epochs, verbose=0)
    return model


def causal(h):
    return layers.GRU(48, return_sequences=True)(h)


def rebuilt(h):
    return layers.GRU(48, return_sequences=True)(layers.RepeatVector(STEPS)(layers.GRU(48)(h)))


@pytest.mark.slow
def test_a_copy_is_told_and_the_next_step_asked_for(stories):
    words, made = sentences(), []
    (story,) = stories(lambda: made.append(trained(causal, words, words)), repair=True)
    assert (story.verdict, story.causes[0].code) == (Verdict.REPAIRED, Code.LABELS_SUSPICIOUS)
    assert [remedy.name for remedy in story.plan] == ["shift-targets"]
    assert story.attempts[0].learning.reason == "copies"
    said = np.asarray(made[0](words)).argmax(-1)
    assert np.mean(said[:, 2:-1] == words[:, 3:]) > 0.6, "it foretells the next word"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("body", "shown", "targets"),
    [
        (causal, sentences()[:, :-1], sentences()[:, 1:]),
        (rebuilt, sentences(), sentences()),  # from a code of the whole of it
        (causal, sentences(), np.sort(sentences(), axis=1)),
    ],
)
def test_what_is_foretold_or_rebuilt_is_no_copy(body, shown, targets, stories):
    (story,) = stories(lambda: trained(body, shown, targets, epochs=4))
    assert story.attempts[0].learning.reason != "copies"


def test_targets_without_their_first_step_meet_answers_without_their_last():
    from autostable.setup import Setup
    from autostable.training import install

    words = sentences(8)
    model = trained(causal, words, words, epochs=1)
    installation = install.Installation(model, None)
    installation.put(Setup(shift_targets=1, own_loss=False), retrace=False)
    said = model(words)
    loss = float(install.compute_loss(type(model).compute_loss, model, x=words, y=words, y_pred=said))
    installation.take_off(retrace=False)
    entropy = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    assert loss == pytest.approx(float(entropy(words[:, 1:], np.asarray(said)[:, :-1])), rel=1e-5)


@pytest.mark.parametrize(("share", "ahead"), [(0.7e-4, False), (1.3e-4, True)])
def test_what_is_no_more_than_rounding_is_no_look_ahead(share, ahead):
    """Answers of the first half that take so much of the last step, in parts of what they spread."""
    from autostable.training.examine.model_loss import ModelLoss
    from autostable.training.examine.rows import Rows

    words = np.array([[0, 1, 0, 0], [1, 0, 0, 1]], "int32")

    def model(given, training):
        signs = tf.cast(given, tf.float32)
        return (2.0 * signs - 1.0 + share * signs[:, -1:])[..., None] * tf.constant([1.0, -1.0])

    loss = ModelLoss(model, Rows(words, words, None, batch=2), None, places=[0], by_row=True, seconds=1.0)
    assert loss.looks_ahead(0, [0]) is ahead


def attended(h):
    return layers.LayerNormalization()(h + layers.MultiHeadAttention(2, 12)(h, h))


class Attending(layers.Layer):
    """The same in a layer of the user's own, called with names."""

    def __init__(self, causal):
        super().__init__()
        self.first, self.second = (layers.MultiHeadAttention(2, 12) for _ in range(2))
        self.norm, self.masked = layers.LayerNormalization(), causal

    def call(self, h):
        h = self.norm(h + self.first(h, h, use_causal_mask=self.masked))
        return h + self.second(query=h, value=h, use_causal_mask=self.masked)


@pytest.mark.slow
@pytest.mark.parametrize(("body", "kept"), [(attended, True), (Attending(False), False)], ids=["a graph", "a layer"])
def test_who_is_shown_what_it_is_to_foretell_is_told_and_looks_back_only(body, kept, stories, tmp_path):
    words, made = sentences(), []
    program = lambda: made.append(trained(body, words[:, :-1], words[:, 1:], epochs=6))  # noqa: E731
    (story,) = stories(program, repair=True)
    assert (story.verdict, story.causes[0].code) == (Verdict.REPAIRED, Code.LABELS_SUSPICIOUS)
    assert [remedy.name for remedy in story.plan] == ["mask-future"]
    assert story.attempts[0].learning.reason == "peeks"
    (model,) = made
    shown = words[:40, :-1]
    later = np.concatenate([shown[:, :5], shown[::-1, 5:]], axis=1)
    np.testing.assert_allclose(model(shown)[:, :5], model(later)[:, :5], atol=1e-5)
    if kept:  # what a graph of Keras's layers says of its calls is saved with it
        model.save(tmp_path / "model.keras")
        loaded = keras.models.load_model(tmp_path / "model.keras")
        np.testing.assert_allclose(loaded(shown)[:, :5], loaded(later)[:, :5], atol=1e-5)


@pytest.mark.slow
def test_a_causal_mask_is_no_matter(stories):
    words = sentences()
    (story,) = stories(lambda: trained(Attending(True), words[:, :-1], words[:, 1:], epochs=6), repair=True)
    assert story.verdict is Verdict.HEALTHY


def graph(kind):
    inputs = keras.Input((6, 4))
    query, other = layers.Dense(4)(inputs), layers.Dense(4)(inputs)
    asked = {
        "positions": lambda: layers.MultiHeadAttention(2, 2, name="att")(query, query),
        "names": lambda: layers.MultiHeadAttention(2, 2, name="att")(query=query, value=query),
        "a list": lambda: layers.Attention(name="att")([query, query]),
        "another": lambda: layers.MultiHeadAttention(2, 2, name="att")(query, value=other),
        "a list of others": lambda: layers.Attention(name="att")([query, other]),
    }
    return keras.Model(inputs, asked[kind]())


class Called(keras.Model):
    def __init__(self, kind):
        super().__init__()
        self.before, self.other = layers.Dense(4), layers.Dense(4)
        self.att = (layers.Attention if "list" in kind else functools.partial(layers.MultiHeadAttention, 2, 2))(
            name="att"
        )
        self.kind = kind

    def call(self, x):
        query, other = self.before(x), self.other(x)
        return {
            "positions": lambda: self.att(query, query),
            "names": lambda: self.att(query=query, value=query),
            "a list": lambda: self.att([query, query]),
            "another": lambda: self.att(query, value=other),
            "a list of others": lambda: self.att([query, other]),
        }[self.kind]()


@pytest.mark.slow
@pytest.mark.parametrize("model_of", [graph, Called])
@pytest.mark.parametrize(
    ("kind", "looks_back"),
    [("positions", True), ("names", True), ("a list", True), ("another", False), ("a list of others", False)],
)
def test_what_attends_to_itself_looks_back_only_however_it_is_called(model_of, kind, looks_back):
    keras.utils.set_random_seed(0)
    x = np.random.default_rng(0).normal(size=(2, 6, 4)).astype("float32")
    later = np.concatenate([x[:, :3], x[::-1, 3:]], axis=1)
    model = model_of(kind)
    model(x)
    installation = Installation(model, None)
    installation.put(Setup(causal=("att",)))
    assert np.allclose(model(x)[:, :3], model(later)[:, :3], atol=1e-6) is looks_back
    installation.take_off()
    assert not np.allclose(model(x)[:, :3], model(later)[:, :3], atol=1e-6)
