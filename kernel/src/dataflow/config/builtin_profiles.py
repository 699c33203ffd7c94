"""The profiles that ship with the framework, in the form of a plugins.toml; the reference file equals them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

BUILTIN_PROFILES: Mapping[str, Mapping[str, Any]] = {
    "development": {
        "plugins": ["trace", "progress", "visualize", "profile", "generate-data"],
        "optional": ["trace", "progress", "visualize", "profile", "generate-data"],
        "options": {
            "database_url": "sqlite:///:memory:",
            "pool_size": 5,
            "auto_migrate": True,
            "schema_cache_enabled": True,
            "debug": False,
            "python_code_nodes": True,
        },
    },
    "production": {
        "persistent": True,
        "plugins": [],
        "options": {
            "pool_size": 20,
            "auto_migrate": False,
            "existing_schema_mode": True,
            "schema_cache_enabled": True,
            "schema_cache_ttl_s": 300,
            "schema_cache_validation": True,
            "debug": False,
            "python_code_nodes": False,
        },
    },
    "with_migrations": {
        "plugins": ["migrations", "locks", "checkpoints", "foreign-keys", "progress"],
        "optional": ["locks", "checkpoints", "foreign-keys", "progress"],
        "options": {
            "database_url": "sqlite:///:memory:",
            "pool_size": 5,
            "auto_migrate": True,
            "schema_cache_enabled": True,
            "debug": False,
            "python_code_nodes": True,
        },
    },
    "testing": {
        "plugins": [],
        "options": {
            "database_url": "sqlite:///:memory:",
            "pool_size": 5,
            "auto_migrate": True,
            "schema_cache_enabled": False,
            "debug": False,
            "python_code_nodes": True,
        },
    },
}

DEFAULT_PROFILE = "development"

#: which plugin speaks to the databases of a URL scheme; it is asked for before the profile's own list
ADAPTERS: Mapping[str, str] = {
    "sqlite": "sqlite",
    "postgresql": "postgres",
    "postgres": "postgres",
    "mysql": "mysql",
    "mariadb": "mysql",
}
