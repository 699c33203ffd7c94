"""SQLite's side of migrations: its catalogue, its statements, the rebuild of a table, a connection of its own."""
