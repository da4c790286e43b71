"""The page for review, as a file: what is in it, what never is, and how large it grows."""

from __future__ import annotations

import base64
import hashlib
import html
import json
import re
from html.parser import HTMLParser
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from bench.html import organisation
from migrator.documents.edits import TextEdit, apply_edits
from migrator.engine.discovery import load_rules
from migrator.engine.outcomes import Changed, Skipped, Unchanged
from migrator.engine.passes import choose_by_safety, run
from migrator.policy import Policy
from migrator.reports.formats.html import render, render_page
from migrator.reports.html_data import content_of
from migrator.reports.html_diff import LONG, NO_NEWLINE, around, counts, pieces
from migrator.reports.html_kinds import Unit
from migrator.reports.html_page import File, Page, Repository, page_of
from migrator.reports.html_plots import HEIGHT, WIDTH, bars, tiles, waffle
from migrator.reports.report import FORMATS, Report
from migrator.results.kinds.found import Found
from migrator.results.kinds.kind import Kind
from migrator.results.masking import Mask
from migrator.startup.records import replace
from tests.reports import hostile


def data_of(page: str) -> dict[str, Any]:
    (found,) = re.findall(r'<script type="application/json" id="data">(.*?)</script>', page, re.DOTALL)
    content: dict[str, Any] = json.loads(found)
    return content


def changed(before: str, after: str, *secrets: str) -> Changed:
    start = _common(before, after)
    end = _common(before[start:][::-1], after[start:][::-1])
    edits = (TextEdit(start, len(before) - end, after[start : len(after) - end]),)
    assert apply_edits(before, edits) == after
    return Changed(".circleci/config.yml", before, after, edits, (), (), frozenset(secrets))


def _common(one: str, other: str) -> int:
    """How many characters two texts begin with alike."""
    return next((n for n, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))


def examined(text: str, path: str = ".circleci/config.yml") -> Any:
    rules = load_rules(("unauthenticated-image", "literal-secret", "docker-login-step"))
    return run(path, text.encode(), rules, Policy(), choose_by_safety(review_too=False))


# What never is in it


def test_no_secret_is_in_it(report: Report) -> None:
    page = render(report)
    assert "hunter22" not in page
    assert "          TOKEN: **** # **** is in use" in data_of(page)["texts"]


@pytest.mark.parametrize("form", FORMATS)
def test_no_report_of_a_hostile_config_is_harmful(form: str) -> None:
    outcome = examined(hostile.CONFIG)
    assert isinstance(outcome, Changed)
    shown = import_module(FORMATS[form]).render(Report((outcome,), Policy()))
    for active in (*hostile.STEERING, *(hostile.TAGGED if form == "html" else ())):
        assert active not in shown
    if form != "json":
        assert len(shown) < 1_000_000


def test_embedded_data_holds_nothing_that_html_reads() -> None:
    page = render(Report((examined(hostile.CONFIG),), Policy()))
    (found,) = re.findall(r'id="data">(.*?)</script>', page, re.DOTALL)
    assert found.isascii()
    assert not set(found) & set("<>&")
    assert any("<img src=x" in text for text in json.loads(found)["texts"])


def test_names_of_repositories_states_and_campaigns_are_text() -> None:
    bad = f"x{hostile.TAGS}{hostile.BIDI}"
    outcome = examined("version: 2.1\njobs: {build: {docker: [{image: acme/app:1}]}}\n")
    repository = Repository(bad, (File(outcome, bad, "https://x/"),), bad, bad, link=f"javascript:{bad}")
    page = render_page(Page(bad, [repository], Policy(), f"do {bad} {{}}", campaign=bad))
    for active in (*hostile.TAGGED, *hostile.STEERING):
        assert active not in page


class _Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.seen: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, dict(attrs)))


def test_nothing_is_fetched_and_only_the_script_of_the_page_runs(report: Report) -> None:
    page = render(report)
    tags = _Tags()
    tags.feed(page)
    policy = next(a["content"] for tag, a in tags.seen if a.get("http-equiv") == "Content-Security-Policy")
    assert policy is not None
    assert "unsafe" not in policy
    assert "default-src 'none'" in policy
    style, script = (
        page.partition("<style>")[2].partition("</style>")[0],
        page.rpartition("<script>")[2].partition("</script>")[0],
    )
    for kind, text in (("style", style), ("script", script)):
        digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        assert f"{kind}-src 'sha256-{digest}'" in policy
    for tag, attributes in tags.seen:
        assert tag not in ("link", "img", "iframe", "object", "embed", "base")
        assert "src" not in attributes
        assert "style" not in attributes
        assert not [name for name in attributes if name.startswith("on")]
        assert attributes.get("href", "#").startswith(("#", "https://"))  # type: ignore[union-attr]
    assert "innerHTML" not in script
    assert "url(" not in style


