"""A review: what is decided, what waits, and how many looks that takes."""

from __future__ import annotations

from collections import Counter, defaultdict

from bench.html import organisation
from migrator.engine.discovery import load_rules
from migrator.engine.outcomes import Changed
from migrator.engine.passes import choose_by_safety, run
from migrator.policy import Policy
from migrator.results.decisions import Answer
from migrator.results.kinds.found import Found, kinds_of
from migrator.results.kinds.kind import Kind
from migrator.results.kinds.review import LEFT, SECRETS, WARNINGS, Gathering, Noted, Review, Reviewed, answer_of
from migrator.results.shapes import shape_of
from tests.corpus import needs_corpus, real_configs
from tests.doses import IS_SOAK

ENOUGH = 0.9


def found(*words: str) -> list[Found]:
    return [Found(Kind.of([("+", "config", word, "x")]), (("images", f"{word}:1"),), ()) for word in words]


def gathered(*repositories: tuple[str, ...]) -> Review:
    gathering = Gathering()
    for number, words in enumerate(repositories):
        gathering.add(f"r{number}", found(*words), size=10 - number)
    return gathering.review()


def test_the_largest_kind_comes_first_with_its_smallest_change() -> None:
    review = gathered(("a",), ("b",), ("b", "a"), ("b",))
    assert [(each.kind.facts[0].path, each.repositories) for each in review.kinds] == [("b", (1, 2, 3)), ("a", (0, 2))]
    assert [review.repositories[each.sample].name for each in review.kinds] == ["r3", "r2"]


def test_a_repository_is_decided_when_all_its_kinds_are() -> None:
    assert answer_of("ab", {"a": Answer.APPLY}) is None
    assert answer_of("ab", {"a": Answer.APPLY, "b": Answer.APPLY}) is Answer.APPLY
    assert answer_of("ab", {"a": Answer.APPLY, "b": Answer.SKIP}) is Answer.SKIP
    assert answer_of("ab", {"b": Answer.SKIP}) is Answer.SKIP
    assert answer_of("", {}) is None


def test_what_waits_is_what_undecided_repositories_have() -> None:
    review = gathered(("a", "b"), ("a", "c"), ("c",), ("c", "b"))
    first = waiting(review, {})[0]
    assert (first[0].kind.facts[0].path, first[1]) == ("c", 3)
    left = waiting(review, {first[0].id: Answer.SKIP})
    assert [(each.kind.facts[0].path, number) for each, number in left] == [("a", 1), ("b", 1)]


def test_facts_that_differ_are_counted_and_name_their_repositories() -> None:
    gathering = Gathering()
    warned = Noted("r", True, ("`x` is in `production`",))
    gathering.add("one", found("a"), [warned, Noted("other", False)])
    gathering.add("two", found("a"), [warned._replace(warnings=("`y` is in `staging`",))], secrets=True)
    gathering.add("three", found("a"), [Noted("r", True)])
    (kind,) = gathering.review().kinds
    assert [each for each in kind.counted if each.what != "images"] == [
        (LEFT, "other", (0,)),
        (SECRETS, "in what changes", (1,)),
        (WARNINGS, "`x` is in `production`", (0, 1)),
        ("rules", "r", (0, 1, 2)),
    ]
    assert [each.what for each in kind.differing()] == [LEFT, SECRETS, WARNINGS]


def test_a_kind_is_found_by_its_name_and_by_its_id() -> None:
    review = gathered(("a",))
    assert review.named(review.kinds[0].id) is review.named(review.kinds[0].name) is review.kinds[0]
    assert review.named("nothing") is None


def decided(review: Review, number: int, answers: dict[str, Answer]) -> Answer | None:
    return answer_of((review.kinds[place].id for place in review.repositories[number].kinds), answers)


def waiting(review: Review, answers: dict[str, Answer]) -> list[tuple[Reviewed, int]]:
    """What waits where the same is said of a kind in all repositories."""
    return review.waiting(lambda number: None if decided(review, number, answers) else answers)


def looks(review: Review) -> int:
    """How many kinds a reviewer decides, the largest undecided one first, until most repositories are decided."""
    answers: dict[str, Answer] = {}
    wanted = ENOUGH * len(review.repositories)
    while sum(decided(review, number, answers) is not None for number in range(len(review.repositories))) < wanted:
        answers[waiting(review, answers)[0][0].id] = Answer.APPLY
    return len(answers)


def looks_at_shapes(changes: list[list[Changed]]) -> int:
    """The same, by the shape of each whole change."""
    shapes = Counter(shape_of(each).id for each in changes)
    decided = 0
    for number, (_, repositories) in enumerate(shapes.most_common(), 1):
        decided += repositories
        if decided >= ENOUGH * len(changes):
            return number
    return 0


def reviewed(changes: list[list[Changed]]) -> Review:
    gathering = Gathering()
    for number, each in enumerate(changes):
        gathering.add(str(number), kinds_of(each), size=sum(len(change.edits) for change in each))
    return gathering.review()


def test_few_looks_decide_an_organisation() -> None:
    page = organisation(2000 if IS_SOAK else 40)
    outcomes = ([file.outcome for file in repository.files] for repository in page.repositories)
    changes = [found for each in outcomes if (found := [one for one in each if isinstance(one, Changed)])]
    assert len(changes) > (1900 if IS_SOAK else 35)
    assert looks(reviewed(changes)) <= (40 if IS_SOAK else 8)


@needs_corpus
def test_real_configs_take_a_third_fewer_looks_than_by_shape() -> None:
    rules = load_rules(["unauthenticated-image", "literal-secret", "docker-login-step"])
    by_repository: defaultdict[str, list[Changed]] = defaultdict(list)
    for path in real_configs()[:: 1 if IS_SOAK else 4]:
        outcome = run(".circleci/config.yml", path.read_bytes(), rules, Policy(), choose_by_safety(review_too=False))
        if isinstance(outcome, Changed):
            by_repository[path.name.rpartition("__")[0]].append(outcome)
    changes = list(by_repository.values())
    assert len(changes) > (60 if IS_SOAK else 15)
    assert 3 * looks(reviewed(changes)) <= 2 * looks_at_shapes(changes)
