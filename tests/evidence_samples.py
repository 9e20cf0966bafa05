"""Files as people send them, and as attackers do: all made here."""

import io
import random
import struct
import zipfile
import zlib
from collections.abc import Mapping

from PIL import ExifTags, Image, ImageDraw

WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
SHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"


def scene(seed: int, size: tuple[int, int] = (640, 480)) -> Image.Image:
    """A picture with shapes as a room has them; the same seed gives the same, at any size."""
    dice = random.Random(seed)
    image = Image.new("RGB", (640, 480), (dice.randrange(256), dice.randrange(256), dice.randrange(256)))
    draw = ImageDraw.Draw(image)
    for _ in range(24):
        x, y = dice.randrange(600), dice.randrange(440)
        colour = (dice.randrange(256), dice.randrange(256), dice.randrange(256))
        draw.rectangle((x, y, x + dice.randrange(20, 200), y + dice.randrange(20, 160)), fill=colour)
    return image.resize(size)


def encoded(image: Image.Image, kind: str = "JPEG", **options: object) -> bytes:
    """The picture as a file."""
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def photograph(seed: int, size: tuple[int, int] = (640, 480), quality: int = 80) -> bytes:
    """A JPEG of a scene."""
    return encoded(scene(seed, size), quality=quality)


def noise(dice: random.Random, side: int) -> bytes:
    """A PNG of random pixels, about 3 × side² bytes."""
    return encoded(Image.frombytes("RGB", (side, side), dice.randbytes(3 * side * side)), "PNG")


def taken(seed: int, *, when: str = "2026:09:21 08:30:00") -> bytes:
    """A JPEG with what a telephone writes into it: time, place (46°48′N 130°22′E), its model."""
    exif = Image.Exif()
    exif[ExifTags.Base.Make] = "TelephoneMaker"
    exif.get_ifd(ExifTags.IFD.Exif)[ExifTags.Base.DateTimeOriginal] = when
    place = exif.get_ifd(ExifTags.IFD.GPSInfo)
    place[1], place[2], place[3], place[4] = "N", (46.0, 48.0, 0.0), "E", (130.0, 22.0, 30.0)
    return encoded(scene(seed), exif=exif)


def chunk(kind: bytes, data: bytes) -> bytes:
    """A chunk of a PNG."""
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def pixel_flood(width: int, height: int) -> bytes:
    """A small PNG that says, and holds, very many black pixels."""
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    machine = zlib.compressobj(9)
    row = b"\x00" * (1 + 3 * width)
    packed = b"".join(machine.compress(row) for _ in range(height)) + machine.flush()
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", packed) + chunk(b"IEND", b"")


def said_pixels(width: int, height: int) -> bytes:
    """A PNG that says so many pixels and holds hardly any."""
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"\x00")) + chunk(b"IEND", b"")


def package(parts: Mapping[str, bytes] | None = None, *, main: str = WORD) -> bytes:
    """An office package; further parts stand beside, or replace, its own."""
    listing = f'<Types><Override PartName="/word/document.xml" ContentType="{main}"/></Types>'
    own = {"[Content_Types].xml": listing.encode(), "_rels/.rels": b"<Relationships/>", "word/document.xml": b"<doc/>"}
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
        for name, data in (own | dict(parts or {})).items():
            made.writestr(zipfile.ZipInfo(name), data, zipfile.ZIP_DEFLATED)
    return out.getvalue()


def paper(inside: bytes = b"", objects: bytes = b"") -> bytes:
    """A PDF of one page; `inside` stands in its catalogue, `objects` in a compressed object stream."""
    packed = zlib.compress(objects)
    stream = (
        b"4 0 obj<</Type/ObjStm/Filter/FlateDecode/Length %d>>stream\n" % len(packed) + packed + b"\nendstream endobj\n"
    )
    return (
        b"%PDF-1.7\n1 0 obj<</Type/Catalog/Pages 2 0 R" + inside + b">>endobj\n"
        b"2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n3 0 obj<</Type/Page/Parent 2 0 R>>endobj\n"
        + stream
        + b"trailer<</Root 1 0 R>>\nstartxref\n0\n%%EOF\n"
    )
