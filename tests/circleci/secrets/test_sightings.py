"""What a shape, a form, an option of a program or a parameter says is a secret: reported, and always hidden."""

from __future__ import annotations

import base64
import json
from textwrap import indent

import pytest

from migrator.circleci.secrets.literals import literal_secrets
from migrator.documents import open_document
from migrator.engine import passes
from migrator.engine.discovery import load_rules
from migrator.engine.outcomes import Changed, Failed, Located
from migrator.engine.views import read_configs
from migrator.policy import Policy
from migrator.rule import Safety

DRAWN = "Xk7QmZ2pLw9Vt4Rb"
AWS = "wJq7" + "b9Xk7QmZ2pLw9/Vt4RbQ3" + "sT6uW8yA1c/7MD0"
assert len(AWS) == 40
LOGIN = base64.b64encode(f"bot:{DRAWN}".encode()).decode()


def script(lines: str) -> str:
    return f"jobs:\n  build:\n    machine: true\n    steps:\n      - run: |\n{indent(lines, '          ')}\n"


def found(text: str, name: str = "c.yml") -> tuple[Located, ...]:
    rules = load_rules(["literal-secret"])
    outcome = passes.run(name, text.encode(), rules, Policy(), passes.choose_by_safety(review_too=False))
    assert not isinstance(outcome, Failed), outcome
    assert DRAWN not in repr(outcome)
    return (*outcome.applied, *outcome.left) if isinstance(outcome, Changed) else getattr(outcome, "left", ())


def hidden(text: str, name: str = "c.yml") -> set[str]:
    document = open_document(name, text.encode())
    return {value for config in read_configs(document, name) for value in literal_secrets(config, text)}


ALONE = (
    "curl -H 'Authorization: $API_KEY' https://api.acme.com",
    "curl -H 'Authorization: required' https://api.acme.com",
    "mysql -h 127.0.0.1 -u root -pcircleci -e 'select 1'",
    "mysql -u root -p$DB_PASSWORD",
    'mysql -u root -p"$DB_PASSWORD"',
    "mysqladmin ping -h db -proot_pass",
    "redis-cli -a hunter2 ping",
    "sshpass -p $PASS ssh -p 22 host",
    "sshpass -e ssh -p 22 host",
    "twine upload -u __token__ -p $PYPI_TOKEN dist/*",
    "twine upload --repository-url https://pypi.acme.com dist/*",
    "az login --service-principal -u $ID -p $SECRET --tenant $TENANT",
    "podman login -u bot -p ${PASS} quay.io",
    "podman run -p 8080:80 nginx-1.25.3-Alpine",
    "helm upgrade --install app ./chart --set image.tag=v1.2.3-Rc4",
    "helm registry login -u bot --password-stdin quay.io",
    "oc login https://localhost:8443 -u developer -p developer",
    "npm config set registry https://registry.npmjs.org/",
    "npm config set //registry.npmjs.org/:_authToken $NPM_TOKEN",
    "npm config set '//registry.npmjs.org/:_authToken' '${NPM_TOKEN}'",
    "yarn config set version-tag-prefix v1.2.3-Rc4x",
    "aws configure set region us-east-1",
    "aws configure set aws_secret_access_key $KEY",
    "aws configure set aws_access_key_id $ID --profile x9Y8z7W6",
    "htpasswd -Bbn bot $PASS",
    "htpasswd -nB bot",
    "curl -H \"Authorization: Bearer $TOKEN\" -H 'Accept: application/vnd.github.v3+json' https://acme.com",
    "curl -H 'Circle-Token: ${CIRCLE_TOKEN}' https://circleci.com/api/v2/me",
    'curl -d \'{"branch":"v1.2.3-Rc4x-branch","token":"$TOKEN"}\' https://acme.com',
    'curl -d "{\\"token\\":\\"$TOKEN\\"}" https://acme.com',
    "curl -d 'password=password123' http://localhost",
    "wget -O Tool-1.2.3.tar.gz https://acme.com/Tool-1.2.3.tar.gz?raw=true",
    "echo '//registry.npmjs.org/:_authToken=${NPM_TOKEN}' > ~/.npmrc",
    'echo \'{"auths":{"quay.io":{"auth":"\'$AUTH\'"}}}\' > ~/.docker/config.json',
    'echo \'{"auths":{"quay.io":{}}}\' > ~/.docker/config.json',
    "P=$OTHER; docker login -u bot -p $P",
    "P=$(cat token); docker login -u bot -p $P",
    "docker login -u bot --password-stdin < <(cat token)",
    'docker login -u bot --password-stdin < <(echo "$TOKEN")',
    "git clone https://git:$TOKEN@github.com/acme/app",
    "echo \"<add key='ClearTextPassword' value='%NUGET_PASSWORD%' />\" > NuGet.config",
    "psql postgres://app:Xk7QmZ2pLw9@localhost/app",
)


