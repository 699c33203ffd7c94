"""The text of a CREATE statement, taken apart: SQLite's catalogue has checks, collations and names in no other form."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

import attrs
from sqlalchemy.dialects.sqlite.base import SQLiteIdentifierPreparer

# SQLite takes every character beyond ASCII for a letter; a name's are said by what they are not, which compiles ten times as fast
_TOKEN = re.compile(
    r"""\s+|--[^\n]*|/\*.*?\*/
    |[xX]?'(?:[^']|'')*'|"(?:[^"]|"")*"|`(?:[^`]|``)*`|\[[^\]]*\]
    |[^\x00-@\[-^`{-\x7f][^\x00-\#%-/:-@\[-^`{-\x7f]*|\d[\d.]*[eE][-+]?\d+|\d[\w.]*
    |<=|>=|<>|!=|==|<<|>>|\|\||->>|->|.""",
    re.DOTALL | re.VERBOSE,
)
_SIMPLE = re.compile(r"[a-z_][a-z0-9_]*")
#: words that begin a constraint in a table's definition, alone or after CONSTRAINT and a name
_CONSTRAINTS = ("CONSTRAINT", "PRIMARY", "UNIQUE", "CHECK", "FOREIGN")
#: words that end the part before them in a column's definition
_COLUMN_PARTS = (
    "CONSTRAINT", "PRIMARY", "UNIQUE", "CHECK", "REFERENCES", "NOT", "NULL", "DEFAULT", "COLLATE", "GENERATED", "AS",
)  # fmt: skip
_NO_CONSTRAINTS = ("NULL", "DEFAULT", "COLLATE", "GENERATED", "AS")


def tokens(sql: str) -> list[str]:
    """Words, quoted names, texts and signs, without white space and comments."""
    found = _TOKEN.findall(sql)
    return [one for one in found if not one.isspace() and not one.startswith(("--", "/*"))]


def spelled(parts: Sequence[str]) -> str:
    """Tokens as text, always the same for the same tokens."""
    text, is_sign = "", False
    for place, part in enumerate(parts):
        glued = not text or part in (",", ")", ".", ";") or text[-1] in "(." or (part == "(" and text[-1].isalnum())
        text += part if glued or is_sign else f" {part}"
        # of a number, and no operator between two
        is_sign = part in ("-", "+") and (place == 0 or parts[place - 1] in ("(", ",", "="))
    return text


def bare(name: str) -> str:
    """A name without its quotes."""
    if name[:1] in ('"', "`") and name[-1:] == name[:1]:
        return name[1:-1].replace(name[0] * 2, name[0])
    return name[1:-1] if name[:1] == "[" else name


def parted(given: Sequence[str], separator: str = ",") -> list[list[str]]:
    """Tokens between separators that stand in no parentheses."""
    found: list[list[str]] = [[]]
    depth = 0
    for word in given:
        depth += (word == "(") - (word == ")")
        if word == separator and depth == 0:
            found.append([])
        else:
            found[-1].append(word)
    return found


def closing(given: Sequence[str], opening: int) -> int:
    """Where the parenthesis that opens there closes."""
    depth = 0
    for place in range(opening, len(given)):
        depth += (given[place] == "(") - (given[place] == ")")
        if depth == 0:
            return place
    return len(given)


@attrs.frozen
class Clause:
    """One constraint as it is written, without CONSTRAINT and its name. ``columns`` is the column that it stands in, if any."""

    words: tuple[str, ...]
    name: str = ""
    column: str = ""

    @property
    def kind(self) -> str:
        return self.words[0].upper()

    @property
    def keys(self) -> list[list[str]]:
        """Of a key: each column by its bare name, with its collation and DESC where it has them."""
        if self.column:
            return [[self.column, *(word.upper() for word in self.words[2:3] if word.upper() == "DESC")]]
        opening = self.words.index("(")
        parts = parted(self.words[opening + 1 : closing(self.words, opening)])
        return [[bare(part[0]), *(word.upper() for word in part[1:] if word.upper() != "ASC")] for part in parts]

    def after(self, word: str) -> str:
        """The word behind another one, in capitals; empty when it is not there."""
        words = [one.upper() for one in self.words]
        return words[words.index(word) + 1] if word in words else ""

    @property
    def expression(self) -> str:
        """What a check wants."""
        return spelled(self.words[2 : closing(self.words, 1)])


@attrs.frozen
class TableText:
    """A table's definition taken apart. ``strict`` and the like stand in ``options``; what is a mapping is by column.

    ``not_null`` has those that say more than NOT NULL: a name, what happens on a conflict.
    """

    clauses: tuple[Clause, ...]
    collations: dict[str, str]
    generated: dict[str, tuple[str, bool]]
    defaults: dict[str, str]
    not_null: dict[str, str]
    options: tuple[str, ...]


def table_text(sql: str) -> TableText:
    """What only the text of CREATE TABLE says."""
    words = tokens(sql)
    opening = words.index("(")
    end = closing(words, opening)
    options = tuple(" ".join(part).upper() for part in parted(words[end + 1 :]) if part and part != [";"])
    found = TableText((), {}, {}, {}, {}, options)
    clauses: list[Clause] = []
    for part in parted(words[opening + 1 : end]):
        if part and part[0].upper() in _CONSTRAINTS:
            clauses.append(_clause(part, ""))
        else:
            clauses += _column(part, found)
    return attrs.evolve(found, clauses=tuple(clauses))


def _column(part: Sequence[str], found: TableText) -> Iterator[Clause]:
    """The constraints that stand in a column; what else is said of it goes into what is found."""
    name = bare(part[0])
    for written in _column_parts(part[1:]):
        # a name says nothing where no constraint has it
        piece = written[2:] if _is_named(written, _NO_CONSTRAINTS) else written
        word = piece[0].upper()
        if word == "NOT" or _is_named(written, ("NOT",)):
            if len(piece) > 2:
                found.not_null[name] = spelled(piece)
        elif word == "COLLATE":
            found.collations[name] = bare(piece[1]).upper()
        elif word in ("GENERATED", "AS"):
            found.generated[name] = _generated(piece)
        elif word == "DEFAULT":
            found.defaults[name] = spelled(piece[1:])
        elif word in (*_CONSTRAINTS, "REFERENCES"):
            yield _clause(piece, name)


def _is_named(piece: Sequence[str], kinds: Sequence[str]) -> bool:
    return piece[0].upper() == "CONSTRAINT" and len(piece) > 2 and piece[2].upper() in kinds


def module_text(sql: str) -> str:
    """What a virtual table is kept by: the name of a module and what it is told; empty for a table that is none."""
    words = tokens(sql)
    upper = [word.upper() for word in words[:16]]
    return spelled(words[upper.index("USING") + 1 :]) if upper[1:2] == ["VIRTUAL"] else ""


def _column_parts(words: Sequence[str]) -> list[list[str]]:
    """The clauses behind a column's name and type."""
    found: list[list[str]] = []
    depth = 0
    for place, word in enumerate(words):
        upper = word.upper()
        begins = depth == 0 and upper in _COLUMN_PARTS
        # the clause so far, without a name that it has
        said = [one.upper() for one in found[-1]] if found else []
        said = said[2:] if said[:1] == ["CONSTRAINT"] else said
        inside = bool(found) and (
            not said
            or (said == ["NOT"] and upper == "NULL")
            or (said[0] == "GENERATED" and upper == "AS")
            # ON DELETE SET NULL, SET DEFAULT and NOT DEFERRABLE belong to the reference before them
            or (upper in ("NULL", "DEFAULT") and words[place - 1].upper() == "SET")
            or (upper == "NOT" and place + 1 < len(words) and words[place + 1].upper() == "DEFERRABLE")
            or said == ["DEFAULT"]
        )
        if begins and not inside:
            found.append([word])
        elif found:
            found[-1].append(word)
        depth += (word == "(") - (word == ")")
    return found


def _clause(words: Sequence[str], column: str) -> Clause:
    if words[0].upper() == "CONSTRAINT":
        return Clause(tuple(words[2:]), bare(words[1]), column)
    return Clause(tuple(words), "", column)


def _generated(words: Sequence[str]) -> tuple[str, bool]:
    opening = words.index("(")
    end = closing(words, opening)
    return spelled(words[opening + 1 : end]), "STORED" in (word.upper() for word in words[end:])


@attrs.frozen
class IndexText:
    """The keys of an index as they are written, and its condition."""

    keys: tuple[str, ...]
    where: str


def index_text(sql: str) -> IndexText:
    """What CREATE INDEX says."""
    words = tokens(sql)
    start = next(place for place, word in enumerate(words) if word.upper() == "ON")
    opening = words.index("(", start)
    end = closing(words, opening)
    keys = tuple(spelled([bare(part[0]), *part[1:]]) for part in parted(words[opening + 1 : end]))
    rest = words[end + 1 :]
    return IndexText(keys, spelled([*map(_plain, rest[1:])]) if rest and rest[0].upper() == "WHERE" else "")


def _plain(word: str) -> str:
    """A name without quotes that it does not need: SQLite puts some around what it renames."""
    if word[0] not in '"`[':
        return word
    name = bare(word)
    needs_none = _SIMPLE.fullmatch(name) and name not in SQLiteIdentifierPreparer.reserved_words
    return name if needs_none else '"' + name.replace('"', '""') + '"'


def mentions(sql: str, name: str) -> bool:
    """Whether a statement has a name in it, as a name of its own."""
    return any(bare(word).lower() == name.lower() for word in tokens(sql))


def mentioned(sql: str, names: Iterable[str]) -> tuple[str, ...]:
    """Those of some names that a statement has in it, in the order in which it first has them."""
    spelt = {name.lower(): name for name in names}
    return tuple(dict.fromkeys(spelt[word] for word in (bare(one).lower() for one in tokens(sql)) if word in spelt))
