"""One walk over a module that gathers its scopes, calls, returns and literals. Nothing is run or looked up."""

from __future__ import annotations

from typing import Final

import libcst as cst

from migrator.documents.python.reading.mutations import How, Mutation, effect_of, steps_of
from migrator.documents.python.reading.names import Names
from migrator.documents.python.reading.nesting import bound_names, children
from migrator.documents.python.reading.scope import DICTS, Binding, Call, Kind, Scope, last_name

# Decorators that leave what a function returns as it is.
_TRANSPARENT: Final = frozenset({"cache", "lru_cache", "staticmethod"})


def gather(module: cst.Module) -> Names:
    """The names of a module."""
    walk = _Walk(module)
    return walk.names


class _Walk:
    """Goes over a module statement by statement, and notes in its names what each node says."""

    def __init__(self, module: cst.Module) -> None:
        self.names = Names(Scope(module, None))
        self._statement: cst.SimpleStatementLine | None = None
        self._alone: cst.BaseExpression | None = None
        self._grown: list[tuple[str, cst.BaseExpression | None, Scope]] = []
        self._blocks: list[cst.CSTNode] = []
        for statement in module.body:
            self._visit(statement, self.names.module)
        for name, value, scope in self._grown:
            self._rebind(name, value, scope)

    def _bind(self, scope: Scope, kind: Kind, name: str, value: cst.BaseExpression | None = None) -> Binding:
        binding = Binding(kind, name, scope, value, tuple(self._blocks))
        scope.bindings.setdefault(name, []).append(binding)
        return binding

    def _visit(self, node: cst.CSTNode, scope: Scope) -> None:
        handler = _HANDLERS.get(type(node))
        if handler is not None:
            handler(self, node, scope)
            return
        for child in children(node):
            self._visit(child, scope)

    def _literal(self, node: cst.CSTNode, scope: Scope) -> None:
        assert isinstance(node, cst.BaseExpression)
        self.names.literals.append((node, scope))
        for child in children(node):
            self._visit(child, scope)

    def _string(self, node: cst.CSTNode, scope: Scope) -> None:
        assert isinstance(node, cst.SimpleString)
        if _may_be_yaml(node.value):
            self.names.strings.append((node, scope))

    def _concatenated(self, node: cst.CSTNode, scope: Scope) -> None:
        assert isinstance(node, cst.ConcatenatedString)
        before = len(self.names.strings)
        for child in children(node):
            self._visit(child, scope)
        if len(self.names.strings) > before:
            self.names.strings[before:] = [(node, scope)]

    def _formatted(self, node: cst.CSTNode, scope: Scope) -> None:
        assert isinstance(node, cst.FormattedString)
        if any(isinstance(p, cst.FormattedStringText) and _may_be_yaml(p.value) for p in node.parts):
            self.names.strings.append((node, scope))
        for child in children(node):
            self._visit(child, scope)

    def _simple(self, node: cst.CSTNode, scope: Scope) -> None:
        assert isinstance(node, cst.SimpleStatementLine)
        self._statement = node
        for child in node.body:
            self._visit(child, scope)

    def _suite(self, node: cst.CSTNode, scope: Scope) -> None:
        """Statements on the line of their `if` or `for`: nothing can be put behind or in place of one."""
        self._statement = None
        for child in children(node):
            self._visit(child, scope)

    def _indented(self, node: cst.CSTNode, scope: Scope) -> None:
        assert isinstance(node, cst.IndentedBlock)
        for child in node.body:
            self._visit(child, scope)
        if len(node.body) == 1 and isinstance(node.body[0], cst.SimpleStatementLine):
            self.names.alone.add(id(node.body[0]))

    def _name(self, node: cst.CSTNode, scope: Scope) -> None:
        assert isinstance(node, cst.Name)
        self.names.references.setdefault(node.value, []).append((node, scope))

    def _attribute(self, node: cst.CSTNode, scope: Scope) -> None:
        assert isinstance(node, cst.Attribute)
        self._visit(node.value, scope)

    def _call(self, node: cst.CSTNode, scope: Scope) -> None:
        assert isinstance(node, cst.Call)
        self.names.calls.append(Call(node, scope))
        if last_name(node.func) in DICTS:
            self.names.literals.append((node, scope))
        if not isinstance(node.func, cst.Name):
            self._visit(node.func, scope)
        if isinstance(node.func, cst.Attribute):
            self._use(node, node.func.value)
        for argument in node.args:
            self._use(node, argument.value)
            self._visit(argument.value, scope)
        effect = effect_of(node)
        if effect is not None:
            self._mutate(*effect, scope, alone=node is self._alone)

    def _use(self, user: cst.BaseExpression, expression: cst.BaseExpression) -> None:
        self.names.users.setdefault(id(expression), []).append(user)

    def _operation(self, node: cst.CSTNode, scope: Scope) -> None:
        assert isinstance(node, cst.BinaryOperation)
        if isinstance(node.operator, cst.Add | cst.BitOr):
            self.names.literals.append((node, scope))
        self._use(node, node.left)
        self._use(node, node.right)
        for child in children(node):
            self._visit(child, scope)

    def _assign(self, node: cst.CSTNode, scope: Scope) -> None:
        assert isinstance(node, cst.Assign)
        for target in node.targets:
            self._target(target.target, node.value, scope)
        self._visit(node.value, scope)

    def _annotated(self, node: cst.CSTNode, scope: Scope) -> None:
        assert isinstance(node, cst.AnnAssign)
        if node.value is not None:
            self._target(node.target, node.value, scope)
            self._visit(node.value, scope)

    def _walrus(self, node: cst.CSTNode, scope: Scope) -> None:
        assert isinstance(node, cst.NamedExpr)
        self._target(node.target, node.value, scope)
        self._visit(node.value, scope)

    def _target(self, target: cst.BaseExpression, value: cst.BaseExpression, scope: Scope) -> None:
        if isinstance(target, cst.Name):
            self._bind(scope, Kind.VALUE, target.value, value)
        elif isinstance(target, cst.Subscript):
            self._mutate_entry(How.ASSIGN, target, value, scope)
        else:
            for name in bound_names(target):
                self._bind(scope, Kind.OTHER, name)

    def _augmented(self, node: cst.CSTNode, scope: Scope) -> None:
        assert isinstance(node, cst.AugAssign)
        how = {cst.AddAssign: How.EXTEND, cst.BitOrAssign: How.UPDATE}.get(type(node.operator))
        if isinstance(node.target, cst.Name):
            self._grown.append((node.target.value, node.value if how is not None else None, scope))
        if how is not None and isinstance(node.target, cst.Name | cst.Subscript):
            self._mutate(how, node.target, None, node.value, scope)
        elif isinstance(node.target, cst.Subscript):
            self._mutate_entry(How.CHANGE, node.target, None, scope)
        self._visit(node.value, scope)

    def _expression(self, node: cst.CSTNode, scope: Scope) -> None:
        assert isinstance(node, cst.Expr)
        call = node.value
        if isinstance(call, cst.SimpleString | cst.ConcatenatedString):
            return  # a docstring
        self._alone = call
        self._visit(call, scope)

    def _delete(self, node: cst.CSTNode, scope: Scope) -> None:
        assert isinstance(node, cst.Del)
        targets = [e.value for e in node.target.elements] if isinstance(node.target, cst.Tuple) else [node.target]
        for target in targets:
            if isinstance(target, cst.Subscript):
                self._mutate_entry(How.REMOVE, target, None, scope)
        self._other_names(node, scope)

    def _mutate_entry(self, how: How, target: cst.Subscript, value: cst.BaseExpression | None, scope: Scope) -> None:
        if len(target.slice) == 1 and isinstance(target.slice[0].slice, cst.Index):
            self._mutate(how, target.value, target.slice[0].slice.value, value, scope, target=target)
        else:
            self._mutate(How.DISTURB, target.value, None, None, scope)

    def _mutate(
        self,
        how: How,
        collection: cst.BaseExpression,
        key: cst.BaseExpression | None,
        value: cst.BaseExpression | None,
        scope: Scope,
        *,
        target: cst.BaseExpression | None = None,
        alone: bool = True,
    ) -> None:
        found = steps_of(collection)
        if found is None:
            return
        base, keys = found
        statement = self._statement if alone and value is not None else None
        if key is not None:
            keys = (*keys, key)
            how = How.CHANGE if statement is None and how is How.ASSIGN else how
        elif statement is None:
            how = How.DISTURB
        place = collection if target is None else target
        self.names.mutations.append(Mutation(how, base, keys, value, place, scope, tuple(self._blocks), statement))

    def _rebind(self, name: str, value: cst.BaseExpression | None, scope: Scope) -> None:
        """`+=` on a name gives it another value, unless that is a list or a dict, which grows in its place."""
        binding = scope.lookup(name)
        if binding is None or isinstance(value, _COLLECTIONS):
            return
        if value is None or binding.kind is not Kind.VALUE or not isinstance(binding.value, _MAY_GROW):
            self._bind(binding.scope, Kind.OTHER, name)

    def _function(self, node: cst.CSTNode, scope: Scope) -> None:
        assert isinstance(node, cst.FunctionDef)
        inner = Scope(node, scope)
        self.names.scopes.append(inner)
        self._bind(scope, Kind.FUNCTION, node.name.value).function = inner
        self._parameters(node.params, inner, scope)
        for decorator in node.decorators:
            self._visit(decorator, scope)
            called = decorator.decorator
            name = last_name(called.func if isinstance(called, cst.Call) else called)
            inner.decorated = inner.decorated or name not in _TRANSPARENT
            self.names.references.setdefault(node.name.value, []).append((node.name, scope))
        blocks, self._blocks = self._blocks, []
        self._visit(node.body, inner)
        self._blocks = blocks

    def _lambda(self, node: cst.CSTNode, scope: Scope) -> None:
        assert isinstance(node, cst.Lambda)
        inner = Scope(node, scope)
        self.names.scopes.append(inner)
        self._parameters(node.params, inner, scope)
        self._visit(node.body, inner)

    def _parameters(self, parameters: cst.Parameters, inner: Scope, outer: Scope) -> None:
        plain = (*parameters.posonly_params, *parameters.params, *parameters.kwonly_params)
        for parameter in plain:
            self._bind(inner, Kind.PARAMETER, parameter.name.value, parameter.default).function = inner
            if parameter.default is not None:
                self._visit(parameter.default, outer)
        for star in (parameters.star_arg, parameters.star_kwarg):
            if isinstance(star, cst.Param):
                self._bind(inner, Kind.OTHER, star.name.value)

    def _class(self, node: cst.CSTNode, scope: Scope) -> None:
        assert isinstance(node, cst.ClassDef)
        self._bind(scope, Kind.OTHER, node.name.value)
        inner = Scope(node, scope, is_class=True)
        self.names.scopes.append(inner)
        for part in (*node.decorators, *node.bases, *node.keywords):
            self._visit(part, scope)
        self._visit(node.body, inner)

    def _for(self, node: cst.CSTNode, scope: Scope) -> None:
        assert isinstance(node, cst.For)
        self._loop(node.target, node.iter, scope)
        self._visit(node.iter, scope)
        self._blocks.append(node)
        self._visit(node.body, scope)
        self._blocks.pop()
        if node.orelse is not None:
            self._visit(node.orelse, scope)

    def _block(self, node: cst.CSTNode, scope: Scope) -> None:
        self._blocks.append(node)
        for child in children(node):
            self._visit(child, scope)
        self._blocks.pop()

    def _loop(self, target: cst.BaseExpression, iterable: cst.BaseExpression, scope: Scope) -> None:
        if isinstance(target, cst.Name):
            self._bind(scope, Kind.LOOP, target.value, iterable)
            return
        for name in bound_names(target):
            self._bind(scope, Kind.OTHER, name)

    def _comprehension(self, node: cst.CSTNode, scope: Scope) -> None:
        assert isinstance(node, cst.ListComp | cst.SetComp | cst.DictComp | cst.GeneratorExp)
        inner = Scope(node, scope)
        self.names.scopes.append(inner)
        if isinstance(node, cst.ListComp | cst.DictComp):
            self.names.literals.append((node, scope))
        part: cst.CompFor | None = node.for_in
        while part is not None:
            self._loop(part.target, part.iter, inner)
            self._visit(part.iter, inner)
            for condition in part.ifs:
                self._visit(condition, inner)
            part = part.inner_for_in
        elements = (node.key, node.value) if isinstance(node, cst.DictComp) else (node.elt,)
        for element in elements:
            self._visit(element, inner)

    def _return(self, node: cst.CSTNode, scope: Scope) -> None:
        assert isinstance(node, cst.Return)
        if node.value is not None:
            scope.returns.append(node.value)
            self._visit(node.value, scope)

    def _yield(self, node: cst.CSTNode, scope: Scope) -> None:
        scope.yields = True
        for child in children(node):
            self._visit(child, scope)

    def _other_names(self, node: cst.CSTNode, scope: Scope) -> None:
        for name in bound_names(node):
            self._bind(scope, Kind.OTHER, name)
        if isinstance(node, cst.ImportFrom) and isinstance(node.names, cst.ImportStar):
            for name in list(scope.bindings):  # any of them may be another now
                self._bind(scope, Kind.OTHER, name)
        if isinstance(node, cst.Global | cst.Nonlocal):
            for item in node.names:
                outer = scope.parent
                while outer is not None:
                    self._bind(outer, Kind.OTHER, item.name.value)
                    outer = outer.parent
            return
        if isinstance(node, cst.AsName | cst.Import | cst.ImportFrom):
            return
        for child in children(node):
            self._visit(child, scope)


