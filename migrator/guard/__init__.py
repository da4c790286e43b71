"""A policy as a config policy of CircleCI: Rego that refuses pipelines which `migrate` would find something in, with
tests of its own and a config that runs these and pushes it.

Facts about config policies: https://circleci.com/docs/guides/config-policies/config-policy-management-overview/ and
github.com/CircleCI-Public/circle-policy-agent, which evaluates them.
"""
