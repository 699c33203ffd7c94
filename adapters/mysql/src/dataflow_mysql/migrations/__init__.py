"""MySQL's and MariaDB's side of migrations: their catalogue, their statements, a connection of its own, a scratch database."""
