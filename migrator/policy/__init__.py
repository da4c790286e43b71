"""The policy: which registries need which credentials, where they come from, and which rules look at what."""

from migrator.policy.model import AMBIENT, BUILT_IN_HUB, HUB, Aws, Generated, Override, Policy, Registry

__all__ = ["AMBIENT", "BUILT_IN_HUB", "HUB", "Aws", "Generated", "Override", "Policy", "Registry"]
