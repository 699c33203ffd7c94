"""The nodes that belong to no model: functions, Python code, SQL, branching, transaction scopes."""
