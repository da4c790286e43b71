"""The unit of work: from the files of one repository to its result. Pure, with plain data in and out.

Any process of any machine may do it, any number of times: a worker that is lost costs a repeat. Only the
edits of a result contain text of a file, and only if there is no secret in them.
"""

from __future__ import annotations

import functools
import hashlib
import json
import time
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from migrator import __version__
from migrator.bulk.blobs import blob_id
from migrator.bulk.findings import findings_of
from migrator.bulk.generated import File, sources_of
from migrator.bulk.outside.siblings import siblings_in
from migrator.bulk.states import RepositoryError
from migrator.circleci.credentials.named import UNKNOWN
from migrator.documents import MAX_BYTES
from migrator.documents.edits import TextEdit, apply_edits
from migrator.engine.asked import Asked
from migrator.engine.batch import Plan, stopped
from migrator.engine.choice import of_repository
from migrator.engine.discovery import load_rules, rule_files
from migrator.engine.limits import TOO_SLOW, TooSlowError, time_limit
from migrator.engine.outcomes import Changed, Failed, Outcome, Skipped, Unchanged, unless_named
from migrator.engine.passes import choose_by_safety, run
from migrator.engine.proof import Proof, prove
from migrator.files.fragments import has_workflows, is_place
from migrator.files.kinds.naming import is_the_config, named_in
from migrator.files.owners import MAX_BYTES as MAX_OWNERS
from migrator.files.owners import PLACES, owners_in
from migrator.files.reading import TOO_LARGE
from migrator.files.taking import why_excluded
from migrator.policy import Policy
from migrator.results.describing import describe
from migrator.results.diffs import hunks
from migrator.results.inventory.counting import tally_of
from migrator.results.kinds.found import Found, kinds_of
from migrator.results.masking import Mask
from migrator.results.meaning import meaning_of, sentences
from migrator.rule import Requirement
from migrator.services.faults import Fault

if TYPE_CHECKING:
    from migrator.rule import Rule

_BOM = b"\xef\xbb\xbf"


class Order(NamedTuple):
    """The files of one repository, how long its object ids are, and its name where that decides on anything."""

    number: int
    files: tuple[File, ...]
    id_length: int = 40
    name: str = ""


class Edited(NamedTuple):
    """How one blob becomes another, by how many lines, and what that means to CircleCI in sentences.

    Without `edits`, which are not stored if they contain a secret, the rules run again.
    """

    path: str
    before: str
    after: str
    mode: str
    edits: tuple[TextEdit, ...] | None
    added: int = 0
    removed: int = 0
    meaning: tuple[str, ...] = ()


class Other(NamedTuple):
    """A file that was read and does not change, by its blob: a fix may depend on it."""

    path: str
    blob: str
    mode: str
    is_beside: bool = False


class Result(NamedTuple):
    """The result of one repository. `status` is `changed`, `unchanged` or `failed`; texts contain no secret.

    `change` identifies what is to be committed: files with their blobs before and after; `kinds` are what a person
    decides about it. `seconds` is the time it took. `is_private`: a file has a secret, so no other campaign is told.
    """

    number: int
    status: str
    message: str = ""
    fault: str = ""
    edited: tuple[Edited, ...] = ()
    change: str = ""
    kinds: tuple[Found, ...] = ()
    findings: tuple[dict[str, Any], ...] = ()
    requirements: tuple[Requirement, ...] = ()
    contexts: tuple[tuple[str, tuple[str, ...]], ...] = ()
    seconds: float = 0.0
    others: tuple[Other, ...] = ()
    has_secrets: bool = False
    owners: tuple[str, ...] = ()
    pulled: tuple[tuple[str, str], ...] | None = None
    """Registries and repositories of all images, if the policy has patterns for them; `None` where they are unknown."""

    is_private: bool = False
    counted: list[Any] | None = None
    """What an inventory counts, as `Tally.plain` has it; `None` where that is unknown."""

    def to_json(self) -> str:
        kept = {name: value for name, value in self._asdict().items() if name not in _OF_A_RUN}
        kept["kinds"] = [each.as_json() for each in self.kinds]
        kept["edited"] = [edited._asdict() for edited in self.edited]
        kept["requirements"] = [[getattr(need, name) for name in _OF_NEED] for need in self.requirements]
        return json.dumps(kept, separators=(",", ":"))

    @classmethod
    def from_json(cls, number: int, text: str) -> Result:
        fields = json.loads(text)
        for name in _EARLIER:
            fields.pop(name, None)
        fields["kinds"] = tuple(map(Found.from_json, fields.get("kinds", ())))
        fields["edited"] = tuple(_read_edited(each) for each in fields["edited"])
        fields["findings"] = tuple(fields["findings"])
        fields["owners"] = tuple(fields.get("owners", ()))
        fields["others"] = tuple(Other(*each) for each in fields.get("others", ()))
        fields["requirements"] = tuple(_read_need(each) for each in fields["requirements"])
        fields["contexts"] = _in_tuples(fields.get("contexts", ()))
        fields["pulled"] = None if fields.get("pulled") is None else tuple(map(tuple, fields["pulled"]))
        return cls(number, **fields)


