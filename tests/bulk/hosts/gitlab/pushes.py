"""What a push by git means to GitLab: its options, and merge requests whose branch moved or is gone."""

from __future__ import annotations

from collections.abc import Iterator

from tests.bulk.hosts.gitlab.projects import USERS, MergeRequest, Project


def heard(project: Project, data: bytes) -> None:
    """A push was answered: act on it as GitLab's post-receive does."""
    refs, options = _read(data)
    for request in project.requests:
        if request.state == "opened" and not request.is_foreign and not project.branch(request.source):
            request.state = "closed"  # MergeRequests::RefreshService, close_upon_missing_source_branch_ref
        request.refresh()
    for ref in refs:
        branch = ref.removeprefix("refs/heads/")
        if options and project.branch(branch):
            _handle(project, branch, options)


def _handle(project: Project, branch: str, options: list[str]) -> None:
    """https://docs.gitlab.com/topics/git/commit/#push-options-for-merge-requests"""
    given = [option.removeprefix("merge_request.").partition("=") for option in options]
    one = {name: value for name, _, value in given}
    many = {name: [value for other, _, value in given if other == name] for name in ("label", "assign")}
    description = one.get("description", "").replace("\\n", "\n")
    people = [USERS[name]["id"] for name in many["assign"] if name in USERS]
    request = next((each for each in project.requests if each.state == "opened" and each.source == branch), None)
    if request is None:
        if "create" not in one:
            return
        title = ("Draft: " if "draft" in one else "") + one.get("title", branch)
        sent = {
            "title": title, "description": description, "source_branch": branch,
            "target_branch": one.get("target", project.default_branch), "labels": many["label"],
            "assignee_ids": people, "squash": "squash" in one, "remove_source_branch": "remove_source_branch" in one,
        }  # fmt: skip
        project.requests.append(MergeRequest(project, len(project.requests) + 1, sent))
        return
    request.title, request.description = one.get("title", request.title), description or request.description
    request.labels += [each for each in many["label"] if each not in request.labels]


def _read(data: bytes) -> tuple[list[str], list[str]]:
    """The refs and the options of a request to receive-pack: https://git-scm.com/docs/pack-protocol"""
    lines = _lines(data)
    refs, takes_options = [], False
    for line in lines:
        if line is None:
            break
        if line.startswith(b"shallow "):
            continue
        command, _, abilities = line.partition(b"\0")
        refs.append(command.split()[2].decode())
        takes_options = takes_options or b"push-options" in abilities.split()
    options = []
    for line in lines if takes_options else ():
        if line is None:
            break
        options.append(line.decode().rstrip("\n"))
    return refs, options


def _lines(data: bytes) -> Iterator[bytes | None]:
    """Lines of git's protocol, `None` for each flush."""
    place = 0
    while place + 4 <= len(data):
        size = int(data[place : place + 4], 16)
        if size == 0:
            place += 4
            yield None
        else:
            yield data[place + 4 : place + size]
            place += size
