"""The words by which secrets are told from values that only look like them. Facts, no logic."""

from __future__ import annotations

from typing import Final


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# The last word of a name that holds something about a secret and not the secret.
ABOUT: Final = _words(
    """
    age algorithm arn audience bucket cmd command count description dir directory domain email enabled endpoint env
    environment expiration expiry field file filename fingerprint fingerprints format header host
    hosts id ids interval issuer length level
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
    authorization cred credential credentials creds pass passcode passphrase passphrases passwd password passwords pat
    pw pwd pwds secret secrets token tokens
    """
)

# What says where a secret is for, behind its name: `API_KEY_PROD`, `API_KEY_V2`.
STAGES: Final = _words("dev development live prod production stage staging v")

# One word that is two: `AWS_SECRETKEY`; also with an `s` behind it.
SECRET_ENDS: Final = (
    *("password", "passwd", "pass", "pwd", "dbpw", "secret", "token", "credential", "creds", "basicauth"),
    *(
        "accesskey",
        "accountkey",
        "apikey",
        "authkey",
        "consumerkey",
        "deploykey",
        "encryptionkey",
        "hmackey",
        "licensekey",
        "masterkey",
        "privatekey",
        "privkey",
        "secretkey",
        "servicekey",
        "sessionkey",
        "sharedkey",
        "signingkey",
        "sshkey",
        "subscriptionkey",
    ),
)

NOT_SUCH_ENDS: Final = _words(
    """
    bypass compass encompass multipass overpass trespass underpass
    """
)

# Keys that their issuers publish with every page: https://developers.google.com/recaptcha/docs/display,
# https://developers.cloudflare.com/turnstile/, https://docs.hcaptcha.com/
# The place of a file in a store, and what orders the rows of a database: https://docs.aws.amazon.com/AmazonS3/latest/
# userguide/object-keys.html, https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.CoreComponents.html
PUBLIC_KEYS: Final = (
    *(("site", "key"), ("sitekey",)),
    *((word, "key") for word in ("bucket", "foreign", "object", "partition", "pub", "range", "sort")),
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

# What people write where a value has to be and none is meant.
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

# Words that are in most configs and in every report: hiding them would leave nothing to read, and who knows that a
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