@pytest.mark.parametrize("line", ALONE)
def test_what_is_no_literal_or_made_up_for_a_test_is_not_reported(line: str) -> None:
    assert found(script(line)) == ()


TOLD = {
    'curl -d \'{"user":"bot","password":"@"}\' https://acme.com': "the field `password`",
    'curl -d "{\\"user\\":\\"bot\\",\\"password\\":\\"@\\"}" https://acme.com': "the field `password`",
    "curl -d 'user=bot&password=@&x=1' https://acme.com": "the value of `password`",
    "curl -H 'Authorization: @' https://acme.com": "the header `Authorization`",
    "curl -H 'Authorization: Bearer @' https://acme.com": "the header `Authorization`",
    'curl -H "Circle-Token: @" https://circleci.com/api/v2/me': "the header `Circle-Token`",
    "git push https://bot:@@github.com/acme/app": "a URL",
    "# old: git push https://bot:@@github.com/acme/app": "a URL",
    "mysql -h db.acme.com -u root -p@ app": "`mysql -p`",
    "mysqldump --password=@ app > x.sql": "`mysqldump --password`",
    "sshpass -p @ ssh -p 22 host": "`sshpass -p`",
    "sshpass -p'@' ssh host": "`sshpass -p`",
    "twine upload -u bot -p @ dist/*": "`twine upload -p`",
    "az login --service-principal -u id -p '@' --tenant t": "`az login -p`",
    "redis-cli -h cache.acme.com -a @ ping": "`redis-cli -a`",
    "htpasswd -Bbn bot @ > auth": "`htpasswd -b`",
    "htpasswd -cb auth bot @": "`htpasswd -b`",
    "podman login -u bot -p hunter2@ quay.io": "`podman login -p`",
    "sudo buildah login -u bot --password=@ quay.io": "`buildah login --password`",
    "skopeo login -u bot -p @ quay.io": "`skopeo login -p`",
    "crane auth login -u bot -p @ quay.io": "`crane login -p`",
    "helm registry login -u bot -p @ quay.io": "`helm login -p`",
    "npm config set //registry.npmjs.org/:_authToken @": "`npm config set`",
    "npm config set //registry.npmjs.org/:_authToken=@": "`npm config set`",
    "echo '//registry.npmjs.org/:_authToken=@' > ~/.npmrc": "`_authToken` of npm",
    "aws configure set aws_secret_access_key @": "`aws configure set aws_secret_access_key`",
    "aws configure set aws_secret_access_key @/7MD --profile ci": "`aws configure set aws_secret_access_key`",
    f"printf '[default]\\naws_secret_access_key = {AWS}\\n' > ~/.aws/credentials": "`aws_secret_access_key`",
    "echo 'machine github.com login bot password @' > ~/.netrc": "a `.netrc`",
    f'echo \'{{"auths":{{"https://index.docker.io/v1/":{{"auth":"{LOGIN}"}}}}}}\' > x': "the credentials of Docker",
    "cat > settings.xml <<EOF\n<password>@</password>\nEOF": "the element `password`",
    'cat > x <<EOF\n<add key="ClearTextPassword" value="@" />\nEOF': "`ClearTextPassword` of NuGet",
    "bash -c 'sshpass -p @ ssh host'": "`sshpass -p`",
    "P=@\nskopeo login -u bot -p $P quay.io": "`skopeo login -p`",
    "curl -u bot:$X https://acme.com; cargo login @": "`cargo login`",
}


