"""Validation of values: safe coercion, compiled record checks, documents for JSON columns."""

from dataflow.values.coercion import ValueFault, coerce
from dataflow.values.documents import from_document, to_document

__all__ = ["ValueFault", "coerce", "from_document", "to_document"]
