"""Diffs say exactly what the edits do, as `git apply` reads them."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from migrator.documents.edits import TextEdit, apply_edits
from migrator.engine.outcomes import Changed
from migrator.results.diffs import NO_NEWLINE, exact_diff, hunks, masked_diff
from migrator.results.masking import Mask
from tests.doses import examples

LINES = st.sampled_from(["a", "b", "", "a: b", "\r", "\x0c", "\u2028", "\x85", "-", "+ x", "\\ No newline", "é😀"])
TEXTS = st.lists(st.tuples(LINES, st.sampled_from(["\n", "\r\n", "\r", "\n\n"]))).map(
    lambda lines: "".join(a + b for a, b in lines)
)


@st.composite
def edited(draw: st.DrawFn) -> tuple[str, tuple[TextEdit, ...]]:
    text = draw(TEXTS) + draw(st.sampled_from(["", "last", "\n"]))
    cuts = sorted(draw(st.lists(st.integers(0, len(text)), max_size=12)))
    edits: list[TextEdit] = []
    for start, end in zip(cuts[::2], cuts[1::2], strict=False):
        new = draw(st.sampled_from(["", "x", "\n", "x\n", "\nx", "a\nb\n", "\r\n", text[start:end]]))
        if (start < end or new) and not (edits and edits[-1].end == start):
            edits.append(TextEdit(start, end, new))
    return text, tuple(edits)


def changed(text: str, *edits: TextEdit, bom: bool = False, secrets: tuple[str, ...] = ()) -> Changed:
    return Changed("f.yml", text, apply_edits(text, edits), edits, (), (), frozenset(secrets), bom)


def applied(text: str, edits: tuple[TextEdit, ...]) -> str:
    """What a reader of the hunks makes of the text; each line of theirs is checked against it."""
    lines = text.split("\n")
    old = [line + "\n" for line in lines[:-1]] + ([lines[-1]] if lines[-1] else [])
    new: list[str] = []
    at = 0
    for hunk in hunks(text, edits):
        body = [line for line in hunk.lines if line.mark != "+"]
        first = hunk.old_line - 1
        new += old[at:first]
        assert hunk.new_line == len(new) + 1
        assert [line.text for line in body] == old[first : first + len(body)]
        assert all(text.startswith(line.text, line.start) for line in body)
        new += [line.text for line in hunk.lines if line.mark != "-"]
        at = first + len(body)
    return "".join(new + old[at:])


def test_no_edit_gives_no_hunk() -> None:
    assert hunks("a\nb\n", []) == []


def test_an_edit_that_writes_what_was_there_gives_no_hunk() -> None:
    assert hunks("a\nb\n", [TextEdit(2, 3, "b")]) == []


def test_an_insertion_at_the_end_of_a_line_removes_no_line() -> None:
    text = "- image: a\n  name: b\n"
    edit = TextEdit(10, 10, "\n  auth: c")
    assert [line.mark for hunk in hunks(text, [edit]) for line in hunk.lines] == [" ", "+", " "]


def test_context_ends_after_three_lines() -> None:
    text = "".join(f"{n}\n" for n in range(20))
    (hunk,) = hunks(text, [TextEdit(text.index("10"), text.index("10") + 2, "x")])
    assert hunk.header == "@@ -8,7 +8,7 @@\n"


@pytest.mark.parametrize(("between", "expected"), [(6, 1), (7, 2)])
def test_hunks_whose_contexts_meet_are_one(between: int, expected: int) -> None:
    text = "x\n" + "c\n" * between + "x\n"
    edits = [TextEdit(0, 1, "y"), TextEdit(len(text) - 2, len(text) - 1, "y")]
    assert len(hunks(text, edits)) == expected


@settings(max_examples=examples(500))
@given(edited())
def test_hunks_lead_from_the_old_text_to_the_new(case: tuple[str, tuple[TextEdit, ...]]) -> None:
    text, edits = case
    assert applied(text, edits) == apply_edits(text, edits)


@settings(
    max_examples=examples(40),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(edited(), st.booleans())
@example(("a", (TextEdit(1, 1, "\nb\n"),)), True)
@example(("a\n", (TextEdit(0, 2, ""),)), False)
def test_git_applies_the_patch(tmp_path: Path, case: tuple[str, tuple[TextEdit, ...]], bom: bool) -> None:
    text, edits = case
    what = changed(text, *edits, bom=bom)
    if what.after == text:
        return
    file = tmp_path / "f.yml"
    mark = b"\xef\xbb\xbf" if bom else b""
    file.write_bytes(mark + text.encode())
    git = ["git", "apply", "--unsafe-paths", "--whitespace=nowarn", "-"]
    done = subprocess.run(git, cwd=tmp_path, input=exact_diff(what, "f.yml"), capture_output=True, check=False)
    assert done.returncode == 0, done.stderr
    # git removes a file that a patch leaves empty.
    assert (file.read_bytes() if file.exists() else b"") == what.data


def test_a_missing_final_newline_is_marked_on_the_side_that_lacks_it() -> None:
    diff = masked_diff(changed("a", TextEdit(1, 1, "\nb\n")), Mask())
    assert diff.endswith(f"-a\n{NO_NEWLINE}+a\n+b\n")


@pytest.mark.parametrize(
    ("path", "named"),
    [
        ("a.yml", "a/a.yml\n"),
        ("/tmp/a.yml", "a/tmp/a.yml\n"),
        ("my file.yml", "a/my file.yml\t\n"),
        ('say "hi".yml', 'a/say \\"hi\\".yml"'.join(['"', "\n"]).replace('\\"hi\\"', "\\042hi\\042")),
        ("tab\there.yml", '"a/tab\\011here.yml"\n'),
    ],
)
def test_a_path_is_quoted_as_git_reads_it(path: str, named: str) -> None:
    assert exact_diff(changed("a", TextEdit(0, 1, "b")), path).decode().startswith(f"--- {named}")


def test_a_secret_is_masked_on_removed_and_on_context_lines() -> None:
    text = "a: hunter22\nb: hunter22\n"
    diff = masked_diff(changed(text, TextEdit(3, 11, "$X"), secrets=("hunter22",)), Mask(["hunter22"]))
    assert "hunter22" not in diff
    assert "-a: ****\n+a: $X\n b: ****\n" in diff


def test_a_secret_that_runs_over_lines_is_masked_on_each_of_them() -> None:
    text = 'a: "one two\n  three four"\nb: 1\n'
    diff = masked_diff(changed(text, TextEdit(len(text) - 2, len(text) - 1, "2")), Mask(["one two three four"]))
    assert diff.splitlines()[3:5] == [' a: "****', ' ****"']


def test_the_exact_diff_keeps_the_secret_on_its_removed_line() -> None:
    assert b"-a: hunter22\n" in exact_diff(changed("a: hunter22\n", TextEdit(3, 11, "$X")), "f.yml")


def test_many_edits_take_time_in_proportion() -> None:
    text = "- image: a\n" * 20_000
    edits = [TextEdit(n * 11 + 10, n * 11 + 10, "\n  auth: b") for n in range(20_000)]
    (hunk,) = hunks(text, edits)
    assert len(hunk.lines) == 40_000
