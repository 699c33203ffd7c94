"""What SQL adapters of DataFlow share: tables, filters and statements by SQLAlchemy Core, rows to records, coded errors."""

from dataflow_sql.asked import Asked, asked
from dataflow_sql.codecs import Codec, choice_codec, json_codec
from dataflow_sql.conflicts import insertable, into
from dataflow_sql.dialect import Bind, Clause, SQLDialect
from dataflow_sql.differences import ColumnState, TableLayout, differences, missing_table
from dataflow_sql.filters import Conditions, shape_of, values_of
from dataflow_sql.statements import Prepared, Statements, update_values
from dataflow_sql.tables import column_types, schema_tables, statement_table

__all__ = [
    "Asked",
    "Bind",
    "Clause",
    "Codec",
    "ColumnState",
    "Conditions",
    "Prepared",
    "SQLDialect",
    "Statements",
    "TableLayout",
    "asked",
    "choice_codec",
    "column_types",
    "differences",
    "insertable",
    "into",
    "json_codec",
    "missing_table",
    "schema_tables",
    "shape_of",
    "statement_table",
    "update_values",
    "values_of",
]