def _may_be_yaml(text: str) -> bool:
    return "\n" in text or "\r" in text or "image:" in text


_COLLECTIONS: Final = (cst.List, cst.Tuple, cst.ListComp, cst.Dict, cst.DictComp)
_MAY_GROW: Final = (*_COLLECTIONS, cst.Call, cst.Subscript, cst.Attribute)

_HANDLERS: Final = {
    cst.Dict: _Walk._literal,
    cst.List: _Walk._literal,
    cst.SimpleString: _Walk._string,
    cst.FormattedString: _Walk._formatted,
    cst.ConcatenatedString: _Walk._concatenated,
    cst.SimpleStatementLine: _Walk._simple,
    cst.SimpleStatementSuite: _Walk._suite,
    cst.IndentedBlock: _Walk._indented,
    cst.Name: _Walk._name,
    cst.Attribute: _Walk._attribute,
    cst.BinaryOperation: _Walk._operation,
    cst.Call: _Walk._call,
    cst.Assign: _Walk._assign,
    cst.AnnAssign: _Walk._annotated,
    cst.NamedExpr: _Walk._walrus,
    cst.AugAssign: _Walk._augmented,
    cst.Expr: _Walk._expression,
    cst.FunctionDef: _Walk._function,
    cst.Lambda: _Walk._lambda,
    cst.ClassDef: _Walk._class,
    cst.For: _Walk._for,
    cst.If: _Walk._block,
    cst.Else: _Walk._block,
    cst.While: _Walk._block,
    cst.Try: _Walk._block,
    cst.TryStar: _Walk._block,
    cst.Match: _Walk._block,
    cst.ListComp: _Walk._comprehension,
    cst.SetComp: _Walk._comprehension,
    cst.DictComp: _Walk._comprehension,
    cst.GeneratorExp: _Walk._comprehension,
    cst.Return: _Walk._return,
    cst.Yield: _Walk._yield,
    cst.Import: _Walk._other_names,
    cst.ImportFrom: _Walk._other_names,
    cst.Global: _Walk._other_names,
    cst.Nonlocal: _Walk._other_names,
    cst.Del: _Walk._delete,
    cst.AsName: _Walk._other_names,
    cst.MatchAs: _Walk._other_names,
    cst.MatchStar: _Walk._other_names,
    cst.MatchMapping: _Walk._other_names,
}
