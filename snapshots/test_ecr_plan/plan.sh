#!/usr/bin/env bash
# Copies images of ECR to us-east-1, nearer to CircleCI's machines, and sets up replication of later pushes.
# Written by `migrate --ecr-plan`; the plan is at its end. It is safe to run twice: what exists is kept.
#
#   ./FILE                  create the repositories, copy the images, add the replication rules
#   ./FILE STAGE...         only these stages: create, copy, replicate, backfill (see below)
#   ./FILE --dry-run ...    print what would be done; only reads
#
# It works in the account whose AWS credentials you have (AWS_PROFILE and the like), and lists the other accounts:
# run it once for each. `backfill` has AWS replicate everything that these rules match and that was pushed before them.
# COPY_TOOL=skopeo|crane|buildx chooses what copies; by default, the first of them that is installed.
#
# Needs aws, jq and one of skopeo, crane and docker buildx; and of AWS the permissions to ecr:GetAuthorizationToken,
# CreateRepository, Describe*, Get* and BatchGet*, the uploads (InitiateLayerUpload, UploadLayerPart,
# CompleteLayerUpload, PutImage), DescribeRegistry, PutReplicationConfiguration and iam:CreateServiceLinkedRole.
# Credentials of registries live in a temporary folder until the script ends. None is printed.
# shellcheck disable=SC2016
set -euo pipefail

HOME_REGION=us-east-1
SUFFIX=amazonaws.com
PARTITION=aws

say() { printf '%s\n' "$*" >&2; }
stop() {
  say "$0: $*"
  exit 2
}
failures=0
failed() {
  failures=$((failures + 1))
  say "FAILED: $*"
}

# Print a command and run it, unless this is a dry run.
change() {
  say "+ $*"
  [ -n "$dry_run" ] || "$@"
}

host() { printf '%s.dkr.ecr.%s.%s' "$1" "$2" "$SUFFIX"; }

# Whether an account is the one that is logged in to; others are noted.
mine() {
  [ "$1" != "$caller" ] || return 0
  touch "$work/others/$1"
  return 1
}

# The account behind a placeholder: what the variable of that name says, else the one that is logged in to.
account() {
  local value=${!1:-$caller}
  [[ $value =~ ^[0-9]{12}$ ]] || stop "$1: expected an account of 12 digits, found '$value'"
  say "account $2: $value (set $1 for another)"
  printf -v "$1" %s "$value"
}

