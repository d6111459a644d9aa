import numpy as np
import pandas as pd
import keras
from keras import layers
from sklearn.metrics import roc_auc_score

keras.utils.set_random_seed(0)
rng = np.random.default_rng(0)

N_STUDENTS, N_COURSES, N_FIELDS = 400, 150, 6
student_field = rng.integers(0, N_FIELDS, N_STUDENTS)
course_field = rng.integers(0, N_FIELDS, N_COURSES)

# the sign-up log of the course office: one line per student and course
prob = np.where(student_field[:, None] == course_field[None, :], 0.62, 0.03)
signed = rng.random((N_STUDENTS, N_COURSES)) < prob
students, courses = np.nonzero(signed)
log = pd.DataFrame({"student": students, "course": courses, "signed_up": 1})
log = log.sample(frac=1.0, random_state=0).reset_index(drop=True)

cut = int(0.85 * len(log))
train, held_out = log.iloc[:cut], log.iloc[cut:]
print(len(train), "sign-ups for training,", len(held_out), "held out")

s_in = layers.Input((1,), dtype="int32", name="student")
c_in = layers.Input((1,), dtype="int32", name="course")
s = layers.Flatten()(layers.Embedding(N_STUDENTS, 16)(s_in))
c = layers.Flatten()(layers.Embedding(N_COURSES, 16)(c_in))
product = layers.Multiply()([s, c])
h = layers.Concatenate()([s, c, product])
h = layers.Dense(48, activation="relu")(h)
h = layers.Dense(24, activation="relu")(h)
out = layers.Dense(1, activation="sigmoid")(h)
model = keras.Model([s_in, c_in], out)
model.compile(optimizer=keras.optimizers.Adam(2e-3), loss="binary_crossentropy")

inputs = {"student": train["student"].to_numpy()[:, None],
          "course": train["course"].to_numpy()[:, None]}
target = train["signed_up"].to_numpy("float32")
history = model.fit(inputs, target, batch_size=128, epochs=12, verbose=2)

# held-out sign-ups against pairs that never signed up
neg_s, neg_c = np.nonzero(~signed)
pick = rng.choice(len(neg_s), len(held_out), replace=False)
es = np.concatenate([held_out["student"], neg_s[pick]])[:, None]
ec = np.concatenate([held_out["course"], neg_c[pick]])[:, None]
truth = np.concatenate([np.ones(len(held_out)), np.zeros(len(held_out))])
score = model.predict({"student": es, "course": ec}, verbose=0)[:, 0]
print(f"FINAL_LOSS={history.history['loss'][-1]:.6f}")
print(f"FINAL_METRIC=auc:{roc_auc_score(truth, score):.4f}")
