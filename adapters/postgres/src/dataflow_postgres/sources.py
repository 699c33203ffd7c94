"""Many rows as a table of their own, for one statement to take: arrays, or from many on a stage filled by COPY.

A column of one value is neither: it is one parameter of the statement.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from typing import Any

import attrs
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY

from dataflow.values.columns import Same
from dataflow_postgres.catalogue import quoted
from dataflow_postgres.link import PostgresLink
from dataflow_sql import Statements

#: from here on the rows are not held as one message; with 10,000, arrays are the faster by a tenth
STAGE_ROWS = 20_000
#: where each row stood
PLACE = "dataflow_place"
#: dropped after each use, so that one name is enough and its statements are prepared once per connection
STAGE = "dataflow_stage"


@attrs.frozen(eq=False)
class Source:
    """Rows given as encoded columns; ``is_ordered`` has their places at hand as ``PLACE``."""

    statements: Statements
    names: tuple[str, ...]
    given: Sequence[Sequence[Any]]
    is_ordered: bool = False
    #: the places of the columns of one value; at least one column is none
    _same: tuple[int, ...] = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        same = tuple(place for place, column in enumerate(self.given) if isinstance(column, Same))
        object.__setattr__(self, "_same", same[1:] if len(same) == len(self.given) else same)

    @property
    def is_staged(self) -> bool:
        return len(self.given[0]) >= STAGE_ROWS

    @property
    def form(self) -> Hashable:
        """What the statement depends on."""
        return self.names, self._same, self.is_staged, self.is_ordered

    @property
    def values(self) -> dict[str, Any]:
        """The values of the statement's parameters ``a0``, ``a1`` and so on."""
        values: dict[str, Any] = {}
        for place, column in enumerate(self.given):
            if place in self._same:
                values[f"a{place}"] = column[0]
            elif not self.is_staged:
                values[f"a{place}"] = list(column) if isinstance(column, Same) else column
        return values

    def columns(self) -> Mapping[str, Any]:
        """The columns as a statement names them."""
        types = [self.statements.table.c[name].type for name in self.names]
        given = {place: sa.bindparam(f"a{place}", None, type_=sa.types.NullType()) for place in range(len(types))}
        varied = [place for place in given if place not in self._same]
        parts = [sa.column(self.names[place], types[place]) for place in varied]
        rows: Any
        if self.is_staged:
            rows = sa.table(STAGE, *parts, sa.column(PLACE))
        else:
            arrays = [sa.cast(given[place], ARRAY(types[place])) for place in varied]
            ordinality = {"with_ordinality": PLACE} if self.is_ordered else {}
            rows = sa.func.unnest(*arrays).table_valued(*parts, **ordinality).render_derived(name="given")
        single = {self.names[place]: sa.cast(given[place], types[place]) for place in self._same}
        return {**dict(rows.c.items()), **single}

    async def fill(self, link: PostgresLink) -> None:
        """Put the rows on the stage, where there is one."""
        if not self.is_staged:
            return
        varied = [place for place in range(len(self.names)) if place not in self._same]
        names, columns = [self.names[place] for place in varied], [self.given[place] for place in varied]
        wanted = ", ".join(quoted(one) for one in names)
        if self.is_ordered:
            wanted += f", 0::bigint AS {PLACE}"
            names, columns = [*names, PLACE], [*columns, range(len(columns[0]))]
        # names of the model, quoted
        form = f"SELECT {wanted} FROM {quoted(self.statements.model.table)} WITH NO DATA"  # noqa: S608
        await link.control(f"CREATE TEMP TABLE {STAGE} ON COMMIT DROP AS {form}")
        await link.copy(STAGE, names, zip(*columns, strict=True))

    async def drop(self, link: PostgresLink) -> None:
        """Take the stage away before the transaction ends, which may be far off."""
        if self.is_staged:
            await link.control(f"DROP TABLE {STAGE}")
