"""What many programs of the list begin with."""

DB = """\
from dataflow import DataFlow

db = DataFlow()

"""

USER = """\
from dataflow import DataFlow, LocalRuntime, field

db = DataFlow()


@db.model
class User:
    id: str
    name: str
    email: str | None = None
    age: int = 0
    active: bool = True


"""

SEEDED = f"""\
{USER}db.sync.User.create(id="u1", name="Alice", email="alice@example.com", age=30)

"""

WORKFLOW = f"""\
{USER}workflow = db.workflow()
"""

SEEDED_WORKFLOW = f"""\
{SEEDED}workflow = db.workflow()
"""

RUN = """
with LocalRuntime() as runtime:
    results, run_id = runtime.execute(workflow.build())
"""
