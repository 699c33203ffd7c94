"""The statements of changes: every kind of object made anew like the server has it, changed into another, and changed back."""

from __future__ import annotations

import asyncio
import re
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, Literal
from uuid import UUID

import attrs
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pymysql.connections import Connection
from pymysql.cursors import Cursor

from dataflow import DataFlow, Index, field
from dataflow.migrations import Intents, SchemaSnapshot, Session
from dataflow_testkit.ways import Way, changes_between, failing, opened

pytestmark = pytest.mark.databases("mysql")

#: what both servers take; what one alone has is added to it
RICH = [
    "CREATE TABLE regions (code CHAR(2) CHARACTER SET ascii COLLATE ascii_bin NOT NULL, name VARCHAR(40) NOT NULL DEFAULT 'it''s \\\\ \"x\"',"
    " PRIMARY KEY (code)) COMMENT 'with ''quotes'' and\nlines'",
    "CREATE TABLE parents (id BIGINT NOT NULL AUTO_INCREMENT, region CHAR(2) CHARACTER SET ascii COLLATE ascii_bin, "
    "best INT, price DECIMAL(10,2) UNSIGNED NOT NULL DEFAULT 1.50, kind ENUM('a','b''c','d,e') DEFAULT 'a', flags SET('x','y'),"
    " made TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP, moved DATETIME(6) DEFAULT CURRENT_TIMESTAMP(6),"
    " bits BIT(4) DEFAULT b'101', doubled DECIMAL(12,2) GENERATED ALWAYS AS (price * 2) STORED, half DECIMAL(12,2) AS (price / 2) VIRTUAL,"
    " title VARCHAR(30) COLLATE utf8mb4_bin COMMENT 'a, (b) `c`', body TEXT, hidden INT INVISIBLE, place POINT NOT NULL,"
    " zero DATETIME NOT NULL DEFAULT '0000-00-00 00:00:00', amount INT DEFAULT (1 + 2),"
    " PRIMARY KEY (id), UNIQUE KEY of_region (region, title), KEY long_title (title(5), price DESC), FULLTEXT KEY words (body) COMMENT 'for words',"
    " SPATIAL KEY places (place), KEY `odd ``name` (half), CONSTRAINT dear CHECK (price > 0 AND title <> 'a)b'), CHECK (amount <> 7))"
    " ROW_FORMAT=COMPRESSED",
    "CREATE TABLE children (id INT NOT NULL, parent_id BIGINT, boss_id INT, region CHAR(2) CHARACTER SET ascii COLLATE ascii_bin DEFAULT 'eu',"
    " CONSTRAINT PRIMARY KEY (id), CONSTRAINT child_parent FOREIGN KEY (parent_id) REFERENCES parents (id) ON DELETE CASCADE ON UPDATE SET NULL,"
    " CONSTRAINT boss FOREIGN KEY (boss_id) REFERENCES children (id), FOREIGN KEY (region) REFERENCES regions (code) ON UPDATE CASCADE)",
    "ALTER TABLE parents ADD CONSTRAINT best_child FOREIGN KEY (best) REFERENCES children (id) ON DELETE SET NULL",
    "CREATE TABLE log (id INT NOT NULL, year INT NOT NULL, note VARCHAR(10), PRIMARY KEY (id, year)) PARTITION BY RANGE (year)"
    " (PARTITION old VALUES LESS THAN (2000), PARTITION rest VALUES LESS THAN MAXVALUE)",
    "CREATE VIEW cheap AS SELECT id, price FROM parents WHERE price < 10 WITH CHECK OPTION",
    "CREATE ALGORITHM=MERGE SQL SECURITY INVOKER VIEW a_few AS SELECT cheap.id, plus_one(children.id) AS one FROM cheap JOIN children ON children.parent_id = cheap.id",
    "SET @mode = @@sql_mode, sql_mode = 'ANSI_QUOTES,NO_BACKSLASH_ESCAPES'",
    "CREATE TRIGGER noted BEFORE INSERT ON children FOR EACH ROW"
    " SET NEW.\"region\" = 'a\\'",
    "SET sql_mode = @mode",
    "CREATE TRIGGER longer AFTER UPDATE ON children FOR EACH ROW BEGIN IF NEW.id > 5 THEN INSERT INTO log VALUES (NEW.id, 1, ';'); END IF; END",
    "CREATE PROCEDURE tidy(IN older INT, OUT done INT) MODIFIES SQL DATA BEGIN DELETE FROM log WHERE year < older; SET done = 1; END",
    "CREATE EVENT nightly ON SCHEDULE EVERY 1 DAY STARTS '2030-01-01 00:00:00' ON COMPLETION PRESERVE DISABLE COMMENT 'x' DO CALL tidy(1, @done)",
]  # fmt: skip
FUNCTION = "CREATE FUNCTION plus_one(n INT) RETURNS INT DETERMINISTIC RETURN n + 1"
OF_ONE: dict[str, list[str]] = {
    "mariadb": [
        "CREATE SEQUENCE numbers START WITH 5 INCREMENT BY 3",
        "CREATE TABLE only_here (id INT NOT NULL DEFAULT NEXTVAL(numbers), doc JSON, u UUID, ip INET6, x INT CHECK (x > 1),"
        " t TEXT DEFAULT uuid(), UNIQUE KEY long_one (t), KEY (x) IGNORED, PRIMARY KEY (id)) PAGE_COMPRESSED=1",
        "CREATE TABLE other_engine (id INT PRIMARY KEY) ENGINE=Aria PAGE_CHECKSUM=1 TRANSACTIONAL=1",
        "CREATE TABLE versioned (id INT PRIMARY KEY, x INT WITHOUT SYSTEM VERSIONING) WITH SYSTEM VERSIONING",
        "CREATE TABLE booked (id INT, p DATE, q DATE, PERIOD FOR stay (p, q), PRIMARY KEY (id, stay WITHOUT OVERLAPS))",
    ],
    "mysql": [
        "CREATE TABLE only_here (id INT NOT NULL PRIMARY KEY, doc JSON, x INT CHECK (x > 1), y INT CHECK (y > 1) NOT ENFORCED,"
        " t TEXT DEFAULT (uuid()), KEY lower_t ((lower(left(t, 10)))), KEY (x) INVISIBLE, g GEOMETRY NOT NULL SRID 4326, SPATIAL KEY (g))"
    ],
}  # fmt: skip


