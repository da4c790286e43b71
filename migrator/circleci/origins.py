"""Where the texts are that make an image: its own, or those that give a parameter its value."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import accumulate
from typing import TYPE_CHECKING, Final, NamedTuple

from migrator.circleci.definitions import Definition, Executor, Job
from migrator.circleci.images import Image
from migrator.circleci.kinds import SECTIONS
from migrator.circleci.parameters import named, only_name
from migrator.circleci.references import TEMPLATE
from migrator.circleci.workflows import Invocation
from migrator.startup.patterns import lazy
from migrator.tree import Alias, Node, Sequence, Text, resolve, walk

if TYPE_CHECKING:
    from migrator.circleci.config import Config

_PARAMETER: Final = lazy(r"(?<![\w.])(?:pipeline\.parameters|parameters|matrix)\.[\w.-]++")
_MOST_PARTS: Final = 8  # of a name that is taken apart at its dots: none that CircleCI takes has any
_SECTIONS: Final = frozenset({*SECTIONS, "parameters"})


class Origin(NamedTuple):
    """A text that begins an image. `place` is where it is used (an alias where it is one), `rest` what the image's
    own text adds behind it, `of` says which value it is, as in "the default of `image`"; empty for the image itself.
    """

    text: Text
    place: Node
    rest: str
    of: str
    has_enum: bool = False


class Origins:
    """The beginnings of images, as far as this file holds them.

    `says_enough` says of an image's text that what matters is in it, though it begins with a template.
    """

    def __init__(self, config: Config, says_enough: Callable[[str], bool]) -> None:
        self._config = config
        self._says_enough = says_enough
        self._places: set[int] = set()
        self._carriers: set[int] = {id(image.text) for each in (config, *config.siblings) for image in each.images}
        self._parameters: dict[int, list[tuple[Node, str]]] = {}
        self._mentioned: dict[int, dict[str, set[int]]] = {}
        self.found: list[tuple[Image, list[Origin]]] = [(image, list(self._of(image))) for image in config.images]
        for image in (image for sibling in config.siblings for image in sibling.images):
            # The image is of another file of a packed tree; what a parameter of it is given may be in this one.
            begins = [origin for origin in self._of(image) if origin.of]
            if begins:
                self.found.append((image, begins))

    def _of(self, image: Image) -> Iterator[Origin]:
        self._places.add(id(image.node))
        template = TEMPLATE.match(image.text.value.strip())
        name = named(template.group(1)) if template else None
        if template is None or name is None or self._says_enough(image.text.value):
            yield Origin(image.text, image.node, "", "")
            return
        rest = image.text.value.strip()[template.end() :]
        for runner in image.environments:
            for text, place, of, has_enum in self._values(runner, *name):
                yield Origin(text, place, rest, of, has_enum)

    def _values(self, scope: Definition | Invocation, kind: str, name: str) -> Iterator[tuple[Text, Node, str, bool]]:
        """The texts that a parameter may take, each with its place, those that name another parameter followed."""
        config = self._config
        waiting = [(scope, kind, name)]
        seen: set[tuple[int, str, str]] = set()
        while waiting:
            scope, kind, name = waiting.pop()
            if (id(scope), kind, name) in seen:
                continue
            seen.add((id(scope), kind, name))
            for owner, place, of, has_enum in self._given(scope, kind, name):
                text = resolve(place)
                if not isinstance(text, Text) or text.is_null:
                    continue
                inner = only_name(text.value)
                if inner is not None:
                    self._carriers.add(id(text))
                    if owner is not None:
                        waiting.append((owner, *inner))
                    continue
                if owner is None or config.holds(owner):
                    self._places.add(id(place))
                    within = config.root if isinstance(scope, Invocation) or kind != "parameters" else scope.body
                    self._parameters.setdefault(id(text), []).append((within, f"{kind}.{name}"))
                    yield text, place, of, has_enum

    def _given(
        self, scope: Definition | Invocation, kind: str, name: str
    ) -> Iterator[tuple[Definition | Invocation | None, Node, str, bool]]:
        """What a parameter is given: by whom, where, in words, and whether it may only be one of an enumeration."""
        config, lookup = self._config, self._config.lookup
        if kind == "pipeline.parameters":
            parameter = config.pipeline_parameters.get(name)
            if parameter and (entry := lookup.entry(parameter.node, "default")):
                yield None, entry.value, f"the default of the pipeline's `{name}`", bool(parameter.enum)
            return
        if kind == "matrix":
            if isinstance(scope, Invocation):
                yield from self._matrix(scope, name, has_enum=False)
            return
        if not isinstance(scope, Job | Executor) or (parameter := scope.parameters.get(name)) is None:
            return
        has_enum = bool(parameter.enum)
        if entry := scope.tree.lookup.entry(parameter.node, "default"):
            yield scope, entry.value, f"the default of `{name}`", has_enum
        if isinstance(scope, Executor):
            for call in config.calls.calls_of(scope):
                if call.arguments and (entry := lookup.entry(call.arguments, name)):
                    # An executor that an orb's job is given can only name parameters of the pipeline.
                    yield call.job or scope, entry.value, f"`{name}` of executor `{scope.name}`", has_enum
            return
        for invocation in config.calls.by_job.get(scope.name, []):
            if invocation.body and (entry := lookup.entry(invocation.body, name)):
                yield invocation, entry.value, f"`{name}` of `{scope.name}`", has_enum
            else:
                yield from self._matrix(invocation, name, has_enum=has_enum)

    def _matrix(
        self, invocation: Invocation, name: str, *, has_enum: bool
    ) -> Iterator[tuple[Definition | Invocation | None, Node, str, bool]]:
        parameters = invocation.matrix_parameters()
        values = invocation.tree.lookup.get(parameters, name) if parameters else None
        for item in values.items if isinstance(values, Sequence) else ():
            yield invocation, item, f"`{name}` in the matrix of `{invocation.name}`", has_enum

    def other_uses(self, origin: Origin) -> str:
        """What else another text here would change: an alias elsewhere, a step that takes the parameter."""
        text = origin.text
        own = self._config.parents.entry(text)
        if text.anchor is not None:
            for alias in self._config.uses.aliases(text):
                if id(alias) not in self._places:
                    return f"the anchor `{text.anchor}` is also used elsewhere"
            if id(text) not in self._places and self._is_used_itself(text):
                return f"the anchor `{text.anchor}` is also used as `{own.name if own else 'an item'}`"
        for within, name in self._parameters.get(id(text), []):
            if id(within) not in self._mentioned:
                self._mentioned[id(within)] = _mentions(within)
            if self._mentioned[id(within)].get(name, set()) - self._carriers:
                return f"`{name}` is also used elsewhere"
        return ""

    def _is_used_itself(self, text: Text) -> bool:
        """Whether the text that an anchor names has a meaning where it is; most are aside, to be named."""
        top = next(iter(self._config.parents.path(text)), None)
        return self._config.top is None or top in _SECTIONS


def _mentions(within: Node) -> dict[str, set[int]]:
    """The parameters that are named in the templates of texts, and in which texts, by their identity."""
    found: dict[str, set[int]] = {}
    waiting = [within]
    seen: set[int] = set()
    while waiting:
        top = waiting.pop()
        if id(top) in seen:
            continue
        seen.add(id(top))
        for node in walk(top):
            if isinstance(node, Alias):
                waiting.append(node.target)
            elif isinstance(node, Text) and "<<" in node.value:
                for inside in TEMPLATE.findall(node.value):
                    for word in _PARAMETER.findall(inside):
                        # `parameters.a` is named by `parameters.a.b` too.
                        for name in accumulate(word.split(".")[:_MOST_PARTS], "{}.{}".format):
                            found.setdefault(name, set()).add(id(node))
                        found.setdefault(word, set()).add(id(node))
    return found
