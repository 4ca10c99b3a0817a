"""The wallboard in a real browser."""

import asyncio
import csv
import io
import json
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.async_api import Page, Route, expect

from gateway.viewer import Role
from tests.browser.conftest import Browser, listening, needs_chromium, visiting
from tests.browser.office import (
    AXE,
    DAYS,
    FORMULA,
    NOW,
    Office,
    answer,
    cell,
    figure,
    follow,
    of_a_day,
    revoke,
    serious,
    settled,
    signed_in,
    stored,
    token_of,
)
from tests.conftest import TestDatabase
from tests.process import gateway
from tests.world import World

# Under 1 s where nothing else runs (docs/wallboard.md); a test's machine may be busy.
FIRST_PAINT_MS = 4000
FIRST_PAINT = """new Promise((done) =>
    new PerformanceObserver((list) =>
        list.getEntriesByName('first-contentful-paint').forEach((paint) => done(paint.startTime))
    ).observe({ type: 'paint', buffered: true }))"""
LOST = 2
EVERYBODY = of_a_day(0, 1, 2, 3, 4)

pytestmark = needs_chromium


def clean(browser: Browser) -> None:
    assert browser.foreign == []
    assert browser.complaints == []


async def test_a_visit(database: TestDatabase, tmp_path: Path) -> None:
    office = Office()
    await stored(database, office)
    token = await token_of(database, office)
    async with listening(database, NOW) as origin, visiting(origin) as browser:
        page = await browser.context.new_page()
        await page.goto(f"{origin}/")
        assert await page.evaluate(FIRST_PAINT) < FIRST_PAINT_MS
        assert browser.questions == []
        await page.get_by_label("Token").fill("with spaces")
        await page.get_by_role("button", name="Sign in").click()
        await expect(page.get_by_role("alert")).to_contain_text("no spaces")
        await page.get_by_label("Token").fill(f" Bearer {token} ")
        await page.keyboard.press("Enter")
        await settled(page)
        await page.screenshot(path=tmp_path / "overview.png", full_page=True)

        await expect(figure(page, "Calls")).to_have_text(str(EVERYBODY + LOST))
        await expect(page.locator(".today .change").first).to_contain_text(f"yesterday {EVERYBODY}")
        await expect(figure(page, "Calls, last 60 min")).to_have_text(str(LOST + 5))
        told = await answer(origin, token, "{ domain { callStats { abandonRate } } }")
        rate = f"{told['domain']['callStats']['abandonRate'] * 100:.1f}%"
        await expect(figure(page, "Abandon rate")).to_have_text(rate)
        await expect(page.locator(".states")).to_contain_text("Talking1")
        await expect(page.locator(".longest")).to_contain_text("COFFEE")
        await expect(page.locator(".freshness")).to_contain_text("pbx")
        await expect(page.locator(".freshness")).to_contain_text("last import 1 min")
        await expect(page.get_by_role("status").first).to_have_text("Live")

        assert token not in page.url
        assert token not in await page.evaluate("JSON.stringify(localStorage)")
        assert await page.evaluate("document.cookie") == ""
        other = await browser.context.new_page()
        await other.goto(f"{origin}/")
        await expect(other.get_by_label("Token")).to_have_value("")
        await page.get_by_role("button", name="Settings").click()
        await page.get_by_role("button", name="Sign out").click()
        assert await page.evaluate("sessionStorage.length") == 0
        browser.complaints = [said for said in browser.complaints if "401" not in said]
        clean(browser)