def test_html_in_the_page_of_a_rule_is_text(tmp_path: Path, report: Report) -> None:
    (tmp_path / "told.py").write_text('"""Told."""\n')
    (tmp_path / "told.md").write_text(
        "# A `told` <b>rule</b> \x1b[2J\u202e\n\n<script>alert(1)</script> ![shot](https://evil.example/a.png)\n\n"
        "[bad](javascript:alert(1)) [good](https://example.com)\n"
    )
    page = render(replace(report, directories=(tmp_path,)))
    assert "A <code>told</code> &lt;b&gt;rule&lt;/b&gt; ␛[2J&lt;U+202E&gt; <code" in page
    assert "<img" not in page
    assert not [active for active in hostile.STEERING if active in page]
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert 'href="javascript' not in page
    assert '<a href="https://example.com">good</a>' in page


# What is in it


def test_a_repository_is_the_folder_that_holds_circleci(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    paths = ["a/.circleci/config.yml", "a/.circleci/src/@config.yml", "b/c/.circleci/config.yml", "d.yml"]
    page = page_of(Report(tuple(Unchanged(path) for path in paths), Policy()))
    assert [(r.name, [f.path for f in r.files]) for r in page.repositories] == [
        ("a", [".circleci/config.yml", ".circleci/src/@config.yml"]),
        ("b/c", [".circleci/config.yml"]),
        (tmp_path.name, ["d.yml"]),
    ]
    assert page.title == tmp_path.name


def test_states_of_repositories(report: Report) -> None:
    assert [r.state for r in page_of(report).repositories] == ["failed", "would change"]
    assert [r.state for r in page_of(replace(report, written=True)).repositories] == ["failed", "changed"]
    skipped = Report((Skipped("x/.circleci/a.yml", "made"),), Policy())
    assert [r.state for r in page_of(skipped).repositories] == ["skipped"]


def test_every_state_finding_and_failure_is_told(report: Report) -> None:
    texts = data_of(render(report))["texts"]
    for told in ("line 2: is not UTF-8", "line 1 says that it is generated", "the list is aliased", "bad␛[2J.yml"):
        assert told in texts


@pytest.mark.parametrize(
    ("remote", "head", "link"),
    [
        ("git@github.com:acme/web.git", "ref: refs/heads/main", "https://github.com/acme/web/blob/main/.circleci/config.yml"),
        ("https://me:token@github.com/acme/web", "ref: refs/heads/a/b", "https://github.com/acme/web/blob/a/b/.circleci/config.yml"),
        ("ssh://git@gitlab.com/acme/sub/web.git", "1f2e", "https://gitlab.com/acme/sub/web/-/blob/1f2e/.circleci/config.yml"),
        ("https://bitbucket.org/acme/web.git", "ref: refs/heads/m", "https://bitbucket.org/acme/web/src/m/.circleci/config.yml"),
        ("/srv/git/web.git", "ref: refs/heads/main", ""),
        ("javascript:alert(1)//github.com/a/b", "ref: refs/heads/main", ""),
    ],
)  # fmt: skip
def test_links_lead_to_the_host(tmp_path: Path, remote: str, head: str, link: str) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / ".git/HEAD").write_text(f"{head}\n")
    (tmp_path / ".git/config").write_text(f'[core]\n\tbare = false\n[remote "origin"]\n\turl = {remote}\n\tfetch = x\n')
    report = Report((Unchanged(f"{tmp_path}/.circleci/config.yml"),), Policy())
    assert page_of(report).repositories[0].files[0].link == link
    assert "token" not in render(report).replace("tokens", "")


