"""The rows of the lab's people and servers, made from the one table in terminals.py."""

from __future__ import annotations

from collections.abc import Sequence

from .terminals import BRAND, DOMAINS, Terminal


def _values(rows: Sequence[tuple[object, ...]]) -> str:
    def one(value: object) -> str:
        if value is None:
            return "NULL"
        return str(value) if isinstance(value, int) else "'" + str(value).replace("\\", "\\\\").replace("'", "''") + "'"

    return ",\n".join("(" + ", ".join(map(one, row)) + ")" for row in rows)


def _insert(table: str, columns: str, rows: Sequence[tuple[object, ...]]) -> str:
    return f"INSERT INTO {table} ({columns}) VALUES\n{_values(rows)};\n" if rows else ""


def servers(hosts: Sequence[str], sip_port: int) -> str:
    """Set 1 holds every application server, at one priority, as in a new IvozProvider."""
    return (
        _insert("ApplicationServerSets", "id, name", [(1, "default")])
        + _insert("ApplicationServers", "id, ip, name", [(n, host, f"as{n}") for n, host in enumerate(hosts, 1)])
        + _insert(
            "ApplicationServerSetRelApplicationServers",
            "id, applicationServerId, applicationServerSetId",
            [(n, n, 1) for n in range(1, len(hosts) + 1)],
        )
        + _insert(
            "kam_dispatcher",
            "id, setid, destination, description, applicationServerSetRelApplicationServerId",
            [(n, 1, f"sip:{host}:{sip_port}", f"as{n}", n) for n, host in enumerate(hosts, 1)],
        )
    )


def companies() -> str:
    return (
        _insert("Brands", "id, name", [(BRAND, "DemoBrand")])
        + _insert("Domains", "id, domain", [(company, domain) for company, domain in DOMAINS.items()])
        + _insert(
            "Companies",
            "id, brandId, name, domainId, applicationServerSetId",
            [(company, BRAND, f"DemoCompany{company}", company, 1) for company in DOMAINS],
        )
    )


def people(terminals: Sequence[Terminal]) -> str:
    """Domains have their company's id, and a terminal's extension, user and endpoint have the terminal's."""
    numbered = [t for t in terminals if t.extension is not None]
    return (
        _insert(
            "Terminals",
            "id, name, domainId, password, companyId",
            [(t.id, t.name, t.company, t.password, t.company) for t in terminals],
        )
        + _insert("Extensions", "id, companyId, number, routeType", [(t.id, t.company, t.extension, "user") for t in numbered])
        + _insert(
            "Users",
            "id, companyId, name, lastname, terminalId, extensionId, active",
            [(t.id, t.company, t.name, "Lab", t.id, t.id if t.extension else None, 1) for t in terminals if t.has_user],
        )
        + _insert(
            "ast_ps_endpoints",
            "id, sorcery_id, terminalId, aors, from_domain",
            [(t.id, t.sorcery_id, t.id, t.sorcery_id, t.domain) for t in terminals if t.has_endpoint],
        )
    )