async def test_from_a_group_to_its_calls(database: TestDatabase, tmp_path: Path) -> None:
    office = Office()
    await stored(database, office)
    token = await token_of(database, office)
    week = 7
    async with listening(database, NOW) as origin, visiting(origin) as browser:
        page = await signed_in(browser, token)
        await follow(page, "Groups")
        sales = of_a_day(0, 1, 2) * week
        await expect(cell(page, "Sales", 4)).to_have_text(str(sales))
        await follow(page, "Sales")
        await expect(page).to_have_url(f"{origin}/?view=agents&group={office.sales}")
        await expect(page.locator("tfoot td").nth(3)).to_have_text(str(sales))
        await expect(cell(page, "Đặng Agent 1", 4)).to_have_text(str(of_a_day(1) * week))
        await expect(cell(page, "Đặng Agent 1", 3)).to_contain_text("Waiting0:07:")
        await page.screenshot(path=tmp_path / "agents.png")
        await follow(page, "Đặng Agent 1")
        await follow(page, "Calls")
        counted = str(of_a_day(1) * week)
        await expect(page.locator(".total-count")).to_have_text(f"{counted} calls")
        await expect(page.locator(".panel-head")).to_contain_text(f"equal to the {counted} calls")
        await expect(page.locator("tbody tr")).to_have_count(int(counted))
        await page.screenshot(path=tmp_path / "calls.png")
        await page.get_by_label("Outcome").select_option("ANSWERED")
        await expect(page.locator(".total-count")).to_have_text(f"{week} calls")

        # The address is the screen: it can be kept, opened elsewhere and gone back from.
        await page.get_by_label("Period").select_option("TODAY")
        await page.get_by_label("Time zone").select_option("UTC")
        kept = page.url
        await expect(page.locator(".total-count")).to_have_text("1 calls")
        for _ in range(2):
            await page.go_back()
        await expect(page.get_by_label("Period")).to_have_value("LAST_7_DAYS")
        for _ in range(2):
            await page.go_back()
        await settled(page)
        await expect(page.get_by_role("heading", level=1)).to_contain_text("Sales")
        again = await signed_in(browser, token, kept.removeprefix(origin))
        await expect(again.get_by_label("Time zone")).to_have_value("UTC")
        await expect(again.locator(".total-count")).to_have_text(f"{of_a_day(1)} calls")
        missing = await signed_in(browser, token, f"/?group={office.domain_uuid}")
        await expect(missing.locator("#figures")).to_contain_text("does not exist")
        clean(browser)


async def test_the_keyboard_alone(database: TestDatabase) -> None:
    office = Office()
    await stored(database, office)
    token = await token_of(database, office)
    async with listening(database, NOW) as origin, visiting(origin) as browser:
        page = await signed_in(browser, token, "/?view=agents")
        await page.keyboard.press("Tab")
        await expect(page.locator(".skip")).to_be_focused()
        await page.keyboard.press("Enter")
        await page.keyboard.press("Tab")
        await expect(page.get_by_role("searchbox")).to_be_focused()
        await page.keyboard.type("dang care")
        await expect(page.locator(".search output")).to_have_text("2 of 6")
        await expect(page.locator("tbody tr")).to_have_count(2)
        header = page.get_by_role("columnheader", name="Agent", exact=True)
        await header.get_by_role("button").focus()
        await page.keyboard.press("Enter")
        await expect(header).to_have_attribute("aria-sort", "ascending")
        await page.keyboard.press("Enter")
        await expect(header).to_have_attribute("aria-sort", "descending")
        await expect(page.locator("tbody th").first).to_have_text("Đặng Agent 4")
        await expect(page.locator("tbody a").first).to_be_visible()
        await page.locator("tbody a").first.focus()
        await page.keyboard.press("Enter")
        await settled(page)
        await expect(page.locator("#figures")).to_be_focused()
        await page.get_by_role("button", name="Wall display").focus()
        await page.keyboard.press("Enter")
        await expect(page.locator("main.wall")).to_be_visible()
        await page.keyboard.press("Escape")
        await expect(page.locator("main.board")).to_be_visible()
        clean(browser)


async def downloaded(page: Page, name: str) -> list[list[str]]:
    async with page.expect_download() as started:
        await page.get_by_role("button", name=f"Download “{name}” as CSV").click()
    path = await (await started.value).path()
    content = path.read_bytes()
    assert content.startswith(b"\xef\xbb\xbf")
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))


async def test_what_is_on_the_screen_as_a_file(database: TestDatabase) -> None:
    office = Office()
    await stored(database, office)
    token = await token_of(database, office)
    async with listening(database, NOW) as origin, visiting(origin) as browser:
        page = await signed_in(browser, token)
        days = await downloaded(page, "Calls per day")
        assert days[0][:4] == ["Day", "Answered", "Not answered", "Calls"]
        assert [row[3] for row in days[1:]] == [str(EVERYBODY)] * 6 + [str(EVERYBODY + LOST)]
        heat = await downloaded(page, "Hours of the week")
        assert len(heat) == 8
        assert {len(row) for row in heat} == {25}
        await page.get_by_role("button", name="Table").first.click()
        await expect(page.get_by_role("table", name="Calls per hour")).to_be_visible()
        await follow(page, "Agents")
        await page.get_by_role("searchbox").fill("sales")
        agents = await downloaded(page, "Agents")
        assert [row[0] for row in agents[1:]] == [
            f"'{FORMULA}",
            "Đặng Agent 1",
            "Đặng Agent 0",
            "Chief",
        ]
        assert agents[2][4:8] == ["14", "7", "7", "7"]
        await follow(page, "Calls")
        calls = await downloaded(page, "Calls")
        assert calls[0][3] == "Caller"
        assert all(not row[3].startswith("+") for row in calls[1:])
        clean(browser)


