"""The database's own limits: how many connections it takes from an account."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from c2ctest import signer
from c2ctest.fixtures import MakeService
from lab import Lab

HEIDI = signer("heidi")
ACCOUNT, PASSWORD = "e2e_crowded", "a password of the database"
FORBIDDEN = (403, "forbidden")


@pytest.fixture
def one_connection(lab: Lab) -> Iterator[dict[str, str]]:
    """An account that may be connected once at a time."""
    tables = ("Terminals", "Domains", "Companies", "ast_ps_endpoints", "Users", "Extensions", "kam_dispatcher", "ApplicationServers")
    account = f"'{ACCOUNT}'@'%'"
    lab.sql(
        f"CREATE OR REPLACE USER {account} IDENTIFIED BY '{PASSWORD}' WITH MAX_USER_CONNECTIONS 1;"
        + "".join(f"GRANT SELECT ON {table} TO {account};" for table in tables)
    )
    yield {"user": ACCOUNT, "password": PASSWORD}
    lab.sql(f"DROP USER {account}")


def test_workers_share_the_one_connection_that_the_account_may_have(
    start_service: MakeService, one_connection: dict[str, str]
) -> None:
    service = start_service(db=one_connection, server={"workers": 4})

    def wrong(_: int) -> tuple[int, str]:
        return service.api.call(HEIDI, "+34900000001", response="0" * 32).verdict

    # Each of them asks the database once.
    with ThreadPoolExecutor(4) as pool:
        assert set(pool.map(wrong, range(80))) == {FORBIDDEN}


def test_all_workers_together_keep_no_more_connections_than_configured(lab: Lab, start_service: MakeService) -> None:
    def connected() -> int:
        return int(lab.sql("SELECT COUNT(*) FROM information_schema.processlist WHERE user = 'click2call'")[0][0])

    before = connected()
    service = start_service(db={"max_connections": 4}, server={"workers": 4})
    with ThreadPoolExecutor(32) as pool:
        orders = [service.api.order(HEIDI, "+34900000001", response="0" * 32) for _ in range(64)]
        statuses = list(pool.map(lambda order: service.api.post("/call", order).status, orders))
        assert connected() - before <= 4
    assert set(statuses) == {403}
