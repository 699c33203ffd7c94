"""What SHOW CREATE TABLE says, taken apart: the server's own text of every column, key and constraint, and what each says."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

import attrs

_TOKEN = re.compile(
    r"""(?P<text>'(?:[^'\\]|\\.|'')*')|(?P<name>`(?:[^`]|``)*`)|(?P<word>[\w$]+)|(?P<space>\s+)|(?P<other>.)""",
    re.DOTALL,
)
#: comments whose inside is read by servers of a version or later, as this one is
_OPENS, _CLOSES = re.compile(r"/\*M?!\d*\s?"), re.compile(r"\s?\*/")
_ESCAPES = {"n": "\n", "r": "\r", "t": "\t", "0": "\0", "Z": "\x1a", "b": "\b"}
#: words that begin a clause of a column; the one that ends before it may be an expression without parentheses
_CLAUSES = frozenset(
    (
        "GENERATED", "AS", "VIRTUAL", "STORED", "NOT", "NULL", "DEFAULT", "ON", "AUTO_INCREMENT", "INVISIBLE", "COMMENT",
        "CHECK", "CHARACTER", "COLLATE", "WITH", "WITHOUT", "SRID", "REF_SYSTEM_ID", "COLUMN_FORMAT", "STORAGE", "COMPRESSED",
        "ENGINE_ATTRIBUTE", "SECONDARY_ENGINE_ATTRIBUTE",
    )
)  # fmt: skip
#: of them what an attribute of a column says
_KNOWN = frozenset(
    (
        "", "GENERATED", "AS", "VIRTUAL", "STORED", "NOT", "NULL", "DEFAULT", "ON", "AUTO_INCREMENT", "INVISIBLE", "COMMENT",
        "CHECK", "CHARACTER", "COLLATE",
    )
)  # fmt: skip


@attrs.frozen
class Token:
    kind: str
    text: str
    #: how many parentheses it is in; one that opens or closes is inside of its own
    depth: int

    @property
    def word(self) -> str:
        return self.text.upper() if self.kind == "word" and self.depth == 0 else ""


@attrs.frozen
class ColumnText:
    """``definition`` is what follows the name; ``further`` what no attribute of a column says."""

    name: str
    definition: str
    type: str
    #: the type with the collation, where that is named
    head: str
    default: str | None
    generated: str | None
    check: str
    comment: str
    #: as it is written
    comment_text: str
    on_update: str
    is_stored: bool
    is_nullable: bool
    is_counted: bool
    is_invisible: bool
    names_collation: bool
    further: str


@attrs.frozen
class KeyText:
    """A key of any kind, or a constraint: ``kind`` is primary, unique, fulltext, spatial, vector, empty, foreign or check."""

    kind: str
    name: str
    definition: str
    keys: tuple[str, ...] = ()
    expression: str = ""
    #: words behind the keys, by what they are
    options: dict[str, str] = attrs.field(factory=dict)
    referred: tuple[str, str] = ("", "")
    referred_columns: tuple[str, ...] = ()
    on_delete: str = ""
    on_update: str = ""


@attrs.frozen
class TableText:
    """``options`` are those of the table by their words, in order; ``further`` are lines that are neither column nor key."""

    columns: tuple[ColumnText, ...]
    keys: tuple[KeyText, ...]
    further: tuple[str, ...]
    options: dict[str, str]
    partitions: str

    def tail(self) -> str:
        """What follows the parentheses, without the counter."""
        words = [name if value == "" else f"{name}={value}" for name, value in self.options.items()]
        return " ".join(words) + (f"\n{self.partitions}" if self.partitions else "")


def tokens(sql: str) -> Iterator[Token]:
    depth = 0
    for found in _TOKEN.finditer(sql):
        kind, text = found.lastgroup or "", found[0]
        if text == ")":
            depth -= 1
        yield Token(kind, text, depth)
        if text == "(":
            depth += 1


def joined(parts: Sequence[Token]) -> str:
    return "".join(part.text for part in parts).strip()


def plain(sql: str) -> str:
    """The statement with the insides of its version comments as if they were written outright."""
    if "/*" not in sql:
        return sql
    parts: list[str] = []
    place = 0
    while place < len(sql):
        found = _OPENS.match(sql, place) or _CLOSES.match(sql, place)
        if found is None:
            found = _TOKEN.match(sql, place)
            assert found is not None
            parts.append(found[0])
        elif found[0].lstrip().startswith("*/"):
            parts.append(" ")
        place = found.end()
    return "".join(parts)


