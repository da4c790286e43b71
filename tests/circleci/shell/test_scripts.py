"""Reading shell: words, spans into the given text, pipelines and lists, templates of CircleCI."""

from __future__ import annotations

import subprocess
import sys

import pytest

from migrator.circleci.shell.pieces import PieceKind
from migrator.circleci.shell.scripts import Command, Script, read_script


def commands(script: Script) -> list[Command]:
    return [command for statement in script.statements for command in statement.commands]


def only(text: str, *, templates: bool = True) -> Command:
    script = read_script(text, templates=templates)
    assert not script.is_broken
    (command,) = commands(script)
    return command


def test_importing_the_reader_does_not_import_the_grammar() -> None:
    code = "import sys, migrator.circleci.shell.scripts; sys.exit('tree_sitter' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_a_script_that_is_no_shell_is_broken() -> None:
    assert read_script("if true; then (").is_broken
    assert not read_script("").is_broken


@pytest.mark.parametrize("text", ['"$X"', "$X", "${X}", '"${X}"'])
def test_a_word_that_is_a_variable_says_its_name(text: str) -> None:
    assert only(f"echo {text}").words[1].variable == "X"


@pytest.mark.parametrize(
    "text", ["${X:-y}", "$1", "$1x", "$?", "$(cat x)", "$((1 + 2))", "x$X", '"$X "', "'$X'", "X", "${#X}"]
)
def test_other_words_are_no_variable(text: str) -> None:
    assert only(f"echo {text}").words[1].variable is None


@pytest.mark.parametrize(
    ("text", "literal"),
    [
        ("a'b'\"c\"", "abc"),
        (r"a\ b", "a b"),
        ("'$X'", "$X"),
        (r'"\$X \n"', r"$X \n"),
        ("' a  b '", " a  b "),
        ("é", "é"),
    ],
)
def test_a_literal_word_loses_its_quotes(text: str, literal: str) -> None:
    assert only(f"echo {text}").words[1].literal == literal


def test_blanks_between_expansions_in_quotes_belong_to_the_word() -> None:
    word = only('echo "a  $X  $Y "').words[1]
    assert [piece.text for piece in word.pieces] == ["a  ", "X", "  ", "Y", " "]


def test_the_value_behind_an_equals_sign_is_a_word_of_its_own() -> None:
    value = only('docker login -p="$X"').words[2].without("-p=")
    assert value is not None
    assert (value.variable, value.text) == ("X", '"$X"')
    assert only('docker login -p="$X"').words[2].without("-u=") is None


def test_spans_cut_the_given_text() -> None:
    text = "echo é\n  foo 'a b' \\\n    $X >/dev/null 2>&1 # why\nbar"
    statement = read_script(text).statements[1]
    assert text[slice(*statement.span)] == "foo 'a b' \\\n    $X >/dev/null 2>&1"
    assert [text[slice(*word.span)] for word in statement.commands[0].words] == ["foo", "'a b'", "$X"]
    assert [(r.operator, r.descriptor) for r in statement.commands[0].redirects] == [(">", ""), (">&", "2")]


def test_pipes_bind_closer_than_and_and_or() -> None:
    statement = read_script("a | b && c || ! d | e").statements[0]
    assert [[c.name for c in p.commands] for p in statement.pipelines] == [["a", "b"], ["c"], ["d", "e"]]
    assert statement.operators == ("&&", "||")
    assert [p.negated for p in statement.pipelines] == [False, False, True]
    assert "a | b && c || ! d | e"[slice(*statement.pipelines[2].span)] == "! d | e"


def test_a_statement_may_have_thousands_of_members() -> None:
    statement = read_script(" && ".join(["a"] * 3000)).statements[0]
    assert len(statement.pipelines) == 3000


def test_a_redirection_belongs_to_the_command_before_it() -> None:
    statement = read_script("a && b | c 2>x && d > y").statements[0]
    assert {c.name: [r.operator for r in c.redirects] for c in statement.commands} == {
        "a": [], "b": [], "c": [">"], "d": [">"],
    }  # fmt: skip


def test_what_runs_in_the_background_is_told() -> None:
    assert [s.background for s in read_script("a &\nb; c & d").statements] == [True, False, True, False]