# Whether a pull-through cache rule of the source region made a repository: a copy of it would grow old.
is_cache() {
  local file="$work/caches/$1.$2" prefix
  if [ ! -e "$file" ]; then
    aws ecr describe-pull-through-cache-rules --region "$2" --registry-id "$1" \
      --query 'pullThroughCacheRules[].[ecrRepositoryPrefix]' --output text >"$file" 2>/dev/null || : >"$file"
  fi
  while IFS= read -r prefix; do
    case $3 in "$prefix"/*) return 0 ;; esac
  done <"$file"
  return 1
}

# repository ACCOUNT REGION NAME
repository() {
  mine "$1" || return 0
  if is_cache "$1" "$2" "$3"; then
    [ "$stage" != create ] || say "$3: created by a pull-through cache rule of $2; add such a rule to $HOME_REGION instead"
    return 0
  fi
  printf '  arn:%s:ecr:%s:%s:repository/%s\n' "$PARTITION" "$HOME_REGION" "$1" "$3" >>"$work/arns"
  printf '%s\n' "$3" >>"$work/names"
  [ "$stage" = create ] || return 0
  local found tags
  if ! found=$(aws ecr describe-repositories --region "$2" --registry-id "$1" --repository-names "$3" \
    --query 'repositories[0].imageTagMutability' --output text 2>&1); then
    failed "$3: cannot be read in $2: $(last "$found")"
    return 0
  fi
  case $found in IMMUTABLE) tags=IMMUTABLE ;; *) tags=MUTABLE ;; esac
  if found=$(aws ecr describe-repositories --region "$HOME_REGION" --registry-id "$1" --repository-names "$3" \
    --query 'repositories[0].repositoryName' --output text 2>&1); then
    say "$3: already exists in $HOME_REGION"
  elif [[ $found != *RepositoryNotFoundException* ]]; then
    failed "$3: cannot be read in $HOME_REGION: $(last "$found")"
    return 0
  elif ! change aws ecr create-repository --region "$HOME_REGION" --registry-id "$1" --repository-name "$3" \
    --image-tag-mutability "$tags" >"$work/out"; then
    failed "$3: was not created in $HOME_REGION"
    return 0
  fi
  if aws ecr get-repository-policy --region "$2" --registry-id "$1" --repository-name "$3" >"$work/out" 2>&1 &&
    ! aws ecr get-repository-policy --region "$HOME_REGION" --registry-id "$1" --repository-name "$3" \
      >"$work/out" 2>&1; then
    say "$3: has a repository policy in $2 but not in $HOME_REGION; other accounts cannot pull the copy until you add one"
  fi
}

last() { printf '%s' "${1##*$'\n'}"; }

log_in() {
  local name
  name=$(host "$1" "$2")
  [ ! -e "$work/in/$name" ] || return 0
  aws ecr get-login-password --region "$2" 2>"$work/out" | case $tool in
    skopeo) skopeo login --username AWS --password-stdin "$name" ;;
    crane) crane auth login --username AWS --password-stdin "$name" ;;
    buildx) docker login --username AWS --password-stdin "$name" ;;
  esac >>"$work/out" 2>&1 || return 1
  touch "$work/in/$name"
}

digest_of() {
  case $tool in
    skopeo) skopeo inspect --raw "docker://$1" >"$work/manifest" && skopeo manifest-digest "$work/manifest" ;;
    crane) crane digest "$1" ;;
    buildx) docker buildx imagetools inspect --format '{{.Manifest.Digest}}' "$1" ;;
  esac
}

copy() {
  case $tool in
    skopeo) change skopeo copy --all --preserve-digests "docker://$1" "docker://$2" ;;
    crane) change crane copy "$1" "$2" ;;
    # buildx puts a digest only under a tag.
    buildx) change docker buildx imagetools create --prefer-index=false --tag "${2/@sha256:/:sha256-}" "$1" ;;
  esac >&2
}

# image ACCOUNT REGION NAME VERSION, which is `:tag` or `@digest`
image() {
  [ "$stage" = copy ] || return 0
  mine "$1" || return 0
  ! is_cache "$1" "$2" "$3" || return 0
  local from to source target
  if ! log_in "$1" "$2" || ! log_in "$1" "$HOME_REGION"; then
    failed "$3$4: cannot log in to ECR: $(tail -n 1 "$work/out")"
    return 0
  fi
  from="$(host "$1" "$2")/$3$4"
  to="$(host "$1" "$HOME_REGION")/$3$4"
  if ! source=$(digest_of "$from" 2>"$work/error"); then
    failed "$3$4: cannot be read in $2: $(tail -n 1 "$work/error")"
    return 0
  fi
  if target=$(digest_of "$to" 2>"$work/error"); then
    if [ "$source" = "$target" ]; then
      say "$3$4: already exists in $HOME_REGION"
    else
      say "$3$4: is a different image in $HOME_REGION ($target) than in $2 ($source); left unchanged"
    fi
  # Each tool and registry has its own words for what is not there. Anything else could hide an image.
  elif ! grep -qiE 'manifest.?unknown|name.?unknown|not.?found|does not exist' "$work/error"; then
    failed "$3$4: cannot be read in $HOME_REGION: $(tail -n 1 "$work/error")"
  elif ! copy "$from" "$to"; then
    failed "$3$4: was not copied"
  fi
}

# Rules that are there, and what of the wanted ones no rule covers yet: added to a rule of the same kind, else as a new
# one. Rules that have nothing to do with it stay as they are.
MERGE='
def covers($to; $name):
  any(.destinations[]; .region == $to.region and .registryId == $to.registryId)
  and ((.repositoryFilters // []) | length == 0 or any(.[]; .filter as $prefix | $name | startswith($prefix)));
def takes($to):
  .destinations == [$to] and .deleteReplication.enabled != true
  and ((.repositoryFilters // []) | length > 0 and length < 100);
($wanted | .rules[].destinations[].registryId = $account) as $wanted
| reduce ($wanted.rules[] | .destinations[] as $to | .repositoryFilters[] | {$to, filter: .}) as $each
    ((.replicationConfiguration.rules // []);
     if any(.[]; covers($each.to; $each.filter.filter)) then .
     else (map(takes($each.to)) | index(true)) as $at
       | if $at then .[$at].repositoryFilters += [$each.filter]
         else . + [{destinations: [$each.to], repositoryFilters: [$each.filter]}] end
     end)
| {rules: .}'

# replication ACCOUNT REGION, and the rules on standard input. AWS replaces all rules of a registry at once, so those
# that are there go along.
replication() {
  local wanted
  wanted=$(cat)
  case $stage in replicate | backfill) mine "$1" || return 0 ;; *) return 0 ;; esac
  if [ "$stage" = backfill ]; then
    change aws ecr start-replication-backfill --region "$2" --destination "region=$HOME_REGION,registryId=$1" >&2 ||
      failed "replication of $1 from $2: was not backfilled (older versions of aws cannot do this)"
    return 0
  fi
  if ! aws ecr describe-registry --region "$2" --output json >"$work/registry" 2>"$work/error"; then
    failed "replication of $1 from $2: cannot be read: $(tail -n 1 "$work/error")"
    return 0
  fi
  jq --argjson wanted "$wanted" --arg account "$1" "$MERGE" "$work/registry" >"$work/rules.json"
  if jq -e --slurpfile rules "$work/rules.json" \
    '(.replicationConfiguration.rules // []) == $rules[0].rules' "$work/registry" >"$work/out"; then
    say "replication of $1 from $2: already has these rules"
    return 0
  fi
  say "replication of $1 from $2 was: $(jq -c '.replicationConfiguration // {rules: []}' "$work/registry")"
  say "replication of $1 from $2 becomes: $(jq -c . "$work/rules.json")"
  change aws ecr put-replication-configuration --region "$2" \
    --replication-configuration "file://$work/rules.json" >"$work/out" || failed "replication of $1 from $2: was not set"
}

# by_hand TEXT
by_hand() { printf '  %s\n' "$1" >>"$work/by_hand"; }

choose_tool() {
  if [ -n "${COPY_TOOL:-}" ]; then
    case $COPY_TOOL in skopeo | crane | buildx) tool=$COPY_TOOL ;; *) stop "COPY_TOOL: skopeo, crane or buildx" ;; esac
  elif command -v skopeo >/dev/null; then
    tool=skopeo
  elif command -v crane >/dev/null; then
    tool=crane
  elif command -v docker >/dev/null && docker buildx version >/dev/null 2>&1; then
    tool=buildx
  else
    stop "needs skopeo, crane or docker buildx to copy images"
  fi
  # Nobody's own logins are used or changed. Docker keeps its plugins beside them.
  local mine=${DOCKER_CONFIG:-${HOME:-/}/.docker}
  mkdir "$work/docker"
  [ ! -d "$mine/cli-plugins" ] || ln -s "$mine/cli-plugins" "$work/docker/cli-plugins"
  export DOCKER_CONFIG="$work/docker" REGISTRY_AUTH_FILE="$work/docker/config.json"
}

report_rest() {
  if [ -s "$work/by_hand" ]; then
    say "Not copied: their names are known only at run time. The rules above replicate them if they match:"
    sort -u "$work/by_hand" >&2
  fi
  if [ -s "$work/arns" ]; then
    say "Allow these in the IAM policies of everything that pulls the images:"
    sort -u "$work/arns" >&2
    say "When all of this is done, add to migrator.toml, and migrate will use the copies:"
    say "  [ecr]"
    say "  copied = $(sort -u "$work/names" | jq -Rsc 'split("\n")[:-1]')"
  fi
  local other
  for other in "$work"/others/*; do
    [ ! -e "$other" ] || say "Not done: images of account ${other##*/}; log in to it and run this again"
  done
}

