"""The client of CircleCI's API, against the CircleCI on loopback: what it reads, and how each trouble ends."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator

import pytest

from migrator.accounts.api import Api
from migrator.accounts.model import Owner, RemoteContext
from migrator.errors import MigratorError, UsageError
from migrator.services.answers import RefusedError
from migrator.services.budget import Budget
from migrator.services.faults import Fault, OfflineError, RunError, ServiceError
from tests.circleci_api import CircleCI, faults, serve
from tests.circleci_api.faults import Fault as Trouble
from tests.circleci_api.server import KEY

ACME = Owner("gh/acme")


@pytest.fixture
def circleci(monkeypatch: pytest.MonkeyPatch) -> Iterator[CircleCI]:
    monkeypatch.setattr("migrator.services.client.PAUSE", 0.0)
    circleci = CircleCI(page=3)
    circleci.project("gh/acme/web", variables={"NAME": "value-of-web"})
    circleci.context("gh/acme", "docker-hub-creds", ["DOCKERHUB_USERNAME", "DOCKERHUB_PASSWORD"])
    with serve(circleci):
        yield circleci
    assert circleci.faults == []


@pytest.fixture
def api(circleci: CircleCI) -> Iterator[Api]:
    api = connect(circleci)
    yield api
    api.close()


def connect(circleci: CircleCI, token: str = KEY, **options: float) -> Api:
    budget = Budget(threading.Event(), per_minute=0, per_hour=0, backoff=0)
    return Api(circleci.url, token, budget, **options)


def test_lists_are_read_to_their_last_page(circleci: CircleCI, api: Api) -> None:
    names = [circleci.context("gh/acme", f"context-{number}").name for number in range(20)]
    context = circleci.context("gh/acme", "many", [f"V{number}" for number in range(100)])
    assert [each.name for each in api.contexts(ACME)] == ["docker-hub-creds", *names, "many"]
    assert len(set(api.variables(RemoteContext(context.id, context.name)))) == 100


def test_a_context_is_created_filled_and_restricted(circleci: CircleCI, api: Api) -> None:
    for circleci.created in (200, 201):
        made = api.create_context(ACME, f"new-{circleci.created}")
        api.set_variable(made, "NAME", "value")
        project = api.project("gh/acme/web")
        api.restrict(made, project.id)
        assert api.variables(made) == ["NAME"]
        assert [(each.kind, each.value) for each in api.restrictions(made)] == [("project", project.id)]
        with pytest.raises(RefusedError, match="already exist"):
            api.create_context(ACME, made.name)


def test_projects_say_who_owns_them_and_never_a_value(circleci: CircleCI, api: Api) -> None:
    project = api.project("gh/acme/web")
    assert (project.slug, project.organization_slug) == ("gh/acme/web", "gh/acme")
    assert project.url == "https://github.com/acme/web"
    api.add_project_variable("gh/acme/web", "MORE", "value")
    assert api.project_variables("gh/acme/web") == ["NAME", "MORE"]
    assert api.keeps_secrets_from_forks("gh/acme/web") is False
    circleci.organizations["gh/acme"].projects["gh/acme/web"].settings["build_fork_prs"] = True
    assert api.keeps_secrets_from_forks("gh/acme/web") is True


def test_owners_are_asked_by_id_on_a_server_and_of_the_app(circleci: CircleCI, api: Api) -> None:
    app = circleci.app_organization("acme-app")
    circleci.context(app.slug, "of-the-app")
    for owner in (Owner(app.slug), Owner(app.slug, app.id)):
        assert [each.name for each in api.contexts(owner)] == ["of-the-app"]
    assert {each.slug for each in api.organizations()} == {"gh/acme", app.slug}


def test_a_server_knows_accounts_by_id() -> None:
    server = CircleCI(is_server=True)
    server.context("gh/acme", "hub", ["A"])
    with serve(server):
        api = connect(server)
        (organization,) = api.organizations()
        owner = Owner("gh/acme", organization.id, is_account=True)
        assert [each.name for each in api.contexts(owner)] == ["hub"]
        assert api.variables(api.create_context(owner, "new")) == []
        api.close()
    assert server.faults == []


WAYS: dict[str, Callable[[Api], object]] = {
    "lists": lambda api: api.contexts(ACME),
    "a project": lambda api: api.project("gh/acme/web"),
    "variables of a project": lambda api: api.project_variables("gh/acme/web"),
}
TROUBLES: dict[str, tuple[Trouble, Fault, str]] = {
    "an error": (faults.broken(), Fault.SERVER, "500: Internal server error."),
    "a page of a proxy": (faults.html(), Fault.SERVER, "502: 502 Bad Gateway"),
    "an empty answer": (faults.empty(), Fault.SERVER, "503: Service Unavailable"),
    "no JSON": (faults.not_json(), Fault.SERVER, "no JSON: It works!"),
    "a list": (Trouble(200, b"[]"), Fault.SERVER, "something else than expected"),
    "a text": (Trouble(200, b'"x"'), Fault.SERVER, "something else than expected"),
    "nothing of use": (Trouble(200, b'{"items": [{}]}'), Fault.SERVER, "something else than expected"),
    "nesting": (Trouble(200, b"[" * 100_000), Fault.SERVER, ""),
    "a lost answer": (faults.lost(), Fault.UNREACHABLE, "closed the connection"),
    "a cut answer": (faults.cut(), Fault.UNREACHABLE, "closed the connection"),
    "v3's errors": (
        Trouble(400, b'{"error": {"id": "1", "title": "Bad Request", "detail": "no such org"}}'),
        Fault.FORBIDDEN,
        "400: Bad Request: no such org",
    ),
    "policies' errors": (Trouble(403, b'{"error": "not yours"}'), Fault.FORBIDDEN, "403: not yours"),
    "not found": (faults.refused(404, "Organization does not exist."), Fault.NOT_FOUND, "404: Organization does not"),
    "too many": (faults.rate_limited(retry_after="0"), Fault.LIMITED, "still limits requests"),
    "too slow": (faults.slow(1.5), Fault.TIMEOUT, "did not answer in time"),
}


@pytest.mark.parametrize("name", TROUBLES)
@pytest.mark.parametrize("way", WAYS)
def test_each_trouble_ends_in_its_class_with_the_words_that_were_said(
    circleci: CircleCI, monkeypatch: pytest.MonkeyPatch, name: str, way: str
) -> None:
    monkeypatch.setattr("migrator.services.budget.TRIES", 2)
    trouble, fault, words = TROUBLES[name]
    circleci.inject(*[Trouble(**{**vars(trouble), "times": 3})])
    api = connect(circleci, timeout=0.4)
    with pytest.raises(ServiceError) as raised:
        WAYS[way](api)
    api.close()
    assert raised.value.fault is fault
    assert words in str(raised.value)
    assert KEY not in str(raised.value)


@pytest.mark.parametrize("name", [name for name in TROUBLES if name not in ("not found", "nothing of use")])
def test_what_happens_once_while_reading_is_asked_again(circleci: CircleCI, name: str) -> None:
    trouble, fault, _ = TROUBLES[name]
    if fault in (Fault.FORBIDDEN, Fault.NOT_FOUND):
        return
    circleci.inject(Trouble(**vars(trouble)))
    api = connect(circleci, timeout=1.0)
    assert [each.name for each in api.contexts(ACME)] == ["docker-hub-creds"]
    api.close()


@pytest.mark.parametrize(
    "trouble", [faults.broken(after=True), faults.lost(), faults.cut(), faults.html(), faults.not_json()]
)
def test_what_is_written_is_sent_once_whatever_the_answer(circleci: CircleCI, api: Api, trouble: Trouble) -> None:
    (context,) = api.contexts(ACME)
    for write in (
        lambda: api.create_context(ACME, "new"),
        lambda: api.set_variable(context, "NEW", "value-of-new"),
        lambda: api.add_project_variable("gh/acme/web", "NEW", "value-of-new"),
    ):
        before = len(circleci.writes())
        circleci.inject(Trouble(**vars(trouble)))
        with pytest.raises(ServiceError) as raised:
            write()
        assert len(circleci.writes()) == before + 1
        assert "value-of-new" not in str(raised.value)


def test_a_value_that_is_repeated_by_an_answer_is_masked_also_where_it_is_cut(circleci: CircleCI, api: Api) -> None:
    (context,) = api.contexts(ACME)
    value = "s3cr3t-" * 60
    for body in (f'{{"message": "no: {value}"}}', f"<title>{'x' * 290} {value}</title>", f'"{KEY} {value}"'):
        circleci.inject(Trouble(400, body.encode()))
        with pytest.raises(ServiceError) as raised:
            api.set_variable(context, "NEW", value)
        assert "s3cr3t" not in str(raised.value)
        assert KEY not in str(raised.value)


@pytest.mark.parametrize("trouble", [faults.unauthorized(), faults.old_token()])
def test_a_rejected_token_ends_the_run_with_the_words_of_circleci(
    circleci: CircleCI, api: Api, trouble: Trouble
) -> None:
    circleci.inject(Trouble(**vars(trouble)))
    with pytest.raises(RunError, match="rejects the token"):
        api.contexts(ACME)
    assert len(circleci.requests) == 1


def test_nobody_there_is_told_from_an_answer() -> None:
    with serve(CircleCI()) as gone:
        pass
    api = connect(gone)
    with pytest.raises(OfflineError):
        api.organizations()
    api.close()


def test_a_page_that_repeats_ends_the_list(circleci: CircleCI, api: Api) -> None:
    body = b'{"items": [], "next_page_token": "again"}'
    circleci.inject(Trouble(200, body, times=9))
    with pytest.raises(ServiceError, match="same page"):
        api.contexts(ACME)
    assert len(circleci.requests) == 2


def test_redirects_are_not_followed(circleci: CircleCI, api: Api) -> None:
    circleci.inject(Trouble(302, b"", {"Location": "http://192.0.2.1/elsewhere"}))
    with pytest.raises(ServiceError, match=r"192\.0\.2\.1, which gets no token"):
        api.contexts(ACME)


@pytest.mark.parametrize(
    "url",
    ["http://circleci.example", "circleci.com", "ftp://circleci.com", "https://", "https://u:p@circleci.com",
     "https://circleci.com/?circle-token=x", "http://127.0.0.1.example", "http://[::1", "https://x:port", ""],
)  # fmt: skip
def test_a_token_goes_to_no_url_that_is_not_safe(url: str) -> None:
    with pytest.raises(UsageError) as raised:
        Api(url, KEY, Budget(threading.Event()))
    assert "u:p" not in str(raised.value)


@pytest.mark.parametrize("url", ["https://circleci.com/api/v2", "https://circleci.com/", "https://circleci.com"])
def test_the_root_of_the_host_is_meant_however_it_is_given(url: str) -> None:
    api = Api(url, KEY, Budget(threading.Event()))
    assert api.url == "https://circleci.com"
    api.close()


@pytest.mark.parametrize("slug", ["", "gh/acme", "gh/acme/../..", "gh/../web", "gh//web", "../../me"])
def test_a_slug_that_is_none_asks_nothing(circleci: CircleCI, api: Api, slug: str) -> None:
    with pytest.raises(MigratorError, match="not the slug"):
        api.project(slug)
    assert circleci.requests == []


def test_odd_names_stay_names_in_paths(circleci: CircleCI, api: Api) -> None:
    circleci.project("gh/acme/a b?c#d%2e")
    assert api.project("gh/acme/a b?c#d%2e").slug == "gh/acme/a b?c#d%2e"


def test_no_proxy_of_the_environment_sees_a_token_on_loopback(
    circleci: CircleCI, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://192.0.2.1:9")
    monkeypatch.setenv("ALL_PROXY", "http://192.0.2.1:9")
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    api = connect(circleci, timeout=2)
    assert [each.name for each in api.contexts(ACME)] == ["docker-hub-creds"]
    api.close()