def rich(session: Session) -> list[str]:
    return [*RICH[:1], FUNCTION, *RICH[1:], *OF_ONE[session.dialect]]


@pytest.fixture(autouse=True)
def functions_allowed(server: Connection[Cursor]) -> None:
    """A server with a binary log takes functions of whoever it is told to trust."""
    with server.cursor() as cursor:
        cursor.execute("SET GLOBAL log_bin_trust_function_creators = 1")


_AUTO = re.compile(r" AUTO_INCREMENT=\d+")
_AUTO_AND_TOLD = re.compile(r" AUTO_INCREMENT=\d+| CHARACTER SET \w+| COLLATE \w+")


async def shown(session: Session, schema: SchemaSnapshot) -> dict[str, object]:
    """What the server shows of everything, by name: the lines of a table in whatever order."""
    found: dict[str, object] = {}
    for ref in schema.objects:
        kind = ref.signature or ref.kind
        if kind not in ("table", "view", "trigger", "function", "procedure", "event", "sequence"):
            continue
        row = (await session.rows(f"SHOW CREATE {kind.upper()} `{ref.name}`"))[0]
        # MySQL remembers whether a column was told the character set that its table has anyway
        pattern = _AUTO if session.dialect == "mariadb" else _AUTO_AND_TOLD
        texts = [pattern.sub("", str(value)) for value in row[1:] if not hasattr(value, "year")]
        found[f"{kind} {ref.name}"] = [sorted(line.rstrip(",") for line in one.splitlines()) for one in texts]
    return found


async def test_a_schema_made_anew_is_shown_by_the_server_as_it_was(database_url: str) -> None:
    db = DataFlow(database_url)
    async with opened(db) as (session, schema):
        way = Way(session, schema)
        await way.statements(rich(session))
        original = await way.there()
        oracle = await shown(session, original)
        assert schema.steps([], original, original, Intents()) == []
        # each step is undone too
        await way.back(await way.emptied())
        assert await way.there() == original
        assert await shown(session, original) == oracle
        await way.emptied()
        await way.to(original)
        assert await shown(session, original) == oracle
    await db.close()


