"""What a config policy says when it refuses a pipeline: one sentence a violation, never with a secret."""

from __future__ import annotations

from typing import Final

NO_CREDENTIALS: Final = "Job `%s` pulls `%s` from %s without `%s`: `migrate` adds it"
LITERAL: Final = (
    "Job `%s` has the value of `%s` written out in the `%s` of `%s`: use a variable, and change the secret, "
    "which is in the history of the repository"
)
NO_CONTEXT: Final = "Workflow `%s` runs `%s`, which pulls `%s` with credentials, without their context `%s`: add it"
LOGIN: Final = "%s `%s` passes a password to `docker login` on the command line: use `--password-stdin`"
NO_REPOSITORY: Final = (
    "The pipeline does not say which repository it builds: what the policy has for single repositories was not used"
)

SENTENCES: Final = {
    "image_without_credentials": NO_CREDENTIALS,
    "literal_credentials": LITERAL,
    "missing_context": NO_CONTEXT,
    "login_with_password": LOGIN,
    "unknown_repository": NO_REPOSITORY,
}
