import keras
from keras import layers
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

keras.utils.set_random_seed(0)
EPOCHS = 20
data = load_digits()
X = data.images.reshape(-1, 8, 8, 1).astype("float32") / 16
X_train, X_test, y_train, y_test = train_test_split(X, data.target, test_size=0.2, random_state=0)

# drop the rate by 15 % per epoch
schedule = keras.optimizers.schedules.ExponentialDecay(initial_learning_rate=0.02, decay_steps=len(X_train) // 32, decay_rate=0.85)

model = keras.Sequential(
    [
        keras.Input((8, 8, 1)),
        layers.Conv2D(16, 3, activation="relu"),
        layers.Conv2D(32, 3, activation="relu"),
        layers.MaxPooling2D(),
        layers.Flatten(),
        layers.Dense(64, activation="relu"),
        layers.Dense(10),
    ]
)
model.compile(
    optimizer=keras.optimizers.SGD(schedule, momentum=0.9),
    loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
    metrics=["accuracy"],
)
history = model.fit(X_train, y_train, epochs=EPOCHS, batch_size=32, validation_data=(X_test, y_test), verbose=2)
loss, accuracy = model.evaluate(X_test, y_test, verbose=0)
print(f"FINAL_LOSS={history.history['loss'][-1]}")
print(f"FINAL_METRIC=accuracy:{accuracy}")
