"""get_file and its archives, against a server on 127.0.0.1: hashes, breaks, races, hostile names.

T8 to T15 of the security catalogue.
"""

import hashlib
import http.server
import io
import json
import os
import stat
import subprocess
import sys
import tarfile
import threading
import zipfile
from pathlib import Path

import pytest

from keras.utils import downloads, get_file
from keras.utils.archives import ArchiveError, extract_archive
from keras.utils.data_utils import _hash_file, validate_file
from keras.utils.downloads import DownloadError

DATA = bytes(range(256)) * 1000
SHA = hashlib.sha256(DATA).hexdigest()
MD5 = hashlib.md5(DATA).hexdigest()


class Handler(http.server.BaseHTTPRequestHandler):
    """Serves DATA under any name, with ranges; `/cut` breaks off, `/to?X` redirects to X."""

    protocol_version = "HTTP/1.0"

    def do_GET(self):
        server = self.server
        with server.lock:
            server.requests.append((self.path, self.headers.get("Range")))
            cut = self.path.startswith("/cut") and server.cuts > 0
            server.cuts -= cut
        if self.path.startswith("/to?"):
            self.send_response(302)
            self.send_header("Location", self.path[4:])
            self.end_headers()
            return
        if self.path.startswith("/missing"):
            self.send_error(404)
            return
        start = 0
        wanted = self.headers.get("Range")
        if wanted and server.ranges and self.headers.get("If-Range") == server.etag:
            start = int(wanted[6:-1])
        self.send_response(206 if start else 200)
        self.send_header("Content-Length", str(len(server.data) - start))
        if server.etag:
            self.send_header("ETag", server.etag)
        self.end_headers()
        body = server.data[start:]
        self.wfile.write(body[:len(body) // 2] if cut else body)

    def log_message(self, *args):
        pass


@pytest.fixture
def server(monkeypatch, tmp_path):
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    monkeypatch.setattr(downloads.time, "sleep", lambda seconds: None)
    found = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    found.lock, found.requests, found.cuts = threading.Lock(), [], 0
    found.data, found.etag, found.ranges = DATA, '"one"', True
    found.url = f"http://127.0.0.1:{found.server_port}"
    thread = threading.Thread(target=found.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield found
    found.shutdown()
    thread.join()
    found.server_close()


def there(tmp_path):
    """All that is in the cache."""
    home = tmp_path / "home"
    return sorted(str(p.relative_to(home)) for p in home.rglob("*") if p.is_file())


# ------------------------------------------------------------------------------ getting


def test_downloads_once(server, tmp_path, capsys):
    path = get_file("a.bin", f"{server.url}/x", file_hash=SHA)
    assert path == str(tmp_path / "home" / "datasets" / "a.bin")
    assert Path(path).read_bytes() == DATA
    assert get_file("a.bin", f"{server.url}/x") == path
    assert len(server.requests) == 1
    assert there(tmp_path) == ["datasets/a.bin"]
    assert "Downloading data from" in capsys.readouterr().out


def test_places(server, tmp_path):
    get = lambda *args, **kw: Path(get_file(*args, origin=f"{server.url}/f.bin", **kw))  # noqa: E731
    assert get("a", cache_subdir="models").parent == tmp_path / "home" / "models"
    assert get("a", cache_dir=str(tmp_path / "c")) == tmp_path / "c" / "datasets" / "a"
    assert get("a", cache_subdir=str(tmp_path / "abs")) == tmp_path / "abs" / "a"
    assert get(str(tmp_path / "deep" / "b")) == tmp_path / "deep" / "b"
    assert get(None) == tmp_path / "home" / "datasets" / "f.bin"


@pytest.mark.parametrize("options", [
    dict(file_hash=SHA), dict(file_hash=SHA.upper()), dict(file_hash=MD5), dict(md5_hash=MD5),
    dict(file_hash=SHA, hash_algorithm="sha256"), dict(file_hash=MD5, hash_algorithm="md5")])
def test_hashes(server, options):
    assert Path(get_file("a", f"{server.url}/x", **options)).read_bytes() == DATA


def test_wrong_hash_never_appears(server, tmp_path):
    with pytest.raises(DownloadError, match=f"has the hash {SHA}"):
        get_file("a", f"{server.url}/x", file_hash="0" * 64)
    assert there(tmp_path) == []


def test_wrong_file_in_the_cache_is_replaced(server, tmp_path, capsys):
    folder = tmp_path / "home" / "datasets"
    folder.mkdir(parents=True)
    (folder / "a").write_bytes(b"old")
    assert Path(get_file("a", f"{server.url}/x")).read_bytes() == b"old"  # nothing to compare
    assert Path(get_file("a", f"{server.url}/x", file_hash=SHA)).read_bytes() == DATA
    assert "incomplete or outdated" in capsys.readouterr().out
    server.data = b"other"
    (folder / "a").write_bytes(b"old")
    with pytest.raises(DownloadError):
        get_file("a", f"{server.url}/x", file_hash=SHA)
    assert (folder / "a").read_bytes() == b"old"


def test_goes_on_after_a_break(server, tmp_path):
    server.cuts = 1
    assert Path(get_file("a", f"{server.url}/cut", file_hash=SHA)).read_bytes() == DATA
    assert [asked for _, asked in server.requests] == [None, f"bytes={len(DATA) // 2}-"]
    assert there(tmp_path) == ["datasets/a"]


def test_goes_on_in_the_next_call(server, tmp_path):
    server.cuts = 3
    with pytest.raises(DownloadError, match=r"ended after .* put it at .*datasets/a;"):
        get_file("a", f"{server.url}/cut")
    assert "datasets/a" not in there(tmp_path)
    assert Path(get_file("a", f"{server.url}/cut")).read_bytes() == DATA
    assert server.requests[-1][1] is not None
    assert there(tmp_path) == ["datasets/a"]


@pytest.mark.parametrize("change", ["content", "no ranges", "no version"])
def test_a_part_of_another_file_is_not_used(server, change):
    if change == "no version":
        server.etag = None
    server.cuts = 3
    with pytest.raises(DownloadError):
        get_file("a", f"{server.url}/cut")
    server.ranges = change != "no ranges"
    if change == "content":
        server.data, server.etag = DATA[::-1], '"two"'
    assert Path(get_file("a", f"{server.url}/cut")).read_bytes() == server.data


def test_a_part_that_lies_is_fetched_anew(server, tmp_path):
    """The version is the same, the bytes of the part are not: the hash tells."""
    server.cuts = 3
    with pytest.raises(DownloadError):
        get_file("a", f"{server.url}/cut", file_hash=SHA)
    part = tmp_path / "home" / "datasets" / ".a.part"
    part.write_bytes(b"x" * len(part.read_bytes()))
    assert Path(get_file("a", f"{server.url}/cut", file_hash=SHA)).read_bytes() == DATA


def test_errors_say_what_to_do(server, tmp_path):
    for url in (f"{server.url}/missing", "http://127.0.0.1:9/x"):
        with pytest.raises(DownloadError, match="Without a network, download") as caught:
            get_file("a", url, file_hash=SHA)
        assert SHA in str(caught.value) and "datasets/a" in str(caught.value)
    assert len(server.requests) == 1  # an answer is not asked for again


@pytest.mark.parametrize("target", ["file:///etc/hostname", "ftp://127.0.0.1/x", "gopher://x"])
def test_redirections_out_of_the_web_are_refused(server, tmp_path, target):
    with pytest.raises(DownloadError, match="is refused|not allowed"):
        get_file("a", f"{server.url}/to?{target}")
    assert "datasets/a" not in there(tmp_path)


def test_redirections(server):
    assert Path(get_file("a", f"{server.url}/to?{server.url}/x")).read_bytes() == DATA
    from urllib.error import HTTPError
    from urllib.request import Request
    handler = next(h for h in downloads._opener().handlers if type(h).__name__ == "Redirections")
    with pytest.raises(HTTPError, match="from https to http is refused"):
        handler.redirect_request(Request("https://a/b"), None, 302, "", {}, "http://a/b")


@pytest.mark.parametrize("fname, origin", [
    ("../a", "http://h/x"), ("a/b", "http://h/x"), ("a\\b", "http://h/x"), ("..", "http://h/x"),
    ("", "http://h/x"), ("a\0", "http://h/x"), ("C:x", "http://h/x"), (None, "http://h/.."),
    (None, "http://h/%2e%2e%2fx"), (None, "http://h/a%5cb"), (None, "http://h/a%00"),
    (None, "http://h/"), ("/a\0b", "http://h/x")])
def test_names_that_lead_elsewhere(server, tmp_path, fname, origin):
    with pytest.raises(ValueError, match="fname is the name of a file"):
        get_file(fname, origin)
    with pytest.raises(ValueError, match="cache_subdir"):
        get_file("a", origin, cache_subdir="../x")
    assert there(tmp_path) == []


def test_unknown_schemes_and_algorithms(server):
    with pytest.raises(ValueError, match="begins with one of"):
        get_file("a", "data:text/plain,hello")
    with pytest.raises(ValueError, match="hash_algorithm"):
        get_file("a", f"{server.url}/x", file_hash=SHA, hash_algorithm="crc")


def test_files_are_downloaded_too(server, tmp_path):
    source = tmp_path / "source"
    source.write_bytes(b"hello")
    path = get_file("a", source.as_uri())
    assert Path(path).read_bytes() == b"hello"
    assert validate_file(path, hashlib.md5(b"hello").hexdigest())
    assert not validate_file(path, SHA)
    assert _hash_file(path) == hashlib.sha256(b"hello").hexdigest()


RACE = """
import sys, os
os.environ["KERAS_HOME"] = sys.argv[2]
from keras.utils.downloads import get_file
path = get_file("a", sys.argv[1] + "/cut", file_hash=sys.argv[3])
print(os.path.getsize(path))
"""


def test_processes_do_not_disturb_each_other(server, tmp_path):
    server.cuts = 1
    command = [sys.executable, "-c", RACE, server.url, str(tmp_path / "home"), SHA]
    children = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(3)]
    for child in children:
        out, _ = child.communicate(timeout=60)
        assert child.returncode == 0 and out.split()[-1] == str(len(DATA))
    assert len(server.requests) == 2  # one cut off, one for the rest; the others waited
    assert there(tmp_path) == ["datasets/a"]


def test_home_that_cannot_be_written(monkeypatch, tmp_path):
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "file" / "home"))
    (tmp_path / "file").write_text("")  # no folder can be made below it, not even by root
    monkeypatch.setattr(downloads.tempfile, "tempdir", str(tmp_path))
    folder = downloads._writable_home()
    assert folder.parent == tmp_path and stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert downloads._writable_home() == folder
    folder.chmod(0o777)  # as if another user had put it there
    assert downloads._writable_home() != folder


