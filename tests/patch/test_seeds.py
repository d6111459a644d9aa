from __future__ import annotations

import textwrap

import pytest

from autostable.patch.seeds import with_other_seeds

OTHER = '(lambda seed: (int(seed) + 5) % 2**32 if hasattr(seed, "__index__") else seed)'


@pytest.mark.parametrize(
    "call",
    [
        "keras.utils.set_random_seed(<0>)",
        "tf.random.set_seed(<args.seed>)",
        "tf.keras.utils.set_random_seed(seed=<SEED>)",
        "np.random.seed(<0>)",
        "rng = np.random.default_rng(<cfg['seed']>)",
        "draw(<3>)",
        "random.seed(<1>)",
        "train_test_split(x, y, test_size=0.2, random_state=<0>)",
        "keras.layers.Dropout(0.5, seed=<1>)",
        "dataset.shuffle(1000, seed=<7>)",
    ],
)
def test_a_seed_is_moved_where_it_is_set(call: str) -> None:
    head = "import random\nimport keras\nimport numpy as np\nimport tensorflow as tf\n"
    head += "from numpy.random import default_rng as draw\nfrom sklearn.model_selection import train_test_split\n"
    seed = call[call.index("<") + 1 : call.index(">")]
    before, after = call.replace("<", "").replace(">", ""), call.replace(f"<{seed}>", f"{OTHER}({seed})")
    assert with_other_seeds(head + before + "\n", 5) == (head + after + "\n", 1)


@pytest.mark.parametrize(
    "call",
    ["np.random.default_rng()", "np.random.seed(None)", "make_data(seed=1)", "model.fit(x, y)", "plants.seed(3)"],
)
def test_what_sets_no_seed_stays(call: str) -> None:
    """A function of the program's own hands its seed on to one of a library: moved twice it might meet another one."""
    text = f"import numpy as np\n{call}\n"
    assert with_other_seeds(text, 5) == (text, 0)


def test_seeds_that_differ_go_on_differing_and_what_is_no_number_is_as_it_was() -> None:
    program = textwrap.dedent("""\
        import numpy as np
        SEED = None
        first, second = np.random.default_rng(0), np.random.default_rng(seed=1)
        third = np.random.default_rng(SEED)
        fourth = np.random.default_rng(2**32 - 1)
    """)
    text, places = with_other_seeds(program, 3)
    space: dict[str, object] = {}
    exec(text, space)
    import numpy as np

    assert places == 4
    assert space["first"].random() == np.random.default_rng(3).random()  # type: ignore[attr-defined]
    assert space["second"].random() == np.random.default_rng(4).random()  # type: ignore[attr-defined]
    assert space["fourth"].random() == np.random.default_rng(2).random()  # type: ignore[attr-defined]


def test_what_is_no_python_stays() -> None:
    assert with_other_seeds("def (:\n", 1) == ("def (:\n", 0)
