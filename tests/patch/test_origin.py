"""Where the data that a `fit` is given are made."""

from __future__ import annotations

import textwrap

import pytest

from autostable.patch.origin import locate_data, locate_named, locate_reading

# In each text `# x` and `# y` mark the lines that are to be found, `# fit` the call.
PROGRAMS = {
    "names, rows and copies": """
        x = rng.normal(size=(100, 3)) * 200
        y = x[:, 0] * 1e4  # y
        x = x.astype("float32")  # x
        cut = 80
        x_train, x_test = x[:cut], x[cut:]
        y_train = np.asarray(y[:cut], "float32")
        model.fit(x_train, y_train)  # fit
        """,
    "a split, columns of a table": """
        frame = pd.read_csv("houses.csv")
        frame["area"] = frame.width * frame.depth
        frame["price"] = frame.cents * 100  # y
        X = frame[["area", "rooms"]].to_numpy()  # x
        (X_train, X_test), (y_train, y_test) = split(X, frame.price)
        X_train, X_test, y_train, y_test = train_test_split(X, frame["price"].values, test_size=0.2)
        model.fit(x=X_train, y=y_train, epochs=3)  # fit
        """,
    "a column that the table came with": """
        frame = pd.read_csv("votes.csv")
        y = frame.votes.to_numpy("float32")  # y
        x = vectorize(frame.text)  # x
        model.fit(x[:80], y[:80])  # fit
        """,
    "what a function returns": """
        def load():
            pictures = np.load("a.npy")  # x
            labels = np.load("b.npy") / 255
            return pictures, labels.astype("int32") + 1  # y

        x, y = load()
        history = model.fit(x, y)  # fit
        """,
    "a helper that trains": """
        def train(model, inputs, targets=None):
            return model.fit(inputs, targets)  # fit

        x = raw / 3  # x
        y = raw * 2  # y
        train(make(), x, targets=y)
        """,
    "a pipeline and its stages": """
        def scaled(image, label):
            image = tf.cast(image, tf.float32)  # x
            return image, label

        images, labels = images_of(), labels_of() - 1  # y
        data = tf.data.Dataset.from_tensor_slices((images, labels)).shuffle(100)
        data = data.map(scaled).batch(32).prefetch(2)
        model.fit(data, epochs=2)  # fit
        """,
    "a stage that is a lambda": """
        y = np.arange(9)
        data = tf.data.Dataset.from_tensor_slices((load(), y)).batch(3)
        data = data.map(lambda a, b: (a * 255.0,  # x
                                      tf.one_hot(b, 9)))  # y
        model.fit(data)  # fit
        """,
    "a generator": """
        def batches():
            while True:
                rows = rng.integers(0, 9, 3)
                yield table[rows] * 2, target[rows]  # x y

        model.fit(batches(), steps_per_epoch=3)  # fit
        """,
    "an object that gives batches": """
        class Frames(keras.utils.PyDataset):
            def __getitem__(self, index):
                x = self.frames[index].astype("float32")  # x
                return x, self.marks[index] + 1  # y

        model.fit(Frames())  # fit
        """,
    "several inputs": """
        a = near()
        b = far() * 1e6  # x
        t = a + b  # y
        model.fit([a, b], t)  # fit
        """,
    "rows that are written over": """
        x = rng.normal(size=(9, 2))
        y = x.sum(axis=1)
        x[3, 0] = 1e10  # x
        y += 5  # y
        model.fit(x, y)  # fit
        """,
}


def marked(text: str, mark: str) -> int | None:
    found = [n for n, line in enumerate(text.splitlines(), 1) if mark in line.partition("#")[2].split()]
    return found[0] if found else None


@pytest.mark.parametrize("name", PROGRAMS)
def test_where_data_are_made(name: str) -> None:
    text = textwrap.dedent(PROGRAMS[name]).strip()
    call = marked(text, "fit")
    assert call is not None
    place = 1 if name == "several inputs" else 0
    assert locate_data(text, call, "x", place) == marked(text, "x")
    assert locate_data(text, call, "y") == marked(text, "y")


@pytest.mark.parametrize(
    "text",
    [
        "model.fit(load() * 2, read() / 3)",  # the call makes them itself
        "model.fit(somewhere, other)",  # another file does
        "model.fit()",
        "model.compile('sgd')",
        "x = x\nmodel.fit(x, y)"[7:],
        "model.fit(",
    ],
)
def test_what_is_not_made_in_the_file_has_no_line(text: str) -> None:
    assert locate_data(text, 1, "x") is None and locate_data(text, 1, "y") is None


LOOPS = {
    "a step that is called in a loop over a pipeline": """
        def step(rows, wanted):
            return model(rows), wanted  # here
        x = rng.normal(size=(100, 3)) * 200  # x
        y = x.sum(axis=1)  # y
        batches = tf.data.Dataset.from_tensor_slices((x, y)).shuffle(100).batch(8)
        for epoch in range(3):
            for number, (xb, yb) in enumerate(batches):
                step(xb, yb)
        """,
    "a comprehension": """
        def step(rows, wanted):
            return model(rows), wanted  # here
        x, y = load(), 3 * rest  # x y
        losses = [float(step(a, b)) for a, b in zip(x, y)]
        """,
    "a method, and rows that are picked": """
        class Trainer:
            def step(self, rows, wanted):
                return model(rows), wanted  # here

            def run(self):
                for start in range(0, 100, 8):
                    picked = order[start : start + 8]
                    self.step(x[picked], wanted=y[picked])
        x = rng.normal(size=(100, 3))  # x
        y = np.log(x[:, 0])  # y
        Trainer().run()
        """,
    "a function that makes them": """
        def make(count):
            rows = 100 * rng.normal(size=(count, 3))
            return rows.astype("float32"), rows.mean(axis=1)
        def step(rows, wanted):
            return model(rows), wanted  # here
        x, y = make(100)  # x y
        for xb, yb in tf.data.Dataset.from_tensor_slices((x, y)).batch(8):
            step(xb, yb)
        """,
}