# ------------------------------------------------------------------------------ archives


def tar_of(path, *members, mode="w"):
    """A tar archive of (name, content) and of TarInfo objects."""
    with tarfile.open(path, mode) as archive:
        for member in members:
            content = b""
            if isinstance(member, tuple):
                member, content = tarfile.TarInfo(member[0]), member[1]
                member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return path


def info(name, kind, linkname="", mode=0o644):
    found = tarfile.TarInfo(name)
    found.type, found.linkname, found.mode = kind, linkname, mode
    return found


def zip_of(path, *members):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members:
            archive.writestr(name, content)
    return path


def tree(folder):
    return {str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob("*"))
            if p.is_file()}


@pytest.mark.parametrize("mode", ["w", "w:gz", "w:bz2", "w:xz"])
def test_tar(tmp_path, mode):
    path = tar_of(tmp_path / "a.tar", ("./x", b"1"), info("d", tarfile.DIRTYPE), ("d/e/y", b"2"),
                  info("d/hard", tarfile.LNKTYPE, "x"), info("d/soft", tarfile.SYMTYPE, "../x"),
                  mode=mode)
    assert extract_archive(path, tmp_path / "out") is True
    assert tree(tmp_path / "out") == {"x": b"1", "d/e/y": b"2", "d/hard": b"1", "d/soft": b"1"}
    assert not (tmp_path / "out" / "d" / "soft").is_symlink()


