"""Options that people give because a plugin of the framework has them: whose they are."""

from __future__ import annotations

from collections.abc import Mapping

#: option -> the plugins that own it, in the words of ``plugins = [...]``
PLUGIN_OPTIONS: Mapping[str, tuple[str, ...]] = {
    "echo": ("trace",),
    "migration_strategy": ("migrations",),
    "migration_lock_timeout_s": ("migrations",),
    "enable_model_persistence": ("persistence",),
    "multi_tenant": ("tenancy",),
    "tenant_isolation": ("tenancy",),
    "tenant_id_header": ("tenancy",),
    "encryption_keys": ("encryption",),
    "audit_logging": ("audit",),
    "cache_enabled": ("cache",),
    "cache_url": ("cache",),
    "cache_ttl_s": ("cache",),
    "cache_max_size": ("cache",),
    "monitoring": ("monitoring",),
    "slow_query_threshold_ms": ("monitoring",),
    "tdd_mode": ("testkit",),
    "test_context": ("testkit",),
}

#: those that a loaded plugin has by another name of its own
PLUGIN_SPELLING: Mapping[str, str] = {
    "migration_strategy": "migrations.strategy",
    "migration_lock_timeout_s": "migrations.lock_timeout_s",
}

#: those whose work is pointless on a database that is gone when the process ends, as people call them
NEEDS_PERSISTENCE: Mapping[str, str] = {
    "multi_tenant": "several tenants in one database",
    "enable_model_persistence": "model definitions kept in the database",
}

#: variables that begin like options and are read elsewhere
OTHER_VARIABLES: frozenset[str] = frozenset(
    (
        "DATAFLOW_PROFILE",
        "DATAFLOW_PLUGINS_TOML",
        # the testkit's
        "DATAFLOW_REQUIRE",
        "DATAFLOW_TEST_POSTGRES_URL",
        "DATAFLOW_TEST_MYSQL_URL",
        "DATAFLOW_TEST_CHROMIUM",
        "DATAFLOW_TEST_SCHEMAS",
    )
)
