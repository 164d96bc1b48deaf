"""From an asset's name to where it lies."""

from __future__ import annotations

from pathlib import Path

import pytest

from reel.errors import InvalidRequest
from reel.fetch import AssetSource, BucketObject, LocalFile, WebFile, locate

BASE = Path("/base/folder")


@pytest.mark.parametrize(
    ("asset", "path"),
    [
        ("a.mp4", "/base/folder/a.mp4"),
        ("./a:b.mp4", "/base/folder/a:b.mp4"),
        ("12:30.mp4", "/base/folder/12:30.mp4"),
        ("../a.mp4", "/base/folder/../a.mp4"),
        ("/abs/a b.mp4", "/abs/a b.mp4"),
        ("100%.mp4", "/base/folder/100%.mp4"),
        ("a%20b.mp4", "/base/folder/a%20b.mp4"),
        ("was?#.mp4", "/base/folder/was?#.mp4"),
        ("日本語 🎬.mp4", "/base/folder/日本語 🎬.mp4"),
        ("c:clip.mp4", "/base/folder/c:clip.mp4"),
        ("file:a.mp4", "/base/folder/a.mp4"),
        ("file:sub/a%20b.mp4", "/base/folder/sub/a b.mp4"),
        ("file:/abs/a.mp4", "/abs/a.mp4"),
        ("file:///abs/a.mp4", "/abs/a.mp4"),
        ("FILE://localhost/abs/a.mp4", "/abs/a.mp4"),
        ("file:///a%3Fb%23c%25.mp4", "/a?b#c%.mp4"),
        ("file:///%E6%97%A5.mp4", "/日.mp4"),
        ("file:///a+b.mp4", "/a+b.mp4"),
        ("file:///%ff.mp4", "/\udcff.mp4"),
    ],
)
def test_what_a_name_stands_for(asset: str, path: str) -> None:
    assert locate(asset, BASE) == LocalFile(Path(path))


@pytest.mark.parametrize(
    ("asset", "source", "shown"),
    [
        ("https://a.example/b.mp4", WebFile("https://a.example/b.mp4"), "https://a.example/b.mp4"),
        ("HTTP://u:p@a/b?c#d", WebFile("HTTP://u:p@a/b?c#d"), "HTTP://a/b"),
        ("s3://bucket/a/b c?#%20.mp4", BucketObject("bucket", "a/b c?#%20.mp4"), "s3://bucket/a/b c?#%20.mp4"),
        ("S3://my.bucket-1/日本.mp4", BucketObject("my.bucket-1", "日本.mp4"), "s3://my.bucket-1/日本.mp4"),
    ],
)
def test_what_lies_elsewhere(asset: str, source: AssetSource, shown: str) -> None:
    found = locate(asset, BASE)
    assert (found, str(found)) == (source, shown)
    assert "u:p" not in repr(found)


@pytest.mark.parametrize(
    ("asset", "says"),
    [
        ("", "names no file"),
        ("file:", "names no file"),
        ("file://", "names no file"),
        ("a\0b", "NUL"),
        ("file:a%00b", "NUL"),
        ("file:a%zz", "%25"),
        ("file:a?b", "%3F"),
        ("file:a#b", "%23"),
        ("file://server/a.mp4", "another machine"),
        ("https://a\0b", "NUL"),
        ("s3:bucket/a.mp4", "write s3://bucket/key"),
        ("s3://bucket", "write s3://bucket/key"),
        ("s3://bucket/", "write s3://bucket/key"),
        ("s3:///a.mp4", "write s3://bucket/key"),
        ("s3://key:secret@bucket/a.mp4", "write s3://bucket/key"),
        ("concat:a.mp4|b.mp4", "unknown scheme 'concat'"),
        ("ftp://a/b.mp4", "known are paths, file:, https://, s3:// and asset:ID"),
        ("project:films", "'project:films' is a list, and this is one asset"),
        ("folder:a", "'folder:a' is a list, and this is one asset"),
    ],
)
def test_what_is_refused(asset: str, says: str) -> None:
    with pytest.raises(InvalidRequest) as caught:
        locate(asset, BASE, "clips[2].asset")
    assert says in str(caught.value)
    assert caught.value.problems[0].place == "clips[2].asset"


def test_a_relative_base(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert locate("a.mp4", Path("sub")) == LocalFile(tmp_path / "sub" / "a.mp4")
