r"""Shell scripts of `run` steps, read with the grammar of tree-sitter-bash (imported when the first script is read).

    script = read_script(text)
    for statement in script.statements:             # what is at the top, in order
        for pipeline in statement.pipelines:        # joined by `&&` and `||`, see statement.operators
            for command in pipeline.commands:       # joined by `|`
                command.name, command.words, command.redirects, command.span
    for statement, within in script.everywhere():   # these and all inside `if`, functions, `$(...)`, and so on

Every `span` is a place in the text that was given: the value of the YAML scalar, so `text[:span.start] +
text[span.end:]` is what to hand to `SetText`. Templates of CircleCI are opaque parts of words, `\<<` reads as `<<`.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Final, NamedTuple, TypeAlias

from migrator.circleci.shell.pieces import Piece, PieceKind
from migrator.circleci.shell.source import ShellSource, ends_here_documents
from migrator.circleci.shell.words import Word, read_document, read_word, read_words
from migrator.startup.records import record
from migrator.tree import Span

if TYPE_CHECKING:
    from tree_sitter import Node as ShellNode
    from tree_sitter import Parser

__all__ = ["Command", "Piece", "PieceKind", "Pipeline", "Redirect", "Script", "Statement", "Word", "read_script"]

SIMPLE: Final = "simple"
"""The kind of a command that is a name with words. Other kinds are those of the grammar (`if_statement`, `subshell`,
`function_definition`, `variable_assignment`, `declaration_command`, `unset_command`, `test_command`...)."""

_JOINED: Final = frozenset({"list", "pipeline", "redirected_statement", "negated_command"})
_STATEMENTS: Final = _JOINED | {
    "command", "variable_assignment", "variable_assignments", "declaration_command", "unset_command", "test_command",
    "if_statement", "while_statement", "for_statement", "c_style_for_statement", "case_statement", "subshell",
    "compound_statement", "function_definition",
}  # fmt: skip
# Where an assignment is no statement, but a part of one.
_HOLDERS: Final = frozenset({"command", "declaration_command", "variable_assignments", "c_style_for_statement"})
AROUND: Final = frozenset({
    "if_statement", "while_statement", "for_statement", "c_style_for_statement", "case_statement", "subshell",
    "compound_statement", "function_definition", "command_substitution", "process_substitution",
})  # fmt: skip
"""What a statement can be inside of, as `Script.everywhere` says it."""

MAX_DEPTH: Final = 100
"""So deep may words and commands be nested; a script that goes deeper is taken for one that cannot be read."""
_NESTS: Final = AROUND | {"expansion", "arithmetic_expansion", "parenthesized_expression"}
_OPENINGS: Final = ("(", "{", "if", "do", "case")
_OF_DOCUMENT: Final = ("heredoc", "file_descriptor")
_QUOTES: Final = "\"'\\"
_REDIRECTS: Final = frozenset({"file_redirect", "herestring_redirect", "heredoc_redirect"})


@record
class Redirect:
    """`operator` is `>`, `>>`, `<`, `>&`, `<<<`, `<<`...; `target` is the word behind it, the text of a here-string.

    `body` is the text of a here-document with its variables as pieces; it is `None` for everything else.
    """

    operator: str
    descriptor: str
    target: Word | None
    body: Word | None
    span: Span


@record
class Command:
    """One member of a pipeline. `words` are the name and the arguments of a simple command.

    `assignments` are those before the name (`A=1 make`), or what a command without a name assigns. A compound command
    has no words: what it runs comes with `Script.everywhere`.
    """

    kind: str
    words: tuple[Word, ...]
    assignments: tuple[Word, ...]
    redirects: tuple[Redirect, ...]
    span: Span

    @property
    def name(self) -> str | None:
        """What is run, where that is literal."""
        return self.words[0].literal if self.words else None

    @property
    def arguments(self) -> tuple[Word, ...]:
        return self.words[1:]


@record
class Pipeline:
    """`span` covers the `!` in front of one whose result is `negated`."""

    commands: tuple[Command, ...]
    negated: bool
    span: Span


@record
class Statement:
    """Pipelines with the `&&` and `||` between them; `span` covers here-documents, and no `;` or `&` behind it."""

    pipelines: tuple[Pipeline, ...]
    operators: tuple[str, ...]
    background: bool
    span: Span

    @property
    def commands(self) -> tuple[Command, ...]:
        return tuple(command for pipeline in self.pipelines for command in pipeline.commands)


Nested: TypeAlias = tuple[tuple[Statement, tuple[str, ...]], ...]


@record
class Script:
    """`is_broken`: the grammar does not understand all of it, so that nothing should be concluded from the rest.

    `is_conditional`: template sections (`<<# x >>`) leave parts of it out. `comments` are those between statements.
    """

    text: str
    statements: tuple[Statement, ...]
    comments: tuple[Span, ...]
    is_broken: bool
    is_conditional: bool
    _nested: Callable[[str], Nested]

    def everywhere(self, mentioning: str = "") -> Iterator[tuple[Statement, tuple[str, ...]]]:
        """Every statement with the kinds of what is around it, the outermost first; none around those at the top.

        Of those inside others, only the ones that hold a word; to know it in advance saves most of the work.
        """
        for statement in self.statements:
            yield statement, ()
        yield from self._nested(mentioning)


@lru_cache(maxsize=256)  # several rules, and every pass over a file, ask for the same scripts
def read_script(text: str, *, templates: bool = True) -> Script:
    """Take a script apart. Never fails; `templates` is false for a config of version 2, where `<<` is the shell's."""
    source = ShellSource(text, templates=templates)
    root = _parser().parse(source.grammar.encode("ascii")).root_node
    reader = _Reader(source)
    # To look at every node takes long, and few scripts have as many openings as it takes.
    if sum(map(text.count, _OPENINGS)) > MAX_DEPTH and _is_too_deep(root):
        return Script(text, (), (), True, source.is_conditional, lambda mentioning: ())
    children = root.children
    statements = tuple(
        reader.statement(node, following) for node, following in _followed(children) if _is_statement(node, root)
    )
    comments = tuple(source.span(n.start_byte, n.end_byte) for n in children if n.type == "comment")
    nested = lru_cache(maxsize=2)(lambda mentioning: tuple(reader.nested(root, mentioning)))
    is_broken = root.has_error or ("<<" in source.masked and not ends_here_documents(source.grammar, root))
    return Script(text, statements, comments, is_broken, source.is_conditional, nested)