def test_assignments_before_a_command_are_no_words() -> None:
    command = only('A=1 B="$X" docker login')
    assert [a.text for a in command.assignments] == ["A=1", 'B="$X"']
    assert command.name == "docker"
    assert only("A=1").kind == "variable_assignment"
    assert only("export A=1 B").kind == "declaration_command"


def test_a_here_document_keeps_its_body_and_what_follows_its_opener() -> None:
    text = "cat <<EOF | docker login -u x >y\nbody $P\nEOF\nnext"
    script = read_script(text, templates=False)
    cat, docker = script.statements[0].commands
    (heredoc,) = cat.redirects
    assert heredoc.body is not None
    assert heredoc.body.text == "body $P\n"
    assert [w.text for w in docker.words] == ["docker", "login", "-u", "x"]
    assert text[slice(*script.statements[0].span)] == text.removesuffix("\nnext")
    assert script.statements[1].commands[0].name == "next"


@pytest.mark.parametrize("end", ["EOF; next", "EOF && next", "  EOF", "EOF ", "EOFnext"])
def test_a_here_document_that_ends_otherwise_for_bash_breaks_a_script(end: str) -> None:
    assert read_script(f"cat <<EOF\nbody\n{end}\nnext\nEOF", templates=False).is_broken
    assert not read_script("cat <<-EOF\nbody\n\t\tEOF\nnext", templates=False).is_broken


def test_a_backslash_before_an_empty_line_takes_in_nothing() -> None:
    text = "make a \\\n\n  -b\n"
    assert [command.name for command in commands(read_script(text))] == ["make", "-b"]
    assert [command.name for command in commands(read_script("make a \\\n  -b\n"))] == ["make"]


def test_a_here_string_is_a_redirection() -> None:
    (redirect,) = only('docker login <<< "$P" -u x', templates=False).redirects
    assert redirect.operator == "<<<"
    assert redirect.target is not None
    assert redirect.target.variable == "P"


def test_nested_statements_say_what_is_around_them() -> None:
    script = read_script("if a; then b; fi\nf() { x=$(c); }\nfor i in 1; do (d); done")
    around = {s.commands[0].name: within for s, within in script.everywhere() if s.commands[0].name}
    assert around["b"] == ("if_statement",)
    assert around["c"] == ("function_definition", "compound_statement", "command_substitution")
    assert around["d"] == ("for_statement", "subshell")
    assert [s.commands[0].kind for s in script.statements] == ["if_statement", "function_definition", "for_statement"]


def test_comments_are_found() -> None:
    text = "# one\na # two\nb '# three'"
    assert [text[slice(*span)] for span in read_script(text).comments] == ["# one", "# two"]


def test_a_template_is_one_opaque_part_of_a_word() -> None:
    words = only('x $<< parameters.a >> "${<< parameters.b >>}" app:<< parameters.c >> << parameters.d >>').words
    assert words[1].variable == "<< parameters.a >>"
    assert words[2].variable == "<< parameters.b >>"
    assert words[3].literal is None
    assert words[3].pieces[1].kind is PieceKind.TEMPLATE
    assert words[4].pieces[0].text == "<< parameters.d >>"


def test_an_escaped_opener_is_the_shell_s_and_spans_stay_those_of_the_text() -> None:
    text = 'docker login \\<<< "$P" -u x\necho after'
    script = read_script(text)
    command, after = commands(script)
    assert command.redirects[0].operator == "<<<"
    assert [text[slice(*w.span)] for w in command.words] == ["docker", "login", "-u", "x"]
    assert text[slice(*after.span)] == "echo after"


def test_in_version_2_an_opener_is_the_shell_s() -> None:
    text = "cat << EOF >> file\nbody\nEOF\nnext"
    assert [c.name for c in commands(read_script(text, templates=False))] == ["cat", "next"]


def test_template_sections_make_a_script_conditional() -> None:
    assert read_script("<<# parameters.x >> a <</ parameters.x >>").is_conditional
    assert not read_script("<< parameters.x >> a").is_conditional


def test_nested_statements_can_be_asked_for_by_a_word() -> None:
    script = read_script("if a; then b one; c $(d two); fi\nf() { e one; }")
    around = [s.commands[0].name for s, within in script.everywhere("one") if within]
    assert [name for name in around if name] == ["b", "e"]
    assert len([s for s, within in script.everywhere() if within]) > len(around)
