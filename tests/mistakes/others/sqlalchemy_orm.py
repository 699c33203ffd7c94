"""SQLAlchemy's ORM: typed declarative models, SQLite in memory."""

NAME = "SQLAlchemy ORM"
DISTRIBUTION = "sqlalchemy"
PRELOAD = ("sqlalchemy.orm", "sqlalchemy.ext.asyncio", "aiosqlite")
#: counts the statements of a program
COUNTED = """\
@event.listens_for(Engine, "before_cursor_execute")
def counted(connection, cursor, statement, *rest):
    STATEMENTS.append(statement)

"""
BEFORE = """\
import asyncio, datetime, decimal, enum, uuid
from sqlalchemy import *
from sqlalchemy.orm import *
from sqlalchemy.ext.asyncio import AsyncSession, create_async_engine


class Base(DeclarativeBase):
    pass


class User(Base):
    __tablename__ = "users"

    id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    email: Mapped[str | None]
    age: Mapped[int] = mapped_column(default=0)
    active: Mapped[bool] = mapped_column(default=True)


class Team(Base):
    __tablename__ = "teams"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]


class Player(Base):
    __tablename__ = "players"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)
    team_id: Mapped[int | None] = mapped_column(ForeignKey("teams.id"))


engine = create_engine("sqlite://")
Base.metadata.create_all(engine)
session = Session(engine)
session.add(User(id="u1", name="Alice", email="alice@example.com", age=30))
session.add(Team(id=1, name="Reds"))
session.add(Player(id=1, name="Ann", team_id=1))
session.commit()


def added(record):
    Base.metadata.create_all(engine)
    session.add(record)
    session.commit()
    return record


def found(statement):
    return session.scalars(statement).all()

"""
_CLASS = "class Thing(Base):\n    __tablename__ = 'things'\n\n    id: Mapped[int] = mapped_column(primary_key=True)\n"
_ASYNC = """\
a_engine = create_async_engine("sqlite+aiosqlite:///app.db")


async def ready():
    async with a_engine.begin() as connection:
        await connection.run_sync(Base.metadata.create_all)
    async with AsyncSession(a_engine) as a_session:
        a_session.add(User(id="u1", name="Alice", age=30))
        await a_session.commit()


asyncio.run(ready())
# the mistake
"""

