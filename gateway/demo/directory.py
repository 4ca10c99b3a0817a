"""The demo's company as the document that the directory import reads."""

import msgspec

from gateway.demo import company
from gateway.ingest.records import Directory


def directory() -> Directory:
    """The company as a document."""
    return msgspec.convert(_document(), Directory)


def _document() -> dict[str, object]:
    people = company.people()
    return {
        "domain": {
            "domain_uuid": str(company.DOMAIN_UUID),
            "domain_name": company.DOMAIN_NAME,
            "time_zone": company.TIME_ZONE,
        },
        "departments": [
            {"department_uuid": str(department.uuid), "department_name": department.name}
            for department in company.DEPARTMENTS
        ],
        "groups": [
            {
                "group_uuid": str(company.group_uuid(team)),
                "group_name": team,
                "department_uuid": str(department.uuid),
            }
            for department, team in company.TEAMS
        ]
        + [
            {
                "group_uuid": str(company.group_uuid(company.ADMINISTRATORS)),
                "group_name": company.ADMINISTRATORS,
                "kind": "permission",
            }
        ],
        "users": [
            {
                "user_uuid": str(person.user_uuid),
                "username": person.username,
                "first_name": person.first_name,
                "middle_name": person.middle_name,
                "last_name": person.last_name,
                "email": f"{person.username}@{company.DOMAIN_NAME}",
                "level": person.level,
                "add_date": person.add_date,
            }
            for person in people
        ],
        "extensions": [
            {
                "extension_uuid": str(company.extension_uuid(number)),
                "extension": number,
                "user_uuid": str(person.user_uuid),
            }
            for person in people
            for number in person.extensions
        ],
        "group_members": [
            {
                "group_uuid": str(company.group_uuid(group)),
                "user_uuid": str(person.user_uuid),
            }
            for person in people
            for group in person.groups
        ],
    }
