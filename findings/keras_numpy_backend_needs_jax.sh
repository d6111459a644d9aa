#!/usr/bin/env bash
# keras 3.15.0: its NumPy backend, for inference without a framework, cannot be imported with what pip installs beside Keras.
# It wants SciPy, and then JAX: the Fourier transforms of that backend are JAX's, so `import keras` under
# KERAS_BACKEND=numpy raises for want of a second framework. Neither is among Keras's requirements. What helps: install scipy
# and jax for deployments on the NumPy backend, or export the model.
#
# Output seen:
#   alone: ModuleNotFoundError: No module named 'scipy'
#   with scipy 1.17.1: ModuleNotFoundError: No module named 'jax'
#   with jax 0.10.2: numpy 3.0
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
cd "$folder"
export KERAS_BACKEND=numpy KERAS_HOME="$folder"
program='import keras; print(keras.backend.backend(), float(keras.ops.sum(keras.ops.ones(3))))'
get() { "$folder/venv/bin/pip" install --quiet --disable-pip-version-check "$@"; }
told() { { "$folder/venv/bin/python" -c "$program" 2>&1 || true; } | tail -1; }
get keras==3.15.0 numpy==2.4.6
alone=$(told)
echo "alone: $alone"
get scipy==1.17.1
with_scipy=$(told)
echo "with scipy 1.17.1: $with_scipy"
get jax==0.10.2
with_jax=$(told)
echo "with jax 0.10.2: $with_jax"
[[ "$alone" == "ModuleNotFoundError: No module named 'scipy'" ]]
[[ "$with_scipy" == "ModuleNotFoundError: No module named 'jax'" ]]
[[ "$with_jax" == "numpy 3.0" ]]
