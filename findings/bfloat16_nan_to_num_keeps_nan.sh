#!/usr/bin/env bash
# ml_dtypes 0.6.0 with NumPy 2.4.6: an array of ml_dtypes.bfloat16 (or of its float8 types) that was cleaned with
# numpy.nan_to_num still holds its NaN, and numpy.sort leaves NaN where it lies instead of moving it to the end, so that
# what stands around it is not sorted either. Neither raises or warns. To NumPy these types are of no floating kind
# (dtype.kind is "V"), so both take the way for numbers that cannot be NaN; numpy.isnan does see them.
# float16, float32 and float64 do what their documentation says. What helps: cast to float32 first, or
# x[numpy.isnan(x)] = 0.
#
# Output seen:
#   float32 nan_to_num [1.0, 0.0, 3.0] sort [1.0, 2.0, 3.0, nan]
#   bfloat16 nan_to_num [1.0, nan, 3.0] sort [3.0, nan, 1.0, 2.0]
#   float8_e4m3fn nan_to_num [1.0, nan, 3.0] sort [3.0, nan, 1.0, 2.0]
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check numpy==2.4.6 ml_dtypes==0.6.0
"$folder/venv/bin/python" - <<'PYTHON'
import ml_dtypes
import numpy as np


def told(kind):
    clean = np.nan_to_num(np.array([1.0, np.nan, 3.0]).astype(kind))
    row = np.sort(np.array([3.0, np.nan, 1.0, 2.0]).astype(kind))
    print(np.dtype(kind).name, "nan_to_num", clean.astype(float).tolist(), "sort", row.astype(float).tolist())
    return bool(np.isnan(clean.astype(float)).any()), bool(np.isnan(row.astype(float)[-1]))


assert told(np.float32) == (False, True)
assert told(ml_dtypes.bfloat16) == (True, False)
assert told(ml_dtypes.float8_e4m3fn) == (True, False)
assert np.isnan(np.array([np.nan]).astype(ml_dtypes.bfloat16)).all()
PYTHON