#: each from one state to the other and back; the statements before the bar are of both servers
PAIRS: dict[str, tuple[list[str], list[str]]] = {
    "columns": (
        ["CREATE TABLE t (id INT PRIMARY KEY, gone VARCHAR(5) NOT NULL DEFAULT 'x', wide INT, words VARCHAR(20) NOT NULL,"
         " note VARCHAR(9) COMMENT 'a b', state ENUM('a','b'), n INT NOT NULL, same DATE)"],
        ["CREATE TABLE t (id INT PRIMARY KEY, wide BIGINT UNSIGNED NOT NULL DEFAULT 7, words LONGTEXT, note VARCHAR(9) COLLATE utf8mb4_bin,"
         " state ENUM('a','b','c') COMMENT 'x', n INT, same DATE, coming JSON, at DATETIME(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3) ON UPDATE CURRENT_TIMESTAMP(3))"],
    ),
    "all columns but one": (
        ["CREATE TABLE t (id INT PRIMARY KEY, a INT)"],
        ["CREATE TABLE t (id INT PRIMARY KEY, b INT, c INT INVISIBLE)"],
    ),
    "generated": (
        ["CREATE TABLE t (id INT PRIMARY KEY, a INT, b INT, v INT AS (a + 1) VIRTUAL, w INT AS (a + 1) VIRTUAL, s INT AS (a * 2) STORED,"
         " KEY of_w (w, a), KEY of_v (v))"],
        ["CREATE TABLE t (id INT PRIMARY KEY, a INT, v INT AS (a + 2) VIRTUAL, w INT AS (a + 1) STORED, s INT, b INT AS (a * 3) STORED, KEY of_w (w, a))"],
    ),
    "generated of columns that come and go": (
        ["CREATE TABLE t (id INT PRIMARY KEY, a INT, v INT AS (a + 1) VIRTUAL)"],
        ["CREATE TABLE t (id INT PRIMARY KEY, b INT, w INT AS (b + 1) STORED)"],
    ),
    "indexes": (
        ["CREATE TABLE t (id INT PRIMARY KEY, a INT, b VARCHAR(30), c TEXT, KEY going (a), KEY other (a, b), UNIQUE KEY short (b(5)), FULLTEXT KEY words (c))"],
        ["CREATE TABLE t (id INT PRIMARY KEY, a INT, b VARCHAR(30), c TEXT, KEY other (b, a DESC), UNIQUE KEY short (b(9)), KEY words (a) COMMENT 'x', UNIQUE KEY come (a))"],
    ),
    "indexes of columns that go or lose their bound": (
        ["CREATE TABLE t (id INT PRIMARY KEY, a VARCHAR(20), b INT, c INT, KEY ka (a), UNIQUE KEY kb (b, c), KEY kc (c, b))"],
        ["CREATE TABLE t (id INT PRIMARY KEY, a LONGTEXT, c INT, KEY kc (c))"],
    ),
    "an index that nothing is looked up by": (
        ["CREATE TABLE t (id INT PRIMARY KEY, a INT, KEY ka (a))"],
        ["CREATE TABLE t (id INT PRIMARY KEY, a INT, KEY ka (a) /*!80000 INVISIBLE */ /*M!100600 IGNORED */)"],
    ),
    "checks": (
        ["CREATE TABLE t (id INT PRIMARY KEY, a INT, b INT, CONSTRAINT one CHECK (a > 1), CONSTRAINT two CHECK (b > 1), CONSTRAINT three CHECK (a <> b))"],
        ["CREATE TABLE t (id INT PRIMARY KEY, a INT, c INT, CONSTRAINT one CHECK (a > 2), CONSTRAINT four CHECK (c > 1), CONSTRAINT three CHECK (a <> c))"],
    ),
    "the key": (
        ["CREATE TABLE t (id INT AUTO_INCREMENT PRIMARY KEY, k INT NOT NULL, UNIQUE KEY uk (k))"],
        ["CREATE TABLE t (k INT NOT NULL, n BIGINT NOT NULL AUTO_INCREMENT, PRIMARY KEY (k), UNIQUE KEY kn (n))"],
    ),
    "a key that begins to count": (
        ["CREATE TABLE t (id INT NOT NULL, k INT NOT NULL, PRIMARY KEY (k))"],
        ["CREATE TABLE t (id INT NOT NULL AUTO_INCREMENT, k INT NOT NULL, PRIMARY KEY (id))"],
    ),
    "a key that comes": (
        ["CREATE TABLE t (k INT)"],
        ["CREATE TABLE t (k INT, id BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY)"],
    ),
    "a counting key becomes wider": (
        ["CREATE TABLE t (id INT NOT NULL AUTO_INCREMENT PRIMARY KEY)"],
        ["CREATE TABLE t (id BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY, j INT)"],
    ),
    "foreign keys": (
        ["CREATE TABLE p (id INT PRIMARY KEY, code VARCHAR(9), UNIQUE KEY uc (code))", "CREATE TABLE q (id INT PRIMARY KEY)",
         "CREATE TABLE t (id INT PRIMARY KEY, a INT, b INT, c VARCHAR(9), d INT, CONSTRAINT fa FOREIGN KEY (a) REFERENCES p (id),"
         " CONSTRAINT fb FOREIGN KEY (b) REFERENCES q (id) ON DELETE CASCADE, CONSTRAINT fc FOREIGN KEY (c) REFERENCES p (code))"],
        ["CREATE TABLE p (id INT PRIMARY KEY, code VARCHAR(9), UNIQUE KEY uc (code))", "CREATE TABLE q (id INT PRIMARY KEY)",
         "CREATE TABLE t (id INT PRIMARY KEY, a INT, b INT, c VARCHAR(9), d INT, CONSTRAINT fa FOREIGN KEY (a) REFERENCES p (id) ON DELETE SET NULL,"
         " CONSTRAINT fx FOREIGN KEY (b) REFERENCES q (id) ON DELETE CASCADE ON UPDATE CASCADE, CONSTRAINT fd FOREIGN KEY (d) REFERENCES q (id))"],
    ),
    "types under foreign keys": (
        ["CREATE TABLE p (id INT AUTO_INCREMENT PRIMARY KEY, code VARCHAR(9), UNIQUE KEY uc (code))",
         "CREATE TABLE t (id INT PRIMARY KEY, p INT, c VARCHAR(9), up INT, CONSTRAINT fp FOREIGN KEY (p) REFERENCES p (id),"
         " CONSTRAINT fc FOREIGN KEY (c) REFERENCES p (code) ON DELETE CASCADE, CONSTRAINT fu FOREIGN KEY (up) REFERENCES t (id))"],
        ["CREATE TABLE p (id BIGINT AUTO_INCREMENT PRIMARY KEY, code VARCHAR(30) COLLATE utf8mb4_bin, UNIQUE KEY uc (code))",
         "CREATE TABLE t (id BIGINT PRIMARY KEY, p BIGINT NOT NULL, c VARCHAR(30) COLLATE utf8mb4_bin, up BIGINT, CONSTRAINT fp FOREIGN KEY (p) REFERENCES p (id),"
         " CONSTRAINT fc FOREIGN KEY (c) REFERENCES p (code) ON DELETE CASCADE, CONSTRAINT fu FOREIGN KEY (up) REFERENCES t (id))"],
    ),
    "indexes under foreign keys": (
        ["CREATE TABLE p (id INT PRIMARY KEY, a INT NOT NULL, b INT, UNIQUE KEY ua (a))",
         "CREATE TABLE t (id INT PRIMARY KEY, a INT, b INT, CONSTRAINT fa FOREIGN KEY (a) REFERENCES p (a))"],
        ["CREATE TABLE p (id INT PRIMARY KEY, a INT NOT NULL, b INT, UNIQUE KEY other (a))",
         "CREATE TABLE t (id INT PRIMARY KEY, a INT, b INT, KEY ab (a, b), CONSTRAINT fa FOREIGN KEY (a) REFERENCES p (a))"],
    ),
    "tables in a circle": (
        ["CREATE TABLE x (id INT PRIMARY KEY)"],
        ["CREATE TABLE a (id INT PRIMARY KEY, r INT)", "CREATE TABLE b (id INT PRIMARY KEY, r INT, CONSTRAINT br FOREIGN KEY (r) REFERENCES a (id))",
         "CREATE TABLE c (id INT PRIMARY KEY, r INT, up INT, CONSTRAINT cr FOREIGN KEY (r) REFERENCES b (id), CONSTRAINT own FOREIGN KEY (up) REFERENCES c (id))",
         "ALTER TABLE a ADD CONSTRAINT ar FOREIGN KEY (r) REFERENCES c (id)"],
    ),
    "tables whose constraints have the names of others": (
        ["CREATE TABLE p (id INT PRIMARY KEY)", "CREATE TABLE old (id INT PRIMARY KEY, CONSTRAINT fk FOREIGN KEY (id) REFERENCES p (id), CONSTRAINT ck CHECK (id > 0))"],
        ["CREATE TABLE p (id INT PRIMARY KEY)", "CREATE TABLE new (id INT PRIMARY KEY, CONSTRAINT fk FOREIGN KEY (id) REFERENCES p (id), CONSTRAINT ck CHECK (id > 0))"],
    ),
    "tables that refer to one whose key changes": (
        ["CREATE TABLE p (id INT PRIMARY KEY)", "CREATE TABLE old (id INT PRIMARY KEY, r INT, CONSTRAINT fo FOREIGN KEY (r) REFERENCES p (id))"],
        ["CREATE TABLE p (id BIGINT PRIMARY KEY, code VARCHAR(5), UNIQUE KEY uc (code))",
         "CREATE TABLE new (id INT PRIMARY KEY, r BIGINT, c VARCHAR(5), CONSTRAINT fn FOREIGN KEY (r) REFERENCES p (id),"
         " CONSTRAINT fc FOREIGN KEY (c) REFERENCES p (code))"],
    ),
    "options": (
        ["CREATE TABLE t (id INT, y INT, v VARCHAR(10), w VARCHAR(9) COLLATE utf8mb4_bin) DEFAULT CHARSET=latin1 COMMENT 'was' ROW_FORMAT=COMPACT STATS_PERSISTENT=1"],
        ["CREATE TABLE t (id INT, y INT, v VARCHAR(10), w VARCHAR(9) COLLATE utf8mb4_bin) DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin ROW_FORMAT=DYNAMIC PARTITION BY HASH (y) PARTITIONS 3"],
    ),
    "a table of another character set": (
        ["CREATE TABLE t (id INT, a VARCHAR(10), b VARCHAR(10) COLLATE utf8mb4_bin) DEFAULT CHARSET=latin1"],
        ["CREATE TABLE t (id INT, a VARCHAR(10) CHARACTER SET latin1, b VARCHAR(10), c VARCHAR(5)) DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin"],
    ),
    "engine": (["CREATE TABLE t (id INT) ENGINE=MyISAM"], ["CREATE TABLE t (id INT) ENGINE=InnoDB"]),
    "what is defined": (
        ["CREATE TABLE t (id INT, x INT)", "CREATE VIEW v AS SELECT id FROM t", "CREATE VIEW going AS SELECT id FROM v",
         "CREATE TRIGGER one BEFORE INSERT ON t FOR EACH ROW SET NEW.x = 1", "CREATE FUNCTION f() RETURNS INT DETERMINISTIC RETURN 1",
         "CREATE EVENT e ON SCHEDULE EVERY 1 DAY STARTS '2030-01-01 00:00:00' DISABLE DO SELECT 1"],
        ["CREATE TABLE t (id INT, x INT)", "CREATE VIEW v AS SELECT id, x FROM t", "CREATE FUNCTION f() RETURNS INT DETERMINISTIC RETURN 2", "CREATE VIEW coming AS SELECT id, f() FROM v",
         "CREATE TRIGGER one BEFORE INSERT ON t FOR EACH ROW SET NEW.x = 2", "CREATE TRIGGER two BEFORE INSERT ON t FOR EACH ROW SET NEW.id = 2",
         "CREATE PROCEDURE p() SELECT 1",
         "CREATE EVENT e ON SCHEDULE EVERY 2 DAY STARTS '2030-01-01 00:00:00' DISABLE DO SELECT 1"],
    ),
}  # fmt: skip


