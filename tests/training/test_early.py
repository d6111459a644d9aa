"""Fits that are looked at before their end: what cannot heal by itself makes way for a plan, everything else goes on."""

import contextlib
import types

import keras
import numpy as np
import pytest
from keras import layers

from autostable.evidence import Evidence
from autostable.judgement.verdict import Judgement, Reason, State
from autostable.orders import Orders
from autostable.records import Attempt, Code, Remedy, Symptom, Verdict
from autostable.training import early
from autostable.training.early import Early, TakenOver, looked_at
from autostable.training.examine.judge import Judged
from autostable.training.fits import searching

pytestmark = pytest.mark.slow
MILD, STRONG = (Remedy("mild"),), (Remedy("strong"),)
SICK = Judged(Judgement(State.SICK, Reason.NO_SIGNAL), ())
HEALTHY = Judged(Judgement(State.HEALTHY, Reason.LEARNT), ())


@pytest.mark.parametrize(
    ("full", "at"), [(None, None), (70, None), (85, None), (86, 30), (180, 30), (200, 30), (1000, 150), (10_000, 1500)]
)  # fmt: skip
def test_when_a_fit_is_looked_at(full, at):
    """After as many steps as a probe has, or as can be judged; not where that is nearly the whole run."""
    assert looked_at(full) == at


class Bench:
    """A fit whose plans lead or not; it tries those that it is told to."""

    def __init__(self, judged, leads, asked):
        self.attempts, self.stood = [], 0
        self.fit = types.SimpleNamespace(held=contextlib.nullcontext)
        self._judged, self._leads, self._asked = judged, leads, asked

    def at_hand(self):
        return {"attempts": self.attempts}

    def stand(self, kept):
        self.attempts, self.stood = kept["attempts"], self.stood + 1

    def judged_so_far(self):
        return self._judged

    def attempt(self, plan, *, kind, steps, goes_on=None):
        self.attempts.append(Attempt(plan, kind, "stable", steps or 1000, 0.0))
        if goes_on is not None and goes_on(self.attempts[-1]):
            self.attempts[-1] = Attempt(plan, "full", "stable", 1000, 0.0)
        return self.attempts[-1]

    def changes(self, before):
        assert before is SICK
        return self.attempts[-1].plan in self._leads

    def located(self, plan):
        return None

    def given_up(self, bench, judged):
        self.attempts = [Attempt((), "baseline", "stable", 100, 0.0)]
        made = [bench.attempt(plan, kind=kind, steps=steps) for plan, kind, steps in self._asked]
        best = next((each for each in made if each.kind == "full" and each.learnt), None)
        return types.SimpleNamespace(plan=None if best is None else best.plan)


@pytest.fixture
def put_back(monkeypatch):
    done = []
    monkeypatch.setattr(early, "Suspended", lambda bench: types.SimpleNamespace(restore=lambda: done.append(True)))
    return done


def kinds(attempts):
    return [(attempt.plan, attempt.kind, attempt.steps) for attempt in attempts]


def test_a_plan_that_leads_takes_the_place_of_the_fit(put_back):
    bench = Bench(SICK, [MILD], [(MILD, "probe", 100), (MILD, "full", None)])
    with pytest.raises(TakenOver):
        Early(bench, 100).look()
    assert kinds(bench.attempts)[1:] == [(MILD, "probe", 100), (MILD, "full", 1000)]
    assert not put_back and not bench.stood


def test_a_plan_that_leads_is_gone_on_with(put_back):
    bench = Bench(SICK, [MILD], [(MILD, "full", None)])
    with pytest.raises(TakenOver):
        Early(bench, 100).look()
    assert kinds(bench.attempts)[1:] == [(MILD, "full", 1000)]


@pytest.mark.parametrize("wanted", [True, False])
@pytest.mark.parametrize("leads", [True, False])
def test_a_probe_is_gone_on_with_where_it_leads_and_the_search_wants_it(put_back, leads, wanted):
    look = Early(Bench(SICK, [MILD] if leads else [], []), 100)
    look._before = SICK
    made = look.attempt(MILD, kind="probe", steps=50, goes_on=lambda attempt: wanted)
    assert (made.kind, made.steps) == (("full", 1000) if leads and wanted else ("probe", 100))


def test_a_plan_that_does_not_lead_is_not_run_to_its_end(put_back):
    asked = [(MILD, "probe", 100), (MILD, "full", None), (STRONG, "full", None)]
    look = Early(Bench(SICK, [], asked), 100)
    look.look()
    assert kinds(look.attempts) == [(MILD, "probe", 100), (STRONG, "probe", 100)]  # one without a probe is given one
    assert put_back and look.looked and not look.looking


def test_what_is_asked_for_in_full_and_does_not_lead_is_no_cure(put_back):
    bench = Bench(SICK, [], [])
    look = Early(bench, 100)
    look._before = SICK
    first, second = (look.attempt(MILD, kind="full", steps=None) for _ in range(2))
    assert (first.learnt, first.passes, first.steps, first.why) == (False, False, 100, early.NO_LEAD)
    assert (second.learnt, second.steps) == (False, 0)  # nothing was run for it


@pytest.mark.parametrize("judged", [None, HEALTHY])
def test_what_may_heal_goes_on(judged, put_back):
    bench = Bench(judged, [MILD], [(MILD, "full", None)])
    look = Early(bench, 100)
    look.look()
    assert (look.attempts, bench.attempts) == ([], []) and not put_back  # nor was anything copied


def test_a_fault_of_ours_costs_nobody_a_training(put_back, monkeypatch):
    monkeypatch.delenv("AUTOSTABLE_INTERNAL_RAISE", raising=False)
    bench = Bench(SICK, [MILD], [("no plan",)])
    Early(bench, 100).look()
    assert put_back and bench.stood == 1


