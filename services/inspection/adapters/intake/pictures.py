"""Pictures: decoded within bounds, told what the camera wrote, and made anew without it."""

import io
import re
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, BinaryIO, Final

from PIL import ExifTags, Image, ImageOps, JpegImagePlugin, PngImagePlugin, WebPImagePlugin

from services.inspection.adapters.intake.kinds import JPEG
from services.inspection.adapters.intake.refused import Refused

# JPEG is decoded at a fraction of its size; the others are not, so that they may have fewer pixels.
MAX_PIXELS: Final = 16_000_000
MAX_JPEG_PIXELS: Final = 120_000_000
SHOWN_SIDE: Final = 2560
THUMB_SIDE: Final = 320
_QUALITY: Final = 85
_ROW: Final = 9
_FLAT: Final = 12
_MICRO: Final = 1_000_000
# Imported with this module, not with the first picture, which is another process's.
_READERS: Final = (JpegImagePlugin.JpegImageFile, PngImagePlugin.PngImageFile, WebPImagePlugin.WebPImageFile)
_FORMATS: Final = tuple(reader.format for reader in _READERS)
_WHEN: Final = re.compile(r"(\d{4}):(\d\d):(\d\d) (\d\d:\d\d:\d\d)")


@dataclass(frozen=True, slots=True)
class Developed:
    """What is shown of a picture, and what it told; sizes in pixels, degrees in millionths, `look` in hexadecimal."""

    shown: bytes
    thumb: bytes
    told: dict[str, Any]


def develop(file: BinaryIO, kind: str) -> Developed:
    """The picture made anew; raises `Refused`, `MemoryError`."""
    # Pillow's own bound only warns; ours is checked before anything is decoded.
    Image.MAX_IMAGE_PIXELS = None
    warnings.simplefilter("ignore")
    try:
        with Image.open(file, formats=_FORMATS) as image:
            _require_small(image, kind)
            told = _told(image)
            return _made_anew(image, told)
    except (OSError, SyntaxError, ValueError, EOFError, IndexError, ZeroDivisionError) as error:
        raise Refused("picture-broken") from error


def _require_small(image: Image.Image, kind: str) -> None:
    width, height = image.size
    if width * height > (MAX_JPEG_PIXELS if kind == JPEG else MAX_PIXELS):
        raise Refused("picture-too-large", width=width, height=height)


def _made_anew(image: Image.Image, told: dict[str, Any]) -> Developed:
    image.draft("RGB", (SHOWN_SIDE, SHOWN_SIDE))
    image.thumbnail((SHOWN_SIDE, SHOWN_SIDE))
    plain = _on_white(ImageOps.exif_transpose(image))
    small = plain.copy()
    small.thumbnail((THUMB_SIDE, THUMB_SIDE))
    told |= {"width": plain.width, "height": plain.height, "look": look_of(plain)}
    return Developed(_jpeg(plain), _jpeg(small), told)


def _on_white(image: Image.Image) -> Image.Image:
    if not image.has_transparency_data:
        return image.convert("RGB")
    layer = image.convert("RGBA")
    paper = Image.new("RGB", layer.size, "white")
    paper.paste(layer, mask=layer)
    return paper


def _jpeg(image: Image.Image) -> bytes:
    # A fresh image carries no metadata: only pixels pass.
    bare = Image.frombytes("RGB", image.size, image.tobytes())
    out = io.BytesIO()
    bare.save(out, "JPEG", quality=_QUALITY, optimize=True)
    return out.getvalue()


def look_of(image: Image.Image) -> str | None:
    """The difference hash: 64 bits, whether brightness rises from each of 9×8 cells to the next; none if it is flat.

    After Neal Krawetz, "Kind of Like That" (2013). Scaling, compression and light touch-up change a few bits.
    """
    cells = image.convert("L").resize((_ROW, _ROW - 1), Image.Resampling.LANCZOS).tobytes()
    if max(cells) - min(cells) < _FLAT:
        return None
    rows = [cells[at : at + _ROW] for at in range(0, len(cells), _ROW)]
    bits = "".join("1" if row[i] < row[i + 1] else "0" for row in rows for i in range(_ROW - 1))
    return f"{int(bits, 2):016x}"


def _told(image: Image.Image) -> dict[str, Any]:
    try:
        exif = image.getexif()
        inner = exif.get_ifd(ExifTags.IFD.Exif)
        place = exif.get_ifd(ExifTags.IFD.GPSInfo)
    except (OSError, SyntaxError, ValueError, KeyError, TypeError, IndexError):
        # What a camera wrote wrongly is no reason to refuse its picture.
        return {"taken_at": None, "latitude": None, "longitude": None}
    when = inner.get(ExifTags.Base.DateTimeOriginal) or exif.get(ExifTags.Base.DateTime)
    latitude, longitude = _degrees(place, 1, 2, 90), _degrees(place, 3, 4, 180)
    if latitude is None or longitude is None:
        latitude = longitude = None
    return {"taken_at": _instant(when), "latitude": latitude, "longitude": longitude}


def _instant(text: object) -> str | None:
    found = _WHEN.match(text) if isinstance(text, str) else None
    return None if found is None else "{}-{}-{}T{}".format(*found.groups())


def _degrees(place: Mapping[int, Any], side: int, value: int, most: int) -> int | None:
    try:
        degrees, minutes, seconds = (float(part) for part in place[value])
        found = round((degrees + minutes / 60 + seconds / 3600) * _MICRO)
    except (KeyError, TypeError, ValueError, ZeroDivisionError, OverflowError):
        return None
    if not 0 <= found <= most * _MICRO:
        return None
    return -found if place.get(side) in ("S", "W") else found
