"""Output files are whole or absent."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from distq.errors import InputError
from distq.util.output_files import check_suffix, check_writable, write_atomically


def test_writes_and_replaces(tmp_path):
    path = tmp_path / "out.txt"
    check_writable(path)
    assert os.listdir(tmp_path) == []
    write_atomically(path, b"one")
    path.chmod(0o640)
    check_writable(path)
    write_atomically(path, b"two")
    assert (path.read_bytes(), path.stat().st_mode & 0o777) == (b"two", 0o640)
    assert os.listdir(tmp_path) == ["out.txt"]


def test_a_failure_leaves_what_was_there(tmp_path, monkeypatch):
    path = tmp_path / "out.txt"
    path.write_bytes(b"one")

    def full(_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(InputError, match="No space left"):
        write_atomically(path, b"two")
    assert path.read_bytes() == b"one"
    assert os.listdir(tmp_path) == ["out.txt"]


def test_links_are_followed_and_devices_written_directly(tmp_path):
    target, link = tmp_path / "target", tmp_path / "link"
    target.write_bytes(b"one")
    link.symlink_to(target)
    write_atomically(link, b"two")
    assert link.is_symlink()
    assert target.read_bytes() == b"two"
    check_writable(Path("/dev/null"))
    write_atomically(Path("/dev/null"), b"gone")


def test_unwritable(tmp_path):
    for path in (tmp_path, tmp_path / "none" / "out.txt", Path("/proc/out.txt")):
        with pytest.raises(InputError, match="cannot write"):
            check_writable(path)
    with pytest.raises(InputError, match=r"\.txt"):
        check_suffix(tmp_path / "out.txt", (".qasm",), "output")
    check_suffix(tmp_path / "out.QASM", (".qasm",), "output")
