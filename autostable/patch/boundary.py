"""Layers put around a model, so that whatever the script does with it afterwards goes through them.

The model's variable is given the model with the layers around it, once it is built and before it is compiled: so `fit`,
`evaluate`, `predict`, validation and what is saved all hold them. A model of a class of the user's has them in its `call`.
"""

from __future__ import annotations

import dataclasses
import re
import textwrap
from collections.abc import Iterator, Sequence

import libcst as cst

from autostable.patch.source import Source, callee
from autostable.strategy import LAYERS, SourceChange

_WIDTH = 100
_PLAIN = frozenset({"Sequential", "Model", "Functional", "clone_model", "load_model", "model_from_json"})
_TRAINING = ("fit", "search")
# of a model with layers around it these are no longer what they were
_OF_ITS_LAYERS = frozenset({"layers", "get_layer", "pop", "inputs", "input", "outputs", "output"})
_OF_ANY_NAME = frozenset({"layers", "get_layer"})  # nothing else has these
_DEPTH = 6


@dataclasses.dataclass(frozen=True)
class Place:
    """Where a model is wrapped.

    Attributes:
        statement: The lines go before it, or behind it where `behind` is set.
        model: How the model is called there.
        owner: Of a model of a class of the user's: the class; the lines go into its `call`.
        names: What `call` takes its several inputs apart into.
        inputs, answers: The keys of a model's inputs and answers, where they are a dictionary.
        named: Losses or metrics go by the names of the answers, so these stay.
    """

    statement: cst.CSTNode
    model: str
    behind: bool = False
    owner: cst.ClassDef | None = None
    names: tuple[str, ...] = ()
    inputs: tuple[str, ...] = ()
    answers: tuple[str, ...] = ()
    named: bool = False


def find_place(source: Source, change: SourceChange) -> Place | str:
    """Where the model of a change can be wrapped for sure, or why it cannot be."""
    assert change.site.line is not None
    found = _from_compile(source, change) or _from_building(source)
    if found is None:
        return "it is not clear where the model is built"
    statement, model, behind = found
    made = _made(source, model, statement, _DEPTH)
    if isinstance(made, cst.ClassDef):
        return _in_class(source, made, model)
    if made is None:
        return f"it is not clear what `{model}` is"
    used = next(_reaches_in(source, model, statement), None)
    if used is not None:
        return f"line {source.line(used)} reaches into the model (`{source.code(used)}`)"
    if not isinstance(statement, cst.SimpleStatementLine) or len(statement.body) != 1:
        return "it is not clear where the model is built"
    inputs, answers = _keys(source, 0, "inputs"), _keys(source, 1, "outputs")
    if inputs is None or answers is None:
        return f"it is not clear what `{model}` takes and gives"
    named = _has_names(source, statement) and not answers
    return Place(statement, model, behind, inputs=inputs, answers=answers, named=named)


def _keys(source: Source, position: int, keyword: str) -> tuple[str, ...] | None:
    """The keys of the inputs or the answers, in Keras' order, where the models of the file have them in a dictionary.

    Returns:
        Empty where they have none, None where one model has other keys than another.
    """
    found: set[tuple[str, ...]] = set()
    for call in source.nodes(cst.Call):
        if callee(call) != "Model" or len(call.args) < 2:
            continue
        by_name = [arg.value for arg in call.args if arg.keyword is not None and arg.keyword.value == keyword]
        given: cst.BaseExpression | None = by_name[0] if by_name else call.args[position].value
        if isinstance(given, cst.Name):
            given = next((value for _, value in source.bindings(given.value, call)), None)
        elements = given.elements if isinstance(given, cst.Dict) else ()
        keys = [element.key for element in elements if isinstance(element, cst.DictElement)]
        found.add(tuple(sorted(str(key.evaluated_value) for key in keys if isinstance(key, cst.SimpleString))))
    return None if len(found) > 1 else next(iter(found), ())


def _has_names(source: Source, statement: cst.CSTNode) -> bool:
    """Whether a model is compiled with losses or metrics by the names of its answers."""
    return any(
        callee(call) == "compile" and any(isinstance(arg.value, cst.Dict) for arg in call.args)
        for call in source.nodes(cst.Call)
        if source.covers(statement, source.line(call))
    )


