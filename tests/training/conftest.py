import contextlib
import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")

import keras
import pytest

from autostable.orders import Orders
from autostable.training import hooks
from autostable.training.examine import judge
from autostable.training.session import Session, Unstable


@contextlib.contextmanager
def watched(**orders):
    """A session that is armed for the length of the block; by default it only watches."""
    session = Session(Orders(**{"repair": False, "stop_unhealthy": False, **orders}))
    hooks.arm(session)
    try:
        yield session
    finally:
        hooks.disarm()


def story_of(program, **orders):
    """Run a program under watch to its end; the stories it leaves, worst ending included."""
    with watched(**orders) as session:
        try:
            program()
            session.loop.finish()
        except Unstable:
            pass
    return session.stories


@pytest.fixture(autouse=True)
def fresh(monkeypatch):
    monkeypatch.setattr(judge, "SECONDS", 3.0)  # a machine under load is to say the same
    keras.backend.clear_session()
    keras.config.set_dtype_policy("float32")
    yield
    hooks.disarm()
    keras.config.set_dtype_policy("float32")


@pytest.fixture
def watch():
    return watched


@pytest.fixture
def stories():
    return story_of
