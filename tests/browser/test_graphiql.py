"""GraphiQL in a real browser."""

import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import httpx
import pytest
from playwright.async_api import Page, expect

from gateway.store import tokens
from gateway.viewer import Role
from tests.browser.conftest import Browser, listening, needs_chromium, visiting
from tests.conftest import Server, TestDatabase
from tests.graphql.conftest import admin_token
from tests.graphql.served import Served, served
from tests.world import World

NOW = datetime(2026, 3, 11, 9, 30, tzinfo=UTC)
SCHEMA_SECONDS = 5
TITLES = ["Dashboard", "GroupsByDay", "AgentTime", "TodayAgainstYesterday"]

pytestmark = needs_chromium


async def company(database: TestDatabase) -> str:
    """A small company; its administrator's token."""
    world = World("example")
    sales = world.group("Sales", world.department("Trade"))
    for number in range(3):
        user = world.user(f"agent{number}", extensions=[f"{1001 + number}"], groups=[sales])
        for days in range(3):
            world.call(NOW - timedelta(days=days, minutes=number), user)
        world.activity(user, "pause", NOW - timedelta(hours=2), 600)
    async with database.owner() as owner:
        await world.store(owner)
    return await admin_token(database, world.domain_uuid, NOW)


async def opened(browser: Browser) -> Page:
    """GraphiQL with the first tab's question in its editor."""
    page = await browser.context.new_page()
    await page.goto(f"{browser.origin}/graphiql")
    await expect(page.locator(".graphiql-query-editor")).to_contain_text("query Dashboard")
    return page


async def sign_in(page: Page, token: str) -> None:
    await page.get_by_label("Token").fill(token)
    await page.get_by_role("button", name="Use").click()


async def run(page: Page) -> str:
    """Press the button; the answer's text."""
    async with page.expect_response("**/graphql") as answered:
        await page.get_by_role("button", name="Execute query").click()
    return await (await answered.value).text()


async def test_a_visit(database: TestDatabase, tmp_path: Path) -> None:
    token = await company(database)
    async with listening(database, NOW) as origin, visiting(origin) as browser:
        started = time.monotonic()
        page = await opened(browser)
        await expect(page).to_have_title("Call statistics: GraphiQL")
        await expect(page.locator("#token-help")).to_contain_text("Paste the token")
        assert browser.questions == []
        await sign_in(page, token)
        await expect(page.locator(".graphiql-explorer-root")).to_contain_text("extensions")
        await page.get_by_role("button", name="Show Documentation Explorer").click()
        await page.get_by_role("link", name="Query", exact=True).click()
        await expect(page.locator(".graphiql-plugin")).to_contain_text("departments")
        assert time.monotonic() - started < SCHEMA_SECONDS
        await expect(page.get_by_role("status")).to_contain_text("example · Asia/Ho_Chi_Minh")
        await page.screenshot(path=tmp_path / "documentation.png")

        assert '"totalCall":3' in await run(page)
        await expect(page.locator(".graphiql-response")).to_contain_text("agent0")
        await page.screenshot(path=tmp_path / "answer.png")

        await page.reload()
        await expect(page.get_by_role("status")).to_contain_text("admin")
        assert browser.foreign == []
        assert browser.complaints == []


async def test_the_token_stays_in_its_tab(database: TestDatabase) -> None:
    token = await company(database)
    async with listening(database, NOW) as origin, visiting(origin) as browser:
        page = await opened(browser)
        await sign_in(page, token)
        await expect(page.get_by_role("status")).to_be_visible()
        await run(page)
        # GraphiQL writes the tabs' state half a second late.
        await page.wait_for_function("Object.keys(localStorage).length > 1")
        assert token not in await page.evaluate("JSON.stringify(localStorage)")
        assert token in await page.evaluate("JSON.stringify(sessionStorage)")
        assert await page.evaluate("document.cookie") == ""

        other = await opened(browser)
        await expect(other.get_by_label("Token")).to_have_value("")

        await page.get_by_role("button", name="Forget token").click()
        await expect(page.get_by_label("Token")).to_have_value("")
        assert await page.evaluate("sessionStorage.length") == 0
        assert browser.complaints == []


async def test_the_first_tabs_all_answer(database: TestDatabase, tmp_path: Path) -> None:
    token = await company(database)
    async with listening(database, NOW) as origin, visiting(origin) as browser:
        page = await opened(browser)
        await sign_in(page, token)
        await expect(page.get_by_role("status")).to_be_visible()
        for title in TITLES:
            await page.get_by_role("button", name=title, exact=True).click()
            await expect(page.locator(".graphiql-query-editor")).to_contain_text(f"query {title}")
            answer = await run(page)
            await page.screenshot(path=tmp_path / f"{title}.png")
            assert answer.startswith('{"data":{')
            assert '"errors"' not in answer
        assert browser.complaints == []