@pytest.mark.parametrize("name", LOOPS)
def test_what_a_step_is_given_is_followed_to_where_it_is_made(name: str) -> None:
    text = textwrap.dedent(LOOPS[name]).strip()
    line = marked(text, "here")
    assert line is not None
    assert locate_named(text, line, "rows") == marked(text, "x")
    assert locate_named(text, line, "wanted") == marked(text, "y")


def test_a_cast_makes_data_ready_and_makes_no_gaps() -> None:
    """Where raw numbers are cast they are to be scaled; what is not finite came in before."""
    text = "x = table / spread\nx = x.astype('float32')\nmodel.fit(x, y)"
    assert locate_data(text, 3, "x") == 2
    assert locate_data(text, 3, "x", holds=lambda name: name == "x") == 1


def test_what_a_step_is_given_in_two_places_has_no_line() -> None:
    text = "def step(x):\n    return x\n\n\nstep(a * 2)\nstep(b * 3)\n"
    assert locate_named(text, 2, "x") is None and locate_named(text, 2, "unknown") is None


def test_the_first_arguments_of_another_method() -> None:
    text = "x, y = load() * 2, read() / 3\nmodel.train_on_batch(x[:8], y[:8])\n"
    assert locate_data(text, 2, "y", function="train_on_batch") == 1
    assert locate_data(text, 2, "y") is None


GAPS = {
    "a table with gaps": (
        "df frame",
        """
        df = pd.read_csv("box.csv")  # x
        df["hour"] = np.sin(df.time)
        df = df.drop(columns="time").sort_values("day")
        frame = df.iloc[:90]
        X = scaler.transform(frame).astype("float32")
        model.fit(X[:80], y)  # fit
        """,
    ),
    "what is computed is what has them": (
        "scaled",
        """
        def windows(at):
            while True:
                yield np.stack([scaled[at : at + 8]]), y[at]
        df = pd.read_csv("boiler.csv")
        scaled = (df - df.mean()) / df.std()  # x
        model.fit(windows(0))  # fit
        """,
    ),
    "gaps that are written in": (
        "x table",
        """
        x = rng.normal(size=(90, 3))
        x[lost] = np.nan  # x
        table = 2 * x
        model.fit(table, y)  # fit
        """,
    ),
    "what was computed anew under its own name": (
        "x",
        """
        x = rng.normal(size=(90, 3))
        x = np.log(x)  # x
        model.fit(x, y)  # fit
        """,
    ),
    "windows of a table": (
        "df table",
        """
        def windows(rows):
            return keras.utils.timeseries_dataset_from_array(
                rows[:-1], targets=rows[8:, 0], sequence_length=8)
        df = pd.read_csv("river.csv")  # x
        table = ((df - mean) / std).to_numpy()
        train, test = windows(table[:80]), windows(np.nan_to_num(table[80:]))
        model.fit(train)  # fit
        """,
    ),
    "nobody else has them": (
        "",
        """
        df = pd.read_csv("box.csv")
        x = df.to_numpy() / 0.0  # x
        model.fit(x, y)  # fit
        """,
    ),
}


@pytest.mark.parametrize("name", GAPS)
def test_gaps_are_gone_back_from_to_where_they_came_in(name: str) -> None:
    bad, program = GAPS[name]
    text = textwrap.dedent(program).strip()
    call = marked(text, "fit")
    assert call is not None
    assert locate_data(text, call, "x", holds=lambda variable: variable in bad.split()) == marked(text, "x")


def test_what_goes_round_in_circles_ends() -> None:
    text = "def a(x, y):\n    return a(y, x)\n\n\nx, y = a(x, y)\nmodel.fit(x, y)"
    assert locate_data(text, 6, "x") in (2, 5)


@pytest.mark.parametrize(
    ("text", "stored", "expected"),
    [
        ("import numpy as np\nx = np.frombuffer(raw, '<f4')", "float32", (2, "frombuffer")),
        ("x = np.fromfile(path, dtype=np.int16)\ny = np.fromfile(other, np.uint8)", "int16", (1, "fromfile")),
        ("x = np.memmap(path, dtype=np.dtype('u2'), mode='r')", "uint16", (1, "memmap")),
        ("x = tf.io.decode_raw(record['x'], tf.float32)", "float32", (1, "decode_raw")),
        ("x = tf.io.decode_raw(record['x'], out_type=tf.float32)", "int16", None),
        ("x = tf.io.decode_raw(record['x'], tf.float32, little_endian=False)", "float32", None),
        ("x = np.frombuffer(raw, '>f4')", "float32", None),
        ("x = np.frombuffer(raw, kind)", "float32", None),
        ("x = np.frombuffer(raw, 'f4')\nz = np.frombuffer(other, 'f4')", "float32", None),
        ("x = np.frombuffer(raw", "float32", None),
    ],
)
def test_where_bytes_are_read_as_numbers(text: str, stored: str, expected: tuple[int, str] | None) -> None:
    assert locate_reading(text, stored) == expected
