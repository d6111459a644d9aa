#!/usr/bin/env bash
# Keras 3.15.0 with TensorFlow 2.21.0: under mixed_bfloat16 (or mixed_float16) a model casts every input of floats to the type
# that it computes in before its own `call` sees it. A table of float32 that holds ids beside measures, which `call` casts to
# int32 and looks up, arrives with other ids: bfloat16 tells whole numbers apart up to 256, float16 up to 2048. Of 1,000 ids
# 507 are left in bfloat16, and the largest is one that was never given; of ids from 32,768 on float16 leaves one in 32.
# Nothing raises or warns, gradients are sound, the loss falls: rows of the embedding are shared by many ids. An Embedding that
# is given float ids itself is not cast (its autocast is off); `super().__init__(autocast=False)` helps, as does an int32 input.
#
# Output seen:
#   float32 1000 ids, the largest 999
#   mixed_bfloat16 507 ids, the largest 1000
#   mixed_float16 1000 ids, the largest 999
#   mixed_bfloat16, autocast=False 1000 ids, the largest 999
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check tensorflow==2.21.0 keras==3.15.0
TF_CPP_MIN_LOG_LEVEL=3 "$folder/venv/bin/python" - <<'PYTHON'
import keras
import numpy as np


class Lookup(keras.Model):
    def __init__(self, **options):
        super().__init__(**options)
        self.rows = keras.layers.Embedding(1001, 1)

    def call(self, table):
        return keras.ops.cast(table[:, :1], "int32")


def told(policy, **options):
    keras.config.set_dtype_policy(policy)
    table = np.stack([np.arange(1000), np.linspace(-1, 1, 1000)], axis=1).astype("float32")
    seen = keras.ops.convert_to_numpy(Lookup(**options)(table))
    print(policy + ("" if not options else ", autocast=False"), len(np.unique(seen)), "ids, the largest", seen.max())
    return len(np.unique(seen)), int(seen.max())


assert told("float32") == (1000, 999)
assert told("mixed_bfloat16") == (507, 1000)
assert told("mixed_float16") == (1000, 999)
assert told("mixed_bfloat16", autocast=False) == (1000, 999)
PYTHON
