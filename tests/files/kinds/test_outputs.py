"""Outputs of generators are told from configs that people write, whatever the language of the generator."""

from __future__ import annotations

from pathlib import Path

import pytest

from migrator.files.generated import why_generated
from migrator.files.kinds.neighbours import SUFFIXES
from migrator.policy import Policy

CONFIG = "version: 2.1\njobs:\n  a:\n    docker:\n      - image: acme/app\n    steps: [checkout]\n"


def why(folder: Path, files: dict[str, str], config: str = CONFIG, name: str = "config.yml") -> str:
    """Why `.circleci/config.yml` is generated, beside these files of the repository; paths are from its top."""
    (folder / ".git").mkdir()
    for path, text in {f".circleci/{name}": config, **files}.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text)
    return why_generated(str(folder / ".circleci" / name), config.encode(), Policy()) or ""


def steps(*lines: str) -> str:
    return (
        CONFIG
        + "  b:\n    machine: true\n    steps:\n      - run: |\n"
        + "".join(f"          {line}\n" for line in lines)
    )


def runs(*commands: str) -> str:
    """A config with a step for each command."""
    return CONFIG + "  b:\n    machine: true\n    steps:\n" + "".join(f"      - run: {each}\n" for each in commands)


@pytest.mark.parametrize(
    "files",
    [
        {},
        {".circleci/config.yml.bak": ""},
        {".circleci/config.yml.orig": ""},
        {".circleci/config.yml.example": ""},
        {".circleci/config.yml~": ""},
        {".circleci/config.old.yml": ""},
        {".circleci/other.yml.erb": ""},
        {".circleci/config.rb": ""},
        {".circleci/setup.erb": ""},
        {"Makefile": "lint: .circleci/config.yml\n\tcircleci config validate .circleci/config.yml\n"},
        {"Makefile": "ci:\n\tcircleci config process .circleci/config.yml > /tmp/processed.yml\n"},
        {"Makefile": "docs:\n\t./gen.sh > docs/config.yml\n"},
        {"Makefile": "ci:\n\tcp .circleci/config.yml backup.yml\n"},
        {"package.json": '{"scripts": {"fmt": "prettier --write .circleci/config.yml"}}'},
        {"package.json": '{"scripts": {"gen": "node gen.js > .circleci/config.yml.new"}}'},
        {".circleci/x.sh": "cat .circleci/config.yml > /tmp/config.yml\n"},
        {".circleci/x.sh": "# sh x.sh > .circleci/config.yml\n"},
        {".circleci/x.sh": "cat > config.yml <<E\nkube: 1\nE\n"},
        {".circleci/x.sh": "kubectl config view > $HOME/.kube/config.yml\n"},
        {".circleci/x.js": "const c = fs.readFileSync(__dirname + '/config.yml')\n"},
        {".circleci/x.rb": 'YAML.load(File.open(".circleci/config.yml"))\n'},
        {"scripts/x.sh": "cat a > .circleci/config.yml\n"},
        {"src/@orb.yml": "description: x\n"},
        {".circleci/src/jobs.yml": ""},
    ],
)
def test_what_is_beside_a_config_need_not_write_it(tmp_path: Path, files: dict[str, str]) -> None:
    assert why(tmp_path, files) == ""


