"""Finding the servers' programs, and saying what to install where one is missing."""

from pathlib import Path

import pytest

from dudao.embedded import ServerMissing, kafka, mongod_program, tansu

_NEEDS_CURL = """#!/bin/sh
for folder in $(echo "$LD_LIBRARY_PATH" | tr ':' ' '); do
  [ -e "$folder/libcurl.so.4" ] && exit 0
done
echo "error while loading shared libraries: libcurl.so.4: cannot open shared object file" >&2
exit 127
"""


def _put_on_path(folder: Path, name: str, script: str, monkeypatch: pytest.MonkeyPatch) -> Path:
    program = folder / name
    program.write_text(script)
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(folder), prepend=":")
    return program


def test_mongod_on_path_is_preferred_to_the_wheel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = _put_on_path(tmp_path, "mongod", "#!/bin/sh\nexit 0\n", monkeypatch)
    found = mongod_program.find_mongod(tmp_path)
    assert (found.path, dict(found.env)) == (program, {})


def test_missing_libcurl_is_borrowed_from_pycurl(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("pycurl")
    _put_on_path(tmp_path, "mongod", _NEEDS_CURL, monkeypatch)
    for _ in range(2):
        found = mongod_program.find_mongod(tmp_path / "scratch")
    assert (tmp_path / "scratch/lib/libcurl.so.4").resolve().name.startswith("libcurl")
    assert found.env["LD_LIBRARY_PATH"].startswith(str(tmp_path / "scratch/lib"))


def test_mongod_that_does_not_start_is_refused_with_its_own_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _put_on_path(tmp_path, "mongod", "#!/bin/sh\necho 'libssl.so.3: not found' >&2\nexit 127\n", monkeypatch)
    with pytest.raises(ServerMissing, match=r"libssl\.so\.3"):
        mongod_program.find_mongod(tmp_path)


@pytest.mark.parametrize("find", [lambda folder: mongod_program.find_mongod(folder), lambda _: tansu.find_tansu()])
def test_missing_server_names_the_extra(find: object, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    assert callable(find)
    with pytest.raises(ServerMissing, match=r"dudao\[embedded\]"):
        find(tmp_path)


def test_kafka_without_java_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert "java" in (kafka.available() or "")
    with pytest.raises(ServerMissing, match="java"):
        kafka.Kafka(tmp_path)


def test_kafka_without_jars_names_the_make_target(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _put_on_path(tmp_path, "java", "#!/bin/sh\n", monkeypatch)
    monkeypatch.setattr(kafka, "_LIBS", tmp_path)
    assert "make kafka" in (kafka.available() or "")
