"""The contenders: one class each, per library; those of plain drivers one per database."""
