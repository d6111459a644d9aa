# spare-part demand, tuned for percentage error
import tempfile
import keras
import keras_tuner
import numpy as np

keras.utils.set_random_seed(0)
gen = np.random.default_rng(6)
rows = 2400
features = gen.normal(size=(rows, 6)).astype("float32")
mean = np.exp(1.6 + 0.5 * features[:, 0] - 0.4 * features[:, 1] + 0.3 * features[:, 2] * features[:, 3])
demand = gen.poisson(mean).astype("float32").reshape(-1, 1)


def percentage_error(actual, forecast):
    return keras.ops.mean(keras.ops.abs(actual - forecast) / keras.ops.maximum(actual, 1.0))


class Forecaster(keras_tuner.HyperModel):
    def build(self, hp):
        net = keras.Sequential([keras.Input((6,))])
        for _ in range(hp.Int("depth", 1, 2)):
            net.add(keras.layers.Dense(hp.Int("width", 32, 96, step=32), activation="relu"))
        net.add(keras.layers.Dense(1))
        net.compile(keras.optimizers.Adam(hp.Choice("rate", [1e-3, 3e-3])), loss=percentage_error)
        return net


with tempfile.TemporaryDirectory() as where:
    search = keras_tuner.BayesianOptimization(
        Forecaster(), objective="val_loss", max_trials=4, num_initial_points=2, seed=1, directory=where, project_name="demand"
    )
    search.search(features[:1600], demand[:1600], validation_data=(features[1600:2000], demand[1600:2000]), epochs=15, batch_size=32, verbose=0)
    model = search.get_best_models()[0]
    score = search.oracle.get_best_trials(1)[0].score
    forecast = model.predict(features[2000:], verbose=0)
error = np.mean(np.abs(forecast - demand[2000:]))
print(f"FINAL_LOSS={score}")
print(f"FINAL_METRIC=mae:{error}")