async def test_an_import_of_another_process_moves_the_page(
    database: TestDatabase, tmp_path: Path
) -> None:
    office = Office()
    await stored(database, office)
    token = await token_of(database, office)
    file = tmp_path / "calls.ndjson"
    record = {
        "source": "pbx",
        "source_key": "1",
        "started_at": (NOW - timedelta(minutes=3)).isoformat(),
        "direction": "inbound",
        "status": "busy_line",
        "duration": 9,
        "billsec": 0,
    }
    file.write_text(f"{json.dumps(record)}\n")
    async with listening(database, NOW) as origin, visiting(origin) as browser:
        page = await signed_in(browser, token)
        wall = await signed_in(browser, token, "/?view=wall")
        for each in (page, wall):
            await expect(each.get_by_role("status").first).to_have_text("Live")
            await expect(figure(each, "Calls")).to_have_text(str(EVERYBODY + LOST))
        arguments = ("import", "calls", str(file), "--domain", "example")
        done = gateway(tmp_path / "data", *arguments, GATEWAY_DATABASE_URL=database.service_url)
        assert done.returncode == 0, done.stderr
        # A tab in the background asks when it is looked at again.
        for each in (wall, page):
            await each.bring_to_front()
            await expect(figure(each, "Calls")).to_have_text(str(EVERYBODY + LOST + 1))
        clean(browser)


async def test_a_gateway_that_stops_and_a_token_that_ends(
    database: TestDatabase, tmp_path: Path
) -> None:
    office = Office()
    await stored(database, office)
    token = await token_of(database, office)
    async with listening(database, NOW) as origin:
        port = int(origin.rpartition(":")[2])
    async with visiting(origin) as browser:
        async with listening(database, NOW, port):
            page = await signed_in(browser, token)
            await expect(page.get_by_role("status").first).to_have_text("Live")
        await expect(page.get_by_role("alert")).to_contain_text("figures of 16:30")
        await expect(page.get_by_role("status").first).to_have_text("Offline")
        await expect(figure(page, "Calls")).to_have_text(str(EVERYBODY + LOST))
        await page.get_by_label("Period").select_option("LAST_30_DAYS")
        await expect(page.get_by_text("This could not be loaded.").first).to_be_visible()
        await page.screenshot(path=tmp_path / "offline.png", full_page=True)
        stranger = await browser.context.new_page()
        async with listening(database, NOW, port):
            await expect(page.get_by_role("status").first).to_have_text("Live", timeout=30_000)
            await expect(page.get_by_role("alert")).to_have_count(0)
            await expect(page.locator(".within")).to_contain_text(str(EVERYBODY * DAYS + LOST))
            await stranger.goto(origin)
            await page.bring_to_front()
            await revoke(database, office)
            await expect(page.get_by_label("Token", exact=True)).to_be_visible()
            await expect(page.get_by_role("status")).to_contain_text("The token is revoked")
            await page.screenshot(path=tmp_path / "ended.png")
            assert await page.evaluate("sessionStorage.length") == 0
        await stranger.get_by_label("Token").fill(token)
        await stranger.keyboard.press("Enter")
        await expect(stranger.get_by_role("alert")).to_contain_text("does not answer")
        assert browser.foreign == []


async def test_no_calls_yet_and_only_ones_own(database: TestDatabase, tmp_path: Path) -> None:
    office, empty = Office(), World("empty")
    await stored(database, office)
    await stored(database, empty)
    async with listening(database, NOW) as origin, visiting(origin) as browser:
        page = await signed_in(browser, await token_of(database, empty))
        await expect(page.locator("#figures")).to_contain_text("No calls yet")
        await page.screenshot(path=tmp_path / "empty.png")
        token = await token_of(database, office, Role.LEADER, "chief")
        page = await signed_in(browser, token)
        await expect(page.locator(".head")).to_contain_text("leader, Chief")
        await expect(figure(page, "Calls")).to_have_text(str(of_a_day(0, 1, 2)))
        await expect(figure(page, "Abandon rate")).to_contain_text("whole domain")
        await follow(page, "Groups")
        await expect(page.locator("tbody tr")).to_have_count(1)
        clean(browser)


