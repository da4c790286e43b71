"""What is masked whatever rules run: all that `literal-secret` would find, and the same in comments and scripts."""

from __future__ import annotations

from textwrap import indent

import pytest

from migrator.circleci.secrets.literals import literal_secrets, secrets_of_text
from migrator.documents import open_document
from migrator.engine import passes
from migrator.engine.discovery import load_rules
from migrator.engine.outcomes import Changed, Outcome, Unchanged
from migrator.engine.views import read_configs
from migrator.policy import Policy
from tests.growth import calls

HEX = "9f86d081884c7d659a2feaa0c55ad015"
DRAWN = "Xk9-Vq2mWz7Lb"


def masked(text: str) -> set[str]:
    document = open_document(".circleci/config.yml", text.encode())
    return {secret.strip() for config in read_configs(document, "") for secret in literal_secrets(config, text)}


def told(text: str) -> Outcome:
    rules = load_rules(["literal-secret"])
    outcome = passes.run("c.yml", text.encode(), rules, Policy(), passes.choose_by_safety(review_too=False))
    assert isinstance(outcome, Changed | Unchanged), outcome
    return outcome


def environment(lines: str) -> str:
    return f"jobs:\n  build:\n    machine: true\n    environment:\n{indent(lines, '      ')}\n    steps: [checkout]\n"


def script(lines: str) -> str:
    return f"jobs:\n  build:\n    machine: true\n    steps:\n      - run: |\n{indent(lines, '          ')}\n"


@pytest.mark.parametrize(
    "line",
    [
        "docker login -u $U -p $REGISTRY_PASSWORD quay.io/acme/Image-1.2.3",
        "echo $P | docker login -u bot --password-stdin 123456789012.dkr.ecr.eu-west-1.amazonaws.com",
        "curl -u bot:$BINTRAY_API_KEY https://api.bintray.com/content/v1/Some-Thing-2.0",
        "docker run -e DB_PASS=$TEST_PASS acme/Image-1.2.3_x",
        "key = Fernet.generate_key(); api_key = make_Key9(32, x)",
        "wget -O git-secrets-1.3.0.tar.gz https://github.com/awslabs/git-secrets/archive/1.3.0.tar.gz",
        "# the token v1beta1 of a user, the secret of Success",
        "# API_KEY comes from the context org-global-2",
        "./deploy --token $TOKEN --api-key ${KEY} --password << parameters.password >>",
        "curl -H 'Authorization: Bearer $TOKEN' -H \"Authorization: token ${GITHUB_TOKEN}\" x",
        "export PATH=/opt/Tool-1.2.3/bin:$PATH",
        "cp -r path/Pattern-1.2.3 compat/x9Y8z7W6",
        "git clone ssh://git-deploy-bot-2@git.acme.com/x; curl https://acme.com/Some-Thing-2.0@latest",
        "API_TOKEN=`read-Token9x`; API_TOKEN:=`read-Token9x --of app`",
        'token := os.Getenv("PROD_TOKEN_9")',
        "API_TOKEN ?= $(shell vault read -field=Token9x secret/app)",
        'if [ "$API_TOKEN" == "${OTHER_TOKEN_9}" ]; then exit 1; fi',
        'if [ "$PASSWORD" != "changeme123456" ]; then exit 1; fi',
        'names = ["api_token", "API_TOKEN_9"]',
        '"token" => ENV["GITHUB_TOKEN"], "password" => nil',
        "<apiKey>\n  ${env.API_KEY}\n</apiKey>",
        "monkey=Xk9-Vq2mWz7Lb; turnkey: Xk9-Vq2mWz7Lb; restore_cachekey=Xk9-Vq2mWz7Lb",
        "API_KEY_PRODUCTION_ID=Xk9-Vq2mWz7Lb",
    ],
)
def test_what_is_no_secret_stays_readable(line: str) -> None:
    assert masked(script(line)) == set()


def test_what_an_error_says_of_a_file_that_cannot_be_read_stays_readable() -> None:
    text = "jobs:\n  a: *nodeImage-18\n  environment:\n    API_TOKEN:\n    NEXT_MODE: fast\n    DB_PASS: *base_env2\n"
    assert secrets_of_text(text) == {"*base_env2", "base_env2"}


NAMES = (
    *("API_TOKEN", "apiToken", "DB_PWD", "MY_PASS", "MYPASS", "GITHUB_PAT", "githubPat", "APP_CREDENTIALS"),
    *("API_KEY", "apiKey", "access-key", "privateKey", "STRIPE_KEY", "stripe.key", "SIGNING_KEYS", "APPAPIKEY"),
    *("PASSPHRASE", "token"),
)
SHAPES = {
    "plain": "{}: {}",
    "double quotes": '{}: "{}"',
    "single quotes": "{}: '{}'",
    "a blank before the colon": "{} : {}",
    "a quoted key": '"{}": {}',
    "an explicit key": "? {}\n: {}",
    "on the next line": "{}:\n  {}",
    "below a comment": "{}:  # of the bot\n  {}",
    "folded": "{}: >-\n  {}",
    "literal": "{}: |\n  {}",
    "an anchor": "{}: &a {}",
    "an anchor and the next line": "{}: &a\n  {}",
    "a tag": "{}: !!str {}",
    "a list": "- {}={}",
    "a quoted item": '- "{}={}"',
    "a folded item": "- >-\n  {}={}",
    "a list of mappings": "- {}: {}",
    "flow": "<<: {{{}: {}, MODE: fast}}",
    "flow as in JSON": '<<: {{"{}":"{}"}}',
    "a comment": "MODE: fast\n# {}: {}",
    "a comment with an equals sign": "MODE: fast\n# {}={}",
}


