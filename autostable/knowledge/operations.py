"""Operations by TensorFlow's names: what makes them unsafe, where they are singular, how the source spells them."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

from autostable.records import Code


@dataclasses.dataclass(frozen=True)
class Operation:
    """One operation.

    Attributes:
        code: The cause that it is where it gives the first bad number; None where that says nothing.
        near: Where it, or its derivative, is singular and a bound keeps it away: at "zero", at "one" (and minus one), or
            "far" out, where it overflows; of a matrix, where a "row" is as good as made of the others, and something is added
            to its diagonal; "" where no bound of an argument helps.
        function: Name of TensorFlow's Python function for it; "" where none is bounded.
        argument: Which of its arguments it is, of the number of its `arguments`.
        positive: It takes no negative numbers.
        calls: What the source calls it, first the usual name.
        sign: Its operator in the source.
    """

    code: Code | None = None
    near: str = ""
    function: str = ""
    argument: int = 0
    arguments: int = 1
    positive: bool = False
    calls: tuple[str, ...] = ()
    sign: str = ""


_DIVISION = Operation(Code.UNSAFE_DIVISION, "zero", "", 1, 2, calls=("divide", "true_divide", "truediv"), sign="/")


def _pair(function: str, sign: str, call: str) -> Operation:
    """An operation without singular points that takes two arrays entry by entry."""
    return Operation(function=function, arguments=2, calls=(call,), sign=sign)


OPERATIONS: Mapping[str, Operation] = {
    "Log": Operation(Code.UNSAFE_LOG, "zero", "log", positive=True, calls=("log", "log2", "log10")),
    "Log1p": Operation(Code.UNSAFE_LOG, "zero", "log1p", positive=True, calls=("log1p",)),
    "Xlogy": Operation(Code.UNSAFE_LOG, "zero", "xlogy", 1, 2, calls=("xlogy",)),
    "Xlog1py": Operation(Code.UNSAFE_LOG),
    "LogMatrixDeterminant": Operation(Code.UNSAFE_LOG),
    "MatrixDeterminant": Operation(
        Code.UNSAFE_LOG
    ),  # a product of as many numbers as there are rows: out of range soon
    "Sqrt": Operation(Code.UNSAFE_SQRT, "zero", "sqrt", positive=True, calls=("sqrt",)),
    "Lgamma": Operation(Code.UNSAFE_LOG, "zero", "lgamma", positive=True, calls=("lgamma",)),
    "Digamma": Operation(Code.UNSAFE_LOG, "zero", "digamma", positive=True, calls=("digamma",)),
    "Rsqrt": Operation(Code.UNSAFE_SQRT, "zero", "rsqrt", positive=True, calls=("rsqrt",)),
    "EuclideanNorm": Operation(Code.UNSAFE_SQRT),
    "Cholesky": Operation(Code.UNSAFE_SQRT, "row", "cholesky", calls=("cholesky",)),
    "Acos": Operation(Code.UNSAFE_SQRT, "one", "acos", calls=("acos", "arccos")),
    "Asin": Operation(Code.UNSAFE_SQRT, "one", "asin", calls=("asin", "arcsin")),
    "Acosh": Operation(Code.UNSAFE_SQRT, "one", "acosh", calls=("acosh", "arccosh")),
    "Atanh": Operation(Code.UNSAFE_LOG, "one", "atanh", calls=("atanh", "arctanh")),
    "RealDiv": dataclasses.replace(_DIVISION, function="real_div"),
    "Div": dataclasses.replace(_DIVISION, function="div"),
    "DivNoNan": dataclasses.replace(_DIVISION, function="div_no_nan", calls=("divide_no_nan",)),
    "Xdivy": dataclasses.replace(_DIVISION, function="xdivy", calls=("xdivy",), sign=""),
    "Reciprocal": Operation(Code.UNSAFE_DIVISION, "zero", "reciprocal", calls=("reciprocal",)),
    "Inv": Operation(Code.UNSAFE_DIVISION, "zero", "inv", calls=("reciprocal",)),
    "Cast": Operation(function="cast", calls=("cast",)),
    "FloorMod": Operation(Code.UNSAFE_DIVISION),
    "Mod": Operation(Code.UNSAFE_DIVISION),
    "Atan2": Operation(Code.UNSAFE_DIVISION, "zero", "atan2", 0, 2, calls=("atan2", "arctan2")),
    "Angle": Operation(Code.UNSAFE_DIVISION, "zero", "angle", calls=("angle",)),  # like atan2: its gradient is 0/0 at 0
    "MatrixInverse": Operation(Code.UNSAFE_DIVISION, "row", "matrix_inverse", calls=("inv",)),
    "MatrixSolve": Operation(Code.UNSAFE_DIVISION),
    "Cumprod": Operation(Code.UNSAFE_DIVISION),  # their gradients divide
    "Prod": Operation(Code.UNSAFE_DIVISION),
    "Mean": Operation(Code.UNSAFE_DIVISION, function="mean", arguments=2),  # of nothing
    "Sum": Operation(function="_sum", arguments=2),
    "Equal": Operation(function="equal", arguments=2),
    "NotEqual": Operation(function="not_equal", arguments=2),
    "SegmentMean": Operation(Code.UNSAFE_DIVISION),
    "Pow": Operation(Code.UNSAFE_POWER, "zero", "_pow", 0, 2, positive=True, calls=("pow", "power"), sign="**"),
    "Exp": Operation(Code.UNSAFE_EXP, "far", "exp", calls=("exp",)),
    "Expm1": Operation(Code.UNSAFE_EXP, "far", "expm1", calls=("expm1",)),
    "Sinh": Operation(Code.UNSAFE_EXP, "far", "sinh", calls=("sinh",)),
    "Cosh": Operation(Code.UNSAFE_EXP, "far", "cosh", calls=("cosh",)),
    "BesselI0": Operation(Code.UNSAFE_EXP, "far", "bessel_i0", calls=("bessel_i0",)),
    "BesselI1": Operation(Code.UNSAFE_EXP, "far", "bessel_i1", calls=("bessel_i1",)),
    "Softmax": Operation(Code.EMPTY_MASK, "", "softmax", calls=("softmax",)),
    "LogSoftmax": Operation(Code.EMPTY_MASK, "", "log_softmax", calls=("log_softmax",)),
    "SoftmaxCrossEntropyWithLogits": Operation(function="softmax_cross_entropy_with_logits"),
    "SparseSoftmaxCrossEntropyWithLogits": Operation(function="sparse_softmax_cross_entropy_with_logits", arguments=2),
    "Relu": Operation(function="relu"),
    "Relu6": Operation(function="relu6"),
    "Sigmoid": Operation(function="sigmoid"),
    "Tanh": Operation(function="tanh"),
    "Sign": Operation(function="sign", calls=("sign",)),
    "Round": Operation(function="round", calls=("round",)),
    "Rint": Operation(function="rint", calls=("rint",)),
    "Floor": Operation(function="floor", calls=("floor",)),
    "Ceil": Operation(function="ceil", calls=("ceil",)),
    "Greater": Operation(function="greater", arguments=2, sign=">"),
    "GreaterEqual": Operation(function="greater_equal", arguments=2, sign=">="),
    "Less": Operation(function="less", arguments=2, sign="<"),
    "LessEqual": Operation(function="less_equal", arguments=2, sign="<="),
    "FloorDiv": Operation(sign="//"),
    "Sub": _pair("sub", "-", "subtract"),
    "AddV2": _pair("add_v2", "+", "add"),
    "Mul": _pair("mul", "*", "multiply"),
    "SquaredDifference": _pair("squared_difference", "", "squared_difference"),
    "Maximum": _pair("maximum", "", "maximum"),
    "Minimum": _pair("minimum", "", "minimum"),
    "MatMul": Operation(sign="@"),
}
_UNKNOWN = Operation()
ACTIVATIONS: Mapping[str, str] = {"Sigmoid": "sigmoid", "Tanh": "tanh", "Relu": "relu", "Relu6": "relu6"}
"""Operations that are an activation, by its name in Keras."""
SHARES: Mapping[str, str] = {"Softmax": "softmax", "Sigmoid": "sigmoid"}
"""Operations that make shares, by the name of the activation in Keras."""
STEPS: Mapping[str, str] = {"Sign": "tanh"}
"""Operations whose gradient is 0 everywhere, and the activation in Keras that comes nearest to them and has one."""
ROUNDINGS: Mapping[str, str] = dict.fromkeys(("Round", "Rint", "Floor", "Ceil"), "linear")
"""Operations that TensorFlow gives no gradient at all, and the activation in Keras that is as good and has one."""
THRESHOLDS = frozenset({"Greater", "GreaterEqual", "Less", "LessEqual"})
"""Comparisons that a sigmoid of the difference stands for; they have no gradient."""
STEEP = 4.0
"""The slope of a sigmoid is a quarter at its middle: of so many times what it takes it is 1."""
WITHOUT_GRADIENT = frozenset(ROUNDINGS) | THRESHOLDS | {
    "Equal", "NotEqual", "LogicalAnd", "LogicalOr", "LogicalNot", "ArgMax", "ArgMin", "OneHot", "StopGradient", "Bucketize",
    "Multinomial", "HistogramFixedWidth", "LowerBound", "UpperBound", "Where", "FloorDiv", "IsFinite",
    "IsNan", "IsInf", "Any", "All", "InTopKV2", "Shape",
}  # fmt: skip
"""Operations that let no gradient through: an optimizer that gets none for any variable raises an error."""
OF_WEIGHTS = frozenset(
    {"MatMul", "BatchMatMul", "BatchMatMulV2", "Einsum", "Conv2D", "Conv3D", "DepthwiseConv2dNative"}
)
"""Operations that layers put between their inputs and their weights."""

ATTENTION = frozenset({"MultiHeadAttention", "GroupedQueryAttention", "Attention", "AdditiveAttention"})
"""Layers of Keras that attend to other steps, and take `use_causal_mask`."""

SINGULAR = frozenset(name for name, row in OPERATIONS.items() if row.near)
GROWING = frozenset(name for name, row in OPERATIONS.items() if row.near == "far")
OF_MATRICES = frozenset(name for name, row in OPERATIONS.items() if row.near == "row")
AT_ONE = frozenset(name for name, row in OPERATIONS.items() if row.near == "one")
DIVISIONS = frozenset(name for name, row in OPERATIONS.items() if row.near == "zero" and row.calls and (
    row.code is Code.UNSAFE_DIVISION and row.argument == 1))  # fmt: skip
COMPARISONS = frozenset({"Equal", "NotEqual", "Greater", "GreaterEqual", "Less", "LessEqual", "LogicalAnd"})
OF_CLASS_NUMBERS = "SparseSoftmaxCrossEntropyWithLogits"
CROSSENTROPIES = frozenset({"SoftmaxCrossEntropyWithLogits", OF_CLASS_NUMBERS, "Log1p"})
"""Operations that a crossentropy of logits is made of: that of sigmoids ends in the last one."""
PAIRED = frozenset(name for name, row in OPERATIONS.items() if row.arguments == 2 and row.function and row.calls)
"""Operations that take two arrays entry by entry."""
REPLACED = frozenset(name for name, row in OPERATIONS.items() if row.function)
"""Operations whose arguments a guard can change."""
COMPARES = frozenset({"Sub", "SquaredDifference", "Mul"})
"""Operations by which a loss sets an answer, or what it chose, against what is known of a row."""
POURED = frozenset({"Sum", "Mean"})
"""Operations that make one number of many."""
ON_POSITIVES = frozenset(name for name, row in OPERATIONS.items() if row.positive)
SECOND = frozenset(call for row in OPERATIONS.values() if row.argument == 1 for call in row.calls)
"""What the source calls operations whose second argument is the one to bound."""


def known(op: str) -> Operation:
    """What is known of an operation; an empty row of others."""
    return OPERATIONS.get(op, _UNKNOWN)


def spelled(op: str) -> tuple[str, ...]:
    """How an operation may stand in the source: its operator, then the names of calls."""
    row = known(op)
    return ((row.sign,) if row.sign else ()) + row.calls


def instead_of(op: str) -> str:
    """The activation of Keras' that is as good as an operation without a slope, and has one; "" of others.

    A threshold gives way to a sigmoid that is as steep where it steps as what is compared.
    """
    return STEPS.get(op) or ROUNDINGS.get(op) or ("sigmoid" if op in THRESHOLDS else "")


# -- what can be computed in logarithms ------------------------------------------------------------

EXPONENTIALS = frozenset({"Exp", "Softmax", "Sigmoid", "Prod", "MatrixDeterminant"})
"""Positive by their making, and out of range long before their logarithm is."""
LOGARITHM_GOES_ON = frozenset(
    {
        "Mul", "MatMul", "AddV2", "Maximum", "Minimum", "Sum", "Max", "Cumsum", "Square", "Sqrt", "Reshape", "StridedSlice",
        "Squeeze", "ExpandDims", "Transpose", "GatherV2", "GatherNd", "Identity", "Cast", "Tile", "BroadcastTo",
        "MatrixDiagPartV3", "ConcatV2", "Pack",
    }
)  # fmt: skip
"""The logarithm of what these make of a tensor follows from the tensor's own."""
USES_OF_LOGARITHMS = frozenset({"Log", "Log1p", "RealDiv"})
"""Where such a formula ends in numbers that are in range again."""