def _from_compile(source: Source, change: SourceChange) -> tuple[cst.CSTNode, str, bool] | None:
    """The statement that compiles the model that is trained at a line, and the model's name there."""
    compiled = (
        change.compiled.line if change.compiled is not None and change.compiled.file == change.site.file else None
    )
    calls = [call for call in source.nodes(cst.Call) if callee(call) == "compile" and receiver(source, call)]
    own = [call for call in calls if compiled is not None and source.covers(call, compiled)]
    line = change.site.line or 0
    fits = [call for call in source.nodes(cst.Call) if callee(call) in _TRAINING and source.covers(call, line)]
    trained = {receiver(source, call) for call in fits}
    alike = own or [call for call in calls if receiver(source, call) in trained]
    alike = alike or (calls if fits and len(calls) == 1 else [])
    if not alike:
        return None
    call = max((each for each in alike if source.line(each) <= line), key=source.line, default=alike[0])
    statement = source.statement(source.line(call))
    return None if statement is None else (statement, receiver(source, call), False)


def _from_building(source: Source) -> tuple[cst.CSTNode, str, bool] | None:
    """The statement that builds the only model of a file without `compile`, or adds the last layer to it."""
    built = []
    for node in source.nodes(cst.Assign):
        name = source.code(node.targets[0].target)
        if isinstance(node.value, cst.Call) and _made(source, name, node, _DEPTH, node.value) is not None:
            built.append((node, name))
    # what a function builds is its callers' to name
    outer = [(node, name) for node, name in built if isinstance(source.scope(node), cst.Module)] or built
    if len({name for _, name in outer}) != 1 or len(outer) != 1:
        return None
    node, name = outer[0]
    added = [call for call in source.nodes(cst.Call) if callee(call) == "add" and receiver(source, call) == name]
    statement = source.statement(max([source.line(node), *(source.line(call) for call in added)]))
    return None if statement is None else (statement, name, True)


def receiver(source: Source, call: cst.Call) -> str:
    """What a method is called on: "model", "self.model"; empty where that is no name."""
    if isinstance(call.func, cst.Attribute) and isinstance(call.func.value, cst.Name | cst.Attribute):
        return source.code(call.func.value)
    return ""


def _made(
    source: Source, name: str, seen_from: cst.CSTNode, depth: int, value: cst.BaseExpression | None = None
) -> cst.ClassDef | str | None:
    """What makes a model: a class of the file, "plain" where it is one of Keras' own; None where that is not known."""
    if depth == 0:
        return None
    if value is None:
        bound = source.bindings(name, seen_from)
        before = [entry for entry in bound if source.line(entry[0]) <= source.line(seen_from)] or bound
        if not before:
            return None
        node, value = before[0]
        seen_from = node
    if isinstance(value, cst.Name):
        return _made(source, value.value, seen_from, depth - 1)
    if not isinstance(value, cst.Call):
        return None
    if ".applications." in source.code(value.func) or callee(value) in _PLAIN:
        return "plain"
    for kind in source.nodes(cst.ClassDef):
        if kind.name.value == callee(value):
            return kind
    for function in source.nodes(cst.FunctionDef):
        if function.name.value == callee(value):
            answers = returned(source, function)
            if len(answers) == 1:
                return _made(source, "", answers[0], depth - 1, answers[0])
    return None


def _reaches_in(source: Source, model: str, statement: cst.CSTNode) -> Iterator[cst.Attribute]:
    """Where something of a model's inside may be read after a statement, under this name or another one."""
    modules = source.imported()
    for node in source.nodes(cst.Attribute):
        of = source.code(node.value)
        if node.attr.value not in _OF_ITS_LAYERS or of.partition(".")[0] in modules:
            continue
        before = source.scope(node) is source.scope(statement) and source.line(node) < source.line(statement)
        other = node.attr.value not in _OF_ANY_NAME or isinstance(source.scope(node), cst.Module)
        if not before and (of == model or not other):
            yield node


def _in_class(source: Source, owner: cst.ClassDef, model: str) -> Place | str:
    """The first statement of a class' `call`."""
    name = owner.name.value
    methods = {node.name.value: node for node in owner.body.body if isinstance(node, cst.FunctionDef)}
    made = [call for call in source.nodes(cst.Call) if callee(call) == name]
    if len(made) != 1:
        return f"{name} is made in {len(made)} places"
    call = methods.get("call")
    if call is None or len(call.params.params) < 2:
        return f"{name} has no `call` of its own"
    return Place(call, model, owner=owner, names=_taken_apart(source, call))


