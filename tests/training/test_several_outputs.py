"""Several outputs: each has its own loss, its own target, whatever order and names they are given in."""

import keras
import numpy as np
import pytest
from keras import layers

import autostable
from autostable.records import Code, Verdict
from autostable.registry import setup_of
from autostable.training import data, facts, seams


def two_heads(order, losses, rate=0.01):
    """Heads "zeta" (classes) and "beta" (a quantity); the model gives them in this order."""
    inputs = keras.Input((6,))
    hidden = layers.Dense(16, "relu")(inputs)
    heads = {"zeta": layers.Dense(1, "sigmoid", name="zeta"), "beta": layers.Dense(1, name="beta")}
    outputs = {name: heads[name](hidden) for name in ("zeta", "beta")}
    model = keras.Model(inputs, outputs if order is None else [outputs[name] for name in order])
    model.compile(keras.optimizers.Adam(rate), losses)
    return model


LOSSES = {"zeta": "binary_crossentropy", "beta": "mse"}


@pytest.mark.parametrize(
    ("order", "losses", "expected"),
    [
        (("zeta", "beta"), LOSSES, [("zeta", "binary_crossentropy"), ("beta", "mean_squared_error")]),
        (("beta", "zeta"), LOSSES, [("beta", "mean_squared_error"), ("zeta", "binary_crossentropy")]),
        (("zeta", "beta"), ["mae", "mse"], [("zeta", "mean_absolute_error"), ("beta", "mean_squared_error")]),
        (None, LOSSES, [("beta", "mean_squared_error"), ("zeta", "binary_crossentropy")]),
        (("zeta", "beta"), "mse", [("zeta", "mean_squared_error"), ("beta", "mean_squared_error")]),
        (("zeta", "beta"), {"beta": "mae"}, [("zeta", ""), ("beta", "mean_absolute_error")]),
    ],
)
def test_each_output_has_its_loss(order, losses, expected):
    known = facts.model_facts(two_heads(order, losses))
    assert [(layer.name, loss) for layer, loss in zip(known.outputs, known.losses)] == expected


def quantities(rows=320):
    rng = np.random.default_rng(0)
    x = rng.normal(size=(rows, 6)).astype("float32")
    kind = (x[:, :1] > 0).astype("float32")
    return x, {"zeta": kind, "beta": (250000 + 60000 * x[:, 1:2]).astype("float32")}


def test_targets_by_name_are_in_the_order_of_the_outputs():
    x, y = quantities()
    model = two_heads(("zeta", "beta"), LOSSES)
    audits = data.audited(model, {"x": x, "y": y})
    assert [facts.high[0] > 2 for facts in audits.targets] == [False, True]
    assert seams.target_parts(model, [y["zeta"], y["beta"]]) == [y["zeta"], y["beta"]]


@pytest.mark.slow
@pytest.mark.parametrize("order", [("zeta", "beta"), ("beta", "zeta"), None])
def test_one_output_that_learns_nothing_is_seen_and_repaired(order, watch):
    keras.utils.set_random_seed(0)
    x, y = quantities()
    model = two_heads(order, LOSSES)
    with watch(repair=True) as session:
        model.fit(x, y, epochs=12, batch_size=16, verbose=0)
    (story,) = session.stories
    assert story.verdict is Verdict.REPAIRED
    assert story.symptom.evidence["output"] == "beta"
    assert story.causes[0].code is Code.DATA_UNSCALED_TARGETS
    place = [layer.name for layer in story.evidence.model.outputs].index("beta")
    maps = setup_of(story.plan).targets
    assert [index for index, affine in enumerate(maps) if affine is not None] == [place]
    predicted = model.predict(x, verbose=0)
    given = predicted["beta"] if order is None else predicted[order.index("beta")]
    assert np.corrcoef(given[:, 0], y["beta"][:, 0])[0, 1] > 0.9
    assert np.abs(given.mean() - 250000) < 20000


@pytest.mark.slow
def test_one_output_gets_another_loss(watch):
    """A categorical crossentropy over one unit is 0 whatever it says; the loss of the other output stays."""
    keras.utils.set_random_seed(0)
    x, y = quantities()
    y["beta"] = (y["beta"] - 250000) / 60000
    model = two_heads(None, {"zeta": "categorical_crossentropy", "beta": "mse"})
    with watch(repair=True) as session:
        model.fit(x, y, epochs=10, batch_size=16, verbose=0)
    (story,) = session.stories
    assert story.verdict is Verdict.REPAIRED
    assert story.causes[0].code is Code.LOSS_MISMATCH
    (remedy,) = story.plan
    assert (remedy.name, remedy.parameters["losses"]) == ("swap-loss", [None, "binary_crossentropy"])
    predicted = model.predict(x, verbose=0)
    assert np.mean((predicted["zeta"] > 0.5) == y["zeta"]) > 0.9
    assert np.mean((predicted["beta"] - y["beta"]) ** 2) < 0.1


@pytest.mark.slow
def test_several_outputs_that_learn_are_left_alone(watch):
    keras.utils.set_random_seed(0)
    x, y = quantities()
    y["beta"] = (y["beta"] - 250000) / 60000
    with watch(repair=True) as session:
        two_heads(("zeta", "beta"), LOSSES).fit(x, y, epochs=8, batch_size=16, verbose=0)
    (story,) = session.stories
    assert story.verdict is Verdict.HEALTHY
    assert len(story.attempts) == 1


@pytest.mark.slow
def test_raw_targets_of_two_outputs_under_train_on_batch():
    """Lists of arrays are read as a single one is."""
    keras.utils.set_random_seed(0)
    rng = np.random.default_rng(0)
    x = [rng.normal(size=(640, 3)).astype("float32") for _ in range(2)]
    y = [40000 + 9000 * x[0][:, 0], 30000 + 5000 * x[1][:, 1]]

    def program():
        inputs = [keras.Input((3,)) for _ in range(2)]
        hidden = layers.Dense(16, "relu")(layers.Concatenate()(inputs))
        model = keras.Model(inputs, [layers.Dense(1)(hidden) for _ in range(2)])
        model.compile("nadam", loss=["mae", "mae"])
        for _ in range(10):
            for at in range(0, 640, 32):
                model.train_on_batch([part[at : at + 32] for part in x], [part[at : at + 32] for part in y])

    report = autostable.run(program)
    assert report.verdict is Verdict.REPAIRED
    assert report.causes[0].code is Code.DATA_UNSCALED_TARGETS and report.causes[0].evidence.startswith("y[0] is raw")
    assert [remedy.name for remedy in report.plan] == ["rescale-targets"]