@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES)
def test_a_value_with_a_secrets_name_is_masked_however_it_is_written(shape: str) -> None:
    for name in NAMES:
        for value in (HEX, DRAWN):
            assert value in masked(environment(shape.format(name, value))), name


@pytest.mark.parametrize(
    "text",
    [
        "parameters:\n  deploy_token:\n    type: string\n    default: @\n",
        "commands: {c: {parameters: {deploy_token: {default: '@', type: string}}, steps: [checkout]}}\n",
        "workflows: {m: {jobs: [build: {deploy_token: '@'}]}}\n",
        "workflows: {m: {jobs: [build: {matrix: {parameters: {deploy_token: [a, '@']}}}]}}\n",
        "jobs: {build: {steps: [notify/send: {api_key: '@'}]}}\n",
    ],
)
def test_what_a_parameter_is_given_is_masked(text: str) -> None:
    assert masked("version: 2.1\n" + text.replace("@", DRAWN)) == {DRAWN}


@pytest.mark.parametrize(
    "line",
    [
        *(
            'apiToken := "@"',
            'var apiToken string = "@"',
            'API_TOKEN ::= "@"',
            'API_TOKEN :::= "@"',
            'API_TOKEN ?= "@"',
        ),
        *(
            "apiToken := `@`",
            "API_TOKEN := @",
            '$apiToken .= "@";',
            '"apiToken" => "@",',
            ":api_token => '@'",
            'API_TOKEN += "@"',
        ),
        *('[ "$API_TOKEN" == "@" ]', '[ "$API_TOKEN" != @ ]', "if (apiToken === '@') {", 'if (apiToken !== "@") {'),
        *('System.setProperty("API_TOKEN", "@");', 'put("api_token","@")', "<apiToken>\n    @\n</apiToken>"),
        *("DEPLOYKEY=@", "sshkey: @", "API_KEY_PROD=@", "STRIPE_KEY_LIVE: @", "DBPW=@", "BASIC_AUTH_STAGING=@"),
        *("API_KEY_V2=@", "PRIVATEKEYS=@", "NPMAUTHTOKENS=@"),
    ],
)
@pytest.mark.parametrize("value", [HEX, DRAWN])
def test_a_secret_is_masked_however_a_language_assigns_or_compares_it(line: str, value: str) -> None:
    assert value in masked(script(f"cat > x <<'EOF'\n{line.replace('@', value)}\nEOF"))


@pytest.mark.parametrize("value", ["/xF8pQ2mZ9vKwL4tR7yB3nC6s", "~xF8/pQ2mZ9vKwL4tR7yB3nC6sQ=="])
def test_a_key_that_begins_as_a_path_does_is_masked(value: str) -> None:
    assert value in masked(environment(f"API_TOKEN: {value}"))


@pytest.mark.parametrize(
    "value",
    [
        "/etc/app/password.txt",
        "/opt/Android8/Sdk29Platform",
        "./Deploy2Key1Dir/MyTestToken",
        "~/.config/acme/App2Token3File.json",
        "/home/circleci/0123456789abcdef/key",
        "/run/secrets/DATABASE_PASSWORD_2",
        "/Users/distiller/Library/MobileDevice/ProvisioningProfiles",
    ],
)
def test_a_path_under_a_secrets_name_is_no_secret(value: str) -> None:
    assert value not in masked(environment(f"API_TOKEN: {value}"))


@pytest.mark.parametrize("value", ["dckr_pat_aB3dE5fG7hJ9kL1mN3pQ5rS", "npm_aB3dE5fG7hJ9kL1mN3pQ5rS7tU9vW1xY3zA5"])
def test_a_token_is_masked_whatever_its_name(value: str) -> None:
    assert value in masked(environment(f"ANYTHING: {value}"))


