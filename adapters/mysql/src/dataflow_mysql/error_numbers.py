"""The numbers of the servers' errors, by what they mean. One number means the same in MySQL and MariaDB, or exists in one."""

from __future__ import annotations

from collections.abc import Mapping

from dataflow_sql.constraints import Kind as Refused
from dataflow_sql.servers.troubles import Kind

REFUSED: Mapping[int, Refused] = {
    **dict.fromkeys((1062, 1586), "unique"),
    **dict.fromkeys((1451, 1452, 1216, 1217), "reference"),
    **dict.fromkeys((1048, 1364, 1263), "null"),
    **dict.fromkeys((3819, 4025), "check"),
    **dict.fromkeys((1406, 1264, 1690, 1265, 1366, 1292, 1411), "value"),
}  # fmt: skip
VALUE_WORDS = {
    1406: "it is longer than the column",
    1264: "the number is out of the column's range",
    1690: "the number is out of the column's range",
}
STATEMENT_WORDS: Mapping[Refused, str] = {
    "unique": "a unique key has the value already",
    "reference": "a foreign key is not satisfied",
    "null": "a column may not be null",
    "check": "a check of the table refuses the row",
    "value": "a column cannot hold a value",
}
TROUBLES: Mapping[int, Kind] = {
    **dict.fromkeys((1213, 1614), "deadlock"),
    1020: "serialization",
    1205: "lock",
    **dict.fromkeys((1969, 3024), "slow"),
    1317: "cancelled",
    **dict.fromkeys((1114, 1021, 3, 1030, 28), "full"),
    **dict.fromkeys((1290, 1836, 1792, 1209), "read_only"),
    **dict.fromkeys((1142, 1143, 1044, 1227, 1370, 1410), "permission"),
    **dict.fromkeys((1146, 1054, 1051, 1109), "missing"),
    **dict.fromkeys((1045, 1698, 1130, 1251, 1275, 1820, 1862, 4151), "login"),
    1049: "database",
    **dict.fromkeys((1040, 1203, 1226), "crowded"),
    **dict.fromkeys((1053, 1077, 1079, 1080, 1152, 1156, 1158, 1159, 1160, 1161, 1184, 1927, 2006, 2013, 2055, 3169, 4031), "lost"),
    3159: "tls_wanted",
    2026: "tls",
    **dict.fromkeys((1064, 1149, 1065, 1295, 1136, 1052, 1066, 1139, 1222, 1241, 1242, 1300, 1305, 1318, 1582, 3685, 3692), "sql"),
    **dict.fromkeys((1050, 1060, 1061, 1059, 1068, 1069, 1071, 1072, 1075, 1091, 1103, 1118, 1166, 1170, 1280, 1005, 1267, 1270, 4078), "sql"),
    1153: "value",
}  # fmt: skip
#: messages that only ever hold names
NAMES_ONLY = frozenset(
    (1146, 1054, 1051, 1109, 1139, 1052, 1136, 1222, 1241, 1242, 1305, 1050, 1060, 1061, 1071, 1072, 1091, 1118, 1170, 1267)
)  # fmt: skip
#: the server's message repeats what a row or a statement holds
WITH_VALUES = frozenset((*REFUSED, 1064, 1149, 1300))
