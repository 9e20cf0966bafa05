"""A backup's file: read only when it is to the byte what was signed, and never by a name that it makes up."""

import io
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from dudao.operations.archive import FORMAT, MANIFEST, ArchiveError, Manifest, SignedManifest, Writing, checked

KEY = Ed25519PrivateKey.generate()
FILES = {
    "data/dudao_inspection/commits.bson": b"b" * 3000,
    "data/dudao_inspection/fs.chunks.metadata.json": b"{}",
    "folder/acknowledged.jsonl": b"",
    "secrets/heads-key.pem": b"pem",
}
Change = Callable[[dict[str, bytes]], None]


def made(path: Path, format_: str = FORMAT) -> Path:
    file = path / "backup.zip"
    with zipfile.ZipFile(file, "w") as archive:
        writing = Writing(archive, datetime(2026, 11, 24, tzinfo=UTC))
        for name, content in FILES.items():
            with writing.member(name) as write:
                write(content[:10])
                write(content[10:])
        manifest = Manifest(
            format=format_, dudao="0", mongod="6", at="2026-11-24T00:00:00.000000Z", prefix="dudao", heads=[],
            members=list(writing.members),
        )  # fmt: skip
        writing.seal(manifest, KEY)
    return file


def rewritten(file: Path, change: Change) -> Path:
    """The same archive with other members; every checksum of the ZIP itself is right."""
    with zipfile.ZipFile(file) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    change(members)
    with zipfile.ZipFile(file, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return file


def signed_again(members: dict[str, bytes], name: str, content: bytes) -> None:
    """Somebody else's archive, signed with a key of theirs, with a member of this name."""
    old = msgspec.json.decode(members[MANIFEST], type=SignedManifest).manifest
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        writing = Writing(archive, datetime(2026, 11, 24, tzinfo=UTC))
        with writing.member("folder/system.json") as write:
            write(content)
    member = msgspec.structs.replace(writing.members[0], name=name)
    forged = msgspec.structs.replace(old, members=[*old.members, member])
    members[name] = content
    members[MANIFEST] = msgspec.json.encode(SignedManifest.of(forged, Ed25519PrivateKey.generate()))


def test_what_was_written_is_read(tmp_path: Path) -> None:
    with checked(made(tmp_path)) as archive:
        assert {name: archive.read(name) for name in FILES} == FILES
        assert archive.key == KEY.public_key().public_bytes_raw().hex()
        assert "folder/system.json" not in archive


@pytest.mark.parametrize("share", [0.0, 0.1, 0.5, 0.9, 0.999])
def test_a_truncated_file_is_refused(tmp_path: Path, share: float) -> None:
    file = made(tmp_path)
    file.write_bytes(file.read_bytes()[: int(file.stat().st_size * share)])
    with pytest.raises(ArchiveError), checked(file):
        pass


def _content(whole: bytes, info: zipfile.ZipInfo) -> range:
    """Where a member's compressed bytes lie: behind its local header of 30 bytes, its name and its extra field."""
    sizes = [whole[at : at + 2] for at in (info.header_offset + 26, info.header_offset + 28)]
    start = info.header_offset + 30 + sum(int.from_bytes(size, "little") for size in sizes)
    return range(start, start + info.compress_size)


def test_damaged_content_is_never_taken_for_good(tmp_path: Path) -> None:
    whole = made(tmp_path).read_bytes()
    with zipfile.ZipFile(io.BytesIO(whole)) as archive:
        places = [at for info in archive.infolist() for at in _content(whole, info)]
    refused = 0
    for at in places:
        file = tmp_path / "damaged.zip"
        file.write_bytes(whole[:at] + bytes([whole[at] ^ 0x40]) + whole[at + 1 :])
        try:
            with checked(file) as found:
                # Bits that only fill up the last byte of a compressed stream say nothing.
                assert {name: found.read(name) for name in FILES} == FILES
        except ArchiveError:
            refused += 1
    assert refused > 0.9 * len(places)


def _altered(members: dict[str, bytes]) -> None:
    members["data/dudao_inspection/commits.bson"] = b"c" * 3000


def _without_one(members: dict[str, bytes]) -> None:
    del members["folder/acknowledged.jsonl"]


def _with_one_more(members: dict[str, bytes]) -> None:
    members["folder/system.json"] = b"{}"


def _without_manifest(members: dict[str, bytes]) -> None:
    del members[MANIFEST]


def _other_manifest(members: dict[str, bytes]) -> None:
    members[MANIFEST] = members[MANIFEST].replace(b'"mongod": "6"', b'"mongod": "7"')


@pytest.mark.parametrize("change", [_altered, _without_one, _with_one_more, _without_manifest, _other_manifest])
def test_other_members_than_those_signed_are_refused(tmp_path: Path, change: Change) -> None:
    file = made(tmp_path)
    with checked(rewritten(file, lambda _: None)):
        pass
    with pytest.raises(ArchiveError), checked(rewritten(file, change)):
        pass


@pytest.mark.parametrize(
    "name",
    [
        "../evil", "/etc/passwd", "data/../../evil.bson", "data/dudao_inspection/../../../evil.bson",
        "folder/../system.json", "data/admin/system.users.bson", "data/dudao_inspection/a/b.bson", "folder/dudao.lock",
        "secrets/signing-key.pem", "data/dudao_inspection/..bson", "C:\\\\evil",
    ],
)  # fmt: skip
def test_names_that_lead_elsewhere_are_refused_whoever_signed_them(tmp_path: Path, name: str) -> None:
    file = rewritten(made(tmp_path), lambda members: signed_again(members, name, b"{}"))
    with pytest.raises(ArchiveError), checked(file):
        pass
    with zipfile.ZipFile(io.BytesIO(), "w") as archive:
        writing = Writing(archive, datetime(2026, 11, 24, tzinfo=UTC))
        with pytest.raises(ValueError, match="no place"), writing.member(name):
            pass


def test_a_good_name_signed_by_somebody_else_is_told_by_its_key(tmp_path: Path) -> None:
    file = rewritten(made(tmp_path), lambda members: signed_again(members, "folder/system.json", b"{}"))
    with checked(file) as archive:
        assert archive.key != KEY.public_key().public_bytes_raw().hex()


def test_another_format_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ArchiveError, match="another format"), checked(made(tmp_path, "dudao-backup-9")):
        pass