main() {
  dry_run=
  local stages='' word
  for word in "$@"; do
    case $word in
      --dry-run) dry_run=1 ;;
      create | copy | replicate | backfill) stages="$stages $word" ;;
      *) stop "'$word' is unknown; expected create, copy, replicate, backfill or --dry-run" ;;
    esac
  done
  for word in aws jq; do
    command -v "$word" >/dev/null || stop "needs $word"
  done
  export AWS_PAGER=''
  work=$(mktemp -d)
  trap 'rm -rf "$work"' EXIT
  mkdir "$work/others" "$work/in" "$work/caches"
  choose_tool
  caller=$(aws sts get-caller-identity --query Account --output text) || stop "cannot log in to AWS"
  accounts
  for stage in ${stages:-create copy replicate}; do
    plan
  done
  report_rest
  [ "$failures" -eq 0 ] || {
    say "$0: $failures failed; fix that and run it again"
    exit 1
  }
  [ -s "$work/arns" ] || [ -z "$(ls "$work/others")" ] || stop "nothing in this plan belongs to account $caller"
}

accounts() {
  account AWS_ACCOUNT_ID '${AWS_ACCOUNT_ID}'
  :
}

plan() {
  repository "$AWS_ACCOUNT_ID" us-west-2 tools
  image "$AWS_ACCOUNT_ID" us-west-2 tools :1  # d/.circleci/config.yml
  replication "$AWS_ACCOUNT_ID" us-west-2 <<'JSON'
{
  "rules": [
    {
      "destinations": [
        {
          "region": "us-east-1",
          "registryId": "$AWS_ACCOUNT_ID"
        }
      ],
      "repositoryFilters": [
        {
          "filter": "tools",
          "filterType": "PREFIX_MATCH"
        }
      ]
    }
  ]
}
JSON
  repository 123456789012 eu-west-1 team/app
  image 123456789012 eu-west-1 team/app :1  # a/.circleci/config.yml and 1 other
  image 123456789012 eu-west-1 team/app :latest  # a/.circleci/config.yml
  repository 123456789012 eu-west-1 team/db
  image 123456789012 eu-west-1 team/db @sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef  # a/.circleci/config.yml
  replication 123456789012 eu-west-1 <<'JSON'
{
  "rules": [
    {
      "destinations": [
        {
          "region": "us-east-1",
          "registryId": "123456789012"
        }
      ],
      "repositoryFilters": [
        {
          "filter": "team/app",
          "filterType": "PREFIX_MATCH"
        },
        {
          "filter": "team/db",
          "filterType": "PREFIX_MATCH"
        }
      ]
    }
  ]
}
JSON
  repository 123456789012 us-west-2 team/app
  image 123456789012 us-west-2 team/app :1  # c/.circleci/config.yml
  replication 123456789012 us-west-2 <<'JSON'
{
  "rules": [
    {
      "destinations": [
        {
          "region": "us-east-1",
          "registryId": "123456789012"
        }
      ],
      "repositoryFilters": [
        {
          "filter": "team/app",
          "filterType": "PREFIX_MATCH"
        }
      ]
    }
  ]
}
JSON
  by_hand '123456789012.dkr.ecr.eu-west-1.amazonaws.com/team/app:<< parameters.tag >>'  # b/.circleci/config.yml
  :
}

main "$@"
