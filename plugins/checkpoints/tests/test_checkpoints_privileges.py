"""What SHOW GRANTS gives in a database, as either server writes it."""

from __future__ import annotations

import pytest

from dataflow_checkpoints.privileges import granted


@pytest.mark.parametrize(
    ("shown", "found"),
    [
        ("GRANT USAGE ON *.* TO `u`@`%`", {"USAGE"}),
        ("GRANT ALL PRIVILEGES ON *.* TO `root`@`localhost` WITH GRANT OPTION", {"ALL PRIVILEGES"}),
        ("GRANT CREATE, CREATE VIEW ON `shop_1`.* TO `u`@`%`", {"CREATE", "CREATE VIEW"}),
        ("GRANT ALTER ON `shop\\_%`.* TO `u`@`%`", {"ALTER"}),
        ("GRANT ALTER ON `shop__`.* TO `u`@`%`", {"ALTER"}),
        ("GRANT ALTER ON `SHOP_1`.`users` TO `u`@`%`", {"ALTER"}),
        ("GRANT SELECT (`a`, `b`), INDEX ON `shop_1`.`users` TO `u`@`%`", {"SELECT", "INDEX"}),
        ("GRANT ALTER ON `shop\\_2`.* TO `u`@`%`", set()),
        ("GRANT ALTER ON `shop\\_`.* TO `u`@`%`", set()),
        ("GRANT ALTER ON `shop.1`.* TO `u`@`%`", set()),
        ("GRANT EXECUTE ON PROCEDURE `shop_1`.`p` TO `u`@`%`", set()),
        ("GRANT `r` TO `u`@`%`", set()),
        ("SET DEFAULT ROLE `r` FOR `u`@`%`", set()),
    ],
)
def test_what_is_granted_in_a_database(shown: str, found: set[str]) -> None:
    assert granted([shown], "shop_1") == found
