"""The words and shapes by which secrets are told from values that only look like them. Facts, no logic."""

from __future__ import annotations

import re
from typing import Final

from migrator.startup.patterns import lazy


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# Shapes that their issuers document, by a part that each of them holds as it stands: nobody writes these by chance.
TOKENS: Final[tuple[tuple[str, re.Pattern[str]], ...]] = tuple(
    (mark, lazy(pattern))
    for mark, pattern in (
        # https://github.blog/2021-04-05-behind-githubs-new-authentication-token-formats/
        ("ghp_", r"ghp_[A-Za-z0-9]{36,}"),
        ("gho_", r"gho_[A-Za-z0-9]{36,}"),
        ("ghs_", r"ghs_[A-Za-z0-9]{36,}"),
        ("github_pat_", r"github_pat_\w{36,}"),
        # https://docs.gitlab.com/security/tokens/#token-prefixes
        ("glpat-", r"glpat-[\w-]{20,}"),
        # https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-unique-ids
        ("AKIA", r"(?<![A-Za-z0-9])AKIA[A-Z2-7]{16}(?![A-Za-z0-9])"),
        ("ASIA", r"(?<![A-Za-z0-9])ASIA[A-Z2-7]{16}(?![A-Za-z0-9])"),
        # https://api.slack.com/concepts/token-types, https://api.slack.com/messaging/webhooks
        ("xox", r"(?<![A-Za-z0-9])xox[abeoprs]-[\w-]{10,}"),
        ("hooks.slack.com/", r"hooks\.slack\.com/services/T\w+/B\w+/\w{20,}"),
        ("discord.com/api", r"discord\.com/api/webhooks/\d+/[\w-]{40,}"),
        # https://docs.docker.com/security/access-tokens/, https://docs.npmjs.com/about-access-tokens
        ("dckr_", r"dckr_[po]at_[\w-]{20,}"),
        ("npm_", r"npm_[A-Za-z0-9]{36}(?![A-Za-z0-9])"),
        ("pypi-AgE", r"pypi-AgE[\w-]{40,}"),
        # https://circleci.com/docs/guides/toolkit/managing-api-tokens/
        ("CCIP", r"CCIP(?:AT|RJ)_\w+"),
        ("_live_", r"(?:sk|rk)_live_[A-Za-z0-9]{16,}"),
        ("AIza", r"(?<![\w-])AIza[\w-]{35}(?![\w-])"),
        ("SG.", r"(?<![\w-])SG\.[\w-]{16,32}\.[\w-]{32,64}"),
        ("hvs.", r"(?<![\w-])hvs\.[\w-]{24,}"),
        ("dop_v1_", r"dop_v1_[0-9a-f]{64}"),
        ("sk-ant-", r"sk-ant-[\w-]{20,}"),
        ("eyJ", r"(?<![\w-])eyJ[\w-]{10,}\.eyJ[\w-]{10,}\.[\w-]{10,}"),
        ("PRIVATE KEY", r"-----BEGIN [A-Z ]*PRIVATE KEY-----[^-]+(?:-----END [A-Z ]*PRIVATE KEY-----)?"),
    )
)

# What each of them begins with or holds, found by its rarest character, several at a time: most files hold none, and a
# search for each took more than twice as long.
TOKEN_MARKS: Final[tuple[re.Pattern[str], ...]] = tuple(
    map(
        lazy,
        (
            r"_(?:(?<=gh[pos]_)|(?<=github_pat_)|(?<=dckr_)|(?<=npm_)|(?<=_live_)|(?<=dop_v1_))[\w-]{16}",
            r"\.(?:(?<=hvs\.)|(?<=SG\.)|(?<=hooks\.)slack|(?<=discord\.)com/api)",
            r"A(?:KIA|SIA|Iza|gE(?<=pypi-AgE))",
            r"P(?<=CCIP)",
            r"J(?<=eyJ)",
            r"V(?<=PRIV)ATE KEY",
            r"x(?<=xox)",
            r"glpat-",
            r"sk-ant-",
        ),
    )
)

# The last word of a name that holds something about a secret and not the secret.
ABOUT: Final = _words(
    """
    age algorithm arn audience bucket cmd command count description dir directory domain email enabled endpoint env
    environment expiration expiry field file filename format header host hosts id ids interval issuer length level
    lifetime limit method mode name names namespace params path paths policy port prefix provider regex region
    retries scope service size stdin store strategy suffix timeout ttl type types uri url urls user username users
    validity var variable vars version
    """
)

# A word that turns a name into a switch, or into something that everybody may see.
NO_SECRET: Final = _words(
    """
    allow allowed cache checksum disable empty enable has is no public publishable require required use uses
    """
)

SECRET_WORDS: Final = _words(
    """
    credential credentials pass passphrase passwd password pat pwd secret secrets token
    """
)

NOT_SUCH_ENDS: Final = _words(
    """
    bypass compass encompass overpass tokens trespass underpass
    """
)

KEYS: Final = _words(
    """
    access account api auth deploy encryption license master private secret service signing
    """
)

DATABASES: Final = _words(
    """
    amqp arango cassandra clickhouse cockroach couchdb database datastore db ds elastic elasticsearch flyway influx
    influxdb keycloak ldap localstack mariadb minio mongo mongodb mssql mysql neo4j oracle pg pgpass pgpassword
    postgres postgresql psql rabbit rabbitmq rds redis sa sql vertica
    """
)

# Words of services outside the build: a password that has such a name opens something.
OUTSIDE: Final = _words(
    """
    artifactory aws azure bintray circle cloudflare codecov coveralls datadog deploy deployment docker dockerhub gcp
    gcr ghcr github gitlab google heroku hub maven netlify nexus npm nuget ossrh prod production pypi quay registry
    rubygems sendgrid sentry slack snyk sonar sonatype stripe terraform twilio twine vercel
    """
)

# What people write where a value has to stand and none is meant.
PLACEHOLDER: Final = _words(
    """
    a abc admin an any api app bar baz been blah bogus change changed changeit changeme ci circle circleci code
    credential credentials db default demo dev development docker dummy empty example fake fixme foo foobar for
    guest here hidden hub id insert invalid just key keys letmein local localhost login masked me mock my na name
    nil no none not nothing null only pass passphrase passwd password passwort placeholder postgres private purpose
    purposes pwd qwerty real redacted registry removed replace root rootroot sample secret secrets some staging
    string super tbd temp test tested tester testing tests the this to todo token unused use user username value
    very with word x xx xxx y your yourself z
    """
)

# Words that stand in most configs and in every report: hiding them would leave nothing to read, and who knows that a
# password is `docker` knows it anyway.
VOCABULARY: Final = _words(
    """
    after alpine approval auth before branches build cache changed checkout cimg circleci command commands config
    context contexts default deploy docker docker-hub-creds echo environment executor executors failed files filters
    finding github hub image images jobs latest linux login machine main manual master medium mysql name node only
    parameters production push python quay registry release requires restore_cache review root ruby rule safe
    save_cache service setup small steps store ubuntu unchanged username version warning when workflow workflows
    """
)
