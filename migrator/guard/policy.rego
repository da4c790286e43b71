{{ header }}
package org

import future.keywords.in

policy_name["{{ name }}"]

# What the policy says, by registry. Names begin with `migrate_`, since all policies of an organization share a package.

migrate_base := {{ base }}

# The same keys for some repositories: later ones win, key by key.
migrate_overrides := {{ overrides }}

# What the patterns of images and repositories match.
migrate_patterns := {{ patterns }}

# Which rules count, and whether a pipeline that violates one is refused.

enable_rule["migrate_image_without_credentials"] {
	migrate_runs("unauthenticated-image")
}

enable_rule["migrate_literal_credentials"] {
	migrate_runs("literal-secret")
}

enable_rule["migrate_missing_context"] {
	migrate_runs("missing-context")
}

enable_rule["migrate_login_with_password"] {
	migrate_runs("docker-login-step")
}
{{ enforcement }}
migrate_runs(id) {
	migrate_selects(id)
	not id in migrate_settings.rules.ignore
}

migrate_selects(_) {
	count(migrate_settings.rules.select) == 0
}

migrate_selects(id) {
	id in migrate_settings.rules.select
}

# The rules.

migrate_image_without_credentials[reason] {
	migrate_images[[job, image]]
	not migrate_has_credentials(image)
	wanted := migrate_wanted(image.image)
	reason := sprintf({{ image_without_credentials }}, [job, migrate_shown(image.image), wanted.host, wanted.key])
}

migrate_literal_credentials[reason] {
	migrate_images[[job, image]]
	[place, key] := [
		["auth", "password"],
		["aws_auth", "aws_access_key_id"],
		["aws_auth", "aws_secret_access_key"],
	][_]
	migrate_is_literal(image[place][key])
	reason := sprintf({{ literal_credentials }}, [job, key, place, migrate_shown(image.image)])
}

migrate_missing_context[reason] {
	migrate_settings.credentials == "context"
	not migrate_has_no_workflow
	some use in migrate_uses
	not migrate_holds(use.contexts, migrate_credentials[use.credentials].variables)
	not use.credentials in migrate_from_own_contexts
	not migrate_is_left(use)
	contexts := concat("` or `", sort(migrate_contexts_of[use.credentials]))
	reason := sprintf({{ missing_context }}, [use.workflow, use.job, migrate_shown(use.image), contexts])
}

migrate_login_with_password[reason] {
	migrate_scripts[[what, name, text]]
	regex.match({{ login }}, text)
	reason := sprintf({{ login_with_password }}, [what, name])
}

# The repository that is built, and the values of the policy for it.

migrate_repository = lower(name) {
	url := data.meta.vcs.target_repository_url
	path := regex.replace(url, `^(?:[a-z+]+://(?:[^/@]*@)?[^/]+/|[^/@]+@[^:/]+:)`, "")
	name := regex.replace(path, `(?:\.git)?/*$`, "")
}

migrate_applies(override) {
	some pattern in override.repositories
	regex.match(migrate_patterns[pattern].matches, migrate_repository)
}

migrate_settings := object.union_n(array.concat([migrate_base], [override.settings |
	override := migrate_overrides[_]
	migrate_applies(override)
]))

# What is read: the compiled config, in which orbs, executors and parameters are filled in, else what is written.

migrate_section(name) = section {
	section := input._compiled_[name]
	is_object(section)
} else = section {
	section := input[name]
	is_object(section)
}

migrate_is_compiled {
	is_object(input._compiled_)
}

# Its one job has no place for a context: the project provides the variables.
migrate_has_no_workflow {
	is_object(input.jobs)
	not migrate_has_workflows
}

migrate_has_workflows {
	is_object(input.workflows)
}

migrate_images_of[name] = images {
	some name, job in migrate_section("jobs")
	images := [image | image := migrate_docker(job)[_]; is_string(image.image)]
}

migrate_images[[name, image]] {
	some name, images in migrate_images_of
	some image in images
}

migrate_docker(job) = images {
	images := job.docker
	is_array(images)
} else = images {
	images := migrate_section("executors")[migrate_executor(job)].docker
	is_array(images)
}

