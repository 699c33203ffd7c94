"""Table names."""

import pytest

from dataflow.models.naming import table_name


@pytest.mark.parametrize(
    ("class_name", "table"),
    [
        ("User", "users"),
        ("OrderItem", "order_items"),
        ("Category", "categories"),
        ("Box", "boxes"),
        ("Bus", "buses"),
        ("Match", "matches"),
        ("Day", "days"),
        ("Boy", "boys"),
        ("HTTPServer", "http_servers"),
        ("HTTP", "https"),
        ("UserV2", "user_v2s"),
        ("Person", "persons"),
        ("Data", "datas"),
        ("News", "newses"),
        ("User_Log", "user_logs"),
        ("A", "as"),
    ],
)
def test_table_is_the_class_in_snake_case_and_plural(class_name: str, table: str) -> None:
    assert table_name(class_name) == table
