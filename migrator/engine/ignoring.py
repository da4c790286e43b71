"""Suppressing what is left in a file: a comment with a reason behind the line of each finding, and nothing else.

What is added is proven as any other edit is: the tree must be the same, and a second run must find nothing where a
comment was added. What has no clean place for a comment is left, and says so.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from migrator.documents import TEMPLATE, Document, open_document
from migrator.documents.edits import TextEdit, apply_edits
from migrator.engine.outcomes import Changed, Failed, Outcome, Unchanged
from migrator.engine.passes import UNUSED_SUPPRESSION, BySafety, run
from migrator.engine.suppressions import place_of_ids, suppression
from migrator.engine.verify import verify
from migrator.errors import ReadError, VerifyError
from migrator.policy import Policy
from migrator.rule import Rule
from migrator.startup.records import replace

MAX_ROUNDS = 5
"""What one comment suppresses may have been the reason for another finding, or have hidden it."""
_INSIDE = "no comment can be added behind its line, which ends inside a text; add one above it by hand"
_TEMPLATE = "no comment is added to a template"
_OTHER = "the comment of its line is about something else"
_NO_USE = "a comment behind its line does not suppress it"
_NOTHING = BySafety(frozenset())

Wanted = dict[int, set[str]]
"""Ids of rules by the line that gets them. Lines stay what they are: comments are added at their ends only."""


def ignore_rest(
    path: str,
    data: bytes,
    rules: Sequence[Rule],
    policy: Policy,
    reason: str,
    siblings: Sequence[tuple[str, bytes]] = (),
    known: Collection[str] | None = None,
) -> Outcome:
    """The file with comments that suppress every finding that counts, in `applied`; others are in `left`.

    No fix is made. Never raises for what the file holds.
    """
    before = run(path, data, rules, policy, _NOTHING, siblings, known)
    if not isinstance(before, Unchanged):
        return before
    document = open_document(path, data)
    wanted: Wanted = {}
    refused: dict[tuple[int, str], str] = {}
    outcome: Outcome = before
    edits: list[TextEdit] = []
    for _ in range(MAX_ROUNDS):
        assert isinstance(outcome, Unchanged)
        following = _following(outcome, wanted, refused)
        if following == wanted:
            return _changed(document, before, outcome, edits, refused)
        wanted = following
        edits = _edits(document, wanted, refused, reason, is_template=TEMPLATE.search(path) is not None)
        text = apply_edits(document.text, edits)
        try:
            verify(document.root, (), document.reread(text).root)
        except (ReadError, VerifyError) as error:
            return _failed(before, f"because they would change the config ({error})")
        outcome = run(path, text.encode("utf-8"), rules, policy, _NOTHING, siblings, known)
        if not isinstance(outcome, Unchanged):
            return outcome
    return _failed(before, f"because there were other findings after each of {MAX_ROUNDS} rounds")


def _failed(before: Unchanged, why: str) -> Failed:
    return Failed(before.path, f"no comments were added, {why}", left=before.left, secrets=before.secrets)


def _following(outcome: Unchanged, wanted: Wanted, refused: dict[tuple[int, str], str]) -> Wanted:
    """What to suppress next: what a comment of ours suppresses, and what is left and counts."""
    following: Wanted = {}
    for finding in outcome.ignored:
        if finding.rule in wanted.get(finding.line, ()):
            following.setdefault(finding.line, set()).add(finding.rule)
    for finding in outcome.left:
        place = (finding.line, finding.rule)
        if finding.rule in wanted.get(finding.line, ()):
            refused.setdefault(place, _NO_USE)
        elif finding.counts and finding.rule != UNUSED_SUPPRESSION and place not in refused:
            following.setdefault(finding.line, set()).add(finding.rule)
    return following


def _edits(
    document: Document, wanted: Wanted, refused: dict[tuple[int, str], str], reason: str, *, is_template: bool
) -> list[TextEdit]:
    """One edit a line. Takes out of `wanted` what has no place, and says why in `refused`."""
    places = document.comment_places(wanted)
    comments: dict[int, tuple[int, str]] = {}
    for offset, text in document.comments():
        line, _ = document.position(offset)
        comments[line] = (offset, text)
    edits = []
    for line in sorted(wanted):
        edit: TextEdit | None = None
        why = _TEMPLATE if is_template else _INSIDE
        if line in places:
            try:
                edit = _edit(document, places[line], comments.get(line), sorted(wanted[line]), reason)
            except ValueError:
                why = _OTHER
        if edit is None:
            refused.update(((line, rule), why) for rule in wanted.pop(line))
        else:
            edits.append(edit)
    return edits


def _edit(document: Document, end: int, comment: tuple[int, str] | None, ids: list[str], reason: str) -> TextEdit:
    if comment is not None and (inside := place_of_ids(comment[1])) is not None:
        place = comment[0] + inside
        return TextEdit(place, place, "".join(f",{each}" for each in ids))
    # Two blanks, as yamllint and black want them; one before what goes on with a comment.
    blank = " " if comment is not None else "  "
    content = end
    while content and document.text[content - 1] in " \t":
        content -= 1
    blank = blank[end - content :]
    return TextEdit(end, end, f"{blank}{suppression(ids, reason)}")


def _changed(
    document: Document,
    before: Unchanged,
    after: Unchanged,
    edits: list[TextEdit],
    refused: dict[tuple[int, str], str],
) -> Outcome:
    """What is suppressed now is what was done. Nothing of it is needed at CircleCI: no fix is made."""
    were = {each.fingerprint for each in after.left}
    left = tuple(
        replace(each, why_not=refused.get((each.line, each.rule), ""), requirements=(), warnings=())
        for each in after.left
    )
    if not edits:
        return replace(before, left=left)
    done = [each for each in before.left if each.fingerprint not in were]
    applied = tuple(replace(each, applied=True, requirements=(), warnings=()) for each in done)
    return Changed(
        before.path,
        document.text,
        apply_edits(document.text, edits),
        tuple(edits),
        applied,
        left,
        before.secrets | after.secrets,
        document.bom,
        before.unnamed,
        before.images,
        before.contexts,
        ignored=before.ignored,
    )