migrate_executor(job) = job.executor {
	is_string(job.executor)
} else = job.executor.name {
	is_string(job.executor.name)
}

migrate_scripts[["Job", name, text]] {
	some name, job in migrate_section("jobs")
	some text in migrate_scripts_of(job)
}

migrate_scripts[["Command", name, text]] {
	not migrate_is_compiled
	some name, command in migrate_section("commands")
	some text in migrate_scripts_of(command)
}

migrate_scripts_of(job) = {text |
	walk(job.steps, [path, text])
	is_string(text)
	path[count(path) - 1] in {"command", "run", "deploy"}
}

migrate_invocations[{"workflow": workflow, "job": job, "contexts": contexts, "scheduled": scheduled}] {
	some workflow, body in migrate_section("workflows")
	some item in body.jobs
	some job, given in migrate_named(item)
	contexts := migrate_contexts(given)
	scheduled := count([1 | body.triggers[_].schedule]) > 0
}

migrate_named(item) = {item: {}} {
	is_string(item)
} else = item {
	is_object(item)
}

# Nothing where an expression decides, which only a compiled config says.
migrate_contexts(given) = {given.context} {
	is_string(given.context)
	not contains(given.context, "<<")
}

migrate_contexts(given) = names {
	is_array(given.context)
	names := {name | name := given.context[_]}
}

migrate_contexts(given) = set() {
	not migrate_names_contexts(given)
}

migrate_names_contexts(given) {
	is_string(given.context)
}

migrate_names_contexts(given) {
	is_array(given.context)
}

# Credentials of images.

migrate_has_credentials(image) {
	some key in {"auth", "aws_auth", "gcp_auth"}
	is_object(image[key])
	image[key] != {}
}

migrate_is_literal(value) {
	is_string(value)
	text := trim_space(value)
	text != ""
	not regex.match(`^\$(?:[A-Za-z_]\w*|\{[A-Za-z_]\w*\})$`, text)
	not contains(text, "{{")
	not contains(text, "<<")
}

migrate_shown(image) = trim_space(image) {
	migrate_reference(image)
} else = "an image"

# Contexts: the credentials of the policy with the variables that a context has to bring, and who pulls with them.

migrate_credentials[host] = {"key": "auth", "value": value, "context": registry.context, "variables": variables} {
	some host, registry in migrate_settings.registries
	value := {"username": registry.username, "password": registry.password}
	variables := {text | text := value[_]; startswith(text, "$")}
}

migrate_credentials["ECR"] = {"key": "aws_auth", "value": value, "context": aws.context, "variables": variables} {
	aws := migrate_settings.aws
	aws.on
	aws.oidc_role_arn == ""
	value := {key: aws[key] | key := ["aws_access_key_id", "aws_secret_access_key"][_]}
	variables := {text | text := value[_]}
}

# The contexts that bring what these credentials read: one, unless registries share them.
migrate_contexts_of[host] = contexts {
	some host, credentials in migrate_credentials
	contexts := {same.context | same := migrate_credentials[_]; same.value == credentials.value}
}

migrate_uses[use] {
	some invocation in migrate_invocations
	some image in migrate_images_of[invocation.job]
	some host, credentials in migrate_credentials
	object.get(image, credentials.key, null) == credentials.value
	use := object.union(invocation, {"image": image.image, "credentials": host})
}

migrate_holds(contexts, variables) {
	held := {variable |
		some credentials in migrate_credentials
		credentials.context in contexts
		variable := credentials.variables[_]
	}
	count(variables - held) == 0
}

# One context that all these jobs have, and whose name says that it is for a registry, is where they come from. One
# comprehension, as OPA would look for what is not in a rule again for every job.
migrate_from_own_contexts := {host |
	some host, _ in migrate_credentials
	common := intersection({use.contexts | use := migrate_uses[_]; use.credentials == host})
	some name in common
	some word in {{ words }}
	contains(lower(name), word)
}

migrate_is_left(use) {
	use.scheduled
	migrate_settings.scheduled == "skip"
}

