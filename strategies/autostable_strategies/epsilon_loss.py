"""epsilon-loss: keep an operation away from its singular points."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from autostable.evidence import Evidence, Finding
from autostable.knowledge.operations import AT_ONE, DIVISIONS, GROWING, OF_MATRICES, ON_POSITIVES, SINGULAR, spelled
from autostable.records import Code, Site
from autostable.setup import How, OperationGuard, Setup
from autostable.strategy import Parameters, RemedyStrategy, SourceChange
from autostable_strategies import _common as common

IN_LOGARITHMS = (
    "compute this in logarithms: log_softmax for log(softmax(z)), -softplus(-z) for log(sigmoid(z)), "
    "reduce_logsumexp for log(sum(exp(z))), softmax(z) for exp(z) / sum(exp(z)), slogdet for log(det(m))"
)
FALLBACK = 1e-7
QUOTIENTS = DIVISIONS | {"Reciprocal", "Inv"}
FAR_BELOW = 1e-3  # of the largest argument: what lies further below zero is no matter of rounding


def forward_op(op: str) -> str:
    """The forward operation: SqrtGrad belongs to Sqrt."""
    return op.removesuffix("Grad")


def singular_ops(finding: Finding) -> list[str]:
    """The located operation and those upstream that have singular points, without repetition."""
    names = [forward_op(op) for op in (finding.op, *finding.upstream)]
    return [name for name in dict.fromkeys(names) if name in SINGULAR]


def bounds(op: str, half: bool) -> tuple[float, ...]:
    """Bounds to try, mild to strong. In half precision anything below 1e-4 is lost."""
    if op in GROWING:
        return (10.0, 8.0, 5.0) if half else (80.0, 30.0, 10.0)
    if op in OF_MATRICES:
        return (1e-6, 1e-4, 1e-2)  # the jitter of Gaussian process libraries, and more
    if half:
        return (1e-4, 1e-3)
    if op in DIVISIONS | {"Log", "Xlogy"}:
        return (1e-12, 1e-7, 1e-4)
    return (1e-7, 1e-4)


def to_guard(value: Any) -> OperationGuard:
    """A guard from its JSON form."""
    return OperationGuard(
        op=str(value["op"]),
        file=value.get("file"),
        line=None if value.get("line") is None else int(value["line"]),
        layer=value.get("layer"),
        bound=float(value["bound"]),
        absolute=bool(value.get("absolute", False)),
        how=How.LOGARITHMS if value.get("logarithms") else How.UNIT if value.get("unit") else How.BOUNDED,
    )


def add_guards(setup: Setup, values: Sequence[Any]) -> Setup:
    """Put guards behind those that the setup has, without repetition."""
    new = [guard for guard in map(to_guard, values) if guard not in setup.operations]
    return dataclasses.replace(setup, operations=(*setup.operations, *new))


def join_guards(one: Parameters, other: Parameters) -> Parameters:
    """The guards of both, without repetition."""
    return {"guards": [*one["guards"], *(guard for guard in other["guards"] if guard not in one["guards"])]}


OFF_ORIGIN = "TODO(autostable): give atan2 an x of 1 where both of its arguments are 0: its gradient is 0/0 there"


class EpsilonLoss(RemedyStrategy):
    """Keep logarithm, root, division, power and exponential away from their singular points.

    ## What it does
    Where the operation lies in a formula of exponentials or shares (a softmax by hand, log(softmax(z)), log(exp(e) + exp(-e)),
    the log of a product), the formula is first computed in logarithms, as log_softmax and its kin do: nothing is bounded, the
    mathematics are the same, and an epsilon of at most 1e-4 that was put in to keep a logarithm from 0 is left out. Else, or
    where that does not hold, it bounds the argument of the located operation: log, sqrt and divisors from below (1e-12, 1e-7,
    1e-4), exponentials from above (80, 30, 10), acos and its kin inside (-1, 1), and adds 1e-6 and more to the diagonal of a
    matrix that is taken apart or inverted. A divisor of 0 under something other than 0 first becomes as large as the least
    of the other divisors: 3 / 1e-12 is finite, yet drowns the rest; so does what a logarithm of data takes. Or 1 takes its
    place, which leaves what it divides as it is. A divisor that is a root, a norm, may be bounded as such
    instead. First at the one line that failed, then wherever the same layer
    or loss calls it. Where arguments lie far below zero (a degree of a graph with negative weights) the last strength takes
    their magnitude. Of a spread that the network gives beside a mean, and that has fallen below zero, the logarithm
    is that of its magnitude: the density has its square, and a bound would reward spreads that stay negative.

    ## Why it works
    log(0) is -inf, and 0 * -inf is NaN. The gradient of sqrt at 0 is infinite, even where the root
    itself is right or is masked by a `where`. exp(89) overflows float32.

    ## Example
    ```python
    cross_entropy = -tf.reduce_sum(target * tf.math.log(probs))
    ```

    ## Use instead
    ```python
    cross_entropy = -tf.reduce_sum(target * tf.math.log(tf.maximum(probs, 1e-7)))
    ```
    or the fused form (`tf.nn.softmax_cross_entropy_with_logits`), which needs no bound.

    ## Safety
    Safe where the singular point is an accident of rounding. Where the argument is far inside the
    forbidden region (a negative number under a root) the formula is wrong, and a bound hides it.

    ## References
    "NaN gradients of tf.where": tensorflow issue 20091; N. Higham, "Accuracy and Stability of
    Numerical Algorithms", chapter 1.
    """

    name: ClassVar[str] = "epsilon-loss"
    cures: ClassVar[tuple[Code, ...]] = (
        Code.UNSAFE_LOG,
        Code.UNSAFE_SQRT,
        Code.UNSAFE_DIVISION,
        Code.UNSAFE_EXP,
        Code.UNSAFE_POWER,
        Code.UNSAFE_WHERE,
        Code.EMPTY_MASK,
    )
    guards: ClassVar[bool] = True
    betters: ClassVar[bool] = False

    def strengths(self, evidence: Evidence) -> Sequence[Parameters]:
        finding = evidence.finding
        if finding is None or finding.in_optimizer:
            return ()  # within an optimizer of Keras's; its own epsilon is the bound
        ops = singular_ops(finding)
        site = finding.site or Site()
        own = site.file is not None and not finding.builtin
        op = ops[0] if ops else forward_op(finding.op)
        formula = {"op": op, "file": site.file, "line": None, "layer": None, "bound": 0.0, "logarithms": True}
        exact = [{"guards": [formula]}] if own and finding.logarithms else []
        if not ops:
            return exact
        half = "16" in evidence.model.precision
        layer = finding.layer or ("loss" if finding.in_loss else None)
        places: list[tuple[str | None, int | None, str | None]]
        if own and site.line is not None:
            # the same mistake is often made twice: after the line, wherever the loss or layer calls it
            places = [(site.file, site.line, None), (None, None, layer)]
        else:
            places = [(None, None, layer)]
        series = {op: self._bounds(op, half, finding) for op in ops}
        signless = {"absolute": True} if self._is_spread(evidence) else {}
        lines = (*finding.others, *finding.alike)
        found: list[Parameters] = []
        for number, (file, line, where) in enumerate(places):
            longest = max(len(values) for values in series.values())
            for step in range(longest):
                guards = [
                    {
                        "op": op,
                        "file": file,
                        "line": line,
                        "layer": where,
                        "bound": values[max(0, len(values) - longest + step)],
                        **(signless if op == "Log" else {}),
                    }
                    for op, values in series.items()
                ]
                if line is not None:
                    guards += [{**guards[0], "file": other.file, "line": other.line} for other in lines]
                if number and step < longest - 2:
                    continue
                if {"guards": guards} not in found:
                    found.append({"guards": guards})
        # outside of a loss it is a spread, no probability
        outside = set(series) == {"Log"} and not finding.in_loss and finding.input_low == 0.0
        if found and (set(series) <= QUOTIENTS or outside):
            # c / 1e-12 is finite and far too large: what has no spread (a count of steps that begins with 0) is left as it is
            least = bounds(op, half)[0]
            found.insert(1, {"guards": [{**guard, "bound": least, "unit": True} for guard in found[0]["guards"]]})
        if finding.root is not None:
            # nothing moves at x / |x| for x = 0 where |x| itself stays 0: its derivative has to be there as well
            norm = {"op": "Sqrt", "file": finding.root.file, "line": finding.root.line, "layer": None}
            found.insert(1, {"guards": [{**norm, "bound": bounds("Sqrt", half)[0]}]})
        return [*exact, *found, *self._magnitudes(found, finding)]

    @staticmethod
    def _magnitudes(found: Sequence[Parameters], finding: Finding) -> list[Parameters]:
        """The first guards with the magnitude of what is far below zero: a bound would make one number of all of it."""
        low, high = finding.input_low or 0.0, abs(finding.input_high or 0.0)
        op = forward_op(finding.op)
        if op not in ON_POSITIVES or low >= -FAR_BELOW * max(high, -low) or not found:
            return []
        guards = [{**guard, "absolute": True} if guard["op"] == op else guard for guard in found[0]["guards"]]
        return [] if guards == list(found[0]["guards"]) else [{"guards": guards}]

    @staticmethod
    def _is_spread(evidence: Evidence) -> bool:
        """Whether the loss takes the logarithm of a part of an output that says more than the target, and it is negative."""
        finding, layer = evidence.finding, evidence.fed_by
        if (
            finding is None
            or layer is None
            or not finding.in_loss
            or finding.builtin
            or (finding.input_low or 0.0) >= 0.0
        ):
            return False
        return any(
            output.name == layer.name and common.says_more(output, facts) for output, facts in common.pairs(evidence)
        )

    @staticmethod
    def _bounds(op: str, half: bool, finding: Finding) -> tuple[float, ...]:
        """Bounds to try; a quotient that is infinite, not NaN, first gets one from among the other divisors."""
        usual = bounds(op, half)
        if (op in DIVISIONS or op == "Log") and finding.least is not None and finding.least > max(usual):
            # 3 / 1e-12 is finite, yet drowns all else that is summed with it, and so does log(1e-12) among measured numbers
            return (float(f"{finding.least:.2g}"), *usual)
        return usual

    def apply(self, setup: Setup, parameters: Parameters) -> Setup:
        return add_guards(setup, parameters["guards"])

    def joined(self, one: Parameters, other: Parameters) -> Parameters:
        return join_guards(one, other)

    def describe(self, parameters: Parameters) -> str:
        return describe_guards(parameters["guards"])

    def brief(self, parameters: Parameters) -> str:
        first: Mapping[str, Any] = next(iter(parameters["guards"]), {})
        if first.get("logarithms"):
            return "in logarithms"
        named = "op" in first and "bound" in first and not first.get("unit")
        return f"{first['op'].lower()} bound {first['bound']:g}" if named else self.name

    def edit(self, parameters: Parameters, evidence: Evidence) -> Sequence[SourceChange]:
        finding = evidence.finding
        if finding is None or not common.has_line(finding.site):
            return ()
        if any(guard.get("logarithms") for guard in parameters["guards"]):
            return self._in_logarithms(finding)
        changes: list[SourceChange] = []
        lines = {site.line: site for site in (*finding.others, *finding.alike)}
        for guard in parameters["guards"]:
            if guard["file"] is None and finding.builtin:
                continue
            if guard["op"] == "Atan2":  # which of its arguments is which cannot be told from one of them
                changes += common.note(finding.site, OFF_ORIGIN)
                continue
            elsewhere = guard["line"] not in (None, finding.site.line, *lines)  # where it failed next
            name, code = _source(guard["op"], guard["bound"], None if elsewhere else finding.input_low)
            if name:
                if guard.get("unit"):
                    code = f"keras.ops.where(keras.ops.abs({{}}) < {guard['bound']:g}, 1.0, {{}})"
                if guard.get("absolute"):
                    code = code.replace("{}", "keras.ops.abs({})")
                reach = "@function" if guard["line"] is None else ""
                site = (
                    Site(file=guard["file"], line=guard["line"])
                    if elsewhere
                    else lines.get(guard["line"], finding.site)
                )
                changes.append(SourceChange(site, "wrap-argument", name + reach, code, todo=_todo(guard)))
        return changes

    @staticmethod
    def _in_logarithms(finding: Finding) -> Sequence[SourceChange]:
        """One function in the place of two, where that is written at the site; a comment elsewhere."""
        assert finding.site is not None
        name, bound = _source(finding.op, FALLBACK, finding.input_low) if finding.op == "Log" else ("log", "")
        return [SourceChange(finding.site, "in-logarithms", name, "", inline=bound, todo=IN_LOGARITHMS)]


def _source(op: str, bound: float, low: float | None) -> tuple[str, str]:
    """The call or operator in the source, and what its argument becomes."""
    text, name = f"{bound:g}", "|".join(spelled(op))
    if op in GROWING:
        return name, f"keras.ops.minimum({{}}, {float(text)!r})"
    if op in OF_MATRICES:
        return name, f"({{}}) + {text} * keras.ops.eye(keras.ops.shape({{}})[-1])"
    if op in QUOTIENTS and not (low is not None and low >= 0.0):
        return name, f"keras.ops.where(keras.ops.abs({{}}) < {text}, {text}, {{}})"
    if op == "Angle":
        return name, f"keras.ops.where(keras.ops.abs({{}}) < {text}, keras.ops.ones_like({{}}), {{}})"
    if op == "Acosh":
        return name, f"keras.ops.maximum({{}}, 1.0 + {text})"
    if op == "Log1p":
        return name, f"keras.ops.maximum({{}}, {text} - 1.0)"
    if op in AT_ONE:
        return name, f"keras.ops.maximum(keras.ops.minimum({{}}, 1.0 - {text}), {text} - 1.0)"
    return name, f"keras.ops.maximum({{}}, {text})"


def _todo(guard: Mapping[str, Any]) -> str:
    """What is to be done where the operation is not in the line itself, but in something that it calls."""
    if guard.get("unit"):
        which = "argument" if guard["op"] == "Log" else "divisor"
        return f"put 1 in the place of the {which} of the {guard['op']} within what this line calls where that is 0"
    side = "at most" if guard["op"] in GROWING else "off 1 by" if guard["op"] in AT_ONE else "at least"
    return f"keep the argument of the {guard['op']} within what this line calls {side} {guard['bound']:g}"


def describe_guards(guards: Sequence[Any]) -> str:
    """One phrase for a list of guards."""
    if guards and guards[0].get("logarithms"):
        return f"exponentials and shares in {guards[0]['file']} computed in logarithms"
    parts: dict[str, list[str]] = {}
    for guard in guards[:2]:
        what = "magnitude of the argument" if guard.get("absolute") else "argument"
        side = "at most" if guard["op"] in GROWING else "kept from 1 by" if guard["op"] in AT_ONE else "at least"
        said = f"{what} of {guard['op']} {side} {guard['bound']:g}"
        if guard.get("unit"):
            said = f"1 in the place of what {guard['op']} {'takes' if guard['op'] == 'Log' else 'divides by'} where that is 0"
        if guard["op"] in OF_MATRICES:
            said = f"{guard['bound']:g} added to the diagonal of what {guard['op']} takes"
        parts.setdefault(_place(guard), []).append(said)
    *others, last = [(", ".join(bounded), place) for place, bounded in parts.items()] or [("", "")]
    more = f" and {len(guards) - 2} more" if len(guards) > 2 else ""
    return ", ".join([*("".join(each) for each in others), last[0] + more + last[1]])


def _place(guard: Mapping[str, Any]) -> str:
    if guard.get("file") and guard.get("line"):
        return f" at {guard['file']}:{guard['line']}"
    where = guard.get("file") or guard.get("layer")
    return f" in {where}" if where else ""
