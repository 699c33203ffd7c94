"""MySQL and MariaDB for DataFlow, by aiomysql or asyncmy."""

from dataflow_mysql.plugin import MySQLPlugin

__all__ = ["MySQLPlugin"]
