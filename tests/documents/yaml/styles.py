"""Hypothesis strategies: YAML texts in every style that a hand may write, and changes to make in them."""

from __future__ import annotations

from dataclasses import dataclass, field

from hypothesis import strategies as st

from migrator.changes import (
    AddEntry,
    AddItem,
    Change,
    RemoveEntry,
    RemoveItem,
    RenameKey,
    ReplaceValue,
    SetText,
    Value,
    WrapAsMapping,
    WrapAsSequence,
)
from migrator.tree import Mapping, Node, Parents, Sequence, Text, walk

WORDS = st.sampled_from(
    ["a", "b2", "image", "cimg/go:1.20", "yes", "2.10", "~", "0x1", "null", "$X", "naïve", "🐳 whale", "x y", "it's",
     'say "hi"', "a: b", "# no", "<< p >>", "-", "- x", "[", "{", "*a", "&a", "!t", "012", "1:30", "", " lead", "a,b",
     "?", "%x",
     "@x", "`x", "tab\there", "trail ", "=", "<<", "é" * 3, "end:", "a#b", "2020-01-01", ": x", "--- a", "\u2028x",
     "x\x07y", "\ue000", "\ttab", "a\r\nb", "two\nlines", "\n", "1:30.5", "a?b"]
)  # fmt: skip
KEYS = st.sampled_from(["a", "b", "c", "image", "auth", "docker", "run", "über", "k 1", "yes", "012", "x:y", "9"])
BLOCKS = st.lists(
    st.sampled_from(
        ["echo hi", "  indented", "", "a: b", "# not a comment", "docker login", "cat <<EOF", "tab\tx", "end ", "   "]
    ),
    min_size=0,
    max_size=5,
)