def test_zip(tmp_path):
    path = zip_of(tmp_path / "a.zip", ("x", "1"), ("d/", ""), ("d/y", "2"))
    assert extract_archive(str(path), str(tmp_path / "out"))
    assert tree(tmp_path / "out") == {"x": b"1", "d/y": b"2"}
    assert extract_archive(path, tmp_path / "no", "tar") is False
    assert extract_archive(path, tmp_path / "no", None) is False
    assert extract_archive(path, tmp_path / "no", []) is False
    with pytest.raises(ValueError, match="archive_format"):
        extract_archive(path, tmp_path / "no", "rar")


NAMES = ["../x", "/abs", "C:\\x", "..\\x", "C:x", "a/../../x", "a/../x", "a\\..\\x",
         "../datasets_evil/x", "/".join("a" * 70), "n" * 300]
LINKS = [("l", "../x"), ("l", "/etc/hostname"), ("l", "l"), ("l", "none"), ("l", "..\\x"),
         ("d/l", "../../x"), ("l", "a/../../x"), ("l", "folder")]


@pytest.mark.parametrize("inside", [True, False])
@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("kind", ["tar", "zip"])
def test_hostile_names(tmp_path, monkeypatch, kind, name, inside):
    out = tmp_path / "datasets"
    out.mkdir()
    (out / "good").write_bytes(b"before")
    monkeypatch.chdir(out if inside else tmp_path)
    make = tar_of if kind == "tar" else zip_of
    path = make(tmp_path / "a", ("good", b"after"), (name, b"bad"))
    with pytest.raises(ArchiveError, match=r"the name of the member .* Nothing was unpacked"):
        extract_archive(path, out)
    assert tree(out) == {"good": b"before"}
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a", "datasets"]