TOLD = (
    "docker login -u bot -p @",
    "docker login -u bot --password='@' quay.io",
    "docker \\\n  login \\\n  -u bot \\\n  -p @",
    "docker login -u bot -p \\@",
    "docker login -u bot -p $'@'",
    "docker login -u bot -password @",
    "/usr/bin/docker --config x login -u bot -p @",
    "bash -c 'docker login -u bot -p @'",
    "X=$(docker login -u bot -p @)",
    "echo @ | docker login -u bot --password-stdin",
    "echo @ | base64 -d | docker login -u bot --password-stdin",
    "printf '%s\\n' \"@\" | docker login -u bot --password-stdin",
    "docker login -u bot --password-stdin <<< @",
    "docker login -u bot --password-stdin <<EOF\n@\nEOF",
    "cat <<< @ | docker login -u bot --password-stdin",
    'docker login -u bot -p "${API_TOKEN:-@}"',
    "docker login -u bot -p ${BOT:=@}",
    "cat <<EOF | docker login -u bot --password-stdin\n@\nEOF",
    "export API_TOKEN=@",
    "export API_TOKEN=' @'",
    "export API_TOKEN=\\\n@",
    'export NOTE="two\nlines" API_TOKEN=@',
    "declare -x GITHUB_PAT='@'",
    "echo 'export API_TOKEN=@' >> $BASH_ENV",
    "echo export API_TOKEN=@ >> $BASH_ENV",
    'cat >> $BASH_ENV <<EOF\nexport MODE=fast\nexport API_TOKEN="@"\nEOF',
    "curl -u bot:@ https://acme.com",
    "curl \\\n  --user bot:@ \\\n  https://acme.com",
    "curl -fsSLu 'bot:@' https://acme.com",
    "curl  --user \\\n bot:@ https://acme.com",
    "curl -u @: https://circleci.com/api/v1.1/me",
)


@pytest.mark.parametrize("line", TOLD)
def test_what_the_rule_tells_of_a_script_is_masked_without_it(line: str) -> None:
    text = script(line.replace("@", DRAWN))
    outcome = told(text)
    found = (*outcome.applied, *outcome.left) if isinstance(outcome, Changed) else getattr(outcome, "left", ())
    assert len(found) == 1
    assert DRAWN in masked(text)


@pytest.mark.parametrize("value", ["$TOKEN", '"$TOKEN"', "hunter2"])
def test_the_rest_of_the_word_password_is_no_secret(value: str) -> None:
    """`-password x` is `-p assword` to docker, but hiding that would hide the word in all that is told."""
    found = masked(script(f"docker login -u bot -password {value}"))
    assert "assword" not in found
    assert ("hunter2" in found) is (value == "hunter2")


@pytest.mark.parametrize("first", ["$", "<", "`", "\\"])
def test_a_value_in_single_quotes_is_told_whatever_it_begins_with(first: str) -> None:
    assert len(getattr(told(script(f"export API_TOKEN='{first}{DRAWN}'")), "left", ())) == 1


@pytest.mark.parametrize(
    "line",
    [
        "# docker login -u bot -p @",
        "# curl -u bot:@ https://acme.com",
        "# old: https://bot:@@acme.com/x",
        "git push https://@@github.com/acme/app",
        "skopeo login -u bot -p @ quay.io",
        "(echo @) | docker login -u bot --password-stdin",
        "{ echo @; } | docker login -u bot --password-stdin",
        "API_TOKEN=@; make",
        "curl -d 'user=bot&password=@&x=1' https://acme.com",
        "./deploy --api-key @ --verbose",
        "aws configure set aws_secret_access_key @",
        "curl -H 'Authorization: Bearer @' https://acme.com",
        "cat > settings.xml <<EOF\n<password>@</password>\nEOF",
    ],
)
def test_what_looks_like_one_elsewhere_in_a_script_is_masked(line: str) -> None:
    assert DRAWN in masked(script(line.replace("@@", f"{DRAWN}\0").replace("@", DRAWN).replace("\0", "@")))


@pytest.mark.parametrize(
    "line",
    [
        "docker login -u bot -p '@'",
        "echo '@' | docker login -u bot --password-stdin",
        "export API_TOKEN='@'",
        "API_TOKEN='@' make",
        "# api_token = b'@'",
        "# API_TOKEN: '@'",
        '# "apiToken": "@", "mode": "fast"',
        "./deploy --api-key '@' --verbose",
    ],
)
@pytest.mark.parametrize(
    "value", ["$Xk9-Vq2mWz7Lb", "<Xk9-Vq2mWz7Lb", "Xk9,Vq2mWz7Lb", "Xk9mVq2mWz[7L}", "&Xk9-Vq2mW|Lb;"]
)
def test_a_value_in_quotes_is_masked_whole_whatever_marks_it_has(line: str, value: str) -> None:
    assert value in masked(script(line.replace("@", value)))


@pytest.mark.parametrize("value", ["Xk9,Vq2mWz7Lb", "Xk9mVq2mWz,7Lb", "Xk9-V{q2mWz7}Lb"])
@pytest.mark.parametrize("line", ["API_TOKEN=@ make", "# API_TOKEN: @", "# API_TOKEN=@ of the bot"])
def test_a_value_without_quotes_is_masked_whole_whatever_marks_it_has(line: str, value: str) -> None:
    assert value in masked(script(line.replace("@", value)))


def test_a_long_line_full_of_names_takes_little_work() -> None:
    short, long = (script("x_token=abc " * count) for count in (250, 1_000))
    assert calls(lambda: masked(long)) < 5 * calls(lambda: masked(short))