@dataclass
class Writer:
    draw: st.DrawFn
    newline: str
    step: int
    offset: int
    anchors: list[str] = field(default_factory=list)
    count: int = 0

    def pick(self, *options: str) -> str:
        return self.draw(st.sampled_from(options))

    def comment(self) -> str:
        return self.pick("", "", "", "", " # c", "  # it's: [a], b", " #", " ")

    def between(self, column: int) -> list[str]:
        lines: list[list[str]] = [[], [], [], [], [], [], [""], ["", ""], ["   "], ["# far left", ""]]
        lines += [[" " * column + "# note"], [" " * (column + 6) + "# deep"]]
        return self.draw(st.sampled_from(lines))

    def scalar(self, *, flow: bool) -> str:
        word = self.draw(WORDS.filter(str.isprintable))
        style = self.pick("plain", "plain", "'", '"')
        if not self.draw(st.integers(0, 9)):
            return style.replace("plain", "") + f"one{self.newline}{' ' * 12}two" + style.replace("plain", "")
        if style == "plain" and word and all(c.isalnum() or c in "$/._" for c in word):
            return word
        if style == "'":
            return "'" + word.replace("'", "''") + "'"
        return '"' + word.replace("\\", "\\\\").replace('"', '\\"').replace("\t", "\\t") + '"'

    def key(self) -> str:
        word = self.draw(KEYS)
        style = self.pick("plain", "plain", "plain", "'", '"')
        return word if style == "plain" else style + word + style

    def properties(self) -> str:
        if self.draw(st.integers(0, 7)):
            return ""
        kind = self.pick("anchor", "anchor", "tag", "both")
        if kind == "tag":
            return "!t "
        self.count += 1
        name = f"anchor{self.count}"
        self.anchors.append(name)
        return f"&{name} " + ("!t " if kind == "both" else "")

    def flow(self, depth: int) -> str:
        kind = self.pick("text", "text", "map", "seq") if depth else "text"
        if kind == "text":
            if self.anchors and not self.draw(st.integers(0, 7)):
                return "*" + self.draw(st.sampled_from(self.anchors)) + " "
            return self.scalar(flow=True)
        wide = self.draw(st.booleans()) and depth == 2
        glue = self.pick(",", ",", ",", " ,") + (self.line() if wide else " ")
        pad = self.pick("", "", " ")
        last = self.pick("", "", ",")
        count = self.draw(st.integers(0, 3))
        if kind == "seq":
            parts = [self.pick("", "", "k: ") + self.flow(depth - 1) for _ in range(count)]
            begin, end = "[", "]"
        else:
            names: dict[str, str] = {}
            for _ in range(count):
                name = self.key()
                value = self.pick("", ": ", ": " + self.flow(depth - 1), ": " + self.flow(depth - 1))
                names.setdefault(name.strip("'\""), name + value)
            parts = list(names.values())
            begin, end = "{", "}"
        if not parts:
            return begin + pad + end
        return begin + (self.line() if wide else pad) + glue.join(parts) + last + (self.line() if wide else pad) + end

    def line(self) -> str:
        """The end of a line within a flow collection, and the indentation of the next."""
        return self.pick("", "", " # c", " # a, b: [") + self.newline + self.pick("", "", self.newline) + " " * 10

    def block(self, column: int, depth: int) -> list[str]:
        """Lines of a block mapping or sequence at a column."""
        if self.draw(st.booleans()):
            return self.mapping(column, depth)
        return self.sequence(column, depth)

    def value(self, column: int, depth: int, *, dash: bool) -> tuple[str, list[str]]:
        """What stands behind `key:` (at that column) and the lines below."""
        kind = (
            self.pick("text", "text", "block", "block", "flow", "literal", "nothing")
            if depth
            else self.pick("text", "literal", "nothing", "flow")
        )
        mark = self.properties()
        if kind == "block":
            seq = self.draw(st.booleans())
            if seq:
                offset = self.offset if not dash else self.step
                lines = self.sequence(column + offset, depth - 1)
            else:
                lines = self.mapping(column + self.step, depth - 1)
            if mark and (column or not seq) and not self.draw(st.integers(0, 4)):
                return self.comment().rstrip(), [" " * (column + self.step) + mark.rstrip() + self.comment(), *lines]
            return (mark + self.comment()).rstrip() if mark else self.comment().rstrip(), lines
        if kind == "flow":
            return mark + self.flow(2) + self.comment(), []
        if kind == "literal":
            lines = self.draw(BLOCKS)
            header = self.pick("|", ">", "|-", ">-", "|+", ">+")
            if self.draw(st.booleans()) and lines:
                header = header[0] + str(self.step) + header[1:]
            elif lines and (not lines[0].strip() or lines[0].startswith(" ")):
                lines = ["first", *lines]
            pad = " " * (column + self.step)
            return mark + header + self.pick("", " # h"), [pad + line if line else "" for line in lines] + self.draw(
                st.sampled_from([[], [""]])
            )
        if kind == "nothing":
            return mark.strip() + self.comment(), []
        if not mark and self.anchors and not self.draw(st.integers(0, 7)):
            return "*" + self.draw(st.sampled_from(self.anchors)) + self.comment(), []
        return mark + self.scalar(flow=False) + self.comment(), []

    def mapping(self, column: int, depth: int) -> list[str]:
        lines: list[str] = []
        names: set[str] = set()
        for _ in range(self.draw(st.integers(1, 4))):
            key = self.key()
            if key.strip("'\"") in names:
                continue
            names.add(key.strip("'\""))
            lines += self.between(column)
            inline, below = self.value(column, depth, dash=False)
            if not self.draw(st.integers(0, 19)):
                lines += [" " * column + "? " + key, " " * column + ": " + self.pick("word", "'quoted'")]
                continue
            colon = self.pick(":", ":", ":", " :")
            lines += [" " * column + key + colon + (" " + inline if inline.strip() else inline), *below]
        return lines

    def sequence(self, column: int, depth: int) -> list[str]:
        lines: list[str] = []
        for _ in range(self.draw(st.integers(1, 3))):
            lines += self.between(column)
            if depth and self.draw(st.booleans()):
                inner = self.mapping(column + 2, depth - 1)
                while inner and (not inner[0].strip() or inner[0].lstrip().startswith("#")):
                    inner.pop(0)
                lines += [" " * column + "- " + inner[0][column + 2 :], *inner[1:]]
            else:
                inline, below = self.value(column, 0, dash=True)
                lines += [" " * column + "-" + (" " + inline if inline.strip() else inline), *below]
        return lines