def test_owners_are_those_of_the_configs_by_the_file_at_the_top(tmp_path: Path) -> None:
    for name in ("owned", "no-owners"):
        (tmp_path / name / ".git").mkdir(parents=True)
        (tmp_path / name / ".git/config").write_text(
            '[remote "origin"]\n\turl = https://git.acme.example/acme/web.git\n'
        )
    (tmp_path / "owned/CODEOWNERS").write_text("* @all\n/services/api/.circleci/ @acme/api\n")
    paths = [
        "owned/services/api/.circleci/config.yml",
        "owned/web/.circleci/config.yml",
        "no-owners/.circleci/config.yml",
    ]
    page = page_of(Report(tuple(Unchanged(f"{tmp_path}/{path}") for path in paths), Policy()))
    assert [(each.owners, each.host) for each in page.repositories] == [
        (("@acme/api",), "git.acme.example"),
        (("@all",), "git.acme.example"),
        ((), "git.acme.example"),
    ]


def test_prerequisites_are_commands(report: Report) -> None:
    page = html.unescape(render(report))
    assert "circleci context create 'hub creds'" in page
    assert "2 repositories need it" in page
    server = html.unescape(render(replace(report, policy=Policy(target="server"))))
    assert "circleci context store-secret --org-id ORG_ID 'hub creds' USER" in server


def test_equal_changes_are_there_once() -> None:
    text = "version: 2.1\njobs: {build: {docker: [{image: acme/app:1}]}}\n"
    outcome = examined(text)
    repositories = [Repository(f"r{n}", (File(outcome, outcome.path),), "planned") for n in range(50)]
    data = content_of(Page("x", repositories, Policy(), campaign="x")).data
    assert len(data["diffs"]) == 1
    assert len(data["units"]) == 1
    assert len(data["repositories"]) == 50


def test_what_differs_within_a_kind_is_on_its_card_whichever_is_the_sample() -> None:
    texts = [f"version: 2.1\njobs: {{build: {{docker: [{{image: acme/app:{n}}}]}}}}\n" for n in range(3)]
    texts[1] = texts[1].replace("]}}", "], environment: {API_TOKEN: hunter2-Sw0rdf1sh}}}")
    files = [File(examined(text), ".circleci/config.yml") for text in texts]
    rows = [Repository(f"r{n}", (file,), "planned") for n, file in enumerate(files)]
    data = content_of(Page("x", rows, Policy(), campaign="x")).data
    assert [data["texts"][unit[1]] for unit in data["units"]] == ["auth on an image"]
    shown = [(data["texts"][words], members) for words, members in data["units"][0][4]]
    assert shown == [
        ("`literal-secret` left for a person", (1,)),
        ("literal secrets in what changes", (1,)),
        ("`acme/app:0`", (0,)),
        ("`acme/app:1`", (1,)),
        ("`acme/app:2`", (2,)),
    ]


def test_kinds_come_largest_first_and_every_changed_line_has_one() -> None:
    page = organisation(60)
    content = content_of(page)
    sizes = [unit.repositories for unit in content.units]
    assert sizes == sorted(sizes, reverse=True)
    assert len(sizes) < 12
    for pieces_, *_, runs in content.data["diffs"]:
        places, line = set(), 1
        for piece in pieces_:
            if isinstance(piece[0], list):
                places.add(line)
            line += len(piece[0]) if isinstance(piece[0], list) else len(piece)
        assert {run[0] for run in runs} == places


def test_the_kinds_and_answers_of_a_campaign_are_kept() -> None:
    outcome = examined("version: 2.1\njobs: {build: {docker: [{image: acme/app:1}]}}\n")
    kinds = (Found(Kind.of([("+", "image", "auth", "x")]), (), ((outcome.path, 2),)),)
    answers = ((kinds[0].kind.id, "skip"),)
    row = Repository("r", (File(outcome, outcome.path),), "planned", kinds=kinds, change="c1", answers=answers)
    data = content_of(Page("x", [row], Policy(), campaign="x", seen=7)).data
    assert [unit[0] for unit in data["units"]] == [kinds[0].kind.id]
    assert data["diffs"][0][4] == [[2, 0]]
    assert data["repositories"][0][12:] == ["c1", [2]]
    assert data["seen"] == 7


# Diffs


