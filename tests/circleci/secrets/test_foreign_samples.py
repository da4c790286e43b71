"""The script that measures `literal-secret` on samples of other projects reads them without running them."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.foreign_samples import of_detect_secrets, of_gitleaks
from bench.secret_figures import main

GENERATE = """package utils
func GenerateSampleSecrets(identifier string, secret string) []string {
	samples := map[string]string{
		"ini": "{i}Token=\\"{s}\\"", // a comment with "{s}"
		"system": `put("{I}_TOKEN", "{s}")`,
	}
	return nil
}
"""
RULE = """package rules
func Acme() *config.Rule {
	r := config.Rule{RuleID: "acme", Regex: regexp.MustCompile(`acme_[a-z]`)}
	tps := utils.GenerateSampleSecrets("acme", "acme_"+secrets.NewSecret(utils.Hex("32")))
	tps = append(tps, `export ACME_TOKEN=`+secrets.NewSecret(`[A-Z]{4}(?:x|y)\\d{20}`))
	fps := []string{
		"acme_" + "x", // too short
	}
	return utils.Validate(r, tps, fps)
}
func Unknown() *config.Rule {
	return utils.Validate(r, strangeValues(), nil)
}
"""
PLUGIN = """
SECRET = 'Xk9-Vq2mWz7Lb'
class TestAcme:
    @pytest.mark.parametrize(
        'payload, should_flag',
        [
            ('acme_token = "{}"'.format(SECRET), True),
            ('acme_url = "{name}"'.format(name='x' + SECRET[0:3]), False),
            (computed(), True),
        ],
    )
    def test_analyze(self, payload, should_flag): ...
"""


@pytest.fixture
def checkouts(tmp_path: Path) -> tuple[Path, Path]:
    rules = tmp_path / "g" / "cmd" / "generate" / "config" / "rules"
    plugins = tmp_path / "d" / "tests" / "plugins"
    for folder in (rules, rules.parent / "utils", plugins):
        folder.mkdir(parents=True)
    (rules.parent / "utils" / "generate.go").write_text(GENERATE)
    (rules / "acme.go").write_text(RULE)
    (plugins / "acme_test.py").write_text(PLUGIN)
    return tmp_path / "g", tmp_path / "d"


def test_samples_of_go_are_read_with_what_is_drawn(checkouts: tuple[Path, Path]) -> None:
    samples, unread = of_gitleaks(checkouts[0])
    assert [sample.is_secret for sample in samples] == [True, True, True, False]
    assert unread == 1
    secret = str(samples[0].secret)
    assert secret.startswith("acme_")
    assert len(secret) == 37
    assert samples[0].text == f'acmeToken="{secret}"'
    assert samples[1].text == f'put("ACME_TOKEN", "{secret}")'
    assert samples[3].text == "acme_x"


def test_samples_of_python_are_read_with_their_constants(checkouts: tuple[Path, Path]) -> None:
    samples, unread = of_detect_secrets(checkouts[1])
    assert [(s.text, s.is_secret) for s in samples] == [
        ('acme_token = "Xk9-Vq2mWz7Lb"', True),
        ('acme_url = "xXk9"', False),
    ]
    assert unread == 1


def test_each_sample_is_counted_at_each_place(
    checkouts: tuple[Path, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([str(tmp_path / "g"), str(tmp_path / "d")]) == 0
    written = capsys.readouterr().out
    assert "| gitleaks | environment | 2 | 2 | 0 | 0 | 0 | 0 |" in written
    assert "| gitleaks | script | 3 | 0 | 1 | 2 | 0 | 0 |" in written
    assert "| detect-secrets | script | 1 | 0 | 0 | 1 | 0 | 0 |" in written
    assert "| detect-secrets | environment | 1 | 0 | 0 | 0 | 1 |" in written


def test_a_folder_without_samples_is_skipped(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "tests" / "plugins").mkdir(parents=True)
    assert of_detect_secrets(tmp_path) == ([], 0)
    assert main([str(tmp_path)] * 2) == 0
    assert "skipped" in capsys.readouterr().out
