"""Positions that a secret may have in a repository, as data: each name once, and `§` where the secret is.

No secret is written here: `secret_of` derives one from the name of its position, `plant` writes the repository.
"""

# ruff: noqa: E501 - one position, one line

from __future__ import annotations

import base64
import hashlib
import json
import string
from collections.abc import Callable
from textwrap import indent
from typing import Final, NamedTuple
from urllib.parse import quote

MARK: Final = "§"
_LETTERS: Final = string.ascii_letters + string.digits


def secret_of(name: str, length: int = 20) -> str:
    """What looks drawn, the same in each run: letters of both cases and digits, one of each at least."""
    number = int.from_bytes(hashlib.sha256(name.encode()).digest(), "big")
    drawn = [_LETTERS[number // 62**place % 62] for place in range(length - 3)]
    return "k" + "".join(drawn) + "Z7"


class Position(NamedTuple):
    """A secret at its place. `text` is what `kind` makes part of a file; `spelt` is how the secret is written there."""

    name: str
    kind: str
    text: str
    secret: str
    spelt: str

    @property
    def written(self) -> str:
        return self.text.replace(MARK, self.spelt)


def _plain(secret: str) -> str:
    return secret


# Keys of a job, below its name; one `image: acme/app:1` is in each that has none, so that there is a diff beside it.
JOBS: Final = {
    "auth in block style": "docker:\n  - image: acme/app:1\n    auth:\n      username: bot\n      password: §",
    "auth in flow style": "docker: [{image: acme/app:1, auth: {username: bot, password: §}}]",
    "auth in single quotes": "docker:\n  - image: acme/app:1\n    auth: {username: bot, password: '§'}",
    "auth in double quotes": 'docker:\n  - image: acme/app:1\n    auth: {username: bot, password: "§"}',
    "auth with an escaped quote": 'docker:\n  - image: acme/app:1\n    auth: {username: bot, password: "§\\"§"}',
    "auth as a literal block": "docker:\n  - image: acme/app:1\n    auth:\n      username: bot\n      password: |\n        §",
    "auth as a folded block": "docker:\n  - image: acme/app:1\n    auth:\n      username: bot\n      password: >-\n        §",
    "auth on the line below": "docker:\n  - image: acme/app:1\n    auth:\n      username: bot\n      password:\n        §",
    "auth with a tag": "docker:\n  - image: acme/app:1\n    auth: {username: bot, password: !!str §}",
    "auth with an anchor": "docker:\n  - image: acme/app:1\n    auth: {username: bot, password: &anchored §}",
    "auth of a second image": "docker:\n  - image: acme/app:1\n  - image: acme/db:1\n    auth: {username: bot, password: §}",
    "auth without a username": "docker:\n  - image: acme/app:1\n    auth: {password: §}",
    "auth with a variable for a username": "docker:\n  - image: acme/app:1\n    auth: {username: $U, password: §}",
    "auth of another registry": "docker:\n  - image: quay.io/acme/app:1\n    auth: {username: bot, password: §}",
    "auth with a key file": 'docker:\n  - image: eu.gcr.io/acme/app:1\n    auth:\n      username: _json_key\n      password: |\n        {\n          "private_key": "§"\n        }',
    "auth where CircleCI ignores it": "docker:\n  - image: acme/app:1\n    username: bot\n    password: §",
    "aws_auth": "docker:\n  - image: 123456789012.dkr.ecr.us-east-1.amazonaws.com/app:1\n    aws_auth: {aws_access_key_id: $ID, aws_secret_access_key: §}",
    "environment of a job": "docker: [{image: acme/app:1}]\nenvironment:\n  DEPLOY_TOKEN: §",
    "environment of a job in flow style": "docker: [{image: acme/app:1}]\nenvironment: {DEPLOY_TOKEN: §}",
    "environment of a job as a list": "docker: [{image: acme/app:1}]\nenvironment:\n  - DEPLOY_TOKEN: §",
    "environment of a job as a list of assignments": "docker: [{image: acme/app:1}]\nenvironment:\n  - DEPLOY_TOKEN=§",
    "environment of a job in double quotes": 'docker: [{image: acme/app:1}]\nenvironment:\n  "DEPLOY_TOKEN": "§"',
    "environment of a job as a folded block": "docker: [{image: acme/app:1}]\nenvironment:\n  DEPLOY_TOKEN: >-\n    §",
    "environment of a job as a literal block": "docker: [{image: acme/app:1}]\nenvironment:\n  DEPLOY_TOKEN: |\n    §",
    "environment of a job by an anchor": "docker: [{image: acme/app:1}]\nenvironment:\n  MODE: &value §\n  DEPLOY_TOKEN: *value",
    "environment of a job by a merge": "docker: [{image: acme/app:1}]\nenvironment:\n  <<: {DEPLOY_TOKEN: §}",
    "environment of a service": "docker:\n  - image: acme/app:1\n  - image: postgres:14\n    environment:\n      POSTGRES_PASSWORD: §",
    "environment of a step": "docker: [{image: acme/app:1}]\nsteps:\n  - run:\n      environment: {NPM_TOKEN: §}\n      command: make",
    "environment with a default of a shell": "docker: [{image: acme/app:1}]\nenvironment:\n  API_TOKEN: ${API_TOKEN:-§}",
    "environment with a URL": "docker: [{image: acme/app:1}]\nenvironment:\n  REPOSITORY: https://bot:§@git.acme.com/app",
    "environment with Docker's own file": 'docker: [{image: acme/app:1}]\nenvironment:\n  DOCKER_AUTH_CONFIG: \'{"auths": {"quay.io": {"auth": "§"}}}\'',
    "environment with JSON": 'docker: [{image: acme/app:1}]\nenvironment:\n  SETTINGS: \'{"password": "§"}\'',
    "environment with a connection string": "docker: [{image: acme/app:1}]\nenvironment:\n  CONNECTION: Server=db.acme.com;User=app;Password=§;",
    "environment with a name of one word": "docker: [{image: acme/app:1}]\nenvironment:\n  PRIVATEKEY: §",
    "environment with a name in small letters": "docker: [{image: acme/app:1}]\nenvironment:\n  npm-token: §",
    "environment with a name in camel case": "docker: [{image: acme/app:1}]\nenvironment:\n  apiKey: §",
    "environment that a comment follows": "docker: [{image: acme/app:1}]\nenvironment:\n  MODE: fast # API_TOKEN: §",
    "name that says nothing": "docker: [{image: acme/app:1}]\nenvironment:\n  THING: §",
    "command of a service": "docker:\n  - image: acme/app:1\n  - image: redis:7\n    command: redis-server --requirepass §",
    "command of a service as a list": "docker:\n  - image: acme/app:1\n  - image: redis:7\n    command: [redis-server, --requirepass, §]",
    "entrypoint of a service": "docker:\n  - image: acme/app:1\n  - image: redis:7\n    entrypoint: [redis-server, --requirepass, §]",
    "comment above an image": "docker:\n  # password: §\n  - image: acme/app:1",
    "comment behind an image": "docker:\n  - image: acme/app:1 # token=§",
    "comment with a login": "docker:\n  # docker login -u bot -p §\n  - image: acme/app:1",
    "comment with curl": "docker:\n  # curl -u bot:§ https://acme.com\n  - image: acme/app:1",
    "comment with a header": "docker:\n  # curl -H 'Authorization: Bearer §' https://acme.com\n  - image: acme/app:1",
    "comment with a URL": "docker:\n  # https://bot:§@acme.com\n  - image: acme/app:1",
    "comment with a variable of a shell": "docker:\n  # export NPM_TOKEN=§\n  - image: acme/app:1",
    "comment with JSON": 'docker:\n  # {"client_secret": "§"}\n  - image: acme/app:1',
    "comment with old auth": "docker:\n  - image: acme/app:1\n    # auth:\n    #   username: bot\n    #   password: §",
    "comment with a sentence": "docker:\n  # the password is §\n  - image: acme/app:1",
    "comment with a word that is none": "docker:\n  # see §\n  - image: acme/app:1",
    "argument of an orb's command": "docker: [{image: acme/app:1}]\nsteps:\n  - slack/notify: {token: §}",
    "argument of an orb's command in block style": "docker: [{image: acme/app:1}]\nsteps:\n  - slack/notify:\n      api_key: §",
    "name of a step": "docker: [{image: acme/app:1}]\nsteps:\n  - run: {name: with token=§, command: make}",
    "key of a cache": "docker: [{image: acme/app:1}]\nsteps:\n  - save_cache: {key: v1-token=§, paths: [x]}",
    "shell of a step": "docker: [{image: acme/app:1}]\nsteps:\n  - run: {shell: 'bash -c \"export API_TOKEN=§\"', command: make}",
    "working directory": "docker: [{image: acme/app:1}]\nworking_directory: ~/secret=§",
    "description": "docker: [{image: acme/app:1}]\ndescription: 'log in with password: §'",
}
# Scripts of a `run` step.
LOGINS: Final = {
    "login with -p": "docker login -u bot -p §",
    "login with -p in double quotes": 'docker login -u bot -p "§"',
    "login with -p in single quotes": "docker login -u bot -p '§'",
    "login with -p glued": "docker login -u bot -p§",
    "login with -p=": "docker login -u bot -p=§",
    "login with --password": "docker login -u bot --password §",
    "login with --password=": "docker login --username=bot --password=§ quay.io",
    "login with --password= in quotes": 'docker login --username=bot --password="§" quay.io',
    "login on several lines": "docker login \\\n  -u bot \\\n  -p § \\\n  quay.io",
    "login by echo": "echo § | docker login -u bot --password-stdin",
    "login by echo in quotes": 'echo "§" | docker login -u bot --password-stdin',
    "login by echo -n": "echo -n '§' | docker login -u bot --password-stdin",
    "login by printf": "printf § | docker login -u bot --password-stdin",
    "login by printf with a format": "printf '%s' '§' | docker login -u bot --password-stdin",
    "login by a here-string": "docker login -u bot --password-stdin <<< §",
    "login by a here-string of cat": 'cat <<< "§" | docker login -u bot --password-stdin',
    "login by a here-document": "docker login -u bot --password-stdin <<EOF\n§\nEOF",
    "login by a here-document in quotes": "docker login -u bot --password-stdin <<'EOF'\n§\nEOF",
    "login by a here-document of cat": "cat <<-EOF | docker login -u bot --password-stdin\n\t§\n\tEOF",
    "login by a process substitution": "docker login -u bot --password-stdin < <(echo §)",
    "login by a variable": "P=§; docker login -u bot -p $P",
    "login by a variable in the environment": 'export P="§"\ndocker login -u bot -p "${P}"',
    "login by a default": "docker login -u bot -p ${DOCKER_PASS:-§}",
    "login in a condition": "if true; then docker login -u bot -p §; fi",
    "login in a function": "f() {\n  docker login -u bot -p §\n}\nf",
    "login in a subshell": "(cd x && docker login -u bot -p §)",
    "login in a command substitution": "X=$(docker login -u bot -p §)",
    "login behind sudo": "sudo docker login -u bot -p §",
    "login by bash -c": "bash -c 'docker login -u bot -p §'",
    "login by ssh": 'ssh host "docker login -u bot -p §"',
    "login by ssh with a here-document": "ssh host <<EOF\ndocker login -u bot -p §\nEOF",
    "login with an option before": "docker --config x login -u bot -p §",
    "login that is cut off": "docker login -u 'bot -p §",
    "login in a comment of a script": "# docker login -u bot -p §\nmake",
    "login with a misspelt option": "docker login -u bot -password §",
    "login by tee": "echo § | tee x | docker login -u bot --password-stdin",
}
CLIENTS: Final = {
    "mysql": "mysql -h db.acme.com -u root -p§ app",
    "mysqldump": "mysqldump --password=§ app",
    "mysqladmin": "mysqladmin -h db.acme.com -u root -p'§' ping",
    "mariadb": "mariadb -u root --password=§",
    "psql": "PGPASSWORD=§ psql -h db.acme.com app",
    "psql with a URL": "psql postgres://app:§@db.acme.com/app",
    "sshpass": "sshpass -p § ssh host",
    "sshpass glued": "sshpass -p§ ssh host",
    "sshpass by a variable": "SSHPASS=§ sshpass -e ssh host",
    "twine": "twine upload -u bot -p § dist/*",
    "twine with a long option": "twine upload -u bot --password § dist/*",
    "twine by a variable": "TWINE_PASSWORD=§ twine upload dist/*",
    "az login": "az login --service-principal -u id -p § --tenant t",
    "az login with =": "az login --service-principal -u id --password=§ --tenant t",
    "redis-cli": "redis-cli -h cache.acme.com -a § ping",
    "redis-cli with a long option": "redis-cli --pass § ping",
    "redis-server": "redis-server --requirepass § &",
    "htpasswd": "htpasswd -Bbn bot § > auth",
    "podman": "podman login -u bot -p § quay.io",
    "buildah": "buildah login -u bot --password=§ quay.io",
    "skopeo": "skopeo login -u bot -p § quay.io",
    "skopeo copy": "skopeo copy --src-creds bot:§ docker://a docker://b",
    "crane": "crane auth login -u bot -p § quay.io",
    "nerdctl": "nerdctl login -u bot -p § quay.io",
    "oras": "oras login -u bot -p § quay.io",
    "helm registry": "helm registry login -u bot -p § quay.io",
    "helm repository": "helm repo add acme https://charts.acme.com --username bot --password §",
    "helm with a value": "helm upgrade app ./chart --set db.password=§",
    "npm config": "npm config set //registry.npmjs.org/:_authToken §",
    "npm config with =": "npm config set //registry.npmjs.org/:_authToken=§",
    "yarn config": "yarn config set npmAuthToken §",
    "aws configure": "aws configure set aws_secret_access_key §",
    "aws by a variable": "AWS_SECRET_ACCESS_KEY=§ aws s3 ls",
    "curl -u": "curl -u bot:§ https://acme.com",
    "curl -u in quotes": "curl -u 'bot:§' https://acme.com",
    "curl -u glued": "curl -ubot:§ https://acme.com",
    "curl --user=": "curl --user=bot:§ https://acme.com",
    "curl -u with a token": "curl -u §: https://circleci.com/api/v1.1/me",
    "curl with a bearer": "curl -H 'Authorization: Bearer §' https://acme.com",
    "curl with a bearer in double quotes": 'curl -H "authorization: token §" https://acme.com',
    "curl with a header": "curl -H 'Circle-Token: §' https://circleci.com/api/v2/me",
    "curl with a private token": 'curl --header "PRIVATE-TOKEN: §" https://gitlab.com/api/v4/projects',
    "curl with JSON": 'curl -d \'{"user": "bot", "password": "§"}\' https://acme.com',
    "curl with escaped JSON": 'curl -d "{\\"user\\":\\"bot\\",\\"password\\":\\"§\\"}" https://acme.com',
    "curl with a form": "curl -d 'user=bot&password=§' https://acme.com",
    "curl with a form without quotes": "curl -F token=§ https://acme.com",
    "curl with a query": "curl 'https://acme.com/?api_key=§&x=1'",
    "curl with a URL": "curl https://bot:§@acme.com/x",
    "curl with oauth2": "curl --oauth2-bearer § https://acme.com",
    "curl through a proxy": "curl --proxy-user § https://acme.com",
    "wget": "wget --user=bot --password=§ https://acme.com",
    "wget with a header": "wget --header='X-Api-Key: §' https://acme.com",
    "git with a URL": "git clone https://bot:§@github.com/acme/app",
    "git with a token": "git clone https://§@github.com/acme/app",
    "git with a header": 'git -c http.extraheader="Authorization: Basic §" fetch',
    "cargo": "cargo login §",
    "vault": "vault login §",
    "snyk": "snyk auth §",
    "sonar-scanner": "sonar-scanner -Dsonar.token=§",
    "gradlew": "./gradlew sonar -Dsonar.password=§ -i",
    "dotnet": "dotnet sonarscanner begin /k:app /d:sonar.token=§",
    "heroku": "heroku deploy --token §",
    "cf": "cf login -u bot -p §",
    "cf auth": "cf auth bot §",
    "oc": "oc login https://acme.com --token=§",
    "ibmcloud": "ibmcloud login --apikey §",
    "doctl": "doctl auth init -t §",
    "vercel": "vercel deploy --token §",
    "netlify": "netlify deploy --auth=§",
    "sentry-cli": "sentry-cli --auth-token § releases new 1",
    "codecov": "codecov -t §",
    "eas": "eas login -u bot -p §",
    "mongosh": "mongosh db.acme.com -u root -p §",
    "ldapsearch": "ldapsearch -H ldap://ldap.acme.com -D cn=admin -w §",
    "gpg": "gpg --batch --passphrase § -d x.gpg",
    "openssl": "openssl enc -d -aes256 -k § -in x",
    "openssl with pass:": "openssl enc -d -aes256 -pass pass:§ -in x",
    "gradle": "./gradlew publish -PnexusPassword=§",
    "maven": "mvn deploy -Dgpg.passphrase=§",
    "sonar": "mvn sonar:sonar -Dsonar.login=§",
    "gem": "gem push x.gem --key §",
    "docker build": "docker build --build-arg NPM_TOKEN=§ .",
    "docker run": "docker run -e API_TOKEN=§ acme/app:1",
    "kubectl": "kubectl create secret generic x --from-literal=password=§",
    "terraform": "terraform apply -var db_password=§",
    "an unknown program": "frob --with §",
    "an unknown program with a name": "frob --api-token §",
}
WRITTEN: Final = {
    "export": "export API_TOKEN=§",
    "export in quotes": "export API_TOKEN='§'",
    "export of several": "export MODE=x API_TOKEN=§",
    "declare": "declare -x API_TOKEN=§",
    "export to BASH_ENV": "echo 'export API_TOKEN=§' >> $BASH_ENV",
    "export to BASH_ENV in double quotes": 'echo "export API_TOKEN=\\"§\\"" >> "$BASH_ENV"',
    "export to BASH_ENV by a here-document": "cat >> $BASH_ENV <<EOF\nexport API_TOKEN=§\nEOF",
    "assignment": "API_TOKEN=§\nmake",
    "assignment before a command": "API_TOKEN=§ make",
    "assignment in PowerShell": '$env:API_TOKEN = "§"',
    "assignment in cmd": "set API_TOKEN=§",
    ".env": "echo API_TOKEN=§ > .env",
    ".netrc": "echo 'machine github.com login bot password §' > ~/.netrc",
    ".netrc by printf": "printf 'machine github.com\\nlogin bot\\npassword §\\n' > ~/.netrc",
    ".npmrc": "echo '//registry.npmjs.org/:_authToken=§' > ~/.npmrc",
    ".npmrc with a password": "echo '//npm.acme.com/:_password=§' > ~/.npmrc",
    ".pypirc": "cat > ~/.pypirc <<EOF\n[pypi]\nusername = bot\npassword = §\nEOF",
    "pip.conf": "cat > ~/.pip/pip.conf <<EOF\n[global]\nindex-url = https://bot:§@pypi.acme.com/simple\nEOF",
    "settings.xml": "cat > settings.xml <<EOF\n<password>§</password>\nEOF",
    "NuGet.config": 'cat > NuGet.config <<EOF\n<add key="ClearTextPassword" value="§" />\nEOF',
    "config.json of Docker": 'echo \'{"auths":{"https://index.docker.io/v1/":{"auth":"§"}}}\' > ~/.docker/config.json',
    "credentials of AWS": "printf '[default]\\naws_secret_access_key = §\\n' > ~/.aws/credentials",
    "credentials of gem": "echo ':rubygems_api_key: §' > ~/.gem/credentials",
    "gradle.properties": "echo 'signing.password=§' >> gradle.properties",
    "YAML by a here-document": "cat > x.yml <<EOF\napi_token: §\nEOF",
    "JSON by a here-document": 'cat > x.json <<EOF\n{"client_secret": "§"}\nEOF',
    "Ruby in a script": 'ruby -e \'ENV.fetch("API_TOKEN", "§")\'',
    "Python in a script": 'python -c \'import os; os.environ.get("API_TOKEN", "§")\'',
    "words of a loop": "for p in §; do docker login -u bot -p $p; done",
    "two pieces": "A=§first; docker login -u bot -p $A$B",
    "base64 in a script": "echo § | base64 -d | docker login -u bot --password-stdin",
}
# Whole steps, by the way in which their YAML spells a script or a value.
STEPS: Final = {
    "script in double quotes": '- run: "docker login -u bot -p §"',
    "script in double quotes with escapes": '- run: "docker login -u \\"bot\\" -p \\"§\\"\\n"',
    "script in double quotes over lines": '- run: "docker login \\\n    -u bot -p §"',
    "script in single quotes": "- run: 'docker login -u bot -p ''§'''",
    "script without quotes": "- run: docker login -u bot -p §",
    "script without quotes over lines": "- run: docker login\n    -u bot\n    -p §",
    "script as a folded block": "- run: >\n    docker login -u bot\n    -p §",
    "script as a folded block without an end": "- run: >-\n    curl -H 'Authorization: Bearer §'\n    https://acme.com",
    "script as a literal block with an indent": "- run: |2\n      docker login -u bot -p §",
    "script in flow style": "- run: {command: 'docker login -u bot -p §'}",
    "script in JSON": '- {"run": {"command": "docker login -u bot -p §"}}',
    "script of a deploy step": "- deploy: docker login -u bot -p §",
    "script in when": "- when:\n    condition: true\n    steps:\n      - run: docker login -u bot -p §",
    "script by an anchor": "- run: &script docker login -u bot -p §\n- run: *script",
    "script of setup_remote_docker's neighbour": "- setup_remote_docker\n- run: echo § | docker login -u bot --password-stdin",
    "script with a template": "- run: docker login -u << pipeline.project.type >> -p §",
    "JSON in a shell in YAML": '- run: "curl -d \'{\\"password\\":\\"§\\"}\' https://acme.com"',
    "escaped JSON in a shell in YAML": '- run: "curl -d \\"{\\\\\\"password\\\\\\":\\\\\\"§\\\\\\"}\\" https://acme.com"',
    "environment in a shell in YAML": '- run: "export API_TOKEN=\\"§\\""',
}
HEAD: Final = "version: 2.1\n"
_JOB: Final = "docker: [{image: acme/app:1}]\n    steps: [checkout]"
FILES: Final = {
    "auth of an executor": "executors:\n  e:\n    docker:\n      - image: acme/app:1\n        auth: {username: bot, password: §}\n",
    "environment of an executor": "executors:\n  e:\n    docker: [{image: acme/app:1}]\n    environment: {API_TOKEN: §}\n",
    "login of a command": "commands:\n  c:\n    steps:\n      - run: docker login -u bot -p §\n",
    "auth by a default of a job": "jobs:\n  build:\n    parameters: {z: {type: string, default: §}}\n    docker: [{image: acme/app:1, auth: {username: bot, password: << parameters.z >>}}]\n    steps: [checkout]\n",
    "auth by an argument of a job": "jobs:\n  build:\n    parameters: {z: {type: string}}\n    docker: [{image: acme/app:1, auth: {username: bot, password: << parameters.z >>}}]\n    steps: [checkout]\nworkflows: {m: {jobs: [build: {z: §}]}}\n",
    "auth by a matrix": "jobs:\n  build:\n    parameters: {z: {type: string}}\n    docker: [{image: acme/app:1, auth: {username: bot, password: << parameters.z >>}}]\n    steps: [checkout]\nworkflows: {m: {jobs: [build: {matrix: {parameters: {z: [§]}}}]}}\n",
    "auth by a parameter of the pipeline": "parameters: {z: {type: string, default: §}}\njobs:\n  build:\n    docker: [{image: acme/app:1, auth: {username: bot, password: << pipeline.parameters.z >>}}]\n    steps: [checkout]\n",
    "auth by an argument of an executor": "executors:\n  e:\n    parameters: {z: {type: string}}\n    docker: [{image: acme/app:1, auth: {username: bot, password: << parameters.z >>}}]\njobs:\n  build:\n    executor: {name: e, z: §}\n    steps: [checkout]\n",
    "auth by two parameters": "executors:\n  e:\n    parameters: {z: {type: string}}\n    docker: [{image: acme/app:1, auth: {username: bot, password: << parameters.z >>}}]\njobs:\n  build:\n    parameters: {y: {type: string, default: §}}\n    executor: {name: e, z: << parameters.y >>}\n    steps: [checkout]\n",
    "login by an argument of a command": "commands:\n  c:\n    parameters: {z: {type: string}}\n    steps: [run: docker login -u bot -p << parameters.z >>]\njobs:\n  build:\n    docker: [{image: acme/app:1}]\n    steps: [c: {z: §}]\n",
    "login by echo of a parameter": "commands:\n  c:\n    parameters: {z: {type: string, default: §}}\n    steps: [run: echo << parameters.z >> | docker login -u bot --password-stdin]\n",
    "parameter with a name": f"parameters: {{api_token: {{type: string, default: §}}}}\njobs:\n  build:\n    {_JOB}\n",
    "parameter in an environment": "jobs:\n  build:\n    parameters: {z: {type: string, default: §}}\n    docker: [{image: acme/app:1}]\n    environment: {API_TOKEN: << parameters.z >>}\n    steps: [checkout]\n",
    "argument of an orb's job": "orbs: {o: acme/o@1}\nworkflows: {m: {jobs: [o/build: {token: §}]}}\n",
    "matrix of an orb's job": "orbs: {o: acme/o@1}\nworkflows: {m: {jobs: [o/build: {matrix: {parameters: {token: [§]}}}]}}\n",
    "inline orb": "orbs:\n  o:\n    jobs:\n      build:\n        docker: [{image: acme/app:1, auth: {username: bot, password: §}}]\n        steps: [checkout]\n",
    "login in an inline orb": "orbs:\n  o:\n    commands:\n      c:\n        steps: [run: docker login -u bot -p §]\n",
    "auth by a merge": "x: &auth {username: bot, password: §}\njobs:\n  build:\n    docker: [{image: acme/app:1, auth: {<<: *auth}}]\n    steps: [checkout]\n",
    "auth by an alias": "x: &auth {username: bot, password: §}\njobs:\n  build:\n    docker: [{image: acme/app:1, auth: *auth}]\n    steps: [checkout]\n",
    "password by an alias": "x: &word §\njobs:\n  build:\n    docker: [{image: acme/app:1, auth: {username: bot, password: *word}}]\n    steps: [checkout]\n",
    "environment of a merged job": f"x: &defaults\n  environment: {{API_TOKEN: §}}\njobs:\n  build:\n    <<: *defaults\n    {_JOB}\n",
    "pre-steps of a workflow": f"jobs:\n  build:\n    {_JOB}\nworkflows: {{m: {{jobs: [build: {{pre-steps: [run: docker login -u bot -p §]}}]}}}}\n",
    "filter of a workflow": f"jobs:\n  build:\n    {_JOB}\nworkflows: {{m: {{jobs: [build: {{filters: {{branches: {{only: /token=§/}}}}}}]}}}}\n",
    "setup config": 'setup: true\norbs: {c: circleci/continuation@1}\njobs:\n  build:\n    docker: [{image: acme/app:1}]\n    steps: [c/continue: {parameters: \'{"api_token": "§"}\'}]\n',
    "comment at the top": f"# API_TOKEN=§\njobs:\n  build:\n    {_JOB}\n",
    "comment at the end": f"jobs:\n  build:\n    {_JOB}\n# API_TOKEN=§\n",
    "key that CircleCI does not know": f"deploy_password: §\njobs:\n  build:\n    {_JOB}\n",
}
PYTHON: Final = {
    "Python: auth in a dict": "A = {'docker': [{'image': 'acme/app:1', 'auth': {'username': 'bot', 'password': '§'}}]}",
    "Python: environment in a dict": "A = {'docker': [{'image': 'acme/app:1'}], 'environment': {'API_TOKEN': '§'}}",
    "Python: auth by dict()": "A = dict(docker=[dict(image='acme/app:1', auth=dict(username='bot', password='§'))])",
    "Python: login in a dict": "A = {'docker': [{'image': 'acme/app:1'}], 'steps': [{'run': 'docker login -u bot -p §'}]}",
    "Python: login by a process": "subprocess.run(['docker', 'login', '-u', 'bot', '-p', '§'])",
    "Python: login by a shell": "os.system('docker login -u bot -p §')",
    "Python: login by an input": "subprocess.run(['docker', 'login', '-u', 'bot', '--password-stdin'], input='§')",
    "Python: client by a process": "subprocess.run(['sshpass', '-p', '§', 'ssh', 'host'])",
    "Python: constant": "API_TOKEN = '§'",
    "Python: constant with a type": "API_TOKEN: str = '§'",
    "Python: constant of bytes": "API_TOKEN = b'§'",
    "Python: constant in a raw string": "API_TOKEN = r'§'",
    "Python: constant in three quotes": 'API_TOKEN = """§"""',
    "Python: attribute": "C.password = '§'",
    "Python: item": "C['api_token'] = '§'",
    "Python: argument": "login(user='bot', password='§')",
    "Python: default of an argument": "def login(password='§'): pass",
    "Python: environ.get": "P = os.environ.get('DB_PASSWORD', '§')",
    "Python: getenv": "P = os.getenv('DB_PASSWORD', '§')",
    "Python: environ": "os.environ['DB_PASSWORD'] = '§'",
    "Python: setdefault": "os.environ.setdefault('API_TOKEN', '§')",
    "Python: header": "H = {'Authorization': 'Bearer §'}",
    "Python: header in an f-string": "H = f'Authorization: Bearer §'",
    "Python: URL": "U = 'https://bot:§@acme.com'",
    "Python: f-string": "T = f'API_TOKEN=§'",
    "Python: format": "T = 'export API_TOKEN={}'.format('§')",
    "Python: YAML in a string": 'Y = """\njobs:\n  a:\n    docker:\n      - image: acme/app:1\n        auth: {username: bot, password: §}\n    steps: [checkout]\n"""',
    "Python: comment": "# API_TOKEN = '§'",
    "Python: comment with a name alone": "# password: §",
    "Python: comment behind a line": "X = 1  # token=§",
    "Python: comment with old code": "# 'auth': {'username': 'bot', 'password': '§'},",
    "Python: comment with a login": "# docker login -u bot -p §",
    "Python: docstring": 'def f():\n    """Call it with password=§."""',
    "Python: name that says nothing": "THING = '§'",
    "Python: comparison": "if API_TOKEN == '§': pass",
    "Python: tuple": "LOGIN = ('bot', '§')",
}
TEMPLATES: Final = {
    "template: auth": "      - image: acme/app:1\n        auth: {username: bot, password: §}\n",
    "template: environment": "      - image: acme/app:1\n    environment:\n      API_TOKEN: §\n",
    "template: set": "      - image: acme/app:1\n{% set api_token = '§' %}\n",
    "template: default": "      - image: acme/app:1\n        environment: {API_TOKEN: {{ token | default('§') }}}\n",
    "template: comment": "      - image: acme/app:1\n{# password: § #}\n",
    "template: comment of YAML": "      - image: acme/app:1\n      # password: §\n",
    "template: login in a loop": "      - image: acme/app:1\n    steps:\n{% for x in y %}\n      - run: docker login -u bot -p §\n{% endfor %}\n",
    "template: text between tags": "      - image: acme/app:1\n    steps:\n      - run: |\n          echo {{ x }}\n          export API_TOKEN=§\n",
    "template: condition": "      - image: acme/app:1\n{% if x %}\n        auth: {username: bot, password: §}\n{% endif %}\n",
}
# Files that cannot be read, each with a message that may quote what is there.
BROKEN: Final = {
    "unread: alias without an anchor": "jobs:\n  build:\n    docker: [{image: acme/app:1}]\n    environment: {API_TOKEN: *§}\n",
    "unread: alias on the next line": "jobs:\n  build:\n    docker: [{image: acme/app:1}]\n    environment:\n      API_TOKEN:\n        *§\n",
    "unread: alias in a list": "jobs:\n  build:\n    docker: [{image: acme/app:1}]\n    environment:\n      THING: [x, *§]\n",
    "unread: alias for a key": "jobs: {}\n*§: 1\n",
    "unread: tag": "jobs:\n  build:\n    environment:\n      API_TOKEN: !§\n",
    "unread: unclosed quotes": 'jobs: {}\nAPI_TOKEN: "§\n  : [',
    "unread: key twice": "jobs: {}\nAPI_TOKEN: §\nAPI_TOKEN: §\n",
    "unread: assignment twice": "jobs:\n  build:\n    environment:\n      API_TOKEN=§:\n      API_TOKEN=§:\n",
    "unread: tab": "jobs:\n  build:\n\tAPI_TOKEN: §\n",
    "unread: percent": "jobs: {}\nAPI_TOKEN: %§\n",
    "unread: indent": "jobs:\n    build: 1\n  API_TOKEN: §\n",
    "unread: Python": "jobs = {'image': 'acme/app:1'\nAPI_TOKEN = '§'\n)\n",
}
# Names that a report shows, as anybody who lists the files does.
NAMES: Final = {
    "name of a job": "jobs:\n  token=§:\n    docker: [{image: acme/app:1}]\n    steps: [checkout]\n",
    "name of a context": f"jobs:\n  build:\n    {_JOB}\nworkflows: {{m: {{jobs: [build: {{context: 'token=§'}}]}}}}\n",
    "tag of an image": "jobs:\n  build:\n    docker: [{image: 'acme/app:§'}]\n    steps: [checkout]\n",
}


def _of_docker(secret: str) -> str:
    return base64.b64encode(f"bot:{secret}".encode()).decode()


_SPELT: Final[dict[str, Callable[[str], str]]] = {
    "environment with Docker's own file": _of_docker,
    "config.json of Docker": _of_docker,
    "git with a header": _of_docker,
    "base64 in a script": lambda secret: base64.b64encode(secret.encode()).decode(),
}
_KINDS: Final = (
    ("job", JOBS),
    ("script", LOGINS),
    ("script", CLIENTS),
    ("script", WRITTEN),
    ("step", STEPS),
    ("file", FILES),
    ("python", PYTHON),
    ("template", TEMPLATES),
    ("broken", BROKEN),
    ("file", NAMES),
)


def positions(tokens: dict[str, str]) -> list[Position]:
    """Every position; `tokens` are those of known shapes, each under a name, which need no word beside them."""
    found = [
        Position(name, kind, text, secret, _SPELT.get(name, _plain)(secret))
        for kind, texts in _KINDS
        for name, text in texts.items()
        for secret in [secret_of(name, 40 if "aws" in name.lower() else 20)]
    ]
    for number, (name, token) in enumerate(tokens.items()):
        found.append(_of_token(name, token, number))
    return found


def _of_token(name: str, token: str, number: int) -> Position:
    """A token in an environment, a script or a comment, under a name that says nothing."""
    secret = max(token.splitlines(), key=len)
    if token.startswith("sig="):  # which is one only in a URL
        return Position(name, "job", f"docker:\n  # https://acme.com/x?{MARK}\n  - image: acme/app:1", secret, token)
    if "\n" in token or number % 3 == 0:
        return Position(
            name, "job", f"docker: [{{image: acme/app:1}}]\nenvironment:\n  THING: {MARK}", secret, json.dumps(token)
        )
    if number % 3 == 1:
        return Position(name, "script", f"frob {MARK}", secret, token)
    return Position(name, "job", f"docker:\n  # was {MARK}\n  - image: acme/app:1", secret, token)


def plant(places: list[Position]) -> dict[str, str]:
    """The files of a repository with these positions, each by its path."""
    jobs = ["jobs:"]
    names: list[str] = []
    files: dict[str, str] = {}
    python = ["import json", "import os", "import subprocess", ""]
    for number, place in enumerate(places):
        written, slug = place.written, f"p{number}"
        if place.kind == "python":
            python += [written, f"CONFIG_{number} = {{'docker': [{{'image': 'acme/app:{number}'}}]}}"]
        elif place.kind == "template":
            files[f".circleci/{slug}.yml.j2"] = f"{HEAD}jobs:\n  build:\n    docker:\n{written}"
        elif place.kind == "broken":
            files[f".circleci/{slug}.{'py' if 'Python' in place.name else 'yml'}"] = (
                written if "Python" in place.name else HEAD + written
            )
        elif place.kind == "file":
            files[f".circleci/{slug}.yml"] = HEAD + written
        else:
            jobs.append(indent(_job(slug, place.kind, written), "  "))
            names.append(slug)
    listed = "\n".join(f"      - {name}" for name in names)
    files[".circleci/config.yml"] = HEAD + "\n".join(jobs) + f"\nworkflows:\n  main:\n    jobs:\n{listed}\n"
    files[".circleci/generate.py"] = "\n".join([*python, _GENERATOR])
    return files


_GENERATOR: Final = """
config = {"version": 2.1, "jobs": {"build": {"docker": [{"image": "acme/app:1"}], "steps": ["checkout"]}}}
print(json.dumps(config))
"""


def _job(name: str, kind: str, text: str) -> str:
    steps = ""
    if kind == "step":
        steps = text
    elif kind == "script":
        steps = f"- run: |\n{indent(text, '    ')}"
    elif "steps:" not in text:
        steps = "- checkout"
    parts = [text if kind == "job" else "docker:\n  - image: acme/app:1"]
    if steps:
        parts.append(f"steps:\n{indent(steps, '  ')}")
    return f"{name}:\n{indent(chr(10).join(parts), '  ')}"


def spellings(secret: str) -> set[str]:
    """A value as it is, and as YAML, JSON, a shell, a URL and base64 may spell it."""
    words = {secret, json.dumps(secret)[1:-1], secret.replace("'", "''"), quote(secret, safe="")}
    words |= {repr(secret)[1:-1], base64.b64encode(secret.encode()).decode().rstrip("=")}
    return {*words, *(json.dumps(word)[1:-1] for word in words)}