# the statements are the same: one driver has the rest of them
@pytest.mark.parametrize(
    ("database_url", "name"),
    [*(("mysql", name) for name in PAIRS), ("mysql+asyncmy", "columns")],
    indirect=["database_url"],
)
async def test_one_schema_becomes_another_and_back(database_url: str, name: str) -> None:
    db = DataFlow(database_url)
    one, other = PAIRS[name]
    async with opened(db) as (session, schema):
        way = Way(session, schema)
        await way.statements(other)
        wanted, wanted_text = await way.there(), await shown(session, await way.there())
        await way.emptied()
        await way.statements(one)
        original, original_text = await way.there(), await shown(session, await way.there())
        await way.to(wanted)
        assert await shown(session, wanted) == wanted_text
        steps = await way.to(original)
        assert await shown(session, original) == original_text
        await way.back(steps)
        assert await way.there() == wanted
        assert await shown(session, wanted) == wanted_text
    await db.close()


KINDS: dict[str, Any] = {
    "str": str, "int": int, "float": float, "bool": bool, "bytes": bytes, "decimal": Decimal, "datetime": datetime, "date": date,
    "time": time, "timedelta": timedelta, "uuid": UUID, "json": dict[str, Any], "choice": Literal["it's", "b"],
}  # fmt: skip