def test_a_diff_holds_the_whole_file() -> None:
    before = "".join(f"line {n}\n" for n in range(30))
    found = pieces(changed(before, before.replace("line 20\n", "new\nnewer\n")), Mask())
    assert found == [
        [f"line {n}" for n in range(20)],
        (["line 20"], ["new", "newer"]),
        [f"line {n}" for n in range(21, 30)],
    ]
    assert counts(found) == (2, 1)
    head, tail = [f"line {n}" for n in (17, 18, 19)], [f"line {n}" for n in (21, 22, 23)]
    short = [17, head, (["line 20"], ["new", "newer"]), tail, 6]
    assert list(around(found)) == short
    assert pieces(changed(before, before.replace("line 20\n", "new\nnewer\n")), Mask(), whole=False) == short


def test_a_file_without_a_last_line_feed_and_one_with_returns() -> None:
    assert pieces(changed("a\r\nb", "a\r\nc"), Mask()) == [["a"], ([f"b{NO_NEWLINE}"], [f"c{NO_NEWLINE}"])]


def test_secrets_are_hidden_in_lines_that_stay() -> None:
    before = "a: hunter22\nb: 1\nc: hunter22 # hunter22\n"
    found = pieces(changed(before, before.replace("b: 1", "b: hunter22"), "hunter22"), Mask(["hunter22"]))
    assert found == [["a: ****"], (["b: 1"], ["b: ****"]), ["c: **** # ****"]]


def test_a_line_of_a_megabyte_is_cut_around_its_change() -> None:
    before = "x" * 600_000 + "OLD" + "y" * 400_000 + "\nz\n" + "w" * 10_000 + "\n"
    found = pieces(changed(before, before.replace("OLD", "NEW!")), Mask())
    assert isinstance(found[0], tuple)
    (old,), (new,) = found[0]
    assert "xxOLDyy" in old
    assert "xxNEW!yy" in new
    assert old.startswith("⟨599,880 characters⟩")
    assert max(len(old), len(new)) < 2 * LONG
    assert isinstance(found[1], list)
    assert found[1][0] == "z"
    assert len(found[1][1]) < LONG


def test_a_secret_that_would_be_cut_is_hidden_first() -> None:
    secret = "s3cret" * 100
    before = f"{'x' * 1000}{secret}{'y' * 1000}\n"
    after = before.replace("xs", "xNEWs")
    (pair,) = pieces(changed(before, after, secret), Mask([secret]))
    assert "s3cret" not in json.dumps(pair)
    assert "****" in json.dumps(pair)


# Plots


def test_a_treemap_fills_its_place_in_proportion() -> None:
    sizes = [400, 200, 100, 50, 25, 12, 6, 3, 2, 1]
    boxes = tiles([Unit(f"s{n}", "r", tuple(range(size)), 0, (), ()) for n, size in enumerate(sizes)])
    areas = [box.width * box.height for box in boxes]
    assert sum(areas) == pytest.approx(WIDTH * HEIGHT, rel=0.01)
    assert [round(area / (WIDTH * HEIGHT) * sum(sizes)) for area in areas[:6]] == sizes[:6]
    assert all(b.x >= 0 and b.x + b.width <= WIDTH + 0.1 and b.y + b.height <= HEIGHT + 0.1 for b in boxes)


def test_thousands_of_kinds_share_a_tile() -> None:
    boxes = tiles([Unit(f"s{n}", "r", (0,), 0, (), ()) for n in range(2000)])
    assert len(boxes) == 121
    assert boxes[0].words == "1880 more kinds, 1880 repositories"


def test_a_waffle_shows_every_state() -> None:
    from collections import Counter

    shares, columns, rows = waffle(Counter({"planned": 1990, "failed": 9, "merged": 1}))
    cells = [cell for share in shares for cell in share.cells]
    assert [share.state for share in shares] == ["planned", "failed", "merged"]
    assert all(share.cells for share in shares)
    assert len(cells) == len(set(cells))
    assert max(x for x, _ in cells) < columns
    assert max(y for _, y in cells) < rows


def test_bars_are_in_proportion(report: Report) -> None:
    found = bars(content_of(page_of(report)).findings)
    assert [(bar.rule, bar.total, bar.words) for bar in found] == [
        ("no-auth", 3, "3 safe"),
        ("told", 3, "3 manual"),
        ("old-image", 2, "2 review"),
    ]
    assert [round(sum(part.width for part in bar.parts)) for bar in found] == [100, 100, 67]


def test_nothing_found_is_a_page_too() -> None:
    page = render(Report((), Policy()))
    assert "No rule found anything." in page
    assert "Nothing must exist before these changes are merged." in page