@pytest.mark.parametrize(
    "config",
    [
        "# See .circleci/README.md and scripts/ci.sh\n" + CONFIG,
        "# config.yml: run by CircleCI; tests are in spec/run.rb of the app\n" + CONFIG,
        "# validate with: circleci config process .circleci/config.yml > /tmp/out.yml\n" + CONFIG,
        steps("npm run lint", "git diff --exit-code"),
        steps("go mod tidy", "git diff --exit-code go.sum"),
        steps("./scripts/deploy.sh", "git status"),
        steps("git diff --name-only | grep .circleci/config.yml"),
        steps("ruby .circleci/generate.rb > .circleci/continue_config.yml"),
        CONFIG + "# ruby gen.rb > .circleci/config.yml\n",
        runs("./gen-config.sh", "git diff --exit-code"),
        runs("./gen-config.sh", "git diff --exit-code docs/config.yml"),
        runs("./gen-config.sh", "git diff --exit-code", "cp .circleci/config.yml /tmp"),
        runs("./gen-config.sh", "git status --porcelain src"),
        runs("make config", "git diff --name-only origin/main | grep .circleci/config.yml"),
        runs("make config", "git diff --quiet origin/main -- .circleci/config.yml"),
        runs("make config", "git diff --exit-code HEAD~1 .circleci/config.yml"),
        runs("make config", 'git diff "$BASE" .circleci/config.yml'),
        runs("npm ci", "git diff --exit-code .circleci/config.yml"),
        runs("npx prettier --write .circleci/config.yml", "git diff --exit-code .circleci/config.yml"),
        runs("yarn run format", "git diff --exit-code .circleci"),
        runs("pip install -r requirements.txt", "git diff --exit-code .circleci/config.yml"),
        runs("circleci config validate", "git diff --exit-code .circleci/config.yml"),
        runs("git diff --exit-code .circleci/config.yml", "./gen-config.sh"),
        runs("'# ./gen-config.sh'", "git diff --exit-code .circleci/config.yml"),
        runs("./gen-config.sh") + "  c:\n    machine: true\n    steps:\n      - run: git diff .circleci/config.yml\n",
    ],
)
def test_what_a_config_says_of_other_things_is_no_sign(tmp_path: Path, config: str) -> None:
    assert why(tmp_path, {}, config) == ""


@pytest.mark.parametrize("suffix", SUFFIXES)
@pytest.mark.parametrize("base", ["config.yml", "config"])
def test_a_template_beside_a_config_writes_it(tmp_path: Path, suffix: str, base: str) -> None:
    told = why(tmp_path, {f".circleci/{base}{suffix}": "a\nimage: x\n"})
    assert f"{base}{suffix} is a template of that name" in told


def test_a_generator_below_circleci_is_none_of_a_config_that_is_elsewhere(tmp_path: Path) -> None:
    config = steps("ruby .circleci/generate.rb", "git diff --exit-code")
    assert why_generated(str(tmp_path / "other.yml"), config.encode(), Policy()) is None


@pytest.mark.parametrize("name", ["config.template.yml", "config.tmpl.yml", "config-tpl.yml", "config.j2.yml"])
def test_a_template_is_not_rendered_from_itself(tmp_path: Path, name: str) -> None:
    assert why(tmp_path, {}, name=name) == ""


def test_of_a_source_that_cannot_be_edited_the_lines_are_reported(tmp_path: Path) -> None:
    text = "<% jobs.each do |job| %>\n  image: a\n<% end %>\n - docker login -u x\n"
    assert why(tmp_path, {".circleci/config.yml.erb": text}).endswith("; lines 2, 4 of it have images or logins")


