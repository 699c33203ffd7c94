"""The verdict on one bad value."""

from __future__ import annotations


class ValueFault(Exception):
    """A value that a type refuses. Never leaves the framework: it becomes a Problem.

    ``expected`` completes "expected ..."; ``hint`` is a value or call that would do.
    ``code`` is DF-N104 for a wrong type, DF-N105 for a bound that is not kept, DF-N114 for null and DF-N115 for an
    atomic change.
    """

    def __init__(self, expected: str, hint: str = "", code: str = "DF-N104") -> None:
        super().__init__(expected)
        self.expected = expected
        self.hint = hint
        self.code = code
