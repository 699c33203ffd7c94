"""Options that cannot be, or are hardly meant."""

from tests.mistakes.mistake import Mistake, Outside, Solution

AREA = "configuration"
IMPORT = "from dataflow import DataFlow\n\n"
USE = """

@db.model
class User:
    id: int
    name: str


db.sync.User.create(name="Alice")
"""

MISTAKES = (
    Mistake(
        id="misspelt-option",
        before=IMPORT,
        wrong="db = DataFlow(auto_migrat=True)\n",
        after=USE,
        code="DF-C104",
        stage="construction",
    ),
    Mistake(
        id="option-of-sqlalchemy",
        before=IMPORT,
        wrong='db = DataFlow("sqlite:///app.db", max_overflow=5)\n',
        after=USE,
        code="DF-C104",
        stage="construction",
    ),
    Mistake(
        id="option-of-a-plugin-not-loaded",
        before=IMPORT,
        wrong="db = DataFlow(monitoring=True)\n",
        after=USE,
        code="DF-C101",
        stage="construction",
    ),
    Mistake(
        id="text-for-a-number",
        before=IMPORT,
        wrong='db = DataFlow(connect_timeout_s="fast")\n',
        after=USE,
        code="DF-C102",
        stage="construction",
    ),
    Mistake(
        id="negative-ttl",
        before=IMPORT,
        wrong="db = DataFlow(schema_cache_ttl_s=-1)\n",
        after=USE,
        code="DF-C102",
        stage="construction",
    ),
    Mistake(
        id="text-for-a-list-of-plugins",
        before=IMPORT,
        wrong='db = DataFlow(plugins="trace")\n',
        after=USE,
        code="DF-C102",
        stage="construction",
    ),
    Mistake(
        id="path-instead-of-url",
        before=IMPORT,
        wrong='db = DataFlow("app.db")\n',
        after=USE,
        code="DF-C103",
        stage="construction",
    ),
    Mistake(
        id="two-slashes-for-a-file",
        before=IMPORT,
        wrong='db = DataFlow("sqlite://app.db")\n',
        after=USE,
        code="DF-C103",
        stage="construction",
    ),
    Mistake(
        id="scheme-of-nobody",
        before=IMPORT,
        wrong='db = DataFlow("sqlte:///app.db")\n',
        after=USE,
        code="DF-A113",
        stage="construction",
        cure=Solution('DataFlow("sqlte:///app.db")', 1, {"//...": "///app.db"}),
    ),
    Mistake(
        id="scheme-of-sqlalchemy-driver",
        before=IMPORT,
        wrong='db = DataFlow("sqlite+aiosqlit:///app.db")\n',
        after=USE,
        code="DF-A113",
        stage="construction",
        cure=Solution('DataFlow("sqlite+aiosqlit:///app.db")', 1),
    ),
    Mistake(
        id="query-option-of-another-database",
        before=IMPORT,
        wrong='db = DataFlow("sqlite:///app.db?sslmode=require")\n',
        after=USE,
        code="DF-A113",
        stage="construction",
        cure=Solution('DataFlow("sqlite:///app.db?sslmode=require")', 1),
    ),
    Mistake(
        id="port-that-is-no-number",
        before=IMPORT,
        wrong='db = DataFlow("postgresql://app@localhost:port/app")\n',
        code="DF-C103",
        stage="construction",
        cure=Outside("postgresql://", wrong='db = DataFlow("postgresql://app@localhost:5432/app")\n'),
    ),
    Mistake(
        id="misspelt-profile",
        before=IMPORT,
        wrong='db = DataFlow(profile="develop")\n',
        after=USE,
        code="DF-C106",
        stage="construction",
    ),
    Mistake(
        id="plugins-toml-with-a-wrong-key",
        before="from pathlib import Path\n\n" + IMPORT,
        wrong="""\
Path("plugins.toml").write_text('[profiles.mine]\\nextends = "development"\\nplugin = ["sqlite"]\\n')
db = DataFlow(profile="mine")
""",
        after=USE,
        code="DF-C105",
        stage="construction",
        cure=Outside(
            "plugins",
            wrong="""\
Path("plugins.toml").write_text('[profiles.mine]\\nextends = "development"\\nplugins = ["sqlite"]\\n')
db = DataFlow(profile="mine")
""",
        ),
    ),
    Mistake(
        id="misspelt-variable",
        before="import os\n\n" + IMPORT,
        wrong="""\
os.environ["DATAFLOW_POOL_SISE"] = "5"
db = DataFlow()
""",
        after=USE,
        code="DF-C205",
        stage="construction",
        cure=Outside(
            "DATAFLOW_POOL_SIZE",
            wrong="""\
os.environ["DATAFLOW_POOL_SIZE"] = "5"
db = DataFlow()
""",
        ),
    ),
    Mistake(
        id="tenants-in-memory",
        before=IMPORT,
        wrong="db = DataFlow(multi_tenant=True)\n",
        after=USE,
        code="DF-C301",
        stage="construction",
        cure=Solution("DataFlow(multi_tenant=True)", 3),
        also=("DF-C101",),
    ),
    Mistake(
        id="persistence-in-memory",
        before=IMPORT,
        wrong='db = DataFlow("sqlite:///:memory:", enable_model_persistence=True)\n',
        after=USE,
        code="DF-C301",
        stage="construction",
        cure=Solution('DataFlow("sqlite:///:memory:", enable_model_persistence=True)', 3),
        also=("DF-C101",),
    ),
    Mistake(
        id="auto-migrate-with-existing-schema",
        before=IMPORT,
        wrong='db = DataFlow("sqlite:///app.db", auto_migrate=True, existing_schema_mode=True)\n',
        after=USE,
        code="DF-C302",
        stage="construction",
        cure=Solution('DataFlow("sqlite:///app.db", auto_migrate=True, existing_schema_mode=True)', 2),
    ),
    Mistake(
        id="production-without-a-database",
        before=IMPORT,
        wrong="db = DataFlow.production()\n",
        code="DF-C303",
        stage="construction",
        cure=Solution("DataFlow.production()", 1),
    ),
    Mistake(
        id="production-in-memory",
        before=IMPORT,
        wrong='db = DataFlow.production("sqlite:///:memory:")\n',
        code="DF-C304",
        stage="construction",
        cure=Solution('DataFlow.production("sqlite:///:memory:")', 1),
    ),
    Mistake(
        id="debug-in-production",
        before=IMPORT,
        wrong='db = DataFlow.production("sqlite:///app.db", debug=True)\n',
        code="DF-C201",
        stage="construction",
        cure=Solution('DataFlow.production("sqlite:///app.db", debug=True)', 1),
    ),
)
