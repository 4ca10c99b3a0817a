"""FreeSWITCH's CDRs posted and as files, to the database."""

import asyncio
import base64
import gzip
import json
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote
from uuid import UUID

import pytest

from tests.conftest import TestDatabase
from tests.ingest.cdrs import bridged, cdr, channel, packed
from tests.ingest.office import Office, document
from tests.ingest.posting import Posting, basic, figures, token_of
from tests.ingest.test_command import DOMAIN_UUID, NAME, Program
from tests.process import gateway, serving

JSON = "application/json"
FORM = "application/x-www-form-urlencoded"
BASE64 = "application/x-www-form-base64-encoded"
ANSWERED = bridged(last_sent_callee_id_number="101")


def form(text: bytes) -> bytes:
    return b"cdr=" + quote(text, safe="").encode()


async def only(office: Office) -> Mapping[str, Any]:
    (stored,) = await office.rows("calls")
    return stored


@pytest.mark.parametrize("media", [JSON, FORM, BASE64, "application/json raw as a form"])
async def test_a_posted_cdr_is_a_call(posting: Posting, media: str) -> None:
    text = packed(cdr("a", ANSWERED))
    body = {FORM: form(text), BASE64: b"cdr=" + base64.b64encode(text)}.get(media, text)
    header = {"Authorization": basic(f"freeswitch:{posting.token}")}
    # With disable-100-continue curl names every body a form.
    media = FORM if " " in media else media
    answer = await posting.told(f"freeswitch?uuid=a_{channel('a')}", body, media, **header)
    assert figures(answer) == (1, 0, 0, 0, 0)
    stored = await only(posting.office)
    assert stored["call_uuid"] == UUID(channel("a"))
    assert (stored["direction"], stored["status"]) == ("inbound", "answered")
    assert (stored["extension"], stored["user_uuid"] is not None) == ("101", True)
    assert (stored["source"], stored["billsec"]) == ("freeswitch", 60)
    assert figures(await posting.told("freeswitch", body, media, **header)) == (0, 0, 1, 0, 0)


async def test_legs_that_are_no_call_are_taken_and_not_counted(posting: Posting) -> None:
    batches = await posting.office.rows("import_batches")
    for variables in ({"originating_leg_uuid": channel("a")}, {"cc_side": "agent"}):
        answer = await posting.told("freeswitch", packed(cdr("b", ANSWERED | variables)), JSON)
        assert (answer["read"], answer["new"], answer["batch"]) == (1, 0, None)
    assert not await posting.office.stored_calls()
    assert await posting.office.rows("import_batches") == batches


async def test_the_same_cdr_at_once_counts_once(posting: Posting) -> None:
    text = packed(cdr("a", ANSWERED))
    answers = await asyncio.gather(*(posting.told("freeswitch", text, JSON) for _ in range(5)))
    assert sorted(answer["new"] for answer in answers) == [0, 0, 0, 0, 1]
    assert len(await posting.office.stored_calls()) == 1


async def test_a_cdr_that_cannot_be_read_is_told(posting: Posting) -> None:
    for body, told in {
        b"<cdr/>": "The CDR cannot be read: this is not the JSON of a CDR",
        packed(cdr("a", {"end_epoch": None})): "The CDR cannot be read: end_epoch is missing",
        packed(cdr("a", {"hangup_cause": "A\0B"})): "U+0000",
    }.items():
        status, error = await posting.refused("freeswitch", body, JSON)
        assert (status, told in error) == (400, True), error
    status, _ = await posting.refused("freeswitch", packed(cdr("a", {})), "text/xml")
    assert status == 415
    status, _ = await posting.refused("freeswitch", packed(cdr("a", {"x": "y" * 2**20})), JSON)
    assert status == 413
    assert not await posting.office.stored_calls()


async def test_a_database_that_is_gone_makes_freeswitch_come_again(posting: Posting) -> None:
    text = packed(cdr("a", ANSWERED))
    async with posting.office.place.owner() as owner:
        await owner.execute("alter table calls rename to elsewhere")
        response = await posting.post("freeswitch", text, JSON)
        assert (response.status_code, response.headers["retry-after"]) == (503, "2")
        await owner.execute("alter table elsewhere rename to calls")
    assert figures(await posting.told("freeswitch", text, JSON)) == (1, 0, 0, 0, 0)


