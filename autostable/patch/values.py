"""Whether a value is the same in all trainings of a program, and where it is written."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Sequence

import libcst as cst

from autostable.patch.locate import entry
from autostable.patch.settings import Settings
from autostable.patch.source import Source, callee

_OUTSIDE = frozenset({"argv", "environ", "getenv", "parse_args", "parse_known_args", "input", "FLAGS", "safe_load"})
_FILES = frozenset({"json", "yaml", "tomllib", "toml", "pickle"})  # whose `load` reads what somebody else wrote
_PURE = frozenset({"float", "int", "str", "min", "max", "abs", "round", "pow", "dict", "len", "sum"})
_SHOWN = frozenset({"print", "debug", "info", "format"})
# methods of these names are called by Keras and keras-tuner
_CALLED_BY_KERAS = frozenset({"build", "call", "compile", "fit", "search", "run_trial", "train_step", "__call__"})
_Comprehension = cst.ListComp | cst.SetComp | cst.DictComp | cst.GeneratorExp
_BINDINGS = cst.Assign | cst.AnnAssign | cst.AugAssign | cst.NamedExpr | cst.For
_NO_USE = cst.Param | cst.Annotation | cst.ImportAlias | cst.AsName


class Values:
    """What the expressions of a file depend on.

    Args:
        source: The file.
        arguments: Those of the command line that the program was run with, None where they are not known.
    """

    def __init__(self, source: Source, arguments: Sequence[str] | None = None) -> None:
        self._source = source
        self._settings = Settings(source, self._origin, arguments)
        self._modules = source.imported()

    # -- what a value depends on ----------------------------------------------------------------

    def unsettled(self, value: cst.BaseExpression) -> str | None:
        """What makes a value another one from training to training, or the user's to give from outside.

        A parameter whose calls give it several values (or that nobody in the file calls), the variable of a loop,
        what is drawn or read. Such an expression is not to be replaced by what was right for one training.

        Returns:
            Its name; None where the value is settled by the file.
        """
        return self._unsettled(value, frozenset())

    def _unsettled(self, value: cst.CSTNode, seen: frozenset[tuple[int, str]]) -> str | None:
        for part in self._parts(value):
            name = self._of_call(part, seen) if isinstance(part, cst.Call) else self._of_name(part, seen)
            if name is not None:
                return name
        return None

    def _parts(self, node: cst.CSTNode) -> Iterator[cst.CSTNode]:
        """The names, bound attributes and calls in an expression; of a known mapping only the entry that is read."""
        if isinstance(node, cst.Name):
            yield node
        elif isinstance(node, cst.Attribute):
            written = self._field(node) or self._settings.read(node)
            if node.attr.value in _OUTSIDE or self._source.code(node) in self._assigned:
                yield node
            elif written is not None:
                yield from self._parts(written)
            else:
                yield from self._parts(node.value)
        elif isinstance(node, cst.Subscript) and self._source.code(node) in self._assigned:
            yield node
        elif (found := self._held(node)) is not None:
            yield from self._parts(found)
        elif isinstance(node, cst.Call):
            yield node
            if isinstance(node.func, cst.Attribute):
                yield from self._parts(node.func.value)
            for arg in node.args:
                yield from self._parts(arg.value)
        elif isinstance(node, _Comprehension | cst.Lambda):
            return
        else:
            for child in node.children:
                yield from self._parts(child)

    def _held(self, node: cst.CSTNode) -> cst.BaseExpression | None:
        """What a mapping of this file holds, where a node reads an entry of one."""
        if not isinstance(node, cst.Subscript | cst.Call):
            return None
        return self._entry(node) or self._settings.read(node)

    def _of_call(self, call: cst.Call, seen: frozenset[tuple[int, str]]) -> str | None:
        source, name = self._source, callee(call)
        root = self._modules.get(source.code(call.func).split(".")[0], "").split(".")[0]
        if name in _OUTSIDE or name.startswith("DEFINE_") or (root in _FILES and "load" in name):
            return source.code(call.func)
        own = [function for function in source.nodes(cst.FunctionDef) if function.name.value == name]
        if own and isinstance(call.func, cst.Name):
            key = (id(own[0]), name)
            if key in seen:
                return None
            returned = [node for node in source.nodes(cst.Return) if source.scope(node) is own[0]]
            given = (self._unsettled(node.value, seen | {key}) for node in returned if node.value is not None)
            return next((found for found in given if found is not None), None)
        drawn = "random" in source.code(call.func) or root not in {"math", "numpy"}
        if name in _PURE or name[:1].isupper() or not drawn or self.once(call):
            return None
        return source.code(call.func)  # such as `rng.uniform`: another number each time

    def _of_name(self, node: cst.CSTNode, seen: frozenset[tuple[int, str]]) -> str | None:
        source, name = self._source, self._source.code(node)
        if name.rpartition(".")[2] in _OUTSIDE:
            return name
        if any(self._bound_by(parent, name) for parent in source.parents(node)):
            return name
        scopes = source.scopes(node) if isinstance(node, cst.Name) else [source.module]
        for scope in scopes:
            key = (id(scope), name)
            if key in seen:
                return None
            if isinstance(scope, cst.Lambda) and _parameter(scope, name) is not None:
                return name
            if isinstance(scope, cst.FunctionDef) and _parameter(scope, name) is not None:
                return self._of_parameter(scope, name, seen | {key})
            bindings = self._bindings(scope, name)
            if not bindings:
                continue
            if len(bindings) > 1 and not self.once(node):
                return name
            values = (self._unsettled(binding, seen | {key}) for binding in bindings)
            return next((found for found in values if found is not None), None)
        return None

    def _bound_by(self, parent: cst.CSTNode, name: str) -> bool:
        """Whether a loop around a place counts with this variable."""
        if isinstance(parent, cst.For):
            return name in self._targets(parent.target)
        if isinstance(parent, _Comprehension):
            loop: cst.CompFor | None = parent.for_in
            while loop is not None:
                if name in self._targets(loop.target):
                    return True
                loop = loop.inner_for_in
        return False

    def _bindings(self, scope: cst.CSTNode, name: str) -> list[cst.BaseExpression]:
        """What a scope gives a name (to an attribute or an item: what the file does); twice what gives several values."""
        return [
            value
            for node, value in self._assigned.get(name, ())
            if not name.isidentifier() or self._source.scope(node) is scope
        ]

    @functools.cached_property
    def _assigned(self) -> dict[str, list[tuple[cst.CSTNode, cst.BaseExpression]]]:
        found: dict[str, list[tuple[cst.CSTNode, cst.BaseExpression]]] = {}
        for node in self._source.all_nodes:
            if not isinstance(node, _BINDINGS):
                continue
            targets = [each.target for each in node.targets] if isinstance(node, cst.Assign) else [node.target]
            value = node.iter if isinstance(node, cst.For) else node.value
            if value is not None:
                for name in dict.fromkeys(name for target in targets for name in self._targets(target)):
                    entries = found.setdefault(name, [])
                    entries += [(node, value)] * (1 + isinstance(node, cst.For | cst.AugAssign))
        return found

    @functools.cached_property
    def _named(self) -> dict[str, list[cst.Name]]:
        found: dict[str, list[cst.Name]] = {}
        for node in self._source.nodes(cst.Name):
            found.setdefault(node.value, []).append(node)
        return found

    def _targets(self, target: cst.BaseExpression) -> list[str]:
        if isinstance(target, cst.Tuple | cst.List):
            return [name for element in target.elements for name in self._targets(element.value)]
        return [self._source.code(target)]

    # -- mappings -------------------------------------------------------------------------------

    def mapping(self, value: cst.BaseExpression) -> cst.BaseExpression | None:
        """The literal that `**value` unpacks, where all of it is written in this file."""
        found = self._entry(value) if isinstance(value, cst.Subscript | cst.Call) else None
        made = self._origin(value if found is None else found)
        if isinstance(made, cst.Dict):
            inner = [each.value for each in made.elements if isinstance(each, cst.StarredDictElement)]
        elif isinstance(made, cst.Call) and callee(made) in ("dict", "copy", "deepcopy"):
            inner = [arg.value for arg in made.args if arg.keyword is None]
        else:
            return None
        return made if all(self.mapping(each) is not None for each in inner) else None

    # -- functions ------------------------------------------------------------------------------

    def _of_parameter(self, function: cst.FunctionDef, name: str, seen: frozenset[tuple[int, str]]) -> str | None:
        option = self._settings.of_parameter(function, name)
        if option is not None:
            return self._unsettled(option, seen)
        given = self._given(function, name)
        if given is None or len({self._source.code(value) for value in given}) != 1:
            return name
        return next((found for value in given if (found := self._unsettled(value, seen)) is not None), None)

    def _given(self, function: cst.FunctionDef, name: str) -> list[cst.BaseExpression] | None:
        """What the calls of a function give one parameter; None where that cannot be known."""
        calls, parameter = self._calls(function), _parameter(function, name)
        if not calls or parameter is None:
            return None
        names = [each.name.value for each in (*function.params.posonly_params, *function.params.params)]
        if isinstance(self._source.scope(function), cst.ClassDef):
            names = names[1:]
        found: list[cst.BaseExpression] = []
        for call in calls:
            if any(arg.star for arg in call.args):
                return None
            by_name = [arg.value for arg in call.args if arg.keyword is not None and arg.keyword.value == name]
            by_place = [arg.value for arg in call.args if arg.keyword is None]
            if by_name:
                found += by_name
            elif name in names and names.index(name) < len(by_place):
                found.append(by_place[names.index(name)])
            elif parameter.default is not None:
                found.append(parameter.default)
            else:
                return None
        return found

    def _calls(self, function: cst.FunctionDef) -> list[cst.Call] | None:
        """All calls of a function of this file; None where it is handed to somebody else, who calls it."""
        source, name = self._source, function.name.value
        around = source.scope(function)
        if isinstance(around, cst.ClassDef) and name == "__init__":
            name = around.name.value
        elif isinstance(around, cst.ClassDef) and name in _CALLED_BY_KERAS:
            return None
        found: list[cst.Call] = []
        for node in self._named.get(name, ()):
            parent = source.parent(node)
            if parent in (function, around) or isinstance(parent, _NO_USE):
                continue
            if (isinstance(parent, cst.Arg) and parent.keyword is node) or (
                isinstance(parent, cst.Attribute) and parent.value is node
            ):
                continue
            named = parent if isinstance(parent, cst.Attribute) and parent.attr is node else node
            call = source.parent(named)
            if not isinstance(call, cst.Call) or call.func is not named:
                return None
            found.append(call)
        return found

    def once(self, node: cst.CSTNode, depth: int = 8) -> bool:
        """Whether a place is run at most once in a run of the program."""
        source = self._source
        if depth == 0 or source.looped(node):
            return False
        scope = source.scope(node)
        if isinstance(scope, cst.Module):
            return True
        if isinstance(scope, cst.ClassDef):
            return self.once(scope, depth - 1)
        calls = self._calls(scope) if isinstance(scope, cst.FunctionDef) else None
        return calls is not None and len(calls) == 1 and self.once(calls[0], depth - 1)

    # -- where a value is written ---------------------------------------------------------------

    def place(self, value: cst.BaseExpression) -> cst.BaseExpression:
        """Where to write another value: at the constant, the default or the entry that only this place reads.

        Else the expression itself: what else reads the constant keeps it.
        """
        for _ in range(8):
            written = self._only_source(value)
            if written is None:
                break
            value = written
        return value

    def _only_source(self, value: cst.BaseExpression) -> cst.BaseExpression | None:
        source = self._source
        if isinstance(value, cst.Call) and callee(value) in ("float", "int") and len(value.args) == 1:
            return self._only_source(value.args[0].value)
        found = self._settings.read(value)
        if found is not None and (written := self._of_settings(value, found)) is not None:
            return written
        if isinstance(value, cst.Subscript | cst.Call):
            bound = self._bindings(source.module, source.code(value))
            found = self._entry(value) if len(bound) < 2 else None
            return found if len(self._alike(value)) == 1 else None
        if isinstance(value, cst.Attribute):
            bound = self._bindings(source.module, source.code(value))
            written = bound[0] if len(bound) == 1 else self._field(value) if not bound else None
            return None if written is None or len(self._alike(value)) != 1 else written
        if not isinstance(value, cst.Name):
            return None
        for scope in source.scopes(value):
            if isinstance(scope, cst.FunctionDef) and _parameter(scope, value.value) is not None:
                option = self._settings.of_parameter(scope, value.value)
                if option is not None:
                    return option
                given = self._given(scope, value.value) or []
                places = {source.span(each): each for each in given}
                return (
                    next(iter(places.values())) if len(places) == 1 and self._reads(scope, value.value) == 1 else None
                )
            bindings = self._bindings(scope, value.value)
            if bindings:
                assigned = source.parent(bindings[0])
                plain = isinstance(assigned, cst.AnnAssign) or (
                    isinstance(assigned, cst.Assign)
                    and len(assigned.targets) == 1
                    and isinstance(assigned.targets[0].target, cst.Name)
                )
                return bindings[0] if plain and len(bindings) == 1 and self._reads(scope, value.value) == 1 else None
        return None

    def _of_settings(self, value: cst.BaseExpression, written: cst.BaseExpression) -> cst.BaseExpression | None:
        """Where a setting is written, if it is this value's alone; an option's default is what the owner looks at first."""
        settings = self._settings
        if self._source.parent(written) is None:
            return None
        if settings.is_option(written):
            return None if settings.others(value, written) else written
        readers = [node for node in settings.readers(written, value) if not self._shown(node)]
        return written if len(readers) == 1 else None

    def _reads(self, scope: cst.CSTNode, name: str) -> int:
        """How often a name is read from a scope on inwards, but for what only shows it."""
        source = self._source
        count = 0
        for node in self._named.get(name, ()):
            parent = source.parent(node)
            if scope not in source.scopes(node) or isinstance(parent, cst.AssignTarget):
                continue
            if isinstance(parent, cst.Arg) and parent.keyword is node:
                continue
            if isinstance(parent, cst.Attribute) and parent.attr is node:
                continue
            if (isinstance(parent, cst.Param) and parent.name is node) or (
                isinstance(parent, cst.AnnAssign) and parent.target is node
            ):
                continue
            count += not self._shown(node)
        return count

    def _alike(self, value: cst.BaseExpression) -> list[cst.CSTNode]:
        """The places that read the same entry or attribute, but for what only shows it."""
        source, text = self._source, self._source.code(value)
        return [
            node
            for node in source.nodes(type(value))
            if source.code(node) == text
            and not isinstance(source.parent(node), cst.AssignTarget | cst.AnnAssign)
            and not self._shown(node)
        ]

    def _shown(self, node: cst.CSTNode) -> bool:
        return any(
            isinstance(parent, cst.FormattedStringExpression)
            or (isinstance(parent, cst.Call) and callee(parent) in _SHOWN)
            for parent in self._source.parents(node)
        )

    def _entry(self, read: cst.Subscript | cst.Call) -> cst.BaseExpression | None:
        """What a mapping written in this file holds for `CONFIG["key"]` or `CONFIG.get("key")`."""
        mapping = read.value if isinstance(read, cst.Subscript) else read.func
        if isinstance(read, cst.Call) and isinstance(mapping, cst.Attribute):
            mapping = mapping.value
        for _ in range(8):
            scopes = self._source.scopes(mapping) if isinstance(mapping, cst.Name) else []
            name = self._source.code(mapping)
            around = next(
                (s for s in scopes if isinstance(s, cst.FunctionDef) and _parameter(s, name) is not None), None
            )
            if around is None or self._bindings(around, name):
                break
            given = self._given(around, name)
            if given is None or len({self._source.code(value) for value in given}) != 1:
                return None
            mapping = given[0]
        if any(self._bound_by(parent, self._source.code(mapping)) for parent in self._source.parents(mapping)):
            return None
        found = entry(self._source, read, mapping)
        return None if found is None else found.value

    def _field(self, value: cst.Attribute) -> cst.BaseExpression | None:
        """The value of a class's field (`lr: float = 0.1`), where no call of the class gives another one."""
        source, name = self._source, value.attr.value
        for owner in source.nodes(cst.ClassDef):
            written = self._bindings(owner, name)
            if len(written) == 1 and self._is_one(value.value, owner):
                given = [call for call in source.nodes(cst.Call) if callee(call) in (owner.name.value, "replace")]
                settled = all(
                    arg.keyword is not None and arg.keyword.value != name for call in given for arg in call.args
                )
                return written[0] if settled else None
        return None

    def _is_one(self, value: cst.BaseExpression, owner: cst.ClassDef) -> bool:
        """Whether an expression is a class, or an instance of it."""
        source, name = self._source, owner.name.value
        if isinstance(value, cst.Name) and value.value in (name, "self", "cls"):
            return value.value == name or owner in source.scopes(value)
        if isinstance(value, cst.Attribute):
            bound = self._bindings(source.module, source.code(value))
            return len(bound) == 1 and self._is_one(bound[0], owner)
        origin = self._origin(value)
        if isinstance(origin, cst.Call):
            return callee(origin) == name
        around = (scope for scope in source.scopes(origin) if isinstance(scope, cst.FunctionDef))
        parameter = next((found for scope in around if (found := _parameter(scope, source.code(origin)))), None)
        kind = None if parameter is None else parameter.annotation
        return kind is not None and source.code(kind.annotation) == name

    def _origin(self, value: cst.BaseExpression) -> cst.BaseExpression:
        """The expression that made what a name stands for, through assignments, calls and returns of this file."""
        source = self._source
        for _ in range(8):
            made: list[cst.BaseExpression] = []
            if isinstance(value, cst.Name):
                for scope in source.scopes(value):
                    if isinstance(scope, cst.FunctionDef) and _parameter(scope, value.value) is not None:
                        given = self._given(scope, value.value) or []
                        made = list({source.code(each): each for each in given}.values())
                    else:
                        made = self._bindings(scope, value.value)
                    if made:
                        break
            elif isinstance(value, cst.Call) and isinstance(value.func, cst.Name):
                functions = [each for each in source.nodes(cst.FunctionDef) if each.name.value == value.func.value]
                returns = [node for node in source.nodes(cst.Return) if source.scope(node) in functions[:1]]
                made = [node.value for node in returns if node.value is not None]
            if len(made) != 1:
                break
            value = made[0]
        return value


def _parameter(function: cst.FunctionDef | cst.Lambda, name: str) -> cst.Param | None:
    parameters = function.params
    named = [*parameters.posonly_params, *parameters.params, *parameters.kwonly_params]
    named += [each for each in (parameters.star_arg, parameters.star_kwarg) if isinstance(each, cst.Param)]
    return next((each for each in named if each.name.value == name), None)
