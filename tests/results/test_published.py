"""What is published of names that somebody else chose: it is read letter by letter, and does nothing."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

from migrator.results.masking import one_line
from migrator.results.published import cell, code, commit_text, fence, markdown

READER = MarkdownIt("gfm-like", {"html": True, "linkify": True})
READER.linkify.set({"fuzzy_link": False})  # type: ignore[union-attr]  # bare names of hosts, which no host links
WORDS = r"""
` `` ``` @acme/everyone #1 GH-7 !3 $1 [x](http://evil.example) ![](//e.example/x.png) <img//src=x> <!-- --> \ *b* _i_
~~s~~ http://evil.example www.evil.example a@b.example &lt; &#64;x | --- === ***NO_CI*** é 漢 word
"""
HOSTILE = WORDS.split()
SPACED = ["[skip ci]", "[ci skip]", "Closes #1", "# h", "> q", "1. x", "- x", "[ref]: http://x.example", " ", "    "]
UNSEEN = ["skip-checks: true", "\t", "\n", "\u202e", "\u200b", "\x1b[31m"]
PIECES = st.sampled_from([*HOSTILE, *SPACED, *UNSEEN])
NAMES = st.lists(PIECES, max_size=8).map("".join) | st.text(max_size=20)
MENTION = re.compile(r"(?<![\w/])@\w")
REFERENCE = re.compile(r"[#!$%&~^]\w|\bGH-\d|\w+://|\bwww\.\w", re.IGNORECASE)


def inline(source: str) -> list[Token]:
    """What Markdown makes of a source that is one paragraph."""
    tokens = READER.parse(source)
    assert [token.type for token in tokens] in (["paragraph_open", "inline", "paragraph_close"], [])
    return tokens[1].children or [] if tokens else []


def words(text: str) -> str:
    return " ".join(one_line(text).replace("\u200b", "").split())


@given(NAMES)
def test_a_sentence_is_text_and_code_and_says_what_it_said(name: str) -> None:
    sentence = f"`{name}` in job `{name}` is pulled"
    children = inline("x " + markdown(sentence) + " y")
    assert {child.type for child in children} <= {"text", "code_inline"}
    shown = "".join(child.content for child in children if child.type == "text")
    assert not MENTION.search(shown)
    assert not REFERENCE.search(shown)
    letters = "".join(child.content for child in children).replace("\u200b", "").replace("`", "").replace(" ", "")
    assert letters == ("x" + words(sentence) + "y").replace("`", "").replace(" ", "")


@given(NAMES)
def test_a_sentence_opens_nothing_where_it_begins_an_item(name: str) -> None:
    tokens = READER.parse(f"- {markdown(name)}\n")
    kinds = {"bullet_list_open", "list_item_open", "paragraph_open", "inline"}
    assert {token.type for token in tokens} <= kinds | {kind.replace("open", "close") for kind in kinds}
    assert {child.type for token in tokens for child in token.children or ()} <= {"text", "code_inline"}


@given(NAMES)
def test_a_code_span_is_one_whatever_it_holds(name: str) -> None:
    (child,) = inline(code(name)) or [Token("code_inline", "code", 0)]
    assert child.type == "code_inline"
    assert child.content.strip() == words(name) or not words(name)


@given(NAMES)
def test_a_cell_of_a_table_stays_one(name: str) -> None:
    tokens = READER.parse(f"| a | b |\n|---|---|\n| {cell(name)} | c |\n")
    cells = [tokens[n + 1] for n, token in enumerate(tokens) if token.type == "td_open"]
    assert len(cells) == 2
    assert {child.type for child in cells[0].children or ()} <= {"code_inline", "text"}
    assert cells[1].content == "c"


@given(NAMES)
def test_a_fence_holds_what_it_is_for(name: str) -> None:
    text = one_line(name)
    (token,) = READER.parse(f"{fence(text)}sh\n{text}\n{fence(text)}\n")
    assert token.type == "fence"
    assert token.content == f"{text}\n"


@given(NAMES)
def test_a_commit_skips_closes_and_mentions_nothing(name: str) -> None:
    text = commit_text(f"Give `{name}` credentials")
    assert "\n" not in text
    assert not MENTION.search(text)
    assert not REFERENCE.search(text)
    assert not re.search(r"\[\s*(?:skip|ci|no)[ -]", text, re.IGNORECASE)
    assert "***NO_CI***" not in text
    assert text.replace("\u200b", "") == words(f"Give `{name}` credentials")


@pytest.mark.parametrize("name", ["build", "docker-hub-creds", "DOCKERHUB_USERNAME", "acme/web:1.2", "a's job (2)"])
def test_a_common_name_is_published_as_it_is(name: str) -> None:
    assert markdown(f"`{name}` is pulled") == f"`{name}` is pulled"
    assert code(name) == f"`{name}`"
    assert commit_text(name) == name