async def test_languages_and_themes_are_remembered(database: TestDatabase) -> None:
    office = Office()
    await stored(database, office)
    token = await token_of(database, office)
    async with listening(database, NOW) as origin, visiting(origin) as browser:
        page = await signed_in(browser, token, "/?period=2026-03-01..2026-03-11")
        await page.get_by_role("button", name="Settings").click()
        await page.get_by_label("Language").select_option("vi")
        await page.get_by_label("Giao diện").select_option("dark")
        await page.reload()
        await settled(page)
        await expect(page.locator("html")).to_have_attribute("lang", "vi")
        await expect(page.locator(".today h2")).to_have_text("Hôm nay")
        background = "getComputedStyle(document.body).backgroundColor"
        assert await page.evaluate(background) == "rgb(14, 18, 24)"
        await expect(page.get_by_label("Từ", exact=True)).to_have_value("2026-03-01")
        await expect(page.locator(".within")).to_contain_text(str(EVERYBODY * DAYS + LOST))
        await page.get_by_label("đến", exact=True).fill("2026-03-02")
        await expect(page).to_have_url(f"{origin}/?period=2026-03-01..2026-03-02")
        await settled(page)
        await expect(page.locator(".chart .over").last).to_be_visible()
        clean(browser)


@pytest.mark.skipif(not AXE.exists(), reason="axe-core is not there: npm ci in web/wallboard")
async def test_everybody_can_use_it(database: TestDatabase, tmp_path: Path) -> None:
    office, empty = Office(), World("empty")
    await stored(database, office)
    await stored(database, empty)
    token = await token_of(database, office)
    group, agent = office.sales, office.agents[0]
    async with listening(database, NOW) as origin, visiting(origin) as browser:
        page = await browser.context.new_page()
        await page.goto(origin)
        await page.get_by_label("Token").fill("wrong")
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("alert")).to_be_visible()
        assert await serious(page) == []
        addresses = {
            "overview": "/",
            "groups": "/?view=groups",
            "agents": "/?view=agents",
            "calls": "/?view=calls",
            "wall": "/?view=wall",
            "group": f"/?group={group}&period=2026-03-01..2026-03-11",
            "agent": f"/?agent={agent}",
            "missing": f"/?agent={group}",
        }
        page = await signed_in(browser, token)
        for name, address in addresses.items():
            await page.goto(f"{origin}{address}")
            await settled(page)
            await page.screenshot(path=tmp_path / f"{name}.png", full_page=True)
            assert await serious(page) == [], name
        await page.goto(origin)
        await settled(page)
        for button in await page.get_by_role("button", name="Table").all():
            await button.click()
        await page.get_by_role("button", name="Settings").click()
        assert await serious(page) == []
        await page.set_viewport_size({"width": 390, "height": 844})
        assert await serious(page) == []
        wide = "document.documentElement.scrollWidth > innerWidth"
        for name in ("overview", "agents", "calls", "wall"):
            await page.goto(f"{origin}{addresses[name]}")
            await settled(page)
            assert not await page.evaluate(wide), name
        page = await signed_in(browser, await token_of(database, empty))
        assert await serious(page) == []
        browser.complaints = [said for said in browser.complaints if "401" not in said]
        clean(browser)


async def test_changes_faster_than_answers_delay_none(database: TestDatabase) -> None:
    office = Office()
    await stored(database, office)
    token = await token_of(database, office)
    async with listening(database, NOW) as origin, visiting(origin) as browser:
        page = await browser.context.new_page()
        await page.add_init_script(f"sessionStorage.setItem('gateway:token', '{token}')")
        asked = []

        async def slowly(route: Route) -> None:
            if "DomainToday" in (route.request.post_data or ""):
                asked.append(route)
                await asyncio.sleep(1)
            await route.continue_()

        await page.route("**/graphql", slowly)
        await page.goto(origin)
        await expect(page.get_by_role("status").first).to_be_visible()
        # What a browser says that has its network again: ask anew.
        await page.evaluate("setInterval(() => dispatchEvent(new Event('online')), 50)")
        await expect(figure(page, "Calls")).to_have_text(str(EVERYBODY + LOST))
        assert len(asked) < 6
        await page.unroute_all(behavior="ignoreErrors")
