"""A company whose figures can be counted by hand, and what a visitor of its wallboard does."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
from playwright.async_api import Locator, Page, expect

from gateway.store import tokens
from gateway.viewer import Role
from tests.browser.conftest import Browser
from tests.conftest import TestDatabase
from tests.world import World

# Wednesday, 16:30 in Hanoi.
NOW = datetime(2026, 3, 11, 9, 30, tzinfo=UTC)
DAYS = 9
# A spreadsheet would compute it.
FORMULA = "=1+1"
AXE = Path(__file__).parents[2] / "web" / "wallboard" / "node_modules" / "axe-core" / "axe.min.js"


class Office(World):
    """Two teams: of Sales' agents, number n has n + 1 calls a day, of which one is not answered."""

    def __init__(self) -> None:
        super().__init__("example")
        self.sales = self.group("Sales", self.department("Trade"))
        self.care = self.group("Care", self.department("Service"))
        self.leader = self.user("chief", level="leader", first_name="Chief", groups=[self.sales])
        self.agents = [
            self.user(
                f"agent{number}",
                first_name=FORMULA if number == 2 else "Đặng",
                last_name="" if number == 2 else f"Agent {number}",
                extensions=[f"{1001 + number}"],
                groups=[self.sales if number < 3 else self.care],
            )
            for number in range(5)
        ]
        for number, agent in enumerate(self.agents):
            for days in range(DAYS):
                self._day(agent, number, NOW - timedelta(days=days, hours=1))
        states = ("talk", "wait", "pause", "dispo")
        for agent, state in zip(self.agents, states, strict=False):
            code = "COFFEE" if state == "pause" else ""
            self.activity(agent, state, NOW - timedelta(minutes=7), None, pause_code=code)
        for minutes in (5, 25):
            lost = NOW - timedelta(minutes=minutes)
            self.call(lost, direction="inbound", status="busy_line", duration=30, source="pbx")
        self.batch("pbx", NOW - timedelta(minutes=2), finished_at=NOW - timedelta(minutes=1))

    def _day(self, agent: UUID, number: int, at: datetime) -> None:
        for call in range(number + 1):
            started = at - timedelta(minutes=7 * call)
            self.call(
                started,
                agent,
                direction="inbound" if call % 2 else "outbound",
                status="answered" if call else "no_answered",
                caller_number=f"+8490{number}",
                source="pbx",
            )


def of_a_day(*numbers: int) -> int:
    """How many calls these agents have on a day."""
    return sum(number + 1 for number in numbers)


async def stored(database: TestDatabase, world: World) -> None:
    async with database.owner() as owner:
        await world.store(owner)


async def token_of(
    database: TestDatabase, world: World, role: Role = Role.ADMIN, user: str | None = None
) -> str:
    async with database.opened() as opened:
        return await tokens.create(opened, world.domain_uuid, role, "wall", NOW, None, user)


async def revoke(database: TestDatabase, world: World) -> None:
    async with database.opened() as opened:
        assert await tokens.revoke(opened, world.domain_uuid, "wall", NOW) == 1


async def answer(origin: str, token: str, query: str) -> Any:
    async with httpx.AsyncClient(headers={"Authorization": f"Bearer {token}"}) as http:
        body = (await http.post(f"{origin}/graphql", json={"query": query})).json()
    assert "errors" not in body, body
    return body["data"]


async def signed_in(browser: Browser, token: str, address: str = "/") -> Page:
    """A tab whose storage has the token already, and that is done loading."""
    page = await browser.context.new_page()
    await page.add_init_script(
        f"sessionStorage['gateway:token'] ?? sessionStorage.setItem('gateway:token', '{token}')"
    )
    await page.goto(f"{browser.origin}{address}")
    await settled(page)
    return page


async def settled(page: Page) -> None:
    """Every panel has what it asked for."""
    await expect(page.locator("#figures")).to_be_visible()
    await expect(page.locator("[aria-busy=true]")).to_have_count(0)
    await expect(page.locator(".skeleton")).to_have_count(0)


async def follow(page: Page, name: str) -> None:
    await page.get_by_role("link", name=name, exact=True).first.click()
    await settled(page)


def figure(page: Page, name: str) -> Locator:
    """The value of a figure of the first panel that has it."""
    return page.locator(".figure", has=page.get_by_text(name, exact=True)).locator(".value").first


def cell(page: Page, row: str, column: int) -> Locator:
    rows = page.locator("tbody tr", has=page.get_by_role("link", name=row, exact=True))
    return rows.locator("td").nth(column - 1)


async def serious(page: Page) -> list[str]:
    """What axe finds in either theme that is serious or critical."""
    await page.evaluate(AXE.read_text())
    problems = []
    for theme in ("light", "dark"):
        await page.evaluate(f"document.documentElement.dataset.theme = '{theme}'")
        found = await page.evaluate("axe.run(document, {resultTypes: ['violations']})")
        problems += [
            f"{theme}, {rule['id']}: {node['target']} {node['failureSummary']}"
            for rule in found["violations"]
            if rule["impact"] in {"serious", "critical"}
            for node in rule["nodes"][:3]
        ]
    return problems