_OF_A_RUN = ("number", "seconds", "is_private")
_EARLIER = ("shape", "shape_text", "images")
"""What results of earlier versions have where kinds say it now."""
_OF_NEED = ("kind", "name", "variables", "owner", "new", "today", "reason")


def _read_need(values: Sequence[Any]) -> Requirement:
    """A need as it is stored; ledgers of earlier versions have its first three values."""
    named = zip(_OF_NEED, values, strict=False)
    fields: dict[str, Any] = {name: tuple(value) if isinstance(value, list) else value for name, value in named}
    return Requirement(**fields)


def _in_tuples(contexts: Iterable[tuple[str, Iterable[str]]]) -> tuple[tuple[str, tuple[str, ...]], ...]:
    return tuple((name, tuple(variables)) for name, variables in contexts)


def _read_edited(fields: dict[str, Any]) -> Edited:
    edits = fields.pop("edits")
    meaning = tuple(fields.pop("meaning", ()))
    return Edited(**fields, edits=None if edits is None else tuple(TextEdit(*each) for each in edits), meaning=meaning)


def task_key(plan: Plan) -> str:
    """Identifies everything besides the files that a result depends on: rules, policy, options, this version."""
    options = (__version__, repr(plan.policy), plan.review_too, plan.include_generated, *plan.exclude)
    options = (*options, "compiled") if plan.compiled else options
    digest = hashlib.sha256("\n".join(map(str, options)).encode())
    files = rule_files(plan.directories)
    for name in plan.rules:
        digest.update(name.encode())
        digest.update(files[name].path.read_bytes())
    return digest.hexdigest()[:16]


def order_key(task: str, order: Order) -> str:
    """Names a result before it is computed: equal files under equal rules have one."""
    names = [
        [file.path, file.mode, file.is_beside, blob_id(file.data, order.id_length)] for file in sorted(order.files)
    ]
    whose = [order.name] if order.name else []
    return hashlib.sha256(json.dumps([task, names, *whose]).encode()).hexdigest()[:32]


def work(plan: Plan, order: Order) -> Result:
    """The result of one repository, however long it takes."""
    return next(step for step in in_steps(plan, (order,)) if isinstance(step, Result))


def in_steps(plan: Plan, orders: Sequence[Order]) -> Iterator[str | Result]:
    """An empty path once the rules are loaded; then for each repository the path of each file right before it is
    examined, an empty one after the last, and the result.

    Whoever asks for the next step can bound how long it takes. Any problem with the files of a repository or a rule is
    a failure of this one alone.
    """
    _rules(plan.rules, plan.directories)
    yield ""
    for order in orders:
        start = time.perf_counter()
        try:
            outcomes: list[Outcome] = []
            taken = list(_taken(plan, order.files, order.name))
            left = _left_workflows(taken)
            for file, why in taken:
                yield file.path
                outcomes.append(Skipped(file.path, why) if why else _outcome(plan, file, order.files, order.name, left))
            yield ""
            result = _result(order, outcomes)._replace(is_private=any(each.secrets for each in outcomes))
        except Exception as error:  # a wall: one repository; the message could quote a config
            result = Result(order.number, "failed", f"internal error: {type(error).__name__}", Fault.INTERNAL)
        yield result._replace(seconds=time.perf_counter() - start)


