"""PostgreSQL's side of migrations: its catalogue as objects, the statements of changes, a connection of its own."""
