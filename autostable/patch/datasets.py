"""Whether an expression is a `tf.data` pipeline, a `PyDataset` or a generator, by the text of the file."""

from __future__ import annotations

import libcst as cst

from autostable.patch.source import Source, callee

_MADE = frozenset(
    {"from_tensor_slices", "from_tensors", "from_generator", "zip", "list_files", "TFRecordDataset", "range"}
)
STAGES = frozenset({
    "apply", "batch", "cache", "concatenate", "filter", "interleave", "map", "padded_batch", "prefetch", "rebatch", "repeat",
    "shard", "shuffle", "skip", "take", "unbatch", "with_options",
})  # fmt: skip
_FROM_FILES = frozenset(
    {"image_dataset_from_directory", "text_dataset_from_directory", "timeseries_dataset_from_array"}
)
_DEPTH = 24  # stages and hand-overs that are followed


def is_dataset(source: Source, value: cst.BaseExpression, depth: int = _DEPTH) -> bool:
    """Whether the file shows for sure that a value is a `tf.data.Dataset`."""
    if depth == 0:
        return False
    if isinstance(value, cst.Name):
        bound = source.bindings(value.value, value)
        return bool(bound) and is_dataset(source, bound[0][1], depth - 1)
    if not isinstance(value, cst.Call):
        return False
    name = callee(value)
    if name in _FROM_FILES:
        return True
    if isinstance(value.func, cst.Attribute):
        of = value.func.value
        if name in _MADE and ("Dataset" in source.code(of) or source.code(of).endswith("data")):
            return True
        return name in STAGES and is_dataset(source, of, depth - 1)
    functions = [each for each in source.nodes(cst.FunctionDef) if each.name.value == name]
    returned = [
        node.value
        for node in source.nodes(cst.Return)
        if functions and source.scope(node) is functions[0] and node.value
    ]
    return bool(returned) and all(is_dataset(source, each, depth - 1) for each in returned)


def is_generator(source: Source, value: cst.BaseExpression) -> bool:
    """Whether a value is what a function of the file yields."""
    if not isinstance(value, cst.Call) or not isinstance(value.func, cst.Name):
        return False
    name = value.func.value
    return any(
        isinstance(scope := source.scope(node), cst.FunctionDef) and scope.name.value == name
        for node in source.nodes(cst.Yield)
    )


def is_py_dataset(source: Source, value: cst.BaseExpression) -> bool:
    """Whether a value is made by a class of the file's that is a `PyDataset` (a `Sequence`)."""
    if isinstance(value, cst.Name):
        bound = source.bindings(value.value, value)
        return bool(bound) and isinstance(bound[0][1], cst.Call) and is_py_dataset(source, bound[0][1])
    name = callee(value) if isinstance(value, cst.Call) else ""
    bases = [arg for kind in source.nodes(cst.ClassDef) if kind.name.value == name for arg in kind.bases]
    return any(source.code(arg.value).endswith(("PyDataset", "utils.Sequence")) for arg in bases)
