r"""Shell scripts of `run` steps, read with the grammar of tree-sitter-bash (imported when the first script is read).

    script = read_script(text)
    for statement in script.statements:             # what stands at the top, in order
        for pipeline in statement.pipelines:        # joined by `&&` and `||`, see statement.operators
            for command in pipeline.commands:       # joined by `|`
                command.name, command.words, command.redirects, command.span
    for statement, within in script.everywhere():   # these and all inside `if`, functions, `$(...)`, and so on

Every `span` is a place in the text that was given: the value of the YAML scalar, so `text[:span.start] +
text[span.end:]` is what to hand to `SetText`. Templates of CircleCI are opaque parts of words, `\<<` reads as `<<`.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterator
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Final, TypeAlias

from migrator.circleci.shell.pieces import Piece, PieceKind
from migrator.circleci.shell.source import ShellSource, ends_here_documents
from migrator.circleci.shell.words import Word, read_word
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
"""What a statement can stand inside of, as `Script.everywhere` says it."""

MAX_DEPTH: Final = 100
"""So deep may words and commands be nested; a script that goes deeper is taken for one that cannot be read."""
_NESTS: Final = AROUND | {"expansion", "arithmetic_expansion", "parenthesized_expression"}
_OPENINGS: Final = ("(", "{", "if", "do", "case")
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
    root = _parser().parse(source.masked.encode("ascii")).root_node
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
    is_broken = root.has_error or ("<<" in source.masked and not ends_here_documents(source.masked, root))
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
    """Where a word stands; `None` for the empty one, which is everywhere."""
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


class _Reader:
    def __init__(self, source: ShellSource) -> None:
        self.source = source

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
                        yield self.statement(child, following), inside

    def statement(self, node: ShellNode, following: ShellNode | None) -> Statement:
        parts = _Flat(self)
        parts.read(node)
        background = following is not None and following.type == "&"
        return parts.finish(self.source.span(node.start_byte, node.end_byte), background)

    def command(self, node: ShellNode) -> Command:
        words: list[Word] = []
        assignments: list[Word] = []
        redirects: list[Redirect] = []
        kind = SIMPLE if node.type == "command" else node.type
        if node.type == "variable_assignment":
            assignments.append(self._assignment(node))
        elif node.type in ("command", "declaration_command", "unset_command", "variable_assignments"):
            for child in node.children:
                if child.type == "variable_assignment":
                    assignments.append(self._assignment(child))
                elif child.type in _REDIRECTS:
                    redirects.append(self.redirect(child))
                elif child.end_byte > child.start_byte:
                    words.append(read_word(self.source, child))
            if kind == SIMPLE and not words:
                kind = "variable_assignment"
        span = self.source.span(node.start_byte, node.end_byte)
        return Command(kind, tuple(words), tuple(assignments), tuple(redirects), span)

    def _assignment(self, node: ShellNode) -> Word:
        """`A=1` as one word, the value taken apart."""
        pieces: list[Piece] = []
        for child in node.children:
            if child.type in ("variable_name", "subscript", "=", "+="):
                pieces.append(Piece(PieceKind.LITERAL, self.source.shell[child.start_byte : child.end_byte]))
            else:
                pieces += read_word(self.source, child).pieces
        span = self.source.span(node.start_byte, node.end_byte)
        merged: list[Piece] = []
        for piece in pieces:
            if merged and piece.kind is merged[-1].kind is PieceKind.LITERAL:
                merged[-1] = Piece(PieceKind.LITERAL, merged[-1].text + piece.text)
            else:
                merged.append(piece)
        return Word(self.source.text[span.start : span.end], span, tuple(merged))

    def redirect(self, node: ShellNode) -> Redirect:
        operator, descriptor = "", ""
        target: Word | None = None
        body: Word | None = None
        end = node.end_byte
        for child in node.children:
            if child.type == "file_descriptor":
                descriptor = self.source.shell[child.start_byte : child.end_byte]
            elif not child.is_named and not operator:
                operator = child.type
            elif child.type == "heredoc_body":
                body = self._body(child)
            elif child.type == "heredoc_start":
                target = read_word(self.source, child)
                end = child.end_byte
            elif target is None and node.type != "heredoc_redirect" and child.is_named:
                target = read_word(self.source, child)
        return Redirect(operator, descriptor, target, body, self.source.span(node.start_byte, end))

    def _body(self, node: ShellNode) -> Word:
        pieces: list[Piece] = []
        place = node.start_byte
        for child in node.children:
            pieces += self.source.split(place, child.start_byte)
            pieces += read_word(self.source, child).pieces
            place = child.end_byte
        pieces += self.source.split(place, node.end_byte)
        span = self.source.span(node.start_byte, node.end_byte)
        return Word(self.source.text[span.start : span.end], span, tuple(pieces))


class _Flat:
    """The members of one statement in the order of the text.

    The grammar nests `a | b && c` wrongly, hangs a redirection on all that stands before it, and puts what follows
    a here-document's opener inside it; their order is right, and from it the shell's own precedence follows.
    """

    def __init__(self, reader: _Reader) -> None:
        self.reader = reader
        self.members: list[Command | str | Span] = []  # a span is the place of a `!`
        # What the last command gets yet, all at once.
        self.words: list[Word] = []
        self.redirects: list[Redirect] = []

    def read(self, statement: ShellNode) -> None:
        """Without recursion: a statement of a thousand members is as deep as it is long."""
        waiting: list[tuple[ShellNode, ShellNode]] = [(statement, statement)]
        while waiting:
            node, parent = waiting.pop()
            if node.type in _REDIRECTS:
                self._redirect(node)
            elif node.type in ("&&", "||", "|", "|&"):
                self._add(node.type)
            elif node.type == "!":
                self._add(self.reader.source.span(node.start_byte, node.end_byte))
            elif node is statement or node.type in _STATEMENTS:
                if node.type not in _JOINED:
                    self._add(self.reader.command(node))
            elif parent.type == "heredoc_redirect" and node.is_named and not node.type.startswith("heredoc"):
                self._word(node)
            if node.type in _JOINED or node.type == "heredoc_redirect":
                waiting.extend((child, node) for child in reversed(node.children))

    def _word(self, node: ShellNode) -> None:
        """A word of the command that stands behind `<<EOF`."""
        if self.members and isinstance(self.members[-1], Command) and node.type != "file_descriptor":
            self.words.append(read_word(self.reader.source, node))

    def _redirect(self, node: ShellNode) -> None:
        redirect = self.reader.redirect(node)
        if self.members and isinstance(self.members[-1], Command):
            self.redirects.append(redirect)
        else:
            self._add(Command("redirect", (), (), (redirect,), redirect.span))

    def _add(self, member: Command | str | Span) -> None:
        self._grow()
        self.members.append(member)

    def _grow(self) -> None:
        last = self.members[-1] if self.members else None
        if isinstance(last, Command) and (self.words or self.redirects):
            ends = [word.span.end for word in self.words] + [redirect.span.end for redirect in self.redirects]
            end = max(last.span.end, *ends)
            self.members[-1] = Command(
                last.kind,
                (*last.words, *self.words),
                last.assignments,
                (*last.redirects, *self.redirects),
                Span(last.span.start, end),
            )
            self.words, self.redirects = [], []

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
