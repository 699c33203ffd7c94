"""Makes the tables of Rucio in the databases of some URLs, by its own function for that."""

from __future__ import annotations

import os
import sys
import tempfile
import warnings

from sqlalchemy import create_engine, make_url, text

DRIVERS = {"sqlite": "sqlite", "postgresql": "postgresql+psycopg", "mysql": "mysql+pymysql"}

with tempfile.NamedTemporaryFile("w", suffix=".cfg") as config:
    # it reads one as it is imported
    config.write("[common]\n[database]\ndefault = sqlite://\n")
    config.flush()
    os.environ["RUCIO_CONFIG"] = config.name
    warnings.simplefilter("ignore")
    from rucio.db.sqla.models import register_models

for one in sys.argv[1:]:
    url = make_url(one)
    engine = create_engine(url.set(drivername=DRIVERS[url.drivername]))
    if url.drivername == "mysql":
        with engine.begin() as connection:
            # a key of 2048 characters has no room for longer ones
            connection.execute(text(f"ALTER DATABASE `{url.database}` CHARACTER SET latin1"))
    register_models(engine)
    engine.dispose()