@pytest.mark.parametrize(
    ("files", "config", "says"),
    [
        ({}, "# run: erb .circleci/ci.erb > .circleci/config.yml\n" + CONFIG, "line 1 says so"),
        ({}, "# x\n# `node gen.js --output .circleci/config.yml`\n" + CONFIG, "line 2 says so"),
        ({}, "# config.yml is generated by bin/ci.rb\n" + CONFIG, "generated"),
        ({}, "# circleci config pack src > config.yml\n" + CONFIG, "generated from src/ (line 1 says so)"),
        ({".circleci/x.sh": "set -e\ncat ci/*.yml > .circleci/config.yml\n"}, CONFIG, "x.sh (line 2 of it writes it)"),
        ({".circleci/x.sh": 'yq . a > "$(dirname "$0")/config.yml"\n'}, CONFIG, "line 1 of it"),
        ({".circleci/x.bash": "yq . a | tee ${SCRIPT_DIR}/config.yml\n"}, CONFIG, "line 1 of it"),
        ({".circleci/x.js": "fs.writeFileSync(`${__dirname}/config.yml`, s)\n"}, CONFIG, "line 1 of it"),
        ({".circleci/x.ts": 'await writeFile(join(__dirname, "config.yml"), s)\n'}, CONFIG, "line 1 of it"),
        ({".circleci/x.rb": 'File.write(".circleci/config.yml", s)\n'}, CONFIG, "line 1 of it"),
        ({"Rakefile": 'task :ci do\n  File.write(".circleci/config.yml", s)\nend\n'}, CONFIG, "line 2 of"),
        ({"Makefile": ".circleci/config.yml: ci/main.go\n\tgo run ./ci\n"}, CONFIG, "line 2 of"),
        ({"Makefile": "ci:\n\tjsonnet -S ci.jsonnet | yq -P > .circleci/config.yml\n"}, CONFIG, "line 2 of"),
        ({"Makefile": "ci:\n\tcircleci config pack ci > .circleci/config.yml\n"}, CONFIG, "generated from ci/"),
        ({"Makefile": "ci:\n\t./gen.sh | tee .circleci/config.yml\n"}, CONFIG, "line 2 of"),
        ({"Makefile": "ci:\n\t./gen.sh --out=.circleci/config.yml\n"}, CONFIG, "line 2 of"),
        ({"Makefile": "ci:\n\tmv /tmp/config.yml .circleci/config.yml\n"}, CONFIG, "line 2 of"),
        ({".circleci/Makefile": "ci:\n\truby gen.rb > config.yml\n"}, CONFIG, "line 2 of"),
        ({"package.json": '{"scripts": {\n"ci": "node ci.mjs > .circleci/config.yml"}}'}, CONFIG, "run `npm run ci`"),
        ({"package.json": '{"scripts": {\n"ci": "ts-node ci.ts -o \\".circleci/config.yml\\""}}'}, CONFIG, "npm run"),
        ({"justfile": "ci:\n  cue export ci.cue > .circleci/config.yml\n"}, CONFIG, "line 2 of"),
        ({"Rakefile": "sh 'erb ci.erb > .circleci/config.yml'\n"}, CONFIG, ""),
        ({"Taskfile.yml": "tasks:\n  ci: go run ci.go > .circleci/config.yml\n"}, CONFIG, "line 2 of"),
        ({}, steps("ruby bin/ci.rb > .circleci/config.yml", "git status --porcelain"), "the step in line 11"),
        ({}, steps("ruby .circleci/generate.rb", "git diff --exit-code"), "the step in line 12"),
        ({}, steps("make ci", "git diff --exit-code .circleci/config.yml"), "the step in line 12"),
        ({}, steps("node ci.js && git diff --quiet -- .circleci/"), "the step in line 11"),
        ({}, runs("./gen-config.sh", "git diff --exit-code .circleci/config.yml"), "from ./gen-config.sh (the step in"),
        ({}, runs("python ci/gen.py --all", "git status --porcelain .circleci"), "from ci/gen.py (the step in line 11"),
        ({}, runs("make config", "git diff --exit-code HEAD -- .circleci/config.yml"), "the step in line 11"),
        ({}, runs("npm ci", "npm run ci:config", "git diff --quiet ./.circleci/config.yml"), "the step in line 12"),
        ({}, runs("make config", "checkout", 'test -z "$(git status --porcelain .circleci)"'), "the step in line 12"),
        ({}, runs("make config", "git diff --name-only | grep -q .circleci/config.yml"), "the step in line 11"),
        ({}, runs("./gen.sh", "git --no-pager diff --stat .circleci/ && echo same"), "the step in line 11"),
        (
            {},
            steps("x") + "      - run: ./gen.sh\n" + "      - run:\n          name: Same?\n"
            "          command: |\n            git diff --exit-code -- .circleci/config.yml\n",
            "from ./gen.sh",
        ),
        ({}, steps("circleci config pack src > .circleci/config.yml"), "generated from src/"),
        ({".circleci/src/@config.yml": "version: 2.1\n"}, CONFIG, "src/@config.yml is the root of a packed source"),
    ],
)
def test_what_writes_a_config_is_found(tmp_path: Path, files: dict[str, str], config: str, says: str) -> None:
    told = why(tmp_path, files, config)
    assert told.startswith("is generated") or "generated" in told
    assert says in told