PROGRAMS = {
    "key-named-after-model": "class Thing(Base):\n    __tablename__ = 'things'\n\n    thing_id: Mapped[str]\n",
    "no-key": "class Thing(Base):\n    __tablename__ = 'things'\n\n    text: Mapped[str]\n",
    "field-without-annotation": _CLASS + "    age = 0\nadded(Thing())\nassert 'age' in Thing.__table__.c",
    "misspelt-annotation": _CLASS + "    title: Mapped['string']\n",
    "set-as-field-type": _CLASS + "    tags: Mapped[set[str]]\nadded(Thing(tags={'a'}))",
    "mutable-default": _CLASS
    + "    tags: Mapped[list] = mapped_column(JSON, default=[])\none = added(Thing())\none.tags.append('a')\nassert added(Thing()).tags == []",
    "none-as-default-of-str": _CLASS + "    nickname: Mapped[str] = mapped_column(default=None)\nadded(Thing())",
    "default-of-another-type": _CLASS
    + "    pieces: Mapped[int] = mapped_column(default='none')\nassert added(Thing()).pieces != 'none'",
    "default-called-once": "class Thing(Base):\n    __tablename__ = 'things'\n\n    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid.uuid4())\nadded(Thing())\nadded(Thing())",
    "reference-to-a-misspelt-model": _CLASS
    + "    author_id: Mapped[int] = mapped_column(ForeignKey('usrs.id'))\nadded(Thing(author_id=1))",
    "two-models-of-one-name": "class User(Base):\n    __tablename__ = 'users'\n\n    id: Mapped[int] = mapped_column(primary_key=True)\n",
    "index-on-a-misspelt-field": _CLASS
    + "    email: Mapped[str]\n    __table_args__ = (Index('by_email', 'emial'),)\n",
    "misspelt-field-option": _CLASS + "    name: Mapped[str] = mapped_column(nulable=True)\n",
    "misspelt-model-option": "class Thing(Base):\n    __tablenam__ = 'things'\n\n    id: Mapped[int] = mapped_column(primary_key=True)\n",
    "misspelt-option": "create_engine('sqlite://', ech=True)",
    "path-instead-of-url": "create_engine('app.db')",
    "scheme-of-nobody": "create_engine('sqlte:///app.db')",
    "missing-field-of-a-call": "added(User(id='u2', age=3))",
    "misspelt-field-of-a-call": "added(User(id='u2', name='Bob', activ=False))",
    "misspelt-field-of-an-update": "user = session.get(User, 'u1')\nuser.nmae = 'Bob'\nsession.commit()\nassert session.get(User, 'u1').name == 'Bob'",
    "words-for-an-int": "added(User(id='u2', name='Bob', age='twenty'))\nassert session.get(User, 'u2').age != 'twenty'",
    "fraction-for-an-int": "added(User(id='u2', name='Bob', age=20.5))\nassert session.get(User, 'u2').age == 20.5 and False",
    "int-for-a-text-id": "added(User(id=1, name='Bob'))\nassert found(select(User).where(User.id == 1))",
    "yes-for-a-bool": "added(User(id='u2', name='Bob', active='yes'))",
    "date-in-words": _CLASS + "    at: Mapped[datetime.datetime]\nadded(Thing(at='tomorrow'))",
    "date-in-american-order": _CLASS + "    due: Mapped[datetime.date]\nadded(Thing(due='12/31/2026'))",
    "float-for-a-decimal": _CLASS
    + "    amount: Mapped[decimal.Decimal]\nadded(Thing(amount='12,50'))\nassert added(Thing(amount='12,50')).amount != '12,50'",
    "text-that-is-no-uuid": "class Thing(Base):\n    __tablename__ = 'things'\n\n    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)\nadded(Thing(id='printer-1'))",
    "no-member-of-an-enum": "class Status(enum.Enum):\n    OPEN = 'open'\n\n\n"
    + _CLASS
    + "    status: Mapped[Status]\nadded(Thing(status='opened'))",
    "text-too-long": _CLASS
    + "    code: Mapped[str] = mapped_column(String(2))\nadded(Thing(code='Norway'))\nassert False",
    "none-for-a-field-that-needs-a-value": "added(User(id='u2', name=None))",
    "parameter-of-another-library": "found(select(User).orderby(User.name))",
    "where-instead-of-filter": "found(select(User).find(User.active == True))",
    "limit-of-nothing": "found(select(User).limit(-1))\nassert False",
    "empty-filter-of-a-delete": "session.execute(delete(User))\nassert found(select(User))",
    "missing-field-of-a-row": "session.execute(insert(User), [{'id': 'u2', 'name': 'Bob'}, {'id': 'u3'}])",
    "rows-that-are-no-dicts": "session.execute(insert(User), [('u2', 'Bob'), ('u3', 'Cleo')])",
    "misspelt-operator": "found(select(User).where(User.age.gtt(18)))",
    "operator-without-dollar": "found(select(User).where(User.age == {'gte': 18}))",
    "django-lookup": "found(select(User).filter_by(name__contains='lic'))",
    "misspelt-field-in-a-filter": "found(select(User).filter_by(nmae='Alice'))",
    "and-between-conditions": "found(select(User).where(User.age > 3 and User.active == True))",
    "in-operator-in-a-lambda": "assert found(select(User).where(User.name in ['Alice', 'Bob']))",
    "not-in-a-lambda": "added(User(id='u2', name='Bob', active=False))\n# the mistake\nassert [one.name for one in found(select(User).where(not User.active))] == ['Bob']",
    "between-with-one-end": "found(select(User).where(User.age.between(18)))",
    "in-without-a-list": "found(select(User).where(User.name.in_('Alice')))",
    "list-as-equality": "found(select(User).where(User.name == ['Alice', 'Bob']))",
    "words-compared-with-a-number": "found(select(User).where(User.age > 'eighteen'))\nassert False",
    "greater-than-none": "found(select(User).where(User.age > None))\nassert False",
    "sql-as-a-filter": "found(select(User).where('age > 18'))",
    "misspelt-field-in-a-sort": "found(select(User).order_by('agee'))",
    "sql-as-a-sort": "found(select(User).order_by('age DESC'))",
    "dict-as-a-value-of-a-create": "added(User(id='u2', name={'$ne': ''}))",
    "keywords-as-a-filter": "found(select(User).where(active=True))",
    "filter-on-the-operations": "User.filter(active=True)",
    "instance-of-a-model": "user = User(id='u2', name='Bob')\nassert found(select(User).where(User.id == 'u2'))",
    "await-forgotten-in-a-coroutine": _ASYNC
    + "async def main():\n    async with AsyncSession(a_engine) as session:\n        user = session.get(User, 'u1')\n        return user.name\n\n\nasyncio.run(main())",
    "await-forgotten-and-nothing-used": _ASYNC
    + "async def main():\n    async with AsyncSession(a_engine) as session:\n        (await session.get(User, 'u1')).name = 'Bob'\n        session.commit()\n    async with AsyncSession(a_engine) as session:\n        assert (await session.get(User, 'u1')).name == 'Bob'\n\n\nasyncio.run(main())",
    "with-instead-of-async-with": _ASYNC
    + "async def main():\n    with AsyncSession(a_engine) as session:\n        return await session.get(User, 'u1')\n\n\nasyncio.run(main())",
    "first-of-a-list-result": "user = session.scalars(select(User))[0]",
    "attribute-of-a-listed-record": "name = session.execute(select(User)).first().name",
    "misspelt-field-of-a-record": "name = session.get(User, 'u1').nmae",
    "read-of-an-id-that-is-not-there": "name = session.get(User, 'nobody').name",
    "value-that-is-taken": "added(Player(name='Ann'))",
    "reference-to-nobody": "added(Player(name='Bo', team_id=7))\nassert False",
    "delete-of-what-is-referred-to": "session.delete(session.get(Team, 1))\nsession.commit()\nassert False",
    "error-swallowed-in-a-transaction": "session.add(Player(name='Ann'))\ntry:\n    session.flush()\nexcept Exception:\n    pass\nsession.add(Player(name='Bo'))\nsession.commit()",
    "unknown-isolation": "engine.connect().execution_options(isolation_level='SERIALISABLE')",
    "misspelt-table-in-sql": "session.execute(text('SELECT count(*) FROM user'))",
    "folder-that-is-not-there": "create_engine('sqlite:///data/app.db').connect()",
    "field-added-to-a-model-with-a-table": "session.execute(text('CREATE TABLE things (id INTEGER PRIMARY KEY)'))\nsession.commit()\n"
    + _CLASS
    + "    age: Mapped[int] = mapped_column(default=0)\nadded(Thing())",
    "column-of-another-type": "session.execute(text('CREATE TABLE things (id INTEGER PRIMARY KEY, age TEXT)'))\nsession.commit()\n"
    + _CLASS
    + "    age: Mapped[int]\nadded(Thing(age=3))\nassert session.get(Thing, 1).age == 3",
}