@cache
def _parser() -> Parser:
    import tree_sitter_bash
    from tree_sitter import Language, Parser

    return Parser(Language(tree_sitter_bash.language()))


def _is_too_deep(root: ShellNode) -> bool:
    """Whether something is nested deeper than `MAX_DEPTH`; lists and pipelines of any length are no nesting."""
    waiting = [(root, 0)]
    while waiting:
        node, depth = waiting.pop()
        if node.type in _NESTS:
            depth += 1
        if depth > MAX_DEPTH:
            return True
        waiting += [(child, depth) for child in node.children if child.child_count]
    return False


def _followed(nodes: list[ShellNode]) -> Iterator[tuple[ShellNode, ShellNode | None]]:
    """Each node with the one behind it, which a node itself looks for among all children of its parent."""
    return zip(nodes, (*nodes[1:], None), strict=False)


def _is_statement(node: ShellNode, parent: ShellNode) -> bool:
    return node.is_named and node.type in _STATEMENTS and parent.type not in _HOLDERS | _JOINED


def _places(text: str, word: str) -> list[int] | None:
    """Where a word is; `None` for the empty one, which is everywhere."""
    if not word:
        return None
    places: list[int] = []
    place = text.find(word)
    while place >= 0:
        places.append(place)
        place = text.find(word, place + 1)
    return places