def bare(text: str) -> str:
    """A name without its quotes, a text without its quotes and escapes."""
    if text[:1] == "`":
        return text[1:-1].replace("``", "`")
    if text[:1] == "'":
        return re.sub(
            r"\\(.)|''",
            lambda found: _ESCAPES.get(found[1], found[1]) if found[1] else "'",
            text[1:-1],
            flags=re.DOTALL,
        )
    return text


def unqualified(sql: str, database: str) -> str:
    """The text without the name of its own database before other names."""
    prefix = "`" + database.replace("`", "``") + "`"
    if prefix not in sql:
        return sql
    parts = list(tokens(sql))
    kept: list[str] = []
    skip = False
    for place, part in enumerate(parts):
        if skip:
            skip = False
        elif (
            part.text == prefix
            and joined(parts[place + 1 : place + 2]) == "."
            and joined(parts[place - 1 : place]) != "."
        ):
            skip = True
        else:
            kept.append(part.text)
    return "".join(kept)


def split(parts: Sequence[Token], depth: int) -> Iterator[list[Token]]:
    """The parts between the commas at some depth."""
    item: list[Token] = []
    for part in parts:
        if part.text == "," and part.depth == depth:
            yield item
            item = []
        else:
            item.append(part)
    yield item


def table_text(sql: str) -> TableText:
    """Of a statement as the server shows it, without version comments or the database's name."""
    parts = list(tokens(plain(sql)))
    begin = next(place for place, part in enumerate(parts) if part.text == "(" and part.depth == 0)
    end = next(place for place, part in enumerate(parts) if part.text == ")" and part.depth == 0 and place > begin)
    columns: list[ColumnText] = []
    keys: list[KeyText] = []
    further: list[str] = []
    for item in split(parts[begin + 1 : end], 1):
        text = joined(item)
        if text.startswith("`"):
            columns.append(column_text(text))
        else:
            key = _key(text)
            keys.append(key) if key is not None else further.append(text)
    options, partitions = _tail(parts[end + 1 :])
    return TableText(tuple(columns), tuple(keys), tuple(further), options, partitions)


def column_text(line: str) -> ColumnText:
    """Of a line that begins with a column's name."""
    name, *parts = tokens(line)
    clauses = _clauses(parts)
    found = dict(clauses)
    generated = found.get("AS")
    return ColumnText(
        name=bare(name.text),
        definition=joined(parts),
        type=found[""],
        head=_head(parts),
        default=found.get("DEFAULT"),
        generated=None if generated is None else inside(generated) or generated,
        check=inside(found.get("CHECK", "")),
        comment=bare(found.get("COMMENT", "")),
        comment_text=found.get("COMMENT", ""),
        on_update=found.get("ON", "").removeprefix("UPDATE").strip(),
        is_stored="STORED" in found,
        is_nullable="NOT" not in found,
        is_counted="AUTO_INCREMENT" in found,
        is_invisible="INVISIBLE" in found,
        names_collation="CHARACTER" in found or "COLLATE" in found,
        further=" ".join(f"{word} {text}".strip() for word, text in clauses if word not in _KNOWN),
    )


def _head(parts: Sequence[Token]) -> str:
    kept: list[Token] = []
    for part in parts:
        if part.word in _CLAUSES and part.word not in ("CHARACTER", "COLLATE"):
            break
        kept.append(part)
    return joined(kept)


def _clauses(parts: Sequence[Token]) -> list[tuple[str, str]]:
    """The clauses of a column by the words that begin them; the first is its type, without one."""
    found: list[tuple[str, list[Token]]] = [("", [])]
    for part in parts:
        word, (last, inside_) = part.word, found[-1]
        is_first = not joined(inside_)
        # NULL is an expression too, and so is what follows NOT
        follows = last in ("DEFAULT", "NOT", "WITH", "WITHOUT", "COLUMN_FORMAT", "STORAGE") and is_first
        if word in _CLAUSES and not follows:
            found.append((word, []))
        else:
            inside_.append(part)
    return [(word, joined(text)) for word, text in found]


def inside(text: str) -> str:
    """What is in the first parentheses."""
    parts = list(tokens(text))
    places = [place for place, part in enumerate(parts) if part.depth == 0 and part.text in "()"]
    return joined(parts[places[0] + 1 : places[1]]) if places else ""