@st.composite
def yaml_texts(draw: st.DrawFn) -> str:
    newline = draw(st.sampled_from(["\n", "\n", "\r\n"]))
    writer = Writer(draw, newline, draw(st.sampled_from([2, 2, 4, 1])), draw(st.sampled_from([0, 2, 2, 4])))
    head = draw(st.sampled_from([[], [], [], ["---"], ["# head", ""], ["%YAML 1.1", "--- # start"]]))
    tail = draw(st.sampled_from([[], [], [], ["..."], ["# end"], ["", "  # end"]]))
    text = newline.join([*head, *writer.mapping(0, 3), *tail])
    return text + draw(st.sampled_from([newline, newline, "", newline * 2]))


def values() -> st.SearchStrategy[Value]:
    texts = st.one_of(WORDS, st.sampled_from(["two\nlines\n", "one\ntwo"]))
    return st.recursive(
        texts,
        lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(KEYS, inner, max_size=3)),
        max_leaves=4,
    )


@st.composite
def change_in(draw: st.DrawFn, root: Node, parents: Parents) -> Change | None:
    """One change that has a meaning somewhere in the tree."""
    nodes = [n for n in walk(root) if n is not root]
    if not nodes:
        return None
    node = draw(st.sampled_from(nodes))
    entry = parents.entry(node)
    is_key = entry is not None and entry.key is node
    options: list[Change] = []
    value = draw(values())
    there = {e.name for e in node.entries} if isinstance(node, Mapping) else set()
    name = draw(st.sampled_from([name for name in ("new", "Neu", "n 1", "yes", "7") if name not in there]))
    if isinstance(node, Text):
        if not is_key and node.type == "str":
            options.append(SetText(node, draw(WORDS)))
            if node.style in ("|", ">"):
                lines = node.value.split("\n")
                cut = draw(st.integers(0, len(lines) - 1))
                options.append(SetText(node, "\n".join(lines[:cut] + lines[cut + 1 :])))
                options.append(SetText(node, "\n".join([*lines[:cut], "put in", *lines[cut:]])))
        if not is_key and isinstance(parents.parent(node), Sequence):
            options.append(WrapAsMapping(node, value))
    if entry is not None and not is_key:
        options.append(WrapAsSequence(node, (draw(WORDS),)))
    if not is_key:
        options.append(ReplaceValue(node, value))
    if isinstance(node, Mapping):
        after = draw(st.sampled_from([None, *node.entries]))
        options.append(AddEntry(node, name, value, after))
        if node.entries:
            chosen = draw(st.sampled_from(node.entries))
            options += [RemoveEntry(node, chosen), RenameKey(node, chosen, name)]
    if isinstance(node, Sequence):
        options.append(AddItem(node, draw(st.integers(0, len(node.items))), value))
        if node.items:
            options.append(RemoveItem(node, draw(st.sampled_from(node.items))))
    return draw(st.sampled_from(options)) if options else None


@st.composite
def changes_of_one_collection(draw: st.DrawFn, root: Node) -> list[Change]:
    """Some members of a mapping or sequence go and others come."""
    collections = [n for n in walk(root) if isinstance(n, Mapping | Sequence)]
    if not collections:
        return []
    node = draw(st.sampled_from(collections))
    changes: list[Change] = []
    if isinstance(node, Mapping):
        gone = [e for e in node.entries if not draw(st.integers(0, 2))]
        changes += [RemoveEntry(node, entry) for entry in gone]
        kept = [None, *(e for e in node.entries if e not in gone)]
        for name in draw(st.lists(st.sampled_from(["new", "Neu", "n 1"]), max_size=2, unique=True)):
            changes.append(AddEntry(node, name, draw(values()), draw(st.sampled_from(kept))))
    else:
        changes += [RemoveItem(node, item) for item in node.items if not draw(st.integers(0, 2))]
        for _ in range(draw(st.integers(0, 2))):
            changes.append(AddItem(node, draw(st.integers(0, len(node.items))), draw(values())))
    return changes
