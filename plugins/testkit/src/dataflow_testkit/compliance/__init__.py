"""The suite that every adapter passes: ``from dataflow_testkit.compliance import *`` in an adapter's own test file."""

from dataflow_testkit.compliance.bulk_changes import TestBulkChanges
from dataflow_testkit.compliance.bulk_creates import TestBulkCreates
from dataflow_testkit.compliance.concurrency import TestConcurrency
from dataflow_testkit.compliance.connections import TestConnections
from dataflow_testkit.compliance.diagnoses import TestDiagnoses
from dataflow_testkit.compliance.errors import TestErrors
from dataflow_testkit.compliance.filters import TestFilters
from dataflow_testkit.compliance.injections import TestInjections
from dataflow_testkit.compliance.pages import TestPages
from dataflow_testkit.compliance.records import TestRecords
from dataflow_testkit.compliance.runs import TestRuns
from dataflow_testkit.compliance.schema import TestSchema
from dataflow_testkit.compliance.statements import TestStatements
from dataflow_testkit.compliance.transactions import TestTransactions
from dataflow_testkit.compliance.upserts import TestUpserts
from dataflow_testkit.compliance.values import TestValues

__all__ = [
    "TestBulkChanges",
    "TestBulkCreates",
    "TestConcurrency",
    "TestConnections",
    "TestDiagnoses",
    "TestErrors",
    "TestFilters",
    "TestInjections",
    "TestPages",
    "TestRecords",
    "TestRuns",
    "TestSchema",
    "TestStatements",
    "TestTransactions",
    "TestUpserts",
    "TestValues",
]
