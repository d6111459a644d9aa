"""How students rate courses: a student vector times a course vector, nothing else."""
import keras
import numpy as np
from keras import layers

keras.utils.set_random_seed(0)
STUDENTS, COURSES, SIZE = 180, 120, 8
rng = np.random.default_rng(59)
interest, content = rng.normal(0, 1, (STUDENTS, 2)), rng.normal(0, 1, (COURSES, 2))
student, course = rng.integers(0, STUDENTS, 12000), rng.integers(0, COURSES, 12000)
liking = (interest[student] * content[course]).sum(1) + rng.normal(0, 0.3, 12000)
liking = (liking / liking.std()).astype("float32")


def table(rows, name):
    return layers.Embedding(rows, SIZE, embeddings_initializer="uniform", embeddings_regularizer=keras.regularizers.L2(1e-6), name=name)


s = keras.Input((), dtype="int32", name="student")
c = keras.Input((), dtype="int32", name="course")
score = layers.Dot(axes=1)([table(STUDENTS, "students")(s), table(COURSES, "courses")(c)])
model = keras.Model({"student": s, "course": c}, score)
model.compile(optimizer=keras.optimizers.Adagrad(0.3), loss="mse", metrics=["mae"])
history = model.fit(
    {"student": student[:10000], "course": course[:10000]}, liking[:10000], batch_size=100, epochs=12, verbose=2
)

guess = model.predict({"student": student[10000:], "course": course[10000:]}, batch_size=500, verbose=0)[:, 0]
r2 = 1.0 - np.mean((liking[10000:] - guess) ** 2) / np.var(liking[10000:])
print(f"FINAL_LOSS={history.history['loss'][-1]}")
print(f"FINAL_METRIC=r2:{r2:.4f}")