def outcomes_of(plan: Plan, files: Sequence[File], name: str) -> list[Outcome]:
    """The outcomes themselves, whole texts and secrets included: for a diff, never to be stored.

    `name` is that of the repository, by which the policy may override values.
    """
    taken = list(_taken(plan, files, name))
    left = _left_workflows(taken)
    return [Skipped(file.path, why) if why else _outcome_in_time(plan, file, files, name, left) for file, why in taken]


def with_siblings(files: Sequence[File]) -> Iterator[tuple[File, list[tuple[str, bytes]]]]:
    """The configs of a repository that are written by hand, each with the other files of the config it is a part of."""
    taken = list(_taken(Plan((), (), Policy()), files, ""))
    left = _left_workflows(taken)
    for file, why in taken:
        if not why and len(file.data) <= MAX_BYTES:
            yield file, list(siblings_in(file, files, left))


def proven(plan: Plan, order: Order, result: Result, proof: Proof) -> Result:
    """The result of a repository once somebody else has looked at its changes, who may be against one of them."""

    def only(changed: Changed, rule: str) -> Outcome:
        alone = outcomes_of(plan._replace(rules=(rule,)), order.files, order.name)
        return next(outcome for outcome in alone if outcome.path == changed.path)

    outcomes = outcomes_of(plan, order.files, order.name)
    checked = [
        prove(each, proof, functools.partial(only, each)) if isinstance(each, Changed) else each for each in outcomes
    ]
    return result if checked == outcomes else _result(order, checked)._replace(seconds=result.seconds)


def _taken(plan: Plan, files: Sequence[File], name: str) -> Iterator[tuple[File, str]]:
    """The configs of a repository, each with why it is left alone, where it is."""
    sources = sources_of(files, plan.policy)
    for file in files:
        if file.path in sources:
            why = why_excluded(plan.policy, plan.exclude, name, file.path)
            yield file, why or ("" if plan.include_generated else sources[file.path])


def _left_workflows(taken: Iterable[tuple[File, str]]) -> frozenset[str]:
    """The files with workflows that are left alone: no context is attached there, as `siblings_of` has it."""
    return frozenset(file.path for file, why in taken if why and is_place(file.path) and has_workflows(file.data))


def _outcome_in_time(plan: Plan, file: File, files: Sequence[File], name: str, left: frozenset[str]) -> Outcome:
    try:
        with time_limit(plan.file_timeout):
            return _outcome(plan, file, files, name, left)
    except TooSlowError:
        return stopped(file.path, plan.file_timeout)


@functools.lru_cache(maxsize=4)
def _rules(ids: tuple[str, ...], directories: tuple[Path, ...]) -> tuple[Rule, ...]:
    return load_rules(ids, directories)


def _outcome(plan: Plan, file: File, files: Sequence[File], name: str, left: frozenset[str]) -> Outcome:
    if len(file.data) > MAX_BYTES:
        return Failed(file.path, TOO_LARGE)
    choose = choose_by_safety(review_too=plan.review_too)
    siblings = list(siblings_in(file, files, left))
    policy, rules = of_repository(plan.policy, _rules(plan.rules, plan.directories), name, file.path)
    outcome = run(file.path, file.data, rules, policy, choose, siblings, asked=Asked(inventory=True, describe=describe))
    if isinstance(outcome, Failed) and outcome.unread and not is_the_config(file.path):
        others = ((other.path, other.data) for other in files if not other.is_beside)
        return unless_named(outcome, named_in(file.path, others))
    return outcome