def rows(scale=1.0, features=6):
    rng = np.random.default_rng(0)
    x = rng.normal(size=(320, features)).astype("float32")
    return scale * x, (x[:, 0] > x[:, 1]).astype("float32")[:, None]


def trained(head="sigmoid", rate=0.01, scale=1.0, epochs=30):
    keras.utils.set_random_seed(0)
    x, y = rows(scale)
    model = keras.Sequential([keras.Input((6,)), layers.Dense(16, "relu"), layers.Dense(1, head)])
    model.compile(keras.optimizers.Adam(rate), "binary_crossentropy", metrics=["accuracy"])
    seen = keras.callbacks.LambdaCallback(on_epoch_end=lambda epoch, logs: epochs_seen.append(epoch))
    epochs_seen.clear()
    return model.fit(x, y, epochs=epochs, batch_size=32, verbose=0, callbacks=[seen]).history


epochs_seen = []


def test_a_softmax_over_one_unit_is_not_waited_for(stories):
    histories = []
    (story,) = stories(lambda: histories.append(trained("softmax")), repair=True)
    assert (story.verdict, story.causes[0].code) == (Verdict.REPAIRED, Code.OUTPUT_ACTIVATION_MISMATCH)
    assert [(each.kind, each.steps) for each in story.attempts] == [("baseline", 45), ("full", 300)]
    assert story.attempts[0].why.startswith("left after 45 steps: ")
    assert histories[0]["accuracy"][-1] > 0.95 and len(histories[0]["loss"]) == 30
    assert epochs_seen == [0, 1, 2, 3, *range(30)]  # it had come into its fifth epoch


def test_targets_that_no_answer_reaches_are_not_waited_for(stories):
    """Sigmoids of targets from 1 to 9: they are pressed against 1, and rank the rows all the same."""

    def program():
        keras.utils.set_random_seed(0)
        x, _ = rows()
        model = keras.Sequential([keras.Input((6,)), layers.Dense(16, "relu"), layers.Dense(1, "sigmoid")])
        model.compile(keras.optimizers.Adam(0.01), "mse")
        model.fit(x, 5 + 2 * np.tanh(x[:, :1] + x[:, 1:2]), epochs=30, batch_size=32, verbose=0)

    (story,) = stories(program, repair=True)
    assert (story.verdict, story.plan[0].name) == (Verdict.REPAIRED, "fix-output-activation")
    assert story.attempts[0].why.startswith("left after 45 steps: ")


def test_what_is_raw_to_the_loss_that_is_put_in_is_treated_with_it(stories):
    """Prices under a loss for labels: under the one that suits they are 20,000 away from where a network begins."""

    def program():
        keras.utils.set_random_seed(0)
        x, _ = rows()
        model = keras.Sequential([keras.Input((6,)), layers.Dense(32, "relu"), layers.Dense(1, "sigmoid")])
        model.compile("adam", "binary_crossentropy")
        model.fit(x, 20_000 + 4_000 * (x[:, :1] + x[:, 1:2]), epochs=40, batch_size=8, verbose=0)

    (story,) = stories(program, repair=True)
    assert (story.verdict, [each.name for each in story.plan]) == (Verdict.REPAIRED, ["swap-loss", "rescale-targets"])
    assert [(each.kind, each.steps) for each in story.attempts] == [
        ("baseline", 240), ("probe", 240), ("full", 1600)
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("looking", "steps", "saves"), [(True, 3 * 1000 + 100 - 850, 0.85), (False, 3 * 1000 + 100 - 150, None)]
)
def test_a_look_leaves_what_the_end_may_need(monkeypatch, looking, steps, saves):
    """The rest of the fit's own run and one whole run; what was tried early counts only once."""
    tried = [] if looking else [Attempt(MILD, "probe", "stable", 150, 0.0)]
    baseline = Attempt((), "baseline", "stable", 150 if looking else 1000, 0.0)
    session = types.SimpleNamespace(orders=Orders(), kin=None)
    stage = types.SimpleNamespace(looking=looking, tried_early=tried)
    record = types.SimpleNamespace(attempts=[baseline], full=1000, suspect=False)
    asked = {}
    monkeypatch.setattr(searching, "search", lambda *given, **named: asked.update(named))
    searching.Searching(session, types.SimpleNamespace(unseen=True), stage, record).searched(
        None, None, (), Evidence(Symptom("useless", 1000))
    )
    assert (asked["steps"], asked["saves"], asked["tried"]) == (steps, saves, tried)


def test_raw_inputs_that_are_learnt_from_all_the_same_are_left(stories):
    plain = trained(scale=200.0)
    histories = []
    (story,) = stories(lambda: histories.append(trained(scale=200.0)), repair=True)
    assert story.verdict is Verdict.HEALTHY and [each.kind for each in story.attempts] == ["baseline"]
    assert histories == [plain] and epochs_seen == list(range(30))


class Rows(keras.utils.PyDataset):
    def __len__(self):
        return 10

    def __getitem__(self, index):
        x, y = rows()
        return x[32 * index : 32 * index + 32], y[32 * index : 32 * index + 32]


def test_a_data_object_is_suspended_too(stories):
    def program():
        keras.utils.set_random_seed(0)
        model = keras.Sequential([keras.Input((6,)), layers.Dense(16, "relu"), layers.Dense(1, "softmax")])
        model.compile(keras.optimizers.Adam(0.01), "binary_crossentropy")
        model.fit(Rows(), epochs=24, verbose=0)

    (story,) = stories(program, repair=True)
    assert story.verdict is Verdict.REPAIRED
    assert [(each.kind, each.steps) for each in story.attempts] == [("baseline", 36), ("full", 240)]
