"""Data classes that are cheap to define, for everything that the command imports when it starts.

`dataclasses` imports `inspect` and compiles code for each class: with it a run over one small file takes 47 % more
instructions (503 million, not 343; valgrind, Python 3.11). `@record` gives what this project uses of it: slots, an
`__init__` by position or name, equality, a hash, a `repr`, `replace`, and pickling. Type checkers take it for a frozen
data class (PEP 681).
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property as cached_property  # what rules import, beside `record`
from typing import Any, TypeVar, cast, dataclass_transform, overload

_T = TypeVar("_T")
_set = object.__setattr__


class _Field:
    __slots__ = ("compare", "default", "default_factory", "repr")

    def __init__(self, default: Any, default_factory: Callable[[], Any] | None, repr: bool, compare: bool) -> None:  # noqa: A002
        self.default = default
        self.default_factory = default_factory
        self.repr = repr
        self.compare = compare


_MISSING: Any = object()


def field(
    *,
    default: Any = _MISSING,
    default_factory: Callable[[], Any] | None = None,
    repr: bool = True,  # noqa: A002
    compare: bool = True,
) -> Any:
    """A field with a default that is made anew each time, that `repr` leaves out, or that equality does."""
    return _Field(default, default_factory, repr, compare)


class _Shape:
    """What the methods of a record have to know of its class."""

    __slots__ = ("compared", "defaults", "factories", "names", "shown")

    def __init__(self, names: tuple[str, ...], fields: dict[str, _Field]) -> None:
        self.names = names
        self.defaults = {n: f.default for n, f in fields.items() if f.default is not _MISSING}
        self.factories = {n: f.default_factory for n, f in fields.items() if f.default_factory is not None}
        self.shown = tuple(n for n in names if n not in fields or fields[n].repr)
        self.compared = tuple(n for n in names if n not in fields or fields[n].compare)


@overload
def record(cls: type[_T], /) -> type[_T]: ...
@overload
def record(*, eq: bool = True, frozen: bool = True, slots: bool = True) -> Callable[[type[_T]], type[_T]]: ...
@dataclass_transform(frozen_default=True, field_specifiers=(field,))
def record(cls: Any = None, /, *, eq: bool = True, frozen: bool = True, slots: bool = True) -> Any:
    """Make a class of annotated fields a record. Records do not inherit from one another.

    Without `slots` an instance has room for what `cached_property` keeps.
    """

    def made(cls: type[_T]) -> type[_T]:
        names = tuple(n for n, kind in cls.__annotations__.items() if "ClassVar" not in str(kind))
        given = {n: cls.__dict__[n] for n in names if n in cls.__dict__}
        fields = {n: v if isinstance(v, _Field) else _Field(v, None, True, True) for n, v in given.items()}
        body = {n: v for n, v in cls.__dict__.items() if n not in names and n not in ("__dict__", "__weakref__")}
        methods = {**_ALWAYS, **(_EQUAL if eq else {}), **(_FROZEN if frozen else {})}
        body = {**methods, **body, "__match_args__": names, "_shape": _Shape(names, fields)}
        if slots:
            body["__slots__"] = names
        remade: type[_T] = type(cls.__name__, cls.__bases__, body)
        return remade

    return made if cls is None else made(cls)


def _init(self: Any, /, *values: Any, **named: Any) -> None:
    """Written out for a class when the first of its records is made: classes that a run does not use cost nothing."""
    cls = type(self)
    cls.__init__ = _written_init(cls)
    cls.__init__(self, *values, **named)


def _written_init(cls: Any) -> Any:
    shape: _Shape = cls._shape
    words: dict[str, Any] = {"_missing": _MISSING, "_set": _set}
    parameters, lines = ["self"], []
    for name in shape.names:
        value = name
        if name in shape.defaults:
            words[f"_default_{name}"] = shape.defaults[name]
            parameters.append(f"{name}=_default_{name}")
        elif name in shape.factories:
            words[f"_made_{name}"] = shape.factories[name]
            parameters.append(f"{name}=_missing")
            value = f"_made_{name}() if {name} is _missing else {name}"
        else:
            parameters.append(name)
        put = getattr(cls.__dict__.get(name), "__set__", None)
        words[f"_put_{name}"] = put
        lines.append(f"    _put_{name}(self, {value})" if put else f"    _set(self, {name!r}, {value})")
    if hasattr(cls, "__post_init__"):
        lines.append("    self.__post_init__()")
    exec(f"def __init__({', '.join(parameters)}):\n" + "\n".join(lines), words)
    return words["__init__"]


def _repr(self: Any) -> str:
    return f"{type(self).__name__}({', '.join(f'{name}={getattr(self, name)!r}' for name in self._shape.shown)})"


def _reduce(self: Any) -> tuple[Any, ...]:
    return type(self), tuple(getattr(self, name) for name in self._shape.names)


def _eq(self: Any, other: Any) -> Any:
    if type(other) is not type(self):
        return NotImplemented
    return all(getattr(self, name) == getattr(other, name) for name in self._shape.compared)


def _hash(self: Any) -> int:
    return hash(tuple(getattr(self, name) for name in self._shape.compared))


def _frozen(self: Any, name: str, *value: object) -> None:
    raise AttributeError(f"{type(self).__name__} is frozen: `{name}` stays as it is")


_ALWAYS = {"__init__": _init, "__repr__": _repr, "__reduce__": _reduce}
_EQUAL = {"__eq__": _eq, "__hash__": _hash}
_FROZEN = {"__setattr__": _frozen, "__delattr__": _frozen}


def replace(one: _T, /, **named: Any) -> _T:
    """The same record, or data class of the standard library, with other values in the fields that are named."""
    if not hasattr(one, "_shape"):
        import dataclasses

        again: _T = dataclasses.replace(cast("Any", one), **named)
        return again
    shape: _Shape = getattr(one, "_shape")  # noqa: B009
    values = [named.pop(name) if name in named else getattr(one, name) for name in shape.names]
    return type(one)(*values, **named)