def _taken_apart(source: Source, call: cst.FunctionDef) -> tuple[str, ...]:
    """The names that a `call` gives its several inputs in its first line: `ids, prices = inputs`."""
    first = _first(call)
    if not isinstance(first, cst.SimpleStatementLine) or not isinstance(first.body[0], cst.Assign):
        return ()
    target, value = first.body[0].targets[0].target, first.body[0].value
    if not isinstance(target, cst.Tuple) or source.code(value) != call.params.params[1].name.value:
        return ()
    return tuple(source.code(element.value) for element in target.elements)


def _first(call: cst.FunctionDef) -> cst.CSTNode:
    """The first statement of a function that is not its docstring."""
    first, *others = call.body.body
    documented = (
        isinstance(first, cst.SimpleStatementLine)
        and isinstance(first.body[0], cst.Expr)
        and isinstance(first.body[0].value, cst.SimpleString | cst.ConcatenatedString)
    )
    return others[0] if documented and others else first


def start_of(source: Source, place: Place) -> tuple[int, str]:
    """Where the lines of a place go, and how far they are indented."""
    if place.owner is not None and isinstance(place.statement, cst.FunctionDef):
        first = _first(place.statement)
        line = source.line(first)
        return source.line_start(source.range(first).end.line + 1 if place.names else line), source.indent(line)
    line = source.line(place.statement)
    behind = source.range(place.statement).end.line + 1
    return source.line_start(behind if place.behind else line), source.indent(line)


def rendered(place: Place, changes: Sequence[SourceChange], *, built: bool) -> tuple[list[str], list[str]]:
    """The lines that put layers around a model, or what its inputs are in its `call` through the same.

    Args:
        place: Where.
        changes: One for each layer.
        built: Whether the shapes of the model's inputs are known to it.

    Returns:
        The definitions that these lines need, and the lines.
    """
    ordered = sorted(changes, key=lambda change: (LAYERS.index(change.name), change.place))
    if place.owner is not None:
        given = place.statement
        assert isinstance(given, cst.FunctionDef)
        name = given.params.params[1].name.value
        names = place.names or (name,)
        said = dict.fromkeys(line for change in ordered for line in _split(change.code)[0])
        return [], [*said, *(line for change in ordered for line in _assigned(names[change.place], change.inline))]
    parts = [(change, *_split(change.code)) for change in ordered]
    helpers = dict.fromkeys(helper for _, _, helper, _ in parts if helper)
    comments = list(dict.fromkeys(line for _, told, _, _ in parts for line in told))
    before = [(change, layer) for change, _, _, layer in parts if change.name not in ("output", "whole")]
    behind = [(change, layer) for change, _, _, layer in parts if change.name == "output"]
    lines = [line for helper in helpers for line in ("", *helper.splitlines(), "")]
    own = [(change.shape, code) for change, _, _, code in parts if change.name == "whole"]
    for shape, code in own:
        shown = f"{place.model}.input_shape[1:]" if built else repr(tuple(shape))
        comments += code.replace("{shape}", shown).replace("{model}", place.model).split("; ")
    if not before and not behind:
        return lines, comments
    plain = not place.inputs and not place.answers and not place.named
    if plain and all(change.of == 1 for change in ordered if change.name != "whole"):
        return lines, [*comments, *_around_one(place.model, before, behind, built=built)]
    return lines, [*comments, *_around_several(place, before, behind)]


def _assigned(name: str, expression: str) -> list[str]:
    """A variable given another value, that is made of its own."""
    value = expression.replace("{}", name)
    if len(value) <= _WIDTH:
        return [f"{name} = {value}"]
    inner = textwrap.wrap(value, _WIDTH, break_long_words=False, break_on_hyphens=False)
    return [f"{name} = (", *(f"    {line}" for line in inner), ")"]


Layers = Sequence[tuple[SourceChange, str]]


def _around_one(model: str, before: Layers, behind: Layers, *, built: bool) -> list[str]:
    """A model of one input and one output, with layers around it."""
    shape = next((change.shape for change, _ in (*before, *behind) if change.shape), ())
    half = ', dtype="float32"' if any("float32" in layer for _, layer in (*before, *behind)) else ""
    entries = [*(layer for _, layer in before), model, *(layer for _, layer in behind)]
    if shape and len(shape) > 1 and built:
        entries.insert(0, f"keras.Input({model}.input_shape[1:]{half})")
    elif shape and None not in shape:
        entries.insert(0, f"keras.Input({tuple(shape)!r}{half})")
    short = f"{model} = keras.Sequential([{', '.join(entries)}])"
    if len(short) <= _WIDTH:
        return [short]
    inner = [f"        {line}" for entry in entries for line in _folded(entry)]
    return [f"{model} = keras.Sequential(", "    [", *inner, "    ]", ")"]


