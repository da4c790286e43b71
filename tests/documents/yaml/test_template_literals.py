"""No literal between the tags of a template is lost: each is in the tree, or where the document says it cannot see."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count

import pytest
from hypothesis import given
from hypothesis import strategies as st

from migrator.circleci.config import Config
from migrator.documents import open_document
from migrator.documents.yaml.template import YamlTemplate
from migrator.engine.discovery import load_rules
from migrator.policy import Policy
from migrator.tree import Opaque, Text, walk

VALUES = {
    "jinja": ["{{ x }}", "{{ a.b | upper }}", "{%- if x %}", "{% endif %}", "{# note #}", "{{ x\n   }}"],
    "go": ["{{ .X }}", "{{- .A.B | quote -}}", "{{ if .X }}", "{{ end }}", "{{/* note */}}"],
    "erb": ["<%= x %>", "<%- if x -%>", "<% end %>", "<%# note %>"],
}
LINES = {
    "jinja": [
        "{% if x %}",
        "{% else %}",
        "{%- endif %}",
        "{% for a in b %}",
        "{% endfor %}",
        "{{ steps }}",
        "{# note #}",
    ],
    "go": ["{{ if .X }}", "{{- else }}", "{{ end }}", "{{ range .Y }}", "{{ .Steps }}"],
    "erb": ["<% if x %>", "<% else %>", "<% end -%>", "<% y.each do |z| %>", "<%= steps %>"],
}


class Words:
    """Literals that are all different, `w0w` and so on, none of which is a part of another."""

    def __init__(self) -> None:
        self._numbers = count()
        self.made: list[str] = []

    def new(self) -> str:
        self.made.append(f"w{next(self._numbers)}w")
        return self.made[-1]


def inline(draw: st.DrawFn, kind: str, words: Words) -> str:
    """A few words with tags between them, on one line, some without a blank."""
    parts = [words.new()]
    for _ in range(draw(st.integers(0, 3))):
        tag = draw(st.sampled_from([each for each in VALUES[kind] if "\n" not in each]))
        parts.append(draw(st.sampled_from([" ", ""])) + tag + draw(st.sampled_from([" ", ""])) + words.new())
    return "".join(parts)


def block(draw: st.DrawFn, kind: str, words: Words) -> Iterator[str]:
    """Lines of a block scalar that is indented by four: words, and tags alone on their lines at any column."""
    for _ in range(draw(st.integers(1, 6))):
        if draw(st.booleans()):
            yield " " * draw(st.integers(0, 8)) + draw(st.sampled_from(LINES[kind]))
        else:
            yield "    " + " " * draw(st.sampled_from([0, 0, 2])) + inline(draw, kind, words)
    yield "    " + inline(draw, kind, words)


@st.composite
def templates(draw: st.DrawFn, kind: str) -> tuple[str, list[str]]:
    words, lines = Words(), []
    for _ in range(draw(st.integers(1, 4))):
        shape = draw(st.sampled_from(["plain", "single", "double", "literal", "folded", "flow", "lines", "several"]))
        key = words.new()
        if shape in ("literal", "folded"):
            mark = {"literal": "|", "folded": ">"}[shape] + draw(st.sampled_from(["", "-", "+"]))
            lines += [f"{key}: {mark}", *block(draw, kind, words)]
        elif shape == "flow":
            lines.append(f"{key}: [{words.new()}, '{inline(draw, kind, words)}', {words.new()}]")
        elif shape == "several":
            lines += [f'{key}: "{inline(draw, kind, words)}', f'  {inline(draw, kind, words)}"']
        elif shape == "lines":
            tag = draw(st.sampled_from(LINES[kind]))
            lines += [f"{key}:", f"  - {words.new()}", " " * draw(st.integers(0, 4)) + tag, f"  - {words.new()}"]
        else:
            quote = {"plain": "", "single": "'", "double": '"'}[shape]
            lines.append(f"{key}: {quote}{inline(draw, kind, words)}{quote}")
    return "\n".join(lines) + "\n", words.made


def lost(text: str, literals: list[str]) -> list[str]:
    document = open_document("config.yml.tmpl", text.encode())
    assert isinstance(document, YamlTemplate)
    if isinstance(document.root, Opaque):
        return []  # the whole template is reported
    held = "\n".join(node.value for node in walk(document.root) if isinstance(node, Text))
    spans = [(each.start, each.end) for each in document.unseen]
    return [
        word
        for word in literals
        if word not in held and not any(start <= text.index(word) < end for start, end in spans)
    ]


@pytest.mark.parametrize("kind", VALUES)
@given(data=st.data())
def test_no_literal_is_lost(kind: str, data: st.DataObject) -> None:
    text, literals = data.draw(templates(kind))
    assert lost(text, literals) == [], text


SCRIPT = """\
jobs:
  a:
    machine: true
    steps:
      - run:
          command: |
            {%- for target in targets %}
            echo {{ target }}
            docker login -u bot -p k7Qm2zRp9LwVt4
            {%- endfor %}
"""


def test_a_login_between_tags_is_found() -> None:
    (rule,) = load_rules(["literal-secret"])
    document = open_document("config.yml.j2", SCRIPT.encode())
    (part,) = document.parts()
    (finding,) = rule.check(Config(part), Policy())
    assert finding.secrets == ("k7Qm2zRp9LwVt4",)


@pytest.mark.parametrize(
    ("lines", "script"),
    [
        ("            echo a\n{% if x %}\n            echo b\n{% endif %}\n", "echo a\n\necho b\n"),
        ("{% if x %}\n            echo b\n{% endif %}\n            echo c\n", "\necho b\n\necho c\n"),
        ("    {{ first }}\n            echo b\n", "<<{first}>>\necho b\n"),
        ("  {{ a }}\n            echo b\n", "\necho b\n"),
        ("               {{ a }}\n            echo b\n", "<<{a}>>\necho b\n"),
        ("            {{ a }}{{ b }} c {{ d }}\n            e\n", "<<{a}>><<{b}>> c <<{d}>>\ne\n"),
    ],
)
def test_tags_at_any_column_of_a_script_leave_its_lines(lines: str, script: str) -> None:
    text = f"steps:\n      - run:\n          command: |\n{lines}      - checkout\n"
    texts = [node.value for node in walk(open_document("config.yml.j2", text.encode()).root) if isinstance(node, Text)]
    assert texts == ["steps", "run", "command", script, "checkout"]


@pytest.mark.parametrize(
    ("name", "tags"),
    [
        ("config.yml.tmpl", ("{{ range .Versions }}", "{{ end }}")),
        ("config.yml.template", ("<% versions.each do |v| %>", "<% end %>")),
        ("config.yml.j2", ("{% for v in versions %}", "{% endfor %}")),
    ],
)
def test_loops_of_go_and_ruby_are_read_as_those_of_jinja(name: str, tags: tuple[str, str]) -> None:
    text = f"a:\\n{tags[0]}\\n  - b-{{{{ .X }}}}\\n{tags[1]}\\n"
    document = open_document(name, text.encode())
    assert not isinstance(document.root, Opaque)
    assert not document.varies
