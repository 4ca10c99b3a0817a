"""The directory of a FusionPBX domain: people, their extensions, groups and queues."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Literal, NamedTuple, TypeAlias, cast
from uuid import UUID

from gateway.errors import ImportRefusedError
from gateway.ingest.fusionpbx_legs import Numbers
from gateway.ingest.records import (
    Directory,
    DomainEntry,
    ExtensionEntry,
    GroupEntry,
    Level,
    MemberEntry,
    QueueEntry,
    UserEntry,
)
from gateway.store.rows import Row
from gateway.store.source import Source
from gateway.store.writes_directory import GROUP_MEMBERS, GROUPS, USERS, Rows, Table

TeamsFrom: TypeAlias = Literal["queues", "ring-groups"]
Stored: TypeAlias = Mapping[Table, Rows]

# Ranks that FusionPBX's groups tell, the lowest first; leaders and managers are ours to name.
TOLD: tuple[Level, ...] = ("agent", "admin", "superadmin")
OURS: tuple[Level, ...] = ("leader", "manager")
CONTACT = re.compile(r"user/(\d+)(?:@|$)")
LISTS = ("users", "extensions", "groups", "queues", "agents", "tiers", "ring_groups")


class Pbx(NamedTuple):
    """A domain of FusionPBX: the rows of sql/fusionpbx, as they were at one moment."""

    domain_uuid: UUID
    lists: Mapping[str, Sequence[Row]]

    @property
    def users_of(self) -> Mapping[str, Sequence[UUID]]:
        """{number of an extension: its users}, those with the first username first."""
        found = defaultdict(list)
        for row in self.lists["extensions"]:
            if row["user_uuid"] is not None:
                found[row["extension"]].append(row["user_uuid"])
        return found

    @property
    def numbers(self) -> Numbers:
        agents = {}
        for agent in self.lists["agents"]:
            number = self._number(agent)
            if number:
                agents[str(agent["agent_uuid"])] = agents[agent["agent_name"] or ""] = number
        return Numbers(
            {row["extension_uuid"]: row["extension"] for row in self.lists["extensions"]},
            agents,
            frozenset(row["queue_uuid"] for row in self.lists["queues"]),
        )

    def user_of(self, agent: Row) -> UUID | None:
        """The user that an agent of queues is: the one it names, or who has its extension."""
        users = self.users_of.get(self._number(agent), ())
        known = {row["user_uuid"] for row in self.lists["users"]}
        return agent["user_uuid"] if agent["user_uuid"] in known else next(iter(users), None)

    def _number(self, agent: Row) -> str:
        """The extension at which an agent is rung, or by whose number it logs in."""
        contact = CONTACT.search(agent["agent_contact"] or "")
        told = contact[1] if contact is not None else agent["agent_id"] or ""
        return told if told in {row["extension"] for row in self.lists["extensions"]} else ""


async def read(source: Source, name: str) -> Pbx:
    """The domain of that name; ImportRefusedError if FusionPBX has none."""
    async with source.snapshot() as snapshot:
        found = await snapshot.rows("domain", name)
        if not found:
            raise ImportRefusedError(
                f'FusionPBX has no domain "{name}": name one of its own with --pbx-domain.'
            )
        domain_uuid: UUID = found[0]["domain_uuid"]
        return Pbx(domain_uuid, {what: await snapshot.rows(what, domain_uuid) for what in LISTS})


def document(
    pbx: Pbx, domain: DomainEntry, stored: Stored, teams_from: TeamsFrom | None
) -> Directory:
    """FusionPBX's people, extensions and queues, and no others; its groups, and with them those
    that the domain has from elsewhere. What FusionPBX does not tell of a user or a group stays.
    """
    told = {**_permissions(pbx), **(_teams(pbx, teams_from) if teams_from else {})}
    groups = {key: _group(key, *told[key][:2], stored[GROUPS].get((key,))) for key in told}
    members = {(key, user) for key, (_, _, users) in told.items() for user in users}
    elsewhere = [(key, row) for (key,), row in stored[GROUPS].items() if key not in groups]
    kept = {key for key in stored[GROUP_MEMBERS] if key[0] not in groups}
    return Directory(
        domain=domain,
        users=list(_users(pbx, stored[USERS])),
        extensions=list(_extensions(pbx)),
        queues=[
            QueueEntry(
                queue_uuid=row["queue_uuid"],
                queue_name=row["queue_name"],
                queue_extension=row["queue_extension"] or "",
            )
            for row in pbx.lists["queues"]
        ],
        groups=[*groups.values(), *(GroupEntry(**row) for _, row in elsewhere)],
        group_members=[
            MemberEntry(group_uuid=group, user_uuid=user)
            for group, user in sorted(members | kept, key=str)
        ],
    )


def _users(pbx: Pbx, stored: Rows) -> Iterator[UserEntry]:
    agents = {pbx.user_of(agent) for agent in pbx.lists["agents"]}
    levels: dict[UUID, set[str]] = defaultdict(set)
    for row in pbx.lists["groups"]:
        levels[row["user_uuid"]].add(row["group_name"].lower())
    for row in pbx.lists["users"]:
        key = row["user_uuid"]
        if key in agents:
            levels[key].add("agent")
        before = stored.get((key,))
        yield UserEntry(
            user_uuid=key,
            username=row["username"],
            first_name=row["contact_name_given"] or "",
            middle_name=row["contact_name_middle"] or "",
            last_name=row["contact_name_family"] or "",
            email=row["user_email"] or "",
            level=_level(levels[key], before["level"] if before else ""),
            add_date=row["add_date"] or "",
        )


def _level(groups: Iterable[str], before: Level) -> Level:
    """The highest that the groups tell. A leader or manager, as which FusionPBX knows nobody, stays
    one unless FusionPBX says admin.
    """
    told: Level = next((level for level in reversed(TOLD) if level in groups), "")
    return before if before in OURS and told in ("", "agent") else told


def _extensions(pbx: Pbx) -> Iterator[ExtensionEntry]:
    """Each once: of several users it is the first one's."""
    seen = set()
    for row in pbx.lists["extensions"]:
        if row["extension_uuid"] not in seen:
            seen.add(row["extension_uuid"])
            yield ExtensionEntry(
                extension_uuid=row["extension_uuid"],
                extension=row["extension"],
                user_uuid=row["user_uuid"],
            )


