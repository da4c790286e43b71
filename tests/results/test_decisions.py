"""The file of decisions: what it says is found again, whatever happens to the file."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from migrator.errors import UsageError, WriteError
from migrator.results.decisions import (
    Answer,
    DecisionLog,
    Decisions,
    Place,
    Recorded,
    decisions_toml,
    read_decisions,
    written_path,
)
from tests.doses import examples

APPLY, SKIP = Answer.APPLY, Answer.SKIP
HERE = Place(path="a.yml", rule="r", fingerprint="f1")


def recorded(answer: Answer = APPLY, **names: str) -> Recorded:
    return Recorded(answer, Place(**names))


def find(place: Place, *decisions: Recorded) -> Answer | None:
    found = Decisions(decisions).find(place)
    return found.answer if found else None


@pytest.mark.parametrize(
    "names",
    [
        {"path": "b.yml", "rule": "r", "fingerprint": "f1"},
        {"path": "a.yml", "rule": "r", "fingerprint": "f2"},
        {"path": "a.yml", "rule": "s", "fingerprint": "f1"},
        {"repository": "acme/app", "rule": "r", "fingerprint": "f1"},
        {"shape": "s1"},
    ],
)
def test_a_decision_is_not_about_a_place_that_lacks_one_of_its_names(names: dict[str, str]) -> None:
    assert find(HERE, recorded(APPLY, **names)) is None


@pytest.mark.parametrize(
    "names",
    [
        {"path": "a.yml", "rule": "r", "fingerprint": "f1"},
        {"rule": "r", "fingerprint": "f1"},
        {"path": "a.yml"},
        {"rule": "r"},
    ],
)
def test_a_decision_is_about_every_place_that_has_its_names(names: dict[str, str]) -> None:
    assert find(HERE, recorded(APPLY, **names)) is APPLY


def test_the_last_decision_wins() -> None:
    assert find(HERE, recorded(rule="r"), recorded(SKIP, path="a.yml")) is SKIP
    assert find(HERE, recorded(SKIP, path="a.yml"), recorded(rule="r")) is APPLY


def test_a_decision_that_is_taken_back_is_open() -> None:
    assert find(HERE, recorded(rule="r", fingerprint="f1"), recorded(Answer.OPEN, rule="r", fingerprint="f1")) is None


def test_a_shape_is_decided_once_for_all_that_have_it() -> None:
    place = Place(repository="acme/app", path="a.yml", rule="r", fingerprint="f1", shape="s1")
    assert find(place, recorded(shape="s1")) is APPLY
    assert find(place, recorded(shape="s1"), recorded(SKIP, repository="acme/app", shape="s1")) is SKIP


def anywhere(place: Place, *decisions: Recorded) -> list[Answer]:
    return [each.answer for each in Decisions(decisions).find_anywhere(place)]


def test_a_decision_without_a_fingerprint_stays_with_its_path() -> None:
    assert anywhere(HERE, recorded(path="b.yml"), recorded(path="b.yml", rule="r")) == []


def test_a_finding_is_known_again_in_another_file() -> None:
    assert anywhere(HERE, recorded(path="b.yml", rule="r", fingerprint="f1")) == [APPLY]


def test_files_that_agree_decide_and_those_that_differ_do_not() -> None:
    one, two = recorded(path="b.yml", fingerprint="f1"), recorded(path="c.yml", fingerprint="f1")
    other = recorded(SKIP, path="d.yml", fingerprint="f1")
    assert anywhere(HERE, one, two) == [APPLY]
    assert sorted(answer.value for answer in anywhere(HERE, one, other)) == ["apply", "skip"]


def test_what_was_decided_about_the_file_itself_comes_first() -> None:
    there, here = recorded(path="b.yml", fingerprint="f1"), recorded(SKIP, path="a.yml", fingerprint="f1")
    assert anywhere(HERE, here, there) == [SKIP]


def test_an_answer_taken_back_in_another_file_says_nothing() -> None:
    there, back = recorded(path="b.yml", fingerprint="f1"), recorded(Answer.OPEN, path="b.yml", fingerprint="f1")
    assert anywhere(HERE, there, back) == []


def test_decisions_about_nothing_are_told() -> None:
    decisions = Decisions([recorded(rule="r"), recorded(rule="other")])
    decisions.find(HERE)
    assert [each.place.rule for each in decisions.unused()] == ["other"]


TEXTS = st.text(st.characters(blacklist_categories=["Cs"]), min_size=1, max_size=12)
PLACES = st.builds(
    Place,
    repository=st.just("") | TEXTS,
    path=TEXTS,
    rule=st.just("") | TEXTS,
    fingerprint=st.just("") | TEXTS,
    shape=st.just("") | TEXTS,
)
RECORDED = st.builds(
    Recorded,
    st.sampled_from(list(Answer)),
    PLACES,
    st.dictionaries(TEXTS, TEXTS, max_size=2).map(lambda values: tuple(sorted(values.items()))),
)


@settings(max_examples=examples(100), deadline=None)
@given(st.lists(RECORDED, max_size=4))
def test_what_is_written_is_read_back(decisions: list[Recorded]) -> None:
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "d.toml"
        file.write_text(decisions_toml(decisions), encoding="utf-8")
        assert read_decisions(file).recorded == decisions


@settings(max_examples=examples(60), deadline=None)
@given(st.lists(RECORDED, min_size=1, max_size=3), st.data())
def test_a_file_cut_short_by_a_crash_keeps_every_whole_decision(decisions: list[Recorded], data: st.DataObject) -> None:
    import tempfile

    whole = decisions_toml(decisions[:-1]).encode()
    last = decisions_toml(decisions[-1:]).encode()
    cut = data.draw(st.integers(0, len(last) - 1))
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "d.toml"
        file.write_bytes(whole + last[:cut])
        log = DecisionLog(file)
        kept = list(log.decisions.recorded)
        assert kept[: len(decisions) - 1] == decisions[:-1]
        assert kept in (decisions[:-1], decisions)
        log.add([recorded(rule="new")])
        assert read_decisions(file).recorded == [*kept, recorded(rule="new")]


def test_what_was_added_is_on_the_disk_at_once(tmp_path: Path) -> None:
    file = tmp_path / "deep" / "d.toml"
    DecisionLog(file).add([recorded(rule="r"), recorded(rule="s")])
    assert [each.place.rule for each in DecisionLog(file).decisions.recorded] == ["r", "s"]


def test_two_sessions_do_not_lose_decisions_of_each_other(tmp_path: Path) -> None:
    file = tmp_path / "d.toml"
    one, two = DecisionLog(file), DecisionLog(file)
    one.add([recorded(rule="one")])
    two.add([recorded(rule="two")])
    one.add([recorded(rule="three")])
    assert [each.place.rule for each in read_decisions(file).recorded] == ["one", "two", "three"]


def test_forgetting_leaves_the_file_as_it_was(tmp_path: Path) -> None:
    file = tmp_path / "d.toml"
    file.write_text("# by hand\n" + decisions_toml([recorded(rule="r")]))
    file.chmod(0o640)
    before = file.read_bytes()
    log = DecisionLog(file)
    log.add([recorded(rule="s")])
    log.forget()
    assert file.read_bytes() == before
    assert [each.place.rule for each in log.decisions.recorded] == ["r"]
    assert file.stat().st_mode & 0o777 == 0o640


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a = 1\n", "unknown key `a`"),
        ("[[decision]\n", "line 1, column 11: is not valid TOML"),
        ("[decision]\nrule = 'r'\n", "write [[decision]]"),
        ("[[decision]]\nrule = 'r'\n", "decision 1: answer: expected one of apply, skip, read, open"),
        ("[[decision]]\nanswer = 'yes'\nrule = 'r'\n", "decision 1: answer"),
        ("[[decision]]\nanswer = 'apply'\n", "does not say what it applies to"),
        ("[[decision]]\nanswer = 'apply'\nrule = 3\n", "decision 1: rule: expected a string"),
        ("[[decision]]\nanswer = 'apply'\nrules = 'r'\n", "unknown key `rules`"),
        ("[[decision]]\nanswer = 'apply'\nrule = 'r'\nvalues = 'x'\n", "values: expected a table"),
    ],
)
def test_a_wrong_file_is_refused_with_its_place(tmp_path: Path, text: str, said: str) -> None:
    file = tmp_path / "d.toml"
    file.write_text(text)
    with pytest.raises(UsageError) as caught:
        read_decisions(file)
    assert said in str(caught.value)
    assert str(caught.value).startswith(str(file))
    assert "\n" not in str(caught.value)


def test_a_file_with_a_mistake_of_its_owner_is_left_alone(tmp_path: Path) -> None:
    file = tmp_path / "d.toml"
    file.write_text("[[decision]]\nrul = 'r'\nanswer = 'apply'\n")
    with pytest.raises(UsageError):
        DecisionLog(file)
    assert file.read_text().startswith("[[decision]]\nrul")


@pytest.mark.parametrize(
    "text",
    [
        "garbage",
        "[[decision]\nrule = 'r'\nanswer = 'apply'\n",
        "[[decision]]\nrule = 'r'",
        "[[decision]]\nrule = r\nanswer = 'apply'\n",
        "[[decision]]\nrule = 'r'\nanswer = 'apply'\n\n# note\n[[decision]]\nrule = \"s\"\n",
    ],
)
def test_what_no_crash_leaves_is_not_cut_off(tmp_path: Path, text: str) -> None:
    file = tmp_path / "d.toml"
    file.write_text(text)
    with pytest.raises(UsageError, match=r"^.*d\.toml: "):
        DecisionLog(file)
    assert file.read_text() == text


def test_forgetting_leaves_what_another_session_added(tmp_path: Path) -> None:
    file = tmp_path / "d.toml"
    one, two = DecisionLog(file), DecisionLog(file)
    for name in ("a", "b"):
        one.add([recorded(rule=f"one {name}")])
        two.add([recorded(rule=f"two {name}")])
    one.forget()
    assert [each.place.rule for each in read_decisions(file).recorded] == ["two a", "two b"]
    two.forget()
    assert not file.exists()


def test_what_cannot_be_kept_is_not_known(tmp_path: Path) -> None:
    log = DecisionLog(tmp_path / "folder" / "d.toml")
    (tmp_path / "folder").write_text("")
    with pytest.raises(WriteError):
        log.add([recorded(rule="r")])
    assert log.decisions.recorded == []


def test_a_missing_file_is_said_to_be_missing(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no such file"):
        read_decisions(tmp_path / "none.toml")


def test_a_folder_that_cannot_be_written_to_is_told(tmp_path: Path) -> None:
    log = DecisionLog(tmp_path / "folder" / "d.toml")
    (tmp_path / "folder").write_text("")
    with pytest.raises(WriteError, match="cannot be written"):
        log.add([recorded(rule="r")])


def test_paths_are_named_from_the_working_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    names = {written_path(path) for path in ("a/b.yml", "./a/b.yml", "a/../a/b.yml", str(tmp_path / "a/b.yml"))}
    assert names == {"a/b.yml"}
    assert written_path(os.sep + "elsewhere.yml") == "/elsewhere.yml"
    assert written_path(os.fsdecode(b"a\xff.yml")) == "a\\udcff.yml"