def _result(order: Order, outcomes: Sequence[Outcome]) -> Result:
    mask = Mask(secret for outcome in outcomes for secret in outcome.secrets)
    findings = tuple(found for outcome in outcomes for found in findings_of(outcome, mask))
    failed = [outcome for outcome in outcomes if isinstance(outcome, Failed)]
    if failed:
        message = "; ".join(f"{each.path}: {mask.text(each.reason)}" for each in failed)
        fault = Fault.INTERNAL if any(each.rule for each in failed) else Fault.CONFIG
        if any(each.fault == Fault.REFUSED for each in failed):
            fault = Fault.REFUSED
        return Result(order.number, "failed", message, fault, findings=findings)
    skipped = [f"{each.path}: {mask.text(each.reason)}" for each in outcomes if isinstance(each, Skipped)]
    changed = [outcome for outcome in outcomes if isinstance(outcome, Changed)]
    counts = tally_of(outcomes).plain(mask.text)
    if not changed:
        told, had, pulled = "; ".join(skipped), _contexts(outcomes), _pulled(outcomes, mask)
        owners = _owners(order, outcomes, mask)
        found = Result(order.number, "unchanged", told, findings=findings, contexts=had, pulled=pulled, owners=owners)
        return found._replace(counted=counts)
    files = {file.path: file for file in order.files}
    edited = tuple(_edited(each, files[each.path], order.id_length, mask) for each in changed)
    return Result(
        order.number,
        "changed",
        "; ".join(skipped),
        edited=edited,
        change=change_id((each.path, each.before, each.after) for each in edited),
        kinds=kinds_of(changed, mask),
        findings=findings,
        requirements=tuple(dict.fromkeys(n for each in changed for found in each.applied for n in found.requirements)),
        contexts=_contexts(outcomes),
        has_secrets=any(each.secrets for each in changed),
        owners=_owners(order, changed, mask),
        pulled=_pulled(outcomes, mask),
        counted=counts,
        others=tuple(
            Other(file.path, blob_id(file.data, order.id_length), file.mode, file.is_beside)
            for file in order.files
            if file.path not in {each.path for each in edited}
        ),
    )


def _owners(order: Order, outcomes: Sequence[Outcome], mask: Mask) -> tuple[str, ...]:
    """Whose these files are, by the CODEOWNERS beside them."""
    text = next((file.data for file in order.files if file.path in PLACES), b"")
    found = owners_in(text[:MAX_OWNERS].decode("utf-8", "replace"), [outcome.path for outcome in outcomes])
    return tuple(mask.text(owner) for owner in found)


def _pulled(outcomes: Iterable[Outcome], mask: Mask) -> tuple[tuple[str, str], ...]:
    """What patterns of a policy may name; an image whose name holds a secret is not known."""
    found = {pair for each in outcomes if isinstance(each, Changed | Unchanged) for pair in each.images}
    return tuple(sorted({pair if mask.text(pair[1]) == pair[1] else UNKNOWN for pair in found}))


def change_id(files: Iterable[tuple[str, str, str]]) -> str:
    """Names a change by its files and their blobs before and after. A commit carries it, and proves it."""
    return hashlib.sha256(json.dumps(sorted(files)).encode()).hexdigest()[:16]


def _edited(changed: Changed, file: File, length: int, mask: Mask) -> Edited:
    lines = [line for hunk in hunks(changed.before, changed.edits) for line in hunk.lines]
    hidden = any(mask.ranges(edit.text) for edit in changed.edits) if mask else False
    return Edited(
        file.path,
        blob_id(file.data, length),
        blob_id(changed.data, length),
        file.mode,
        None if hidden else changed.edits,
        sum(line.mark == "+" for line in lines),
        sum(line.mark == "-" for line in lines),
        tuple(sentences(meaning_of(changed, mask))),
    )


def apply(plan: Plan, edited: Edited, files: Sequence[File], name: str) -> bytes:
    """A file of the repository `name` after a planned edit.

    `ValueError` where they are not those that were planned, `RepositoryError` where it took too long.
    """
    file = next(each for each in files if each.path == edited.path)
    if edited.edits is None:
        left = _left_workflows(_taken(plan, files, name))
        outcome = _outcome_in_time(plan, file, files, name, left)
        if isinstance(outcome, Failed) and outcome.fault == TOO_SLOW:
            raise RepositoryError(Fault.TOO_SLOW, f"{edited.path}: {outcome.reason}")
        data = outcome.data if isinstance(outcome, Changed) else b""
    else:
        bom = _BOM if file.data.startswith(_BOM) else b""
        data = bom + apply_edits(file.data[len(bom) :].decode("utf-8"), edited.edits).encode("utf-8")
    if blob_id(data, len(edited.after)) != edited.after:
        raise ValueError(f"{edited.path}: the edit does not give the planned file")
    return data


def _contexts(outcomes: Iterable[Outcome]) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """The contexts that jobs of a repository had before, as outcomes have them."""
    found: dict[str, dict[str, None]] = {}
    for outcome in outcomes:
        for name, variables in outcome.contexts if isinstance(outcome, Changed | Unchanged) else ():
            found.setdefault(name, {}).update(dict.fromkeys(variables))
    return _in_tuples(found.items())
