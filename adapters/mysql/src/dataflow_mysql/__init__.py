"""MySQL and MariaDB for DataFlow, by aiomysql."""