_KEY = re.compile(r"(PRIMARY|UNIQUE|FULLTEXT|SPATIAL|VECTOR)?\s*KEY\s*", re.IGNORECASE)


def _key(line: str) -> KeyText | None:
    parts = [part for part in tokens(line) if part.kind != "space"]
    if parts[0].word == "CONSTRAINT":
        name = bare(parts[1].text)
        after = line.partition(parts[1].text)[2].strip()
        if parts[2].word == "CHECK":
            words = [part.word for part in parts[3:] if part.word]
            options = {"enforced": "no"} if "ENFORCED" in words and "NOT" in words else {}
            return KeyText("check", name, after, expression=inside(after), options=options)
        return _foreign(name, after, parts[2:])
    found = _KEY.match(line)
    if found is None:
        return None
    kind = (found[1] or "").lower()
    rest = parts[1 + bool(found[1]) :]
    name = "PRIMARY" if kind == "primary" else bare(rest.pop(0).text)
    opening = next(place for place, part in enumerate(rest) if part.text == "(")
    closing = next(place for place, part in enumerate(rest) if part.text == ")" and part.depth == 0)
    keys = tuple(joined(one) for one in split(list(tokens(inside(line[found.end() :]))), 0))
    return KeyText(kind, name, line, keys, options=_key_options(rest[:opening] + rest[closing + 1 :]))


def _key_options(parts: Sequence[Token]) -> dict[str, str]:
    options: dict[str, str] = {}
    further: list[str] = []
    words = iter(parts)
    for part in words:
        if part.word == "USING":
            options["method"] = next(words).text.lower()
        elif part.word == "COMMENT":
            options["comment"] = bare(next(words).text)
        elif part.word in ("INVISIBLE", "IGNORED"):
            options["visible"] = "no"
        else:
            further.append(part.text)
    return options | ({"further": " ".join(further)} if further else {})


def _foreign(name: str, definition: str, parts: Sequence[Token]) -> KeyText:
    words = [part for part in parts if part.kind in ("name", "word")]
    at = next(place for place, part in enumerate(words) if part.word == "REFERENCES")
    columns = tuple(bare(part.text) for part in words[:at] if part.kind == "name")
    target = [bare(part.text) for part in words[at + 1 :] if part.kind == "name" and part.depth == 0]
    referred = tuple(bare(part.text) for part in words[at + 1 :] if part.kind == "name" and part.depth == 1)
    actions = {"DELETE": "", "UPDATE": ""}
    for place, part in enumerate(words):
        if part.word == "ON" and words[place + 1].word in actions:
            after = [one.word.lower() for one in words[place + 2 : place + 4]]
            actions[words[place + 1].word] = " ".join(after) if after[0] in ("set", "no") else after[0]
    return KeyText(
        "foreign", name, definition, columns, referred=("" if len(target) == 1 else target[0], target[-1]),
        referred_columns=referred, on_delete=actions["DELETE"], on_update=actions["UPDATE"],
    )  # fmt: skip


def _tail(parts: Sequence[Token]) -> tuple[dict[str, str], str]:
    """The options of a table, and how it is partitioned."""
    begin = next(
        (
            place
            for place, part in enumerate(parts)
            if part.word == "PARTITION" and joined(parts[place + 1 : place + 3]).upper() == "BY"
        ),
        len(parts),
    )
    options: dict[str, str] = {}
    words: list[str] = []
    given = iter(part for part in parts[:begin] if part.kind != "space")
    for part in given:
        if part.text == "=":
            value = [next(given)]
            if value[0].text == "(":
                while value[-1].text != ")":
                    value.append(next(given))
            *before, name = words
            # words before the name are options that have no value
            if before[-1:] == ["DEFAULT"]:
                before, name = before[:-1], f"DEFAULT {name}"
            options |= {" ".join(before): ""} if before else {}
            options[name] = joined(value)
            words = []
        else:
            words.append(part.text if part.kind == "name" else part.text.upper())
    options |= {" ".join(words): ""} if words else {}
    options.pop("AUTO_INCREMENT", None)
    # each partition names the engine of its table, which cannot be another
    text = re.sub(r"\s+ENGINE = \w+", "", joined(parts[begin:]))
    return options, text