@pytest.mark.parametrize(("line", "what"), TOLD.items())
def test_what_a_script_gives_a_known_program_or_form_is_reported_and_hidden(line: str, what: str) -> None:
    text = script(line.replace("@@", f"{DRAWN}\0").replace("@", DRAWN).replace("\0", "@"))
    (only,) = found(text)
    assert f"a literal secret in {what}" in only.message
    assert only.safety is Safety.MANUAL
    value = AWS if AWS in text else LOGIN if LOGIN in text else DRAWN
    assert any(value in secret for secret in hidden(text))
    if LOGIN in text:
        assert DRAWN in hidden(text), "the password inside, too"


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("P=@; docker login -u bot -p $P", "the script gives it to `P` first"),
        ('export P="@"\ndocker login -u bot -p "${P}"', "the script gives it to `P` first"),
        ("P=@\necho $P | docker login -u bot --password-stdin", "the script gives it to `P` first"),
        ("docker login -u bot --password-stdin < <(echo @)", "it stands in a process substitution"),
        ("docker login -u bot --password-stdin < <(printf '@')", "it stands in a process substitution"),
        ("docker login -u bot --password-stdin <<EOF\n@\nEOF", "it is in a here-document"),
        ("cat <<EOF | docker login -u bot --password-stdin\n@\nEOF", "it is in a here-document"),
    ],
)
def test_a_login_is_reported_whatever_its_password_comes_through(line: str, why: str) -> None:
    text = script(line.replace("@", "hunter2hunter2X"))
    (only,) = found(text)
    assert why in only.message
    assert "hunter2hunter2X" in hidden(text)


SPELT = {
    "a folded script": '- run: >\n    curl -d \'{{"password":"{0}"}}\'\n    https://acme.com',
    "double quotes": "- run: {1}",
    "flow": "- {{run: {{command: {1}}}}}",
    "single quotes": "- run: 'curl -d ''{{\"password\":\"{0}\"}}'' https://acme.com'",
}


@pytest.mark.parametrize("form", SPELT.values(), ids=SPELT)
@pytest.mark.parametrize("quotes", ['"{\\"password\\":\\"%s\\"}"', '\'{"password":"%s"}\''])
def test_json_in_a_shell_in_yaml_is_read_as_it_is_meant(form: str, quotes: str) -> None:
    step = form.format(DRAWN, json.dumps(f"curl -d {quotes % DRAWN} https://acme.com"))
    text = f"jobs:\n  build:\n    machine: true\n    steps:\n{indent(step, '      ')}\n"
    (only,) = found(text)
    assert "the field `password`" in only.message
    assert DRAWN in hidden(text)


@pytest.mark.parametrize("command", ["[redis-cli, -a, @]", "redis-cli -a @", '["redis-server", "--requirepass", "@"]'])
@pytest.mark.parametrize("key", ["command", "entrypoint"])
def test_what_a_container_is_given_is_reported_in_both_its_forms(command: str, key: str) -> None:
    text = f"jobs:\n  build:\n    docker:\n      - image: redis:7\n        {key}: {command}\n    steps: [checkout]\n"
    (only,) = found(text.replace("@", DRAWN))
    assert only.message.startswith("a literal secret in `redis-")
    assert DRAWN in hidden(text.replace("@", DRAWN))
    assert found(text.replace("@", "hunter2")) == ()