@pytest.mark.parametrize("name, target", LINKS)
@pytest.mark.parametrize("kind", [tarfile.LNKTYPE, tarfile.SYMTYPE])
def test_hostile_links(tmp_path, kind, name, target):
    if kind == tarfile.LNKTYPE and target.startswith("../"):
        target = "../" + target
    path = tar_of(tmp_path / "a", info("folder", tarfile.DIRTYPE), info(name, kind, target),
                  (f"{name}/through", b"bad"))
    with pytest.raises(ArchiveError, match="link|neither"):
        extract_archive(path, tmp_path / "out")
    assert tree(tmp_path / "out") == {}


def test_long_chain_of_links(tmp_path):
    links = [info(f"l{i}", tarfile.SYMTYPE, f"l{i + 1}") for i in range(60)]
    path = tar_of(tmp_path / "a", *links, ("l60", b"1"))
    with pytest.raises(ArchiveError, match="is a link"):
        extract_archive(path, tmp_path / "out")


@pytest.mark.parametrize("kind", [tarfile.FIFOTYPE, tarfile.CHRTYPE, tarfile.BLKTYPE])
def test_devices(tmp_path, kind):
    with pytest.raises(ArchiveError, match="neither a file nor a folder"):
        extract_archive(tar_of(tmp_path / "a", info("dev", kind)), tmp_path / "out")


def test_modes_are_neutral(tmp_path):
    member = info("s", tarfile.REGTYPE, mode=0o6777)
    extract_archive(tar_of(tmp_path / "a", member), tmp_path / "out")
    assert stat.S_IMODE((tmp_path / "out" / "s").stat().st_mode) & 0o7111 == 0


