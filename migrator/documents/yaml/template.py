"""A template that becomes YAML when it is rendered (Jinja, Go, ERB, `[[ name ]]`), read as the YAML around its tags.

Tags that fill their lines are blank to the reader, others are a part of the text they are in. A template that is
no YAML until it is rendered has a tree that says so, and no edits.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from migrator.changes import AddEntry, AddItem, Change, SetText, place
from migrator.documents.edits import TextEdit
from migrator.documents.holes import FILLING, refuse_holes, restore
from migrator.documents.yaml.file import YamlText
from migrator.documents.yaml.ranges import Lines, NestedRanges, Ranges
from migrator.errors import EditError, ReadError
from migrator.parts import Part
from migrator.tree import Node, Opaque, Parents

# https://jinja.palletsprojects.com/en/stable/templates/
_OPENS = re.compile(r"\{(?:%(?P<raw>[-+]?\s*raw\s*[-+]?%\})?|\{|#)")
_CLOSED_BY = {"{%": "%}", "{{": "}}", "{#": "#}", "[%": "%]", "<%": "%>"}
_END_OF_RAW = re.compile(r"\{%[-+]?\s*endraw\s*[-+]?%\}")
# Other tags than Jinja's own; a shell's `[[ -z $X ]]` is none of them.
_OPENS_ERB = re.compile(r"<%")
_OPENS_BRACKETS = re.compile(r"\[(?:%|\[(?P<whole>-?[ ]*[\w.]++(?:[ ]*\|[ ]*\w++)*[ ]*-?\]\]))")
_PUTS_IN = re.compile(r"\{\{|\[\[|<%[-_]?=|[{\[]%[-+]?\s*(?:include|call|extends|import|block)\b")
_STATEMENT = re.compile(r"[{\[]%[-+]?\s*(\w+)")
# https://pkg.go.dev/text/template, "Actions"; https://docs.ruby-lang.org/en/master/ERB.html: any Ruby, up to its `end`.
_OF_GO = re.compile(r"\{\{-?\s*(if|else|end|range|with|define|block)\b")
_OF_ERB = re.compile(r"<%[-_]?\s*(if|unless|elsif|else|end|for|while)\b")
_BLOCK_OF_ERB = re.compile(r"\bdo\b\s*+(?:\|[^|]*+\|\s*+)?-?%>$")
_MEANS = {
    "elsif": "elif",
    "unless": "if",
    "range": "for",
    "with": "for",
    "define": "for",
    "block": "for",
    "while": "for",
}
_HEADER = re.compile(r"[:-][ ]+[|>][-+\d]*[ \t]*(?:#[^\r\n]*)?(?=\r?$)", re.MULTILINE)
_NO_BREAKS = re.compile(r"[^\r\n]+")
_CONTENT = re.compile(r"\S")
_LINE = re.compile(r"[^\r\n]*")
_WORDED = re.compile(r"^([ ]*)(?=[^\s])[^\r\n]*", re.MULTILINE)
_CALLED = re.compile(r"[A-Za-z_][\w.]*")


class YamlTemplate:
    """Offsets count code points of `text`, tags included."""

    def __init__(self, text: str, *, bom: bool = False) -> None:
        self.text = text
        self.bom = bom
        holes = tags = list(_tags(text))
        self.unseen: tuple[Opaque, ...] = ()
        branches: list[tuple[int, int]] = []
        try:
            self._yaml = YamlText(_filled(text, holes))
        except ReadError:
            # Two branches of a condition may have the same keys: then the first is read.
            branches = _outermost(_branches(text, holes))
            outside = Ranges(branches)
            holes = [hole for hole in holes if not outside.holds(hole[0])]
            read = _read(_filled(_blanked(text, branches), holes)) if branches else None
            if read is None:
                holes, branches = [], []
                # Blank lines of the same lengths keep lines and columns.
                read = YamlText(_blanked(text, [(0, len(text))]))
                read.root = Opaque("this template is not YAML until it is rendered", 0, 0)
            self._yaml = read
            self.unseen = tuple(Opaque("another branch of the template is not read", *branch) for branch in branches)
        self.root: Node = self._yaml.root
        filled = [hole for hole in holes if FILLING in self._yaml.text[slice(*hole)]]
        restore(self.root, [_name(text[start:end]) for start, end in filled], filled, self._yaml.text)
        self.unseen += tuple(_unseen(text, holes))
        self._branches = branches
        self.varies = bool(self.unseen) or any(_statement(text, *tag) in ("if", "unless") for tag in tags)
        self._sections = NestedRanges([(start, end) for _, start, end in _sections(text, tags)])
        self._hole_ranges = Ranges(holes)
        self._tags = Ranges(sorted((*holes, *branches)))
        self.parents = Parents(self.root)

    def parts(self) -> list[Part]:
        """The whole file, with what the template puts into it."""
        return [Part(self.root, source=self.text, computed=True, unseen=self.unseen)]

    def position(self, offset: int) -> tuple[int, int]:
        """Line and column of an offset, both from 1."""
        return self._yaml.position(offset)

    def offset(self, line: int) -> int:
        """Where a line begins; lines count from 1."""
        return self._yaml.offset(line)

    def reread(self, text: str) -> YamlTemplate:
        """The same template with another text, which must read as YAML if this one does. Raises `ReadError`."""
        template = YamlTemplate(text, bom=self.bom)
        if isinstance(template.root, Opaque) and not isinstance(self.root, Opaque):
            raise ReadError("is no longer YAML around its tags")
        return template

    def edits(self, changes: Sequence[Change]) -> list[TextEdit]:
        """Sorted edits that make all the changes together. Raises `EditError` for a place without a clean edit."""
        for change in changes:
            node = place(change)
            if isinstance(change, SetText) and self._hole_ranges.begin_in(node.start, node.end):
                raise EditError("a tag of the template is a part of this text")
            if self._sections and isinstance(change, AddEntry | AddItem):
                self._refuse_sections(change)
        edits = self._yaml.edits(changes)
        for edit in edits:
            refuse_holes(edit.text)
            self._refuse_tags(edit)
        return edits

    def _refuse_sections(self, change: AddEntry | AddItem) -> None:
        """Raise `EditError` where something new would be in a branch or a loop that its mapping or list does not."""
        node = place(change)
        entry = self.parents.entry(node)
        owner = (entry.key if entry else node).start
        for edit in self._yaml.edits([change]):
            if self._sections.around(edit.start) != self._sections.around(owner):
                raise EditError("a condition or a loop of the template decides what is there")

    def _refuse_tags(self, edit: TextEdit) -> None:
        """Raise `EditError` for an edit inside a tag, or one that takes away what is not in the tree."""
        for start, end in self._tags.meeting(edit.start, edit.end):
            whole = edit.start <= start and end <= edit.end
            if not whole or FILLING not in self._yaml.text[start:end]:
                raise EditError("a tag of the template is in what would be changed")

    def together(self, changes: Sequence[Change], edits: list[TextEdit]) -> list[TextEdit]:
        """The edits as each fix has them: none depends on another."""
        return edits

    def comments(self) -> Iterator[tuple[int, str]]:
        """Offset and text of each comment of the YAML, its `#` included."""
        return self._yaml.comments()

    def comment_places(self, lines: Iterable[int]) -> dict[int, int]:
        """None: a tag may decide what is around the comment once the template is rendered."""
        return {}

    def unread(self) -> tuple[str, ...]:
        """The tags, and the branches that are not read."""
        spans = (*_tags(self.text), *((each.start, each.end) for each in self.unseen))
        return tuple(self.text[start:end] for start, end in spans)


def _read(text: str) -> YamlText | None:
    try:
        return YamlText(text)
    except ReadError:
        return None


def _tags(text: str) -> Iterator[tuple[int, int]]:
    """Where the tags are; what `raw` keeps as it is holds none."""
    if "<%" in text and "%>" in text:
        return iter(_closed(text, _OPENS_ERB))  # then `{{ checksum "x" }}` is CircleCI's own
    found = _closed(text, _OPENS)
    return iter(found or _closed(text, _OPENS_BRACKETS))


def _closed(text: str, opens: re.Pattern[str]) -> list[tuple[int, int]]:
    """The tags that begin so and have an end. What is never closed is looked for once, not from each opening."""
    found: list[tuple[int, int]] = []
    ends = dict.fromkeys((*_CLOSED_BY.values(), "raw"), 0)  # the next end of each kind; -1: there is no more
    place = 0
    while opened := opens.search(text, place):
        groups = opened.groupdict()
        place = opened.end()
        if groups.get("whole") is not None:
            found.append(opened.span())
            continue
        if groups.get("raw") is not None:
            end = _END_OF_RAW.search(text, place) if ends["raw"] >= 0 else None
            if end is not None:
                found += (opened.span(), end.span())
                place = end.end()
                continue
            ends["raw"] = -1  # then it is a tag as any other
        mark = text[opened.start() : opened.start() + 2]
        closing = _CLOSED_BY[mark]
        if 0 <= ends[closing] < opened.start() + 2:
            ends[closing] = text.find(closing, opened.start() + 2)
        if ends[closing] >= 0:
            place = ends[closing] + 2
            found.append((opened.start(), place))
        else:
            place = opened.start() + 1
    return found


def _statement(text: str, start: int, end: int) -> str:
    """What a tag does, in the words of Jinja; `end` for Go and Ruby; empty for one that is no statement."""
    if found := _STATEMENT.match(text, start, end):
        return found.group(1)
    found = _OF_GO.match(text, start, end) or _OF_ERB.match(text, start, end)
    if found is not None:
        return _MEANS.get(found.group(1), found.group(1))
    return "for" if text.startswith("<%", start) and _BLOCK_OF_ERB.search(text[start:end]) else ""


def _sections(text: str, holes: Sequence[tuple[int, int]]) -> Iterator[tuple[str, int, int]]:
    """What is in each branch of a condition and in each loop, with the word of the tag before it."""
    inside: list[tuple[str, int]] = []
    for start, end in holes:
        word = _statement(text, start, end)
        if word in ("elif", "else", "endif", "endfor", "end") and inside:
            yield (*inside.pop(), start)
        if word in ("if", "for", "elif", "else"):
            inside.append((word, end))


def _branches(text: str, holes: Sequence[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """What is in `elif` and `else`, where it fills lines."""
    for word, start, end in _sections(text, holes):
        if word in ("elif", "else") and _CONTENT.search(text, start, end):
            yield start, end


def _outermost(ranges: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """The ranges, sorted, without those that are in another one."""
    found: list[tuple[int, int]] = []
    for start, end in sorted(ranges, key=lambda each: (each[0], -each[1])):
        if not found or start >= found[-1][1]:
            found.append((start, end))
    return found


def _blanked(text: str, ranges: Sequence[tuple[int, int]]) -> str:
    parts: list[str] = []
    place = 0
    for start, end in ranges:
        parts += (text[place:start], _in_place_of(text[start:end], " "))
        place = end
    return "".join([*parts, text[place:]])


def _filled(text: str, holes: Sequence[tuple[int, int]]) -> str:
    """The text as it is read: what fills its lines is blank, anything else plain text; no line break moves.

    In a block scalar a tag may be further left than the text, at the head of its line: so much of it is blank, as
    less indentation would end the scalar. The rest is text, as a blank line at the head of one must not be indented
    further than its text.
    """
    parts: list[str] = []
    place = 0
    bare = _blanked(text, holes)
    scalars = _block_scalars(text, bare)
    ranges = Ranges((each.start, each.end) for each in scalars)
    known = {each.start: each for each in scalars}
    lines = Lines(bare)
    for start, end in holes:
        around = ranges.at(start)
        if around is None:
            filling = _in_place_of(text[start:end], " " if lines.are_filled_by(start, end) else FILLING)
        else:
            scalar = known[around[0]]
            column = start - (text.rfind("\n", 0, start) + 1)
            filling = _in_scalar(text[start:end], column, scalar.indent)
            if start < scalar.first and column > scalar.indent and text[start - column : start].isspace():
                # As the first line it would say how far all lines are indented.
                start -= column - scalar.indent
                filling = FILLING * (column - scalar.indent) + filling
        parts += (text[place:start], filling)
        place = end
    return "".join([*parts, text[place:]])


def _in_place_of(text: str, filling: str) -> str:
    return _NO_BREAKS.sub(lambda words: filling * len(words[0]), text)


def _in_scalar(tag: str, column: int, indent: int) -> str:
    """What a tag in a block scalar, from that column, is filled with: blanks up to the indentation of its text."""

    def line(words: re.Match[str]) -> str:
        blank = min(max(indent - (column if words.start() == 0 else 0), 0), len(words[0]))
        return " " * blank + FILLING * (len(words[0]) - blank)

    return _NO_BREAKS.sub(line, tag)


class _Scalar(NamedTuple):
    """Where the lines of a block scalar are, how far its text is indented, and where the first word of it is."""

    start: int
    end: int
    indent: int
    first: int


def _block_scalars(text: str, bare: str) -> list[_Scalar]:
    """The block scalars of a text, which is `bare` without its tags."""
    found: list[_Scalar] = []
    for header in _HEADER.finditer(bare):
        start = bare.rfind("\n", 0, header.start()) + 1
        before = bare[start : header.start()]
        if "#" in before or (found and start < found[-1][1]):
            continue
        outer = len(before) - len(before.lstrip(" "))
        # The first line with words that is not indented further is none of the scalar's.
        following = re.compile(rf"^[ ]{{0,{outer}}}(?! )[^\S\r\n]*\S", re.MULTILINE).search(bare, header.end() + 1)
        last = header.end() + len(bare[header.end() : following.start() if following else len(bare)].rstrip())
        rest = _LINE.match(bare, last)
        last = rest.end() if rest else last
        word = _CONTENT.search(bare, header.end(), last)
        indent = _indent(text, bare, header.end(), last, outer)
        found.append(_Scalar(header.end(), last, indent, word.start() if word else last))
    return found


def _indent(text: str, bare: str, start: int, end: int, outer: int) -> int:
    """The indentation of a block scalar's text: that of the line with words that is indented least, tags included
    where they are inside."""
    least = end
    for line in _WORDED.finditer(bare, start, end):
        first = len(line[1])
        written = len(text[line.start() : line.end()]) - len(text[line.start() : line.end()].lstrip(" "))
        least = min(least, written if outer < written else first)
    return least


def _name(tag: str) -> str:
    """`<<{name}>>` for `{{ name }}`; other tags are named by what they begin with."""
    inside = " ".join(tag[2:-2].strip("-+=_ \t\r\n").split())
    return f"<<{{{inside.replace('<<', '').replace('>>', '')}}}>>"


def _unseen(text: str, holes: Sequence[tuple[int, int]]) -> Iterator[Opaque]:
    """The tags that put whole lines into the YAML."""
    lines = Lines(_blanked(text, holes))
    for start, end in holes:
        if _PUTS_IN.match(text, start, end) and not _OF_GO.match(text, start, end) and lines.are_filled_by(start, end):
            called = _CALLED.search(text, start + 2, end)
            yield Opaque(f"`{called.group() if called else '...'}` of the template adds lines", start, end)