def test_a_literal_that_a_parameter_carries_to_a_password_is_one() -> None:
    text = f"""\
version: 2.1
executors:
  e:
    parameters: {{y: {{type: string, default: {DRAWN}3}}}}
    docker: [{{image: a/c:1, auth: {{username: bot, password: << parameters.y >>}}}}]
commands:
  c:
    parameters: {{w: {{type: string}}}}
    steps: [run: docker login -u bot -p << parameters.w >> quay.io]
jobs:
  build:
    parameters: {{z: {{type: string, default: {DRAWN}1}}}}
    docker: [{{image: a/b:1, auth: {{username: bot, password: << parameters.z >>}}}}]
    steps: [checkout]
  other:
    parameters: {{v: {{type: string}}}}
    executor: {{name: e, y: << parameters.v >>}}
    steps: [c: {{w: {DRAWN}5}}]
workflows:
  m:
    jobs:
      - build: {{z: {DRAWN}2}}
      - other: {{v: {DRAWN}4}}
      - other: {{name: n, matrix: {{parameters: {{v: [{DRAWN}6, {DRAWN}7]}}}}}}
"""
    told = found(text)
    assert sum("which becomes a password" in each.message for each in told) == 7
    assert {f"{DRAWN}{number}" for number in range(1, 8)} <= hidden(text)
    assert all(each.safety is Safety.MANUAL for each in told)


@pytest.mark.parametrize("value", ["$DOCKERHUB_PASSWORD", "<< pipeline.parameters.p >>", "changeme", '""'])
def test_a_parameter_that_carries_no_literal_is_none(value: str) -> None:
    text = f"""\
version: 2.1
parameters: {{p: {{type: string, default: ''}}}}
jobs:
  build:
    parameters: {{z: {{type: string, default: {value}}}}}
    docker: [{{image: a/b:1, auth: {{username: bot, password: << parameters.z >>}}}}]
    steps: [checkout]
workflows: {{m: {{jobs: [build: {{z: {value}}}]}}}}
"""
    assert found(text) == ()


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [("API_TOKEN", DRAWN, 2), ("MODE", DRAWN, 0), ("API_TOKEN", "changeme", 0), ("POSTGRES_PASSWORD", "hunter2", 0)],
)
def test_a_parameter_that_becomes_a_variable_is_as_secret_as_its_name_and_value_say(
    name: str, value: str, told: int
) -> None:
    text = f"""\
version: 2.1
jobs:
  build:
    parameters: {{z: {{type: string, default: {value}}}}}
    machine: true
    environment: {{{name}: << parameters.z >>}}
    steps: [checkout]
workflows: {{m: {{jobs: [build: {{z: {value}1}}]}}}}
"""
    made = found(text)
    assert sum(f"which becomes the value of `{name}`" in each.message for each in made) == told == len(made)
    assert (value in hidden(text)) == bool(told)


def test_dockers_own_file_in_a_variable_is_a_login() -> None:
    text = f"""\
jobs:
  build:
    machine: true
    environment:
      DOCKER_AUTH_CONFIG: '{{"auths": {{"quay.io": {{"auth": "{LOGIN}"}}}}}}'
    steps: [checkout]
"""
    (only,) = found(text)
    assert "a literal secret in the credentials of Docker" in only.message
    assert {LOGIN, DRAWN} <= hidden(text)


def test_the_default_of_a_variable_in_a_generator_is_reported_where_it_stands() -> None:
    text = f"""\
import os
import yaml

password = os.environ.get("DB_PASSWORD", "{DRAWN}")
mode = os.environ.get("MODE", "Xk7QmZ2pLw9Vt4Rc")
config = {{"version": 2.1, "jobs": {{"build": {{"docker": [{{"image": "acme/app:1"}}], "steps": ["checkout"]}}}}}}
print(yaml.dump(config))
"""
    (only,) = found(text, "config.py")
    assert "the default of `DB_PASSWORD`" in only.message
    assert only.line == 4
    assert DRAWN in hidden(text, "config.py")


def test_a_token_in_a_comment_is_reported_at_its_line_and_can_be_left_alone() -> None:
    token = "ghp_" + "aB3dE5fG7hJ9kL1mN3pQ5rS7tU9vW1xY3zA5"
    text = "jobs:\n  build:\n    machine: true\n    # it was @\n    steps: [checkout]\n".replace("@", token)
    (only,) = found(text)
    assert (only.line, token in only.message) == (4, False)
    assert token in hidden(text)
    quiet = text.replace("    # it was", "    # migrator: ignore[literal-secret] long gone\n    # it was")
    assert [each.rule for each in found(quiet)] == []
