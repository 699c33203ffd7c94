"""Makes the tables of Django's own applications and of allauth in the databases of some URLs, by Django's migrations."""

from __future__ import annotations

import sys
from typing import Any
from urllib.parse import urlsplit

import pymysql
from django import setup
from django.conf import settings
from django.core.management import call_command

APPLICATIONS = [
    *(f"django.contrib.{name}" for name in ["admin", "auth", "contenttypes", "flatpages", "messages", "redirects", "sessions", "sites"]),
    *("allauth", "allauth.account", "allauth.mfa", "allauth.socialaccount", "allauth.usersessions"),
]  # fmt: skip
ENGINES = {"sqlite": "sqlite3", "postgresql": "postgresql", "mysql": "mysql"}


def database(url: str) -> dict[str, Any]:
    parts = urlsplit(url)
    name = parts.path[1:]
    place = {"USER": parts.username, "PASSWORD": parts.password, "HOST": parts.hostname, "PORT": parts.port}
    given = {key: value or "" for key, value in place.items()} if parts.hostname else {}
    return {"ENGINE": f"django.db.backends.{ENGINES[parts.scheme]}", "NAME": name, **given}


# Django asks for the version of mysqlclient
pymysql.version_info = (2, 2, 7, "final", 0)
pymysql.install_as_MySQLdb()
aliases = ["default", *(f"other_{number}" for number in range(len(sys.argv) - 2))]
settings.configure(
    SECRET_KEY="of nothing",
    USE_TZ=True,
    SITE_ID=1,
    MIDDLEWARE=["allauth.account.middleware.AccountMiddleware"],
    DATABASES=dict(zip(aliases, map(database, sys.argv[1:]), strict=True)),
    INSTALLED_APPS=APPLICATIONS,
)
setup()
for alias in aliases:
    call_command("migrate", verbosity=0, interactive=False, skip_checks=True, database=alias)