#: without the type of its default, which is generated too
any_field: Any = field


@attrs.frozen
class Shape:
    """A field as a model has it."""

    kind: str
    nullable: bool
    unique: bool
    index: bool
    text_length: int | None

    @property
    def body(self) -> Any:
        keyed = self.kind != "json"
        options: dict[str, Any] = {"unique": self.unique and keyed, "index": self.index and keyed}
        if self.kind == "str":
            options["max_length"] = self.text_length
        if self.nullable:
            options["default"] = None
        return any_field(**options)

    @property
    def annotation(self) -> Any:
        return KINDS[self.kind] | None if self.nullable else KINDS[self.kind]


shapes = st.builds(
    Shape,
    st.sampled_from(sorted(KINDS)),
    st.booleans(),
    st.booleans(),
    st.booleans(),
    st.sampled_from([None, 1, 63, 64, 255, 5_000]),
)


@st.composite
def model_sets(draw: st.DrawFn) -> dict[str, dict[str, Any]]:
    """Bodies of classes by name; each may refer to those before it and to itself."""
    found: dict[str, dict[str, Any]] = {}
    for name in ("First", "Second", "Third")[: draw(st.integers(1, 3))]:
        own = draw(st.dictionaries(st.sampled_from(["a", "b", "key", "order"]), shapes, min_size=1))
        body: dict[str, Any] = {one: shape.body for one, shape in own.items()}
        annotations: dict[str, Any] = {"id": draw(st.sampled_from([int, str, UUID]))}
        annotations |= {one: shape.annotation for one, shape in own.items()}
        for target in draw(st.lists(st.sampled_from([*found, name]), unique=True, max_size=2)):
            key = annotations["id"] if target == name else found[target]["__annotations__"]["id"]
            annotations[f"{target.lower()}_id"] = key | None
            action = draw(st.sampled_from(["cascade", "restrict", "set_null"]))
            body[f"{target.lower()}_id"] = any_field(default=None, references=f"{target}.id", on_delete=action)
        plain = [one for one, shape in own.items() if shape.kind not in ("json", "str", "bytes")]
        if len(plain) > 1 and draw(st.booleans()):
            body["__indexes__"] = [Index(*plain, unique=draw(st.booleans()))]
        found[name] = {**body, "__annotations__": annotations, "__module__": __name__}
    return found