async def test_the_token_decides_whose_call_it_is(posting: Posting, neighbour: Office) -> None:
    header = {"Authorization": basic(f"x:{await token_of(neighbour)}")}
    text = packed(cdr("a", ANSWERED | {"domain_uuid": str(posting.office.domain_uuid)}))
    await posting.told("freeswitch", text, JSON, **header)
    assert not await posting.office.stored_calls()
    assert len(await neighbour.stored_calls()) == 1


@pytest.fixture
def program(tmp_path: Path, database: TestDatabase) -> Program:
    found = Program(tmp_path, GATEWAY_DATABASE_URL=database.service_url)
    text = json.dumps(document(DOMAIN_UUID, NAME)).encode()
    assert found.run("directory", found.write("directory.json", text))[0] == 0
    return found


def test_a_directory_of_cdrs_comes_in(program: Program) -> None:
    home = program.home / "cdrs"
    (home / "2026-03-02").mkdir(parents=True)
    leg = packed(cdr("b", ANSWERED | {"originating_leg_uuid": channel("a")}))
    for name, content in {
        "a_1.cdr.json": packed(cdr("a", ANSWERED)) + b"\n",
        "a_1 again.cdr.json": packed(cdr("a", ANSWERED)),
        "2026-03-02/a_2.cdr.json": quote(packed(cdr("c", {})), safe="").encode() + b"\n",
        "a_3.cdr.json.gz": gzip.compress(packed(cdr("d", {}))),
        "large.cdr.json": packed(cdr("e", {"x": "y" * 200_000})),
        "b.cdr.json": leg,
        "cut.cdr.json": leg[:500],
        "empty.cdr.json": b"",
        "cut.cdr.json.gz": gzip.compress(leg)[:50],
        "notes.txt": b"no CDR",
    }.items():
        (home / name).write_bytes(content)
    status, output, errors = program.run("freeswitch", "cdrs", "--domain", NAME)
    assert status == 1
    expected = "read 8, new 4, replaced 0, unchanged 1, deleted 0, rejected 3 (batch "
    assert output.startswith(expected), output
    assert "Legs that are no calls of their own: 1\n" in errors
    listed = (program.home / "cdrs.rejects.ndjson").read_text().splitlines()
    reasons = sorted(json.loads(line)["reason"].partition("cdrs/")[2] for line in listed)
    assert reasons[0].startswith("cut.cdr.json.gz cannot be read")
    assert reasons[1].startswith("cut.cdr.json: this is not the JSON of a CDR")
    assert reasons[2] == "empty.cdr.json: the file is empty"
    status, output, _ = program.run("freeswitch", "cdrs", "--domain", NAME, "--dry-run")
    assert output == "read 8, new 0, replaced 0, unchanged 5, deleted 0, rejected 3\n"


def test_one_file_holds_a_cdr_a_line(program: Program) -> None:
    lines = [packed(cdr(str(number), ANSWERED)) for number in range(3)]
    name = program.write("all.json", b"\r\n".join([*lines, b"{cut"]))
    status, output, _ = program.run("freeswitch", name, "--domain", NAME)
    assert (status, output[:15]) == (1, "read 4, new 3, ")
    status, output, errors = program.run("freeswitch", "nothing", "--domain", NAME)
    assert (status, output) == (1, "")
    assert "nothing cannot be opened: No such file" in errors


def test_curl_posts_to_the_program_as_freeswitch_does(tmp_path: Path) -> None:
    data_dir = tmp_path / "data"
    file = tmp_path / "directory.json"
    file.write_text(json.dumps(document(DOMAIN_UUID, NAME)))
    assert gateway(data_dir, "import", "directory", str(file)).returncode == 0
    made = gateway(data_dir, "token", "create", "--domain", NAME, "--name", "pbx")
    token = next(word for word in made.stdout.split() if word.startswith("gw_"))
    body = tmp_path / "body"
    body.write_bytes(form(packed(cdr("a", ANSWERED))))
    with serving(data_dir) as server:
        posted = [
            subprocess.run(
                [
                    "curl",
                    *("-sS", "-w", " %{http_code}", "-u", f"freeswitch:{secret}"),
                    *("--data-binary", f"@{body}"),
                    f"{server.address}/ingest/freeswitch?uuid=a_1",
                ],
                capture_output=True,
                text=True,
                check=True,
            ).stdout
            for secret in (token, token, "wrong")
        ]
    first, again, wrong = (text.rpartition(" ") for text in posted)
    assert [first[2], again[2], wrong[2]] == ["200", "200", "401"]
    assert json.loads(first[0])["new"] == 1
    assert json.loads(again[0])["unchanged"] == 1
