"""How long will a student watch a recorded lecture? Embeddings of student and lecture, dot product and biases."""
import numpy as np
import keras
from keras import layers, ops

keras.utils.set_random_seed(0)
rng = np.random.default_rng(31)

N_STUDENTS, N_LECTURES, N_VIEWS, RANK = 300, 120, 24000, 4
p = rng.normal(size=(N_STUDENTS, RANK))
q = rng.normal(size=(N_LECTURES, RANK))
patience = rng.normal(0, 400, N_STUDENTS)
length = rng.normal(2600, 700, N_LECTURES)

student = rng.integers(0, N_STUDENTS, N_VIEWS)
lecture = rng.integers(0, N_LECTURES, N_VIEWS)
seconds = (length[lecture] + patience[student] + 450 * np.sum(p[student] * q[lecture], axis=1)
           + 150 * rng.normal(size=N_VIEWS)).clip(0, 7200)

cut = int(0.85 * N_VIEWS)
train = {"student": student[:cut], "lecture": lecture[:cut]}
test = {"student": student[cut:], "lecture": lecture[cut:]}
target_train = seconds[:cut].astype("float32")
target_test = seconds[cut:].astype("float32")
offset, spread = 0.0, 1.0


class DotWithBias(layers.Layer):
    def call(self, inputs):
        a, b, bias_a, bias_b = inputs
        return ops.sum(a * b, axis=-1, keepdims=True) + bias_a + bias_b


s_in = keras.Input((), dtype="int32", name="student")
l_in = keras.Input((), dtype="int32", name="lecture")
s_vec = layers.Embedding(N_STUDENTS, 8, name="student_vec")(s_in)
l_vec = layers.Embedding(N_LECTURES, 8, name="lecture_vec")(l_in)
s_bias = layers.Embedding(N_STUDENTS, 1, name="student_bias")(s_in)
l_bias = layers.Embedding(N_LECTURES, 1, name="lecture_bias")(l_in)
out = DotWithBias(name="seconds")([s_vec, l_vec, s_bias, l_bias])

model = keras.Model([s_in, l_in], out)
model.compile(optimizer=keras.optimizers.Adam(5e-3), loss="mse")
history = model.fit(train, (target_train - offset) / spread, epochs=15, batch_size=128, verbose=2)

pred = model.predict(test, batch_size=1024, verbose=0)[:, 0] * spread + offset
r2 = 1 - np.sum((target_test - pred) ** 2) / np.sum((target_test - target_test.mean()) ** 2)
print("mean forecast", pred.mean(), "mean watched", target_test.mean())
print(f"FINAL_LOSS={history.history['loss'][-1]}")
print(f"FINAL_METRIC=r2:{r2}")
