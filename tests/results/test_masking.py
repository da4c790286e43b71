"""Secrets are hidden however they are spelt, and nothing that steers a terminal gets through."""

from __future__ import annotations

import base64
import html
import json
import shlex
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from migrator.circleci.secrets.heads import AT_ONCE
from migrator.results.masking import MASKED, Mask, cut, visible
from tests.growth import calls, steps

VALUES = st.text(
    st.characters(codec="utf-8", exclude_characters="\n\r\x85\u2028\u2029", exclude_categories=("Cs", "Cc")), min_size=4
).filter(
    lambda value: (
        len(value.strip()) >= 4
        and len(set(value.strip())) > 2
        and value.strip() not in ("True", "False", "true", "false")
    )
)


def yaml_double(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"')


SPELLINGS = {
    "as it is": lambda value: value,
    "JSON": lambda value: json.dumps(value)[1:-1],
    "JSON, not ASCII": lambda value: json.dumps(value, ensure_ascii=False)[1:-1],
    "JSON in JSON": lambda value: json.dumps(json.dumps(value)),
    "YAML, double quotes": yaml_double,
    "YAML, all by number": lambda value: "".join(f"\\U{ord(c):08x}" for c in value),
    "YAML, broken line": lambda value: (
        yaml_double(value[:2]) + "\\\n    \\" + value[2:3] + yaml_double(value[3:])
        if value[2:3] == " "
        else yaml_double(value[:2]) + "\\\n    " + yaml_double(value[2:])
    ),
    "YAML, single quotes": lambda value: value.replace("'", "''"),
    "shell, quoted": shlex.quote,
    "shell, backslashes": lambda value: "".join(c if c.isalnum() or not c.isascii() else f"\\{c}" for c in value),
    "percent": lambda value: quote(value, safe=""),
    "HTML": html.escape,
    "XML in JSON": lambda value: json.dumps(value.replace("&", "&amp;").replace("<", "&lt;"))[1:-1],
    "HTML, all by number": lambda value: "".join(f"&#{ord(c)};" for c in value),
    "XML, all by number": lambda value: "".join(f"&#x{ord(c):X};" for c in value),
}


def test_without_secrets_nothing_is_hidden() -> None:
    assert not Mask()
    assert not Mask(["", "  ", "true", "False"])
    assert Mask([""]).text("a b true") == "a b true"


def test_other_words_stay() -> None:
    assert Mask(["hunter22"]).text("hunter2 Hunter22 \\x41 100% ''") == "hunter2 Hunter22 \\x41 100% ''"


@pytest.mark.parametrize("spelt", SPELLINGS.values(), ids=SPELLINGS)
@given(value=VALUES)
def test_every_spelling_is_hidden_whole(spelt, value: str) -> None:  # type: ignore[no-untyped-def]
    hidden = Mask([value]).text(f"<{spelt(value)}>")
    assert hidden.replace(MASKED, "").strip("<>'\"\\ ") == ""
    assert MASKED in hidden


@pytest.mark.parametrize("encode", [base64.b64encode, base64.urlsafe_b64encode], ids=["usual", "for URLs"])
@given(value=VALUES, before=st.text(max_size=5), after=st.text(max_size=5))
def test_inside_base64_little_is_left(encode, value: str, before: str, after: str) -> None:  # type: ignore[no-untyped-def]
    if len(value.encode()) < 5:
        return
    whole = encode((before + value + after).encode("utf-8", "surrogatepass")).decode()
    rest = Mask([value]).text(whole).replace(MASKED, "")
    assert len(rest) <= len(base64.b64encode((before + after).encode("utf-8", "surrogatepass"))) + 8


@given(st.lists(VALUES, min_size=1, max_size=4), st.lists(st.text(max_size=5), min_size=5, max_size=5))
def test_no_value_is_left_in_any_text(values: list[str], between: list[str]) -> None:
    text = "".join(a + b for a, b in zip(between, [*values, ""], strict=False))
    hidden = Mask(values).text(text)
    assert not any(value in hidden for value in values if MASKED not in value and "*" not in value)


@given(st.lists(VALUES, min_size=1, max_size=4), st.lists(st.text(max_size=5), min_size=5, max_size=5))
def test_among_thousands_of_others_the_same_is_hidden(values: list[str], between: list[str]) -> None:
    text = "".join(a + b for a, b in zip(between, [*values, ""], strict=False)) + yaml_double(values[0])
    others = [f"{chr(0x4E00 + n)}none-of-these-{n}" for n in range(100)]
    assert Mask([*values, *others]).ranges(text) == Mask(values).ranges(text)


@pytest.mark.parametrize("before", range(-6, 3))
def test_a_secret_among_many_is_hidden_across_the_border_of_two_looks(before: int) -> None:
    lead = "." * (AT_ONCE + before)
    mask = Mask(["hunter22", *(f"none-of-these-{n}" for n in range(100))])
    assert mask.text(f"{lead}hunter22{lead}") == f"{lead}{MASKED}{lead}"


def test_overlapping_secrets_are_hidden_as_one() -> None:
    assert Mask(["abcdef", "defghi"]).text("x abcdefghi y") == "x **** y"


def test_each_line_of_a_long_secret_is_hidden_at_any_indent() -> None:
    key = "-----BEGIN KEY-----\nMIIEabcdef\n}\n-----END KEY-----\n"
    text = "key: |\n    -----BEGIN KEY-----\n    MIIEabcdef\n    }\n"
    assert Mask([key]).text(text) == "key: |\n    ****\n    ****\n    }\n"


def test_a_secret_with_blanks_is_hidden_when_folded() -> None:
    assert Mask(["correct horse battery"]).text("p: correct\n  horse\n   battery\n") == "p: ****\n"


def test_a_short_value_is_hidden_only_as_a_word() -> None:
    assert Mask(["abc"]).text('abc "abc" abcd xabc -abc- abc1') == '**** "****" abcd xabc -****- abc1'


@pytest.mark.parametrize("spelt", [r"-p\nabc", r"-p\tabc\n", "\\\nabc"])
def test_a_short_value_is_a_word_behind_an_escape(spelt: str) -> None:
    assert "abc" not in Mask(["abc"]).text(f'abc "{spelt}"')


@pytest.mark.parametrize(
    "spelt",
    [
        json.dumps("hunt\\\ner22"),
        json.dumps("hunt\\\r\ner22"),
        "hunt&\\#101;r22",
        "hunt%\\65r22",
    ],
)
def test_a_value_broken_in_one_spelling_within_another_is_hidden(spelt: str) -> None:
    assert Mask(["hunter22"]).text(f"<{spelt}>").strip('<">') == MASKED


def test_the_mark_tells_nothing_about_the_length() -> None:
    assert Mask(["x" * 40]).text("x" * 40) == Mask(["hunter22"]).text("hunter22")


def test_a_piece_of_a_text_is_hidden_by_the_ranges_of_the_whole() -> None:
    assert cut("line two\n", 9, [(5, 13)]) == "**** two\n"
    assert cut("line two\n", 9, [(0, 9), (18, 20)]) == "line two\n"
    assert cut("line two\n", 9, [(5, 30)]) == "****\n"


def test_many_secrets_in_a_long_text_take_work_as_the_text_is_long() -> None:
    mask = Mask(f"secret-{n:05}" for n in range(300))
    short, long = ("image: secret-00001 \\ ' %20\n" * lines for lines in (200, 800))
    assert calls(lambda: mask.ranges(long)) < 5 * calls(lambda: mask.ranges(short))


def test_ten_times_the_secrets_take_little_more_work() -> None:
    text = "".join(f"      - image: cimg/go:1.{n} # step {n}\n" for n in range(300))
    few, many = (Mask(f"{n:06x}-k3y" for n in range(count)) for count in (2_000, 20_000))
    assert few.ranges(text) == many.ranges(text) == []
    assert steps(lambda: many.ranges(text)) < 2 * steps(lambda: few.ranges(text))


@pytest.mark.parametrize("text", ["plain", "tab\tand\nline", "ümläut 漢字 😀 ✓"])
def test_what_is_harmless_is_shown_as_it_is(text: str) -> None:
    assert visible(text) == text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[31mred", "␛[31mred"),
        ("a\rb", "a␍b"),
        ("a\r\nb\r\n", "a\nb\n"),
        ("\x07\x08\x7f", "␇␈␡"),
        ("\x9b31m", "<U+009B>31m"),
        ("\u202eabc\u2066", "<U+202E>abc<U+2066>"),
        ("zero\u200bwidth\ufeff", "zero<U+200B>width<U+FEFF>"),
        ("\u2028", "<U+2028>"),
        ("\udcff", "<U+DCFF>"),
        ("\U000e0041", "<U+E0041>"),
    ],
)
def test_what_would_steer_a_terminal_is_made_visible(text: str, shown: str) -> None:
    assert visible(text) == shown


@given(st.text())
def test_nothing_invisible_gets_through(text: str) -> None:
    assert not set(map(ord, visible(text))) & {*range(9), *range(11, 32), *range(0x7F, 0xA0), *range(0x202A, 0x202F)}