def registered(url: str, bodies: dict[str, dict[str, Any]]) -> DataFlow:
    db = DataFlow(url)
    for name, body in bodies.items():
        db.model(type(name, (), dict(body)))
    return db


@settings(max_examples=6, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(one=model_sets(), other=model_sets())
def test_tables_of_any_models_are_made_by_steps_as_at_first_use(
    empty_url: str, one: dict[str, dict[str, Any]], other: dict[str, dict[str, Any]]
) -> None:
    async def run() -> None:
        db, then = registered(empty_url, one), registered(empty_url, other)
        first, second = tuple(db.models.values()), tuple(then.models.values())
        async with opened(db) as (session, schema):
            way = Way(session, schema)
            await way.emptied()
            await db.adapter.ensure(first, True)
            made, text = await way.there(), await shown(session, await way.there())
            assert await schema.desired(session, first) == made
            wanted = await schema.desired(session, second)
            await _reach(way, wanted)
            await _reach(way, made)
            assert await shown(session, made) == text
            await way.emptied()
            await _reach(way, made)
            assert await shown(session, made) == text
            await way.emptied()
        await db.close()
        await then.close()

    asyncio.run(run())


async def _reach(way: Way, wanted: SchemaSnapshot) -> None:
    before = await way.there()
    for step in way.schema.steps(changes_between(before, wanted), before, wanted, Intents()):
        await way.statements(step.sql)
        assert not failing(step.postconditions, await way.there()), step
    assert changes_between(await way.there(), wanted) == []