def _holds(node: ShellNode, places: list[int], length: int) -> bool:
    index = bisect_left(places, node.start_byte)
    return index < len(places) and places[index] + length <= node.end_byte


class _Parts(NamedTuple):
    """What a command is made of, each in its order."""

    words: list[Word]
    assignments: list[Word]
    redirects: list[Redirect]


class _Reader:
    def __init__(self, source: ShellSource) -> None:
        self.source = source
        self.in_backticks = False  # or may be

    def nested(self, root: ShellNode, mentioning: str) -> Iterator[tuple[Statement, tuple[str, ...]]]:
        places = _places(self.source.shell, mentioning)
        waiting: list[tuple[ShellNode, tuple[str, ...]]] = [(root, ())]
        while waiting:
            node, within = waiting.pop()
            inside = (*within, node.type) if node.type in AROUND else within
            children = [
                (child, following)
                for child, following in _followed(node.children)
                if child.child_count and (places is None or _holds(child, places, len(mentioning)))
            ]
            waiting.extend((child, inside) for child, _ in reversed(children))
            if node is not root:
                for child, following in children:
                    if _is_statement(child, node) and node.type not in _REDIRECTS:
                        self.in_backticks = "command_substitution" in inside
                        yield self.statement(child, following), inside

    def statement(self, node: ShellNode, following: ShellNode | None) -> Statement:
        parts = _Flat(self)
        parts.read(node)
        background = following is not None and following.type == "&"
        return parts.finish(self.source.span(node.start_byte, node.end_byte), background)

    def command(self, node: ShellNode) -> Command:
        kind = SIMPLE if node.type == "command" else node.type
        parts = _Parts([], [], [])
        if node.type == "variable_assignment":
            parts = self.parts([node])
        elif node.type in ("command", "declaration_command", "unset_command", "variable_assignments"):
            parts = self.parts(node.children, to_end=kind == SIMPLE)
            if kind == SIMPLE and not parts.words:
                kind = "variable_assignment"
        start, end = self.source.span(node.start_byte, node.end_byte)
        end = max(end, *(each.span.end for each in (*parts.words, *parts.assignments)), 0)
        return Command(kind, tuple(parts.words), tuple(parts.assignments), tuple(parts.redirects), Span(start, end))

    def parts(self, nodes: Sequence[ShellNode], *, to_end: bool = False) -> _Parts:
        """What these nodes are to a command: what is behind the target of a redirection is a word of it."""
        inside: list[ShellNode] = []
        targets: dict[int, ShellNode] = {}
        found = _Parts([], [], [])
        for node in nodes:
            if node.type == "heredoc_redirect":
                found.redirects.append(self._document(node))
            elif node.type in _REDIRECTS:
                words = [child for child in node.children if child.is_named and child.type != "file_descriptor"]
                if words:
                    targets[words[0].start_byte] = node
                else:
                    found.redirects.append(self._redirect(node, None))
                inside += words
            elif node.end_byte > node.start_byte:
                inside.append(node)
        descriptor = ""
        for node, word in read_words(self.source, inside, to_end=to_end, in_backticks=self.in_backticks):
            is_its = word.span.end > self.source.place(node.start_byte)  # and not one lost before it
            if is_its and (redirect := targets.get(node.start_byte)):
                del targets[node.start_byte]
                found.redirects.append(self._redirect(redirect, word, descriptor))
                descriptor = ""
            elif word.text.isdecimal() and self.source.text[word.span.end : word.span.end + 1] in ("<", ">"):
                descriptor = word.text  # the grammar takes it for a word behind a line that is continued
            elif is_its and node.type == "variable_assignment":
                found.assignments.append(word)
            else:
                found.words.append(word)
        return found

    def _redirect(self, node: ShellNode, target: Word | None, descriptor: str = "") -> Redirect:
        operator = ""
        for child in node.children:
            if child.type == "file_descriptor":
                descriptor = self.source.shell[child.start_byte : child.end_byte]
            elif not child.is_named and not operator:
                operator = child.type
        span = self.source.span(node.start_byte, node.end_byte)
        return Redirect(operator, descriptor, target, None, Span(span.start, target.span.end) if target else span)

    def _document(self, node: ShellNode) -> Redirect:
        operator, descriptor, end = "", "", node.end_byte
        opener: Word | None = None
        body: Word | None = None
        for child in node.children:
            if child.type == "file_descriptor":
                descriptor = self.source.shell[child.start_byte : child.end_byte]
            elif child.type == "heredoc_start":
                opener = read_word(self.source, child)
                end = child.end_byte
            elif child.type == "heredoc_body":
                is_quoted = opener is not None and any(quote in opener.text for quote in _QUOTES)
                body = read_document(self.source, child, quoted=is_quoted)
            elif not child.is_named and not operator:
                operator = child.type
        return Redirect(operator, descriptor, opener, body, self.source.span(node.start_byte, end))