@pytest.fixture(scope="module")
def place(server: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """The program itself, with the right time."""
    with served(server, tmp_path_factory.mktemp("graphiql")) as found:
        yield found


def call() -> str:
    """A call of this moment, as a phone system posts it."""
    return json.dumps(
        {
            "source": "pbx",
            "source_key": uuid4().hex,
            "started_at": datetime.now(UTC).isoformat(),
            "direction": "inbound",
            "status": "busy_line",
            "duration": 20,
            "billsec": 0,
        }
    )


async def test_a_subscription(place: Served, tmp_path: Path) -> None:
    async with visiting(place.address) as browser:
        page = await opened(browser)
        await sign_in(page, place.token)
        await page.get_by_role("button", name="Live", exact=True).click()
        await expect(page.locator(".graphiql-query-editor")).to_contain_text("subscription Live")
        await page.get_by_role("button", name="Execute query").click()
        response = page.locator(".graphiql-response")
        await expect(response).to_contain_text('"totalCall": 0')
        async with httpx.AsyncClient(base_url=place.address, headers=place.headers) as http:
            for count in (1, 2):
                posted = await http.post(
                    "/ingest/calls",
                    content=call(),
                    headers={"Content-Type": "application/x-ndjson"},
                )
                assert posted.status_code == 200, posted.text
                await expect(response).to_contain_text(f'"totalCall": {count}')
        await page.screenshot(path=tmp_path / "live.png")
        (socket,) = browser.sockets
        async with socket.expect_event("close"):
            await page.get_by_role("button", name="Forget token").click()
        assert browser.foreign == []
        assert browser.complaints == []


async def test_a_subscription_whose_token_is_revoked(place: Served) -> None:
    now = datetime.now(UTC)
    domain_uuid = place.example.domain_uuid
    async with place.database.opened() as opened_database, visiting(place.address) as browser:
        token = await tokens.create(opened_database, domain_uuid, Role.ADMIN, "doomed", now)
        page = await opened(browser)
        await sign_in(page, token)
        await page.get_by_role("button", name="Live", exact=True).click()
        await expect(page.locator(".graphiql-query-editor")).to_contain_text("subscription Live")
        await page.get_by_role("button", name="Execute query").click()
        response = page.locator(".graphiql-response")
        await expect(response).to_contain_text('"totalCall"')
        assert await tokens.revoke(opened_database, domain_uuid, "doomed", now) == 1
        await expect(response).to_contain_text("token", timeout=30_000)
        await expect(page.get_by_role("button", name="Execute query")).to_be_visible()


@pytest.mark.parametrize("wrong", ["nonsense", "with spaces inside"])
async def test_a_wrong_token_is_told(database: TestDatabase, tmp_path: Path, wrong: str) -> None:
    async with listening(database, NOW) as origin, visiting(origin) as browser:
        page = await opened(browser)
        await sign_in(page, wrong)
        await expect(page.locator("header [role=alert]")).to_contain_text("token")
        await page.screenshot(path=tmp_path / "wrong.png")
        assert all("viewer" in question for question in browser.questions)
        assert await page.evaluate("sessionStorage.length") == 0


async def test_nothing_is_asked_without_a_token(database: TestDatabase) -> None:
    async with listening(database, NOW) as origin, visiting(origin) as browser:
        page = await opened(browser)
        await page.get_by_role("button", name="Execute query").click()
        await expect(page.locator(".graphiql-response")).to_contain_text("Enter your token")
        assert browser.questions == []
        assert browser.complaints == []


async def test_the_editor_helps(database: TestDatabase, tmp_path: Path) -> None:
    token = await company(database)
    async with listening(database, NOW) as origin, visiting(origin) as browser:
        page = await opened(browser)
        await sign_in(page, token)
        editor = page.locator(".graphiql-query-editor")
        explorer = page.locator(".graphiql-explorer-root")
        await explorer.get_by_text("removedAt").first.click()
        await expect(editor).to_contain_text("removedAt")

        await editor.get_by_text("displayName").click()
        await page.keyboard.press("End")
        await page.keyboard.type(",midd")
        await expect(page.locator(".suggest-widget")).to_contain_text("middleName")
        await expect(editor.locator(".squiggly-error").first).to_be_visible()
        await page.screenshot(path=tmp_path / "suggestion.png")
        await page.keyboard.press("Enter")
        await expect(editor).to_contain_text("displayName,middleName")
        await page.get_by_role("button", name="Prettify query").click()
        await expect(editor).not_to_contain_text("displayName,middleName")
        assert "middleName" in await run(page)
        assert browser.foreign == []
        assert browser.complaints == []
