r"""Shapes of tokens that their issuers document, as data: one row a shape. What looks for them is `tokens`.

A row has the issuer, the words that such a token begins with, the grammar of the rest, and where the issuer documents
it (for some only GitHub's list of what it scans for does). In a grammar `<alnum:36>` is 36 letters and digits,
`<hex:40-44>` 40 to 44 hexadecimal digits, `<word:20->` 20 or more letters, digits, `_` and `-`; all else is a regular
expression.
"""

from __future__ import annotations

from typing import Final, NamedTuple

CLASSES: Final = {
    "alnum": "A-Za-z0-9",
    "hex": "0-9a-f",
    "upper": "A-Z0-9",
    "lower": "a-z0-9",
    "base32": "A-Z2-7",
    "word": r"\w-",
    "base64": "A-Za-z0-9+/",
    "digit": "0-9",
}
"""The inside of a set of a regular expression, by the name that grammars have for it."""

_GITHUB_LIST: Final = (
    "https://docs.github.com/en/code-security/secret-scanning/introduction/supported-secret-scanning-patterns"
)
_GITLAB: Final = "https://docs.gitlab.com/security/tokens/#token-prefixes"
_SLACK: Final = "https://docs.slack.dev/authentication/tokens"
_AWS: Final = "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-unique-ids"
_BEDROCK: Final = "https://docs.aws.amazon.com/bedrock/latest/userguide/api-keys.html"
_VAULT: Final = "https://developer.hashicorp.com/vault/docs/concepts/tokens"
_OPENAI: Final = "https://platform.openai.com/docs/api-reference/authentication"
_SHOPIFY: Final = "https://shopify.dev/docs/apps/build/authentication-authorization"


class Row(NamedTuple):
    """One shape. `head` is the grammar of what is before the words, where they are in the midst of a token."""

    issuer: str
    words: str
    rest: str
    source: str
    head: str = ""