def _around_several(place: Place, before: Layers, behind: Layers) -> list[str]:
    """A model of several inputs or outputs, or of such with names, with layers around some of them."""
    model, made = place.model, "keras.Input(each.shape[1:], dtype=each.dtype, name=each.name)"
    lines, given = [f"fed = keras.tree.map_structure(lambda each: {made}, {model}.input)"], "fed"
    if place.inputs:
        lines = [f"fed = {{key: {made} for key, each in {model}.input.items()}}"]
    if before:  # a dictionary of inputs may be filled where nobody sees it
        lines.append(f"treated = {'dict(fed)' if place.inputs else 'keras.tree.flatten(fed)'}")
        given = "treated" if place.inputs else "keras.tree.pack_sequence_as(fed, treated)"
    for change, layer in before:
        key = f'"{place.inputs[change.place]}"' if place.inputs else str(change.place)
        lines += _folded(f"treated[{key}] = {layer}")
        lines[-1] = f"{lines[-1].removesuffix(',')}(treated[{key}])"
    lines.append(f"answers = {model}({given})")
    return [*lines, *_answers_of(place, behind), f"{model} = keras.Model(fed, answers)"]


def _answers_of(place: Place, behind: Layers) -> list[str]:
    """Layers behind a model, under the names that its answers have."""
    several = max((change.of for change, _ in behind), default=1)
    if place.answers:
        keys = [(f'answers["{place.answers[change.place]}"]', layer) for change, layer in behind]
        return [f"{target} = {layer}({target})" for target, layer in keys]
    if several > 1:
        own: dict[int, str] = {change.place: layer for change, layer in behind}
        whole = [own.get(number, "keras.layers.Identity()") for number in range(several)]
        named = [_with_name(layer, f"names[{number}]") + f"(answers[{number}])" for number, layer in enumerate(whole)]
        return [f"names = {place.model}.output_names", "answers = [", *(f"    {each}," for each in named), "]"]
    lines = [f"answers = {layer}(answers)" for _, layer in behind]
    if not place.named:
        return lines
    return [
        *lines,
        f"named = zip({place.model}.output_names, keras.tree.flatten(answers))",
        "answers = [keras.layers.Identity(name=name)(each) for name, each in named]",
        "answers = answers if len(answers) > 1 else answers[0]",
    ]


def _with_name(layer: str, name: str) -> str:
    """A layer's call with a name for the layer."""
    inner = layer.removesuffix(")")
    return f"{inner}name={name})" if inner.endswith("(") else f"{inner}, name={name})"


def of_class(changes: Sequence[SourceChange]) -> tuple[list[str], str]:
    """What goes before a class of the user's, and into what its answers are put, where layers come behind the model."""
    comments, helper, layer = _split(changes[0].code)
    return [*comments, *helper.splitlines(), "", "", ""], f"{layer}({{}})"


def returned(source: Source, function: cst.FunctionDef) -> list[cst.BaseExpression]:
    """What a function gives back."""
    return [
        node.value for node in source.nodes(cst.Return) if source.scope(node) is function and node.value is not None
    ]


def _folded(entry: str) -> list[str]:
    """One entry of a list, broken where it is too long for a line."""
    if len(entry) <= _WIDTH or "(" not in entry:
        return [f"{entry},"]
    head, _, rest = entry.partition("(")
    lines = [f"{head}("]
    for part in re.split(r", (?=\w+=)", rest.removesuffix(")")):
        lines += textwrap.wrap(f"{part},", _WIDTH, initial_indent="    ", subsequent_indent="        ")
    return [*lines, "),"]


def _split(code: str) -> tuple[list[str], str, str]:
    """Of what a change gives: comments, the definition of a layer's class if there is one, and the layer, the last line."""
    lines = code.splitlines()
    comments = [line for line in lines if line.startswith("#")]
    rest = [line for line in lines if not line.startswith("#")]
    return comments, "\n".join(rest[:-1]), rest[-1]