class _Flat:
    """The members of one statement in the order of the text.

    The grammar nests `a | b && c` wrongly, hangs a redirection on all that is before it, and puts what follows
    a here-document's opener inside it; their order is right, and from it the shell's own precedence follows.
    """

    def __init__(self, reader: _Reader) -> None:
        self.reader = reader
        self.members: list[Command | str | Span] = []  # a span is the place of a `!`
        # What the last command gets yet, all at once.
        self.parts: list[ShellNode] = []

    def read(self, statement: ShellNode) -> None:
        """Without recursion: a statement of a thousand members is as deep as it is long."""
        waiting: list[tuple[ShellNode, ShellNode]] = [(statement, statement)]
        while waiting:
            node, parent = waiting.pop()
            if node.type in _REDIRECTS:
                self._part(node)
            elif node.type in ("&&", "||", "|", "|&"):
                self._add(node.type)
            elif node.type == "!":
                self._add(self.reader.source.span(node.start_byte, node.end_byte))
            elif node is statement or node.type in _STATEMENTS:
                if node.type not in _JOINED:
                    self._add(self.reader.command(node))
            elif parent.type == "heredoc_redirect" and node.is_named and not node.type.startswith(_OF_DOCUMENT):
                self._part(node)
            if node.type in _JOINED or node.type == "heredoc_redirect":
                waiting.extend((child, node) for child in reversed(node.children))

    def _part(self, node: ShellNode) -> None:
        """A redirection, or a word that is behind `<<EOF`."""
        if self.members and isinstance(self.members[-1], Command):
            self.parts.append(node)
        elif node.type in _REDIRECTS:
            for redirect in self.reader.parts([node]).redirects:
                self._add(Command("redirect", (), (), (redirect,), redirect.span))

    def _add(self, member: Command | str | Span) -> None:
        self._grow()
        self.members.append(member)

    def _grow(self) -> None:
        last = self.members[-1] if self.members else None
        if isinstance(last, Command) and self.parts:
            words, assignments, redirects = self.reader.parts(self.parts)
            ends = (last.span.end, *(word.span.end for word in words), *(each.span.end for each in redirects))
            self.members[-1] = Command(
                last.kind,
                (*last.words, *words),
                (*last.assignments, *assignments),
                (*last.redirects, *redirects),
                Span(last.span.start, max(ends)),
            )
            self.parts = []

    def finish(self, span: Span, background: bool) -> Statement:
        pipelines: list[Pipeline] = []
        operators: list[str] = []
        commands: list[Command] = []
        negation: Span | None = None
        self._grow()
        for member in (*self.members, "end"):
            if isinstance(member, Command):
                commands.append(member)
            elif isinstance(member, Span):
                negation = member
            elif member not in ("|", "|&"):
                if commands:
                    whole = Span((negation or commands[0].span).start, commands[-1].span.end)
                    pipelines.append(Pipeline(tuple(commands), negation is not None, whole))
                if member != "end":
                    operators.append(member)
                commands, negation = [], None
        return Statement(tuple(pipelines), tuple(operators), background, span)
