import keras
import numpy as np
from keras import layers

keras.utils.set_random_seed(0)

# ratings table (user, movie, stars)
rng = np.random.default_rng(1)
n_users, n_movies, n_ratings = 250, 150, 30000
u_taste = rng.normal(size=(n_users, 2))
m_style = rng.normal(size=(n_movies, 2))
user = rng.integers(0, n_users, n_ratings)
movie = rng.integers(0, n_movies, n_ratings)
like = 3.3 + 0.7 * (u_taste[user] * m_style[movie]).sum(1) + 0.4 * rng.normal(size=n_users)[user] + 0.3 * rng.normal(size=n_ratings)
stars = np.clip(np.round(like), 1, 5).astype("float32")
cut = int(n_ratings * 0.9)

user_in = keras.Input((1,), name="user")
movie_in = keras.Input((1,), name="movie")
user_vec = layers.Flatten()(layers.Embedding(n_users, 16)(user_in))
movie_vec = layers.Flatten()(layers.Embedding(n_movies, 16)(movie_in))
x = layers.Concatenate()([user_vec, movie_vec, layers.Multiply()([user_vec, movie_vec])])
x = layers.Dense(64, activation="relu")(x)
x = layers.Dense(32, activation="relu")(x)
rating = layers.Dense(1, name="rating")(x)

model = keras.Model([user_in, movie_in], rating)
model.compile(optimizer="adam", loss="mean_squared_error", metrics=["mae"])
history = model.fit(
    {"user": user[:cut, None], "movie": movie[:cut, None]},
    stars[:cut],
    validation_split=0.1,
    batch_size=128,
    epochs=15,
    verbose=2,
)
guess = model.predict({"user": user[cut:, None], "movie": movie[cut:, None]}, verbose=0)[:, 0]
print("FINAL_LOSS=" + str(history.history["loss"][-1]))
print("FINAL_METRIC=r2:" + str(1 - np.mean((guess - stars[cut:]) ** 2) / np.var(stars[cut:])))