Told: TypeAlias = dict[UUID, tuple[str, Literal["team", "permission"], set[UUID]]]


def _permissions(pbx: Pbx) -> Told:
    found: Told = {}
    for row in pbx.lists["groups"]:
        group = found.setdefault(row["group_uuid"], (row["group_name"], "permission", set()))
        group[2].add(row["user_uuid"])
    return found


def _teams(pbx: Pbx, teams_from: TeamsFrom) -> Told:
    if teams_from == "queues":
        agents = {agent["agent_uuid"]: pbx.user_of(agent) for agent in pbx.lists["agents"]}
        teams: Told = {
            row["queue_uuid"]: (row["queue_name"], "team", set()) for row in pbx.lists["queues"]
        }
        for row in pbx.lists["tiers"]:
            teams[row["queue_uuid"]][2].update(filter(None, [agents[row["agent_uuid"]]]))
        return teams
    found: Told = {}
    users_of = pbx.users_of
    for row in pbx.lists["ring_groups"]:
        team = found.setdefault(row["ring_group_uuid"], (row["ring_group_name"], "team", set()))
        team[2].update(users_of.get(row["destination_number"] or "", ()))
    return found


def _group(
    key: UUID, name: str, kind: Literal["team", "permission"], before: Mapping[str, Any] | None
) -> GroupEntry:
    """What FusionPBX does not know of a group, its department and its weight, stays."""
    kept = before or {"group_weight": 1, "department_uuid": None}
    return GroupEntry(
        group_uuid=key,
        group_name=name,
        kind=kind,
        group_weight=cast("int", kept["group_weight"]),
        department_uuid=kept["department_uuid"],
    )