# Images: Docker's grammar, https://github.com/distribution/reference. A variable is shown as one character.

migrate_wanted(text) = {"host": "ECR", "key": "aws_auth"} {
	migrate_settings.aws.on
	migrate_reference(text).ecr
} else = {"host": reference.registry, "key": "auth"} {
	reference := migrate_reference(text)
	not reference.ecr
	migrate_names(migrate_settings.registries[reference.registry], reference.repository)
}

migrate_names(registry, repository) {
	not contains(repository, "\ue000")
	migrate_matches(object.get(registry, "images", ["*"]), repository)
	not migrate_matches(object.get(registry, "skip", []), repository)
}

# A variable in the name: what it is called as long as one pattern names all that may become of it.
migrate_names(registry, repository) {
	contains(repository, "\ue000")
	start := split(repository, "\ue000")[0]
	some pattern in object.get(registry, "images", ["*"])
	migrate_patterns[pattern].is_prefix
	some name in {start, trim_prefix(start, "library/")}
	startswith(name, migrate_patterns[pattern].start)
	not migrate_may_match(object.get(registry, "skip", []), start)
}

migrate_matches(patterns, repository) {
	some pattern in patterns
	some name in {repository, trim_prefix(repository, "library/")}
	regex.match(migrate_patterns[pattern].matches, name)
}

migrate_may_match(patterns, start) {
	some pattern in patterns
	some name in {start, trim_prefix(start, "library/")}
	some pair in [[name, migrate_patterns[pattern].start], [migrate_patterns[pattern].start, name]]
	startswith(pair[0], pair[1])
}

migrate_reference(text) = reference {
	trimmed := trim_space(text)
	not contains(trimmed, "<<")
	shown := regex.replace(trimmed, `\$(?:[\p{L}\p{N}_]+|\{[^{}]*\}|\([^()]*\))`, "\ue000")
	reference := migrate_parts(shown)
	migrate_is_valid(shown, reference)
}

migrate_is_valid(text, reference) {
	not contains(text, "\ue000")
	regex.match({{ grammar }}, text)
	not regex.match(`^[a-f0-9]{64}$`, text)
	count(reference.name) <= {{ longest }}
}

migrate_is_valid(text, reference) {
	contains(text, "\ue000")
	not migrate_hides_registry(text, reference)
	regex.match(`^[a-z0-9._/-]*$`, replace(reference.repository, "\ue000", ""))
	regex.match(`^[\w.-]*$`, replace(reference.tag, "\ue000", ""))
}

migrate_hides_registry(text, reference) {
	first := split(text, "/")[0]
	contains(first, "\ue000")
	not reference.ecr
	migrate_may_be_registry(text, first)
}

# `node:$TAG` is of Docker Hub; `$IMAGE`, `node$SUFFIX` and `$HOST/x` could be anything.
migrate_may_be_registry(text, _) {
	contains(text, "/")
}

migrate_may_be_registry(_, first) {
	contains(split(first, ":")[0], "\ue000")
}

migrate_parts(text) = {
	"registry": registry,
	"repository": migrate_repository_of(registry, name),
	"name": name,
	"tag": trim_prefix(substring(tagged, count(name), -1), ":"),
	"ecr": regex.match({{ ecr }}, host),
} {
	host := migrate_host(text)
	registry := migrate_registry(host)
	tagged := split(migrate_behind(text, host), "@")[0]
	name := regex.replace(tagged, `:[^:/]*$`, "")
}

migrate_host(text) = host {
	contains(text, "/")
	host := split(text, "/")[0]
	migrate_names_host(host)
} else = ""

migrate_behind(text, "") = text

migrate_behind(text, host) = substring(text, count(host) + 1, -1) {
	host != ""
}

migrate_names_host(first) {
	regex.match(`[.:]`, first)
}

migrate_names_host("localhost")

migrate_names_host(first) {
	lower(first) != first
}

migrate_registry(host) = "{{ hub }}" {
	host in {{ hub_hosts }}
} else = host

migrate_repository_of(registry, name) = concat("/", ["library", name]) {
	registry == "{{ hub }}"
	not contains(name, "/")
} else = name