def test_zip_with_a_link(tmp_path):
    member = zipfile.ZipInfo("l")
    member.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(tmp_path / "a", "w") as archive:
        archive.writestr(member, "/etc")
    with pytest.raises(ArchiveError, match="a link or a device"):
        extract_archive(tmp_path / "a", tmp_path / "out")


@pytest.mark.parametrize("kind", ["tar", "zip"])
def test_damaged_archives(tmp_path, kind):
    out = tmp_path / "out"
    out.mkdir()
    (out / "x").write_bytes(b"before")
    content = os.urandom(100_000)
    make = tar_of if kind == "tar" else zip_of
    options = {"mode": "w:gz"} if kind == "tar" else {}
    path = make(tmp_path / "a", ("x", b"1"), ("y", content), **options)
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 255
    path.write_bytes(data)
    with pytest.raises(ArchiveError, match="damaged"):
        extract_archive(path, out)
    assert tree(out) == {"x": b"before"}
    assert [p.name for p in out.iterdir()] == ["x"]


def test_archive_cut_at_its_beginning(tmp_path):
    path = tar_of(tmp_path / "a", ("y", os.urandom(1000)), mode="w:gz")
    path.write_bytes(path.read_bytes()[:60])
    with pytest.raises(ArchiveError, match="a is damaged"):
        extract_archive(path, tmp_path / "out")


def test_bombs(tmp_path, monkeypatch):
    zeros = bytes(1 << 20)
    path = zip_of(tmp_path / "a", *((f"z{i}", zeros) for i in range(80)))
    monkeypatch.setattr("keras.utils.archives.EXPANSION", 100)
    with pytest.raises(ArchiveError, match="times its own size"):
        extract_archive(path, tmp_path / "out")
    monkeypatch.setattr("keras.utils.archives.MOST_MEMBERS", 50)
    with pytest.raises(ArchiveError, match="more than 50 members"):
        extract_archive(path, tmp_path / "out")


def test_a_name_twice_as_file_and_folder(tmp_path):
    path = tar_of(tmp_path / "a", ("x", b"1"), ("x/y", b"2"))
    with pytest.raises(ArchiveError, match="both a file and a folder"):
        extract_archive(path, tmp_path / "out")


def test_get_file_unpacks(server, tmp_path):
    zip_of(tmp_path / "z", ("inside", "1"))
    server.data = (tmp_path / "z").read_bytes()
    path = get_file("z.zip", f"{server.url}/z.zip", extract=True)
    assert path.endswith("z.zip") and Path(path).with_name("inside").read_bytes() == b"1"
    Path(path).with_name("inside").unlink()
    get_file("z.zip", f"{server.url}/z.zip", extract=True)
    assert Path(path).with_name("inside").exists() and len(server.requests) == 1

    tar_of(tmp_path / "t", ("data/x", b"2"), mode="w:gz")
    server.data = (tmp_path / "t").read_bytes()
    path = get_file("data", f"{server.url}/t", untar=True)
    assert (Path(path) / "x").read_bytes() == b"2"
    assert Path(path + ".tar.gz").exists()
    assert get_file("data", f"{server.url}/t", untar=True) == path
    json.dumps(path)  # a plain string


def test_get_file_refuses_a_hostile_archive(server, tmp_path):
    tar_of(tmp_path / "t", ("../../evil", b"2"), mode="w:gz")
    server.data = (tmp_path / "t").read_bytes()
    with pytest.raises(ArchiveError, match="leads out of the folder"):
        get_file("t.tgz", f"{server.url}/t", extract=True)
    assert not list(tmp_path.rglob("evil"))


@pytest.mark.parametrize("options", [
    {"untar": True}, {"extract": True}, {"extract": True, "archive_format": "zip"}])
def test_get_file_refuses_what_is_no_archive(server, options):
    server.data = b"<html>Please log in</html>"
    with pytest.raises(ArchiveError, match="page.* is no archive of the format"):
        get_file("page", f"{server.url}/t", **options)
    assert get_file("page", f"{server.url}/t", extract=True, archive_format=None)