ROWS: Final = (
    Row(
        "GitHub",
        "ghp_ gho_ ghu_ ghs_ ghr_",
        "<alnum:36->",
        "https://github.blog/2021-04-05-behind-githubs-new-authentication-token-formats/",
    ),
    Row("GitHub", "github_pat_", "<word:36->", _GITHUB_LIST),
    Row(
        "GitLab",
        "glpat- gldt- glrt- glrtr- glptt- glft- glcbt- glimt- glagent- gloas- glsoat- glwt- glffct-",
        r"<word:20->",
        _GITLAB,
    ),
    Row("GitLab", "GR1348941", "<word:20>", _GITLAB),
    Row("GitLab", "glpat- glrt- gldt-", "<word:27->.<lower:2>.<lower:9>", _GITLAB),
    Row(
        "Bitbucket",
        "ATBB",
        "<alnum:32>",
        "https://support.atlassian.com/bitbucket-cloud/docs/app-passwords/",
    ),
    Row(
        "Atlassian",
        "ATATT3 ATCTT3",
        r"<word:40->(?:=[A-F0-9]{8})?",
        "https://support.atlassian.com/atlassian-account/docs/manage-api-tokens-for-your-atlassian-account/",
    ),
    Row("Amazon Bedrock", "ABSKQmVkcm9ja0FQSUtleS", "[A-Za-z0-9+/]{40,}={0,2}", _BEDROCK),
    Row(
        "Amazon Bedrock",
        "bedrock-api-key-",
        "<base64:80->={0,2}",
        "https://github.com/aws/aws-bedrock-token-generator-python",
    ),
    Row("AWS", "AKIA ASIA ABIA ACCA", "<base32:16>", _AWS),
    Row("Slack", "xoxa- xoxb- xoxc- xoxe- xoxo- xoxp- xoxr- xoxs-", "<digit:1->-<word:13->", _SLACK),
    Row("Slack", "xapp-", "<digit:1>-<upper:8->-<digit:8->-<hex:32->", _SLACK),
    Row(
        "Slack",
        "hooks.slack.com/",
        r"(?:services|workflows|triggers)/[TE]\w+/\w+/(?:\d+/)?\w{20,}",
        "https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks",
    ),
    Row(
        "Discord",
        "discord.com/api discordapp.com/api",
        r"(?:/v\d+)?/webhooks/\d+/<word:40->",
        "https://docs.discord.com/developers/resources/webhook",
    ),
    Row(
        "Telegram",
        ":AA",
        "<word:33>",
        "https://core.telegram.org/bots/api#authorizing-your-bot",
        head="(?:bot)?<digit:8-10>",
    ),
    Row(
        "Microsoft Teams",
        "webhook.office.com/",
        r"webhookb2/[\w-]{36}@[\w-]{36}/IncomingWebhook/<hex:32>/[\w-]{36}",
        "https://learn.microsoft.com/en-us/microsoftteams/platform/webhooks-and-connectors/how-to/add-incoming-webhook",
    ),
    Row("Docker", "dckr_pat_ dckr_oat_", "<word:20->", "https://docs.docker.com/security/access-tokens/"),
    Row("npm", "npm_", "<alnum:36>", "https://docs.npmjs.com/about-access-tokens"),
    Row("PyPI", "pypi-", "AgE<word:40->", "https://pypi.org/help/#apitoken"),
    Row("RubyGems", "rubygems_", "<hex:48>", "https://guides.rubygems.org/api-key-scopes/"),
    Row("NuGet", "oy2", "<lower:43>", "https://learn.microsoft.com/en-us/nuget/nuget-org/publish-a-package"),
    Row("Clojars", "CLOJARS_", "<hex:60>", "https://github.com/clojars/clojars-web/wiki/Deploy-Tokens"),
    Row("CircleCI", "CCIPAT_ CCIPRJ_", "<word:20->", "https://circleci.com/docs/guides/toolkit/managing-api-tokens/"),
    Row("Buildkite", "bkua_ bkaj_ bkct_", "<hex:40>", "https://buildkite.com/docs/platform/security/tokens"),
    Row("Stripe", "sk_live_ rk_live_ whsec_", "<alnum:16->", "https://docs.stripe.com/keys"),
    Row("Google", "AIza", "<word:35>", "https://docs.cloud.google.com/docs/authentication/api-keys"),
    Row("Google", "GOCSPX-", "<word:28>", _GITHUB_LIST),
    Row("Google", "ya29.", "<word:30->", "https://docs.cloud.google.com/docs/authentication/token-types"),
    Row(
        "SendGrid",
        "SG.",
        "<word:16-32>.<word:32-64>",
        "https://www.twilio.com/docs/sendgrid/ui/account-and-settings/api-keys",
    ),
    Row(
        "Brevo", "xkeysib- xsmtpsib-", "<hex:64>-<alnum:16>", "https://developers.brevo.com/docs/api-key-authentication"
    ),
    Row("Vault", "hvs. hvb. hvr.", "<word:24->", _VAULT),
    Row(
        "HCP Terraform",
        ".atlasv1.",
        "<word:60->",
        "https://developer.hashicorp.com/terraform/cloud-docs/api-docs/team-tokens",
        head="<alnum:14>",
    ),
    Row(
        "JFrog Artifactory",
        "AKCp",
        "<alnum:60->",
        "https://docs.jfrog.com/administration/docs/api-key",
    ),
    Row(
        "JFrog Artifactory",
        "cmVmd",
        "<alnum:59>",
        "https://docs.jfrog.com/administration/docs/reference-tokens",
    ),
    Row("Hugging Face", "hf_ api_org_", "<alnum:34>", "https://huggingface.co/docs/hub/security-tokens"),
    Row("OpenAI", "sk-proj- sk-svcacct- sk-admin-", "<word:40->", _OPENAI),
    Row("OpenAI", "T3BlbkFJ", "<alnum:20>", _OPENAI, head="sk-<alnum:20>"),
    Row("Anthropic", "sk-ant-", "<word:20->", "https://platform.claude.com/docs/en/api/overview"),
    Row(
        "SonarQube",
        "sqp_ squ_ sqa_",
        "<hex:40>",
        "https://docs.sonarsource.com/sonarqube-server/user-guide/managing-tokens/",
    ),
    Row(
        "Sourcegraph",
        "sgp_",
        "(?:(?:local|[0-9a-fA-F]{16})_)?[0-9a-fA-F]{40}",
        "https://sourcegraph.com/docs/cli/how-tos/revoking_an_access_token",
    ),
    Row(
        "OpenShift",
        "sha256~",
        "<word:32->",
        "https://docs.okd.io/latest/rest_api/oauth_apis/oauth-apis-index.html",
    ),
    Row("Databricks", "dapi", r"<hex:32>(?:-\d)?", "https://docs.databricks.com/aws/en/dev-tools/auth/pat"),
    Row(
        "New Relic",
        "NRAK-",
        "<upper:27>",
        "https://docs.newrelic.com/docs/apis/intro-apis/new-relic-api-keys/",
    ),
    Row("Pulumi", "pul-", "<hex:40>", "https://www.pulumi.com/docs/administration/access-identity/access-tokens/"),
    Row(
        "Doppler",
        "dp.ct. dp.pt. dp.st. dp.sa. dp.scim. dp.audit.",
        r"(?:[\w-]{1,35}\.)?<alnum:40-44>",
        "https://docs.doppler.com/reference/auth-token-formats",
    ),
    Row("Shopify", "shpat_ shpca_ shppa_ shpss_", "<hex:32>", _SHOPIFY),
    Row(
        "Grafana",
        "glsa_",
        "<alnum:32>_<hex:8>",
        "https://grafana.com/docs/grafana/latest/administration/service-accounts/",
    ),
    Row(
        "Grafana",
        "glc_",
        "eyJ[A-Za-z0-9+/]{32,}={0,2}",
        "https://grafana.com/docs/grafana-cloud/security-and-account-management/authentication-and-permissions/access-policies/",
    ),
    Row(
        "Heroku",
        "HRKU-",
        r"(?:<hex:8>-<hex:4>-<hex:4>-<hex:4>-<hex:12>|AA<word:50->)",
        "https://devcenter.heroku.com/articles/authentication",
    ),
    Row("Linear", "lin_api_ lin_oauth_", "<alnum:40->", "https://linear.app/developers/graphql"),
    Row(
        "Postman",
        "PMAK-",
        "<hex:24>-<hex:34>",
        "https://learning.postman.com/docs/developer/postman-api/authentication/",
    ),
    Row(
        "Azure Storage",
        "sig=",
        r"(?:[A-Za-z0-9+/]|%2[BbFf]){43}(?:=|%3[Dd])",
        "https://learn.microsoft.com/en-us/rest/api/storageservices/create-service-sas",
        head=r"(?<=[?&])",
    ),
    Row(
        "Azure Storage",
        "AccountKey=",
        "<base64:86>==",
        "https://learn.microsoft.com/en-us/azure/storage/common/storage-configure-connection-string",
    ),
    Row("Microsoft Entra", "Q~", r"[\w.~-]{31,34}", _GITHUB_LIST, head=r"[\w.~-]{3}\d"),
    Row(
        "DigitalOcean",
        "dop_v1_ doo_v1_ dor_v1_",
        "<hex:64>",
        "https://docs.digitalocean.com/reference/api/create-personal-access-token/",
    ),
    Row("Sentry", "sntryu_", "<hex:64>", "https://docs.sentry.io/account/auth-tokens/"),
    Row("Sentry", "sntrys_", r"eyJ[A-Za-z0-9+/=_-]{60,}", "https://docs.sentry.io/account/auth-tokens/"),
    Row("Figma", "figd_", "<word:40->", "https://developers.figma.com/docs/rest-api/authentication/"),
    Row(
        "Netlify", "nfp_", "<alnum:36->", "https://docs.netlify.com/api-and-cli-guides/api-guides/get-started-with-api/"
    ),
    Row("Supabase", "sbp_", "<hex:40>", "https://supabase.com/docs/reference/api/introduction"),
    Row("Supabase", "sb_secret_", "<word:24->", "https://supabase.com/docs/guides/api/api-keys"),
    Row(
        "PlanetScale",
        "pscale_tkn_ pscale_pw_ pscale_oauth_",
        "<word:32->",
        "https://planetscale.com/docs/api/planetscale-api-oauth-applications",
    ),
    Row("Fly.io", "fm1_ fm2_ fo1_", r"[A-Za-z0-9+/_=-]{43,}", "https://fly.io/docs/security/tokens/"),
    Row(
        "Tailscale",
        "tskey-",
        "(?:auth|api|client)-<alnum:12->-<alnum:20->",
        "https://tailscale.com/docs/reference/key-prefixes",
    ),
    Row("Notion", "ntn_", "<alnum:46>", "https://developers.notion.com/guides/get-started/authorization"),
    Row("Airtable", "pat", "<alnum:14>.<hex:64>", "https://airtable.com/developers/web/api/authentication"),
    Row(
        "Dynatrace",
        "dt0c01.",
        "<upper:24>.<upper:64>",
        "https://docs.dynatrace.com/docs/manage/identity-access-management/access-tokens-and-oauth-clients/access-tokens",
    ),
    Row("Square", "sq0atp- sq0csp-", "<word:22->", "https://developer.squareup.com/docs/build-basics/access-tokens"),
    Row("Mapbox", "sk.", r"eyJ<word:20->\.<word:20->", "https://docs.mapbox.com/accounts/guides/tokens/"),
    Row(
        "1Password",
        "ops_",
        "eyJ[A-Za-z0-9+/_=-]{100,}",
        "https://developer.1password.com/docs/service-accounts/security/",
    ),
    Row("age", "AGE-SECRET-KEY-", "1[QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L]{58}", "https://age-encryption.org/v1"),
    Row("Alibaba Cloud", "LTAI", "<alnum:20>", _GITHUB_LIST),
    Row(
        "its issuer",
        "eyJ",
        r"<word:10->\.eyJ<word:10->\.<word:10->",
        "https://www.rfc-editor.org/rfc/rfc7519#section-3.1",
    ),
    Row(
        "its owner",
        "-----BEGIN ",
        r"[A-Z ]{0,20}PRIVATE KEY(?: BLOCK)?-----[^-]+(?:-----END [A-Z ]{0,20}PRIVATE KEY(?: BLOCK)?-----)?",
        "https://www.rfc-editor.org/rfc/rfc7468#section-10",
    ),
)
