"""Writing model files: no fault leaves half of one, and of several processes one writes."""

import errno
import os
import stat
import subprocess
import sys
import tempfile
import textwrap
import time
from pathlib import Path

import h5py
import pytest
from soaks import kills

from keras.layers import Dense
from keras.models import Sequential, load_model
from keras.saving import processes, writer


def mlp(units=3):
    return Sequential([Dense(units, input_dim=4)])


@pytest.mark.parametrize("broken", ["flush", "replace", "write"])
def test_a_full_disk_leaves_the_old_file(broken, tmp_path, monkeypatch):
    path = str(tmp_path / "a.h5")
    model = mlp()
    model.save(path)
    before = content(path)

    def full(*args, **kwargs):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    if broken == "flush":
        monkeypatch.setattr(os, "fsync", full)
    elif broken == "replace":
        monkeypatch.setattr(os, "replace", full)
    else:
        monkeypatch.setattr(h5py.Group, "create_dataset", full)
    for target in (path, str(tmp_path / "new.h5")):
        with pytest.raises(OSError, match="could not write: No space left") as caught:
            model.save(target)
        assert caught.value.errno == errno.ENOSPC and caught.value.filename == target
    assert content(path) == before and os.listdir(tmp_path) == ["a.h5"]


def content(path):
    with open(path, "rb") as f:
        return f.read()


def child(code, *args, **options):
    return subprocess.run([sys.executable, "-c", textwrap.dedent(code), *map(str, args)],
                          capture_output=True, text=True, timeout=120, **options)


def test_a_limit_on_file_size_and_a_locked_folder():
    code = """
        import os, resource, sys
        from keras.models import Sequential
        from keras.layers import Dense
        folder = sys.argv[1]
        model = Sequential([Dense(300, input_dim=300)])
        model.save(folder + "/a.h5")
        before = open(folder + "/a.h5", "rb").read()
        resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
        try:
            model.save(folder + "/a.h5")
        except OSError as error:
            assert "could not write" in str(error) and "unchanged" in str(error), error
        else:
            sys.exit("written")
        assert open(folder + "/a.h5", "rb").read() == before
        assert os.listdir(folder) == ["a.h5"], os.listdir(folder)
        os.chmod(folder, 0o555)
        if os.getuid() == 0:
            os.chmod(os.path.dirname(folder), 0o755)
            os.setuid(65534)
        try:
            Sequential([Dense(1, input_dim=1)]).save(folder + "/a.h5")
        except PermissionError as error:
            assert "unchanged" in str(error), error
        else:
            sys.exit("written without permission")
        os._exit(0)
        """
    with tempfile.TemporaryDirectory() as outer:  # pytest's own lies in folders closed to others
        os.chmod(outer, 0o755)
        folder = Path(outer, "f")
        folder.mkdir()
        result = child(code, folder)
        folder.chmod(0o755)
    assert result.returncode == 0, result.stderr


def test_permissions_and_links_stay(tmp_path):
    path, link = tmp_path / "a.h5", tmp_path / "link.h5"
    mlp().save(path)
    path.chmod(0o640)
    link.symlink_to(path)
    mlp(12).save(link)
    assert stat.S_IMODE(path.stat().st_mode) == 0o640 and link.is_symlink()
    assert load_model(path, compile=False).output_shape == (None, 12)
    with pytest.raises(IsADirectoryError):
        mlp().save(tmp_path)


def test_killed_while_saving():
    kills.run(10, 11)


def test_replacing_keeps_what_a_with_block_raises(tmp_path):
    with pytest.raises(KeyError), writer.replacing(tmp_path / "a") as new:
        assert os.path.dirname(new) == str(tmp_path)
        raise KeyError
    assert not os.listdir(tmp_path)


# What killed processes leave, and several that run


def test_the_next_save_removes_what_a_killed_one_left(tmp_path, monkeypatch):
    left = tmp_path / f".a.h5.{'0' * 12}.tmp"
    others = [tmp_path / name for name in (".a.h5.tmp", f".b.h5.{'0' * 12}.tmp", "a.h5.backup")]
    for path in (left, *others):
        path.write_bytes(b"half")
        os.utime(path, (1, 1))
    mlp().save(tmp_path / "a.h5")
    assert not left.exists() and all(path.exists() for path in others)
    left.write_bytes(b"half")  # begun just now
    mlp().save(tmp_path / "a.h5")
    assert left.exists()
    os.utime(left, (1, 1))
    monkeypatch.setenv("HDF5_USE_FILE_LOCKING", "TRUE")  # HDF5 locks, we do not look
    mlp().save(tmp_path / "a.h5")
    assert left.exists()


@pytest.mark.parametrize("suffix", [".h5", ".keras", ".safetensors"])
def test_a_file_that_is_being_written_is_left_alone(suffix, tmp_path):
    path = tmp_path / f"a{suffix}"
    save = mlp().save_weights if suffix == ".safetensors" else mlp().save
    with writer.replacing(path) as new:
        os.utime(new, (1, 1))
        save(path)  # another one
        assert os.path.exists(new) and path.exists()
        with open(new, "w") as file:
            file.write("late")
    assert path.read_text() == "late" and os.listdir(tmp_path) == [path.name]


@pytest.mark.parametrize("suffix", [".h5", ".keras", ".safetensors"])
def test_a_limit_on_file_size_in_every_format(suffix, tmp_path):
    code = """
        import os, resource, sys
        from keras.models import Sequential
        from keras.layers import Dense
        path = sys.argv[1]
        model = Sequential([Dense(300, input_dim=300)])
        save = model.save_weights if path.endswith("tensors") else model.save
        save(path)
        before = open(path, "rb").read()
        resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
        try:
            save(path)
        except OSError as error:
            assert "could not write" in str(error) and "unchanged" in str(error), error
        else:
            sys.exit("written")
        assert open(path, "rb").read() == before
        assert os.listdir(os.path.dirname(path)) == [os.path.basename(path)]
        """
    result = child(code, tmp_path / f"a{suffix}")
    assert result.returncode == 0, result.stderr


def test_only_the_first_of_several_processes_writes(tmp_path):
    """The others wait for it, each time, and say so where it does not write."""
    code = """
        import os, sys, time
        from keras.models import Sequential, load_model
        from keras.layers import Dense
        model, path = Sequential([Dense(1, input_dim=1)]), sys.argv[1]
        first = os.environ["RANK"] == "0"
        for n in (1.0, 2.0):
            model.set_weights([[[n]], [n]])
            if first:
                time.sleep(0.3)
            else:
                model.set_weights([[[-1.0]], [-1.0]])
            model.save(path)
            assert load_model(path, compile=False).get_weights()[1] == [n]
            open(f"{path}.{n}.{os.environ['RANK']}", "w").close()
            while not all(os.path.exists(f"{path}.{n}.{i}") for i in "01"):
                time.sleep(0.01)
        if not first:
            os.environ["KERAS_SAVE_SECONDS"] = "0.2"
            try:
                model.save(path)
            except TimeoutError as error:
                assert "this is process 1 of 2" in str(error) and path in str(error), error
            else:
                sys.exit("no error came")
        """
    mlp().save(tmp_path / "a.h5")  # of an earlier run
    os.utime(tmp_path / "a.h5", (1, 1))
    running = [subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(code), str(tmp_path / "a.h5")],
        env={**os.environ, "WORLD_SIZE": "2", "RANK": str(rank)}, stderr=subprocess.PIPE, text=True)
        for rank in (1, 0)]
    for one in running:
        _, told = one.communicate(timeout=120)
        assert one.returncode == 0, told


def test_what_the_others_do_not_wait_for(tmp_path, monkeypatch):
    monkeypatch.setenv("WORLD_SIZE", "2")
    monkeypatch.setenv("RANK", "1")
    path = tmp_path / "a.h5"
    path.write_bytes(b"x")
    mlp().save(path, overwrite=False)  # the first process asks whether to write at all
    with h5py.File(tmp_path / "own.h5", "w") as file:
        mlp().save(file)
    assert sorted(os.listdir(tmp_path)) == ["a.h5", "own.h5"] and path.read_bytes() == b"x"
    monkeypatch.setattr(processes, "STARTED", time.time() - 3600)
    path.write_bytes(b"y")
    processes.wait_for(path)


def test_a_cut_file_of_safetensors_tells_both_sizes(tmp_path):
    path, model = tmp_path / "a.safetensors", mlp()
    model.save_weights(path)
    whole = path.read_bytes()
    path.write_bytes(whole[:-7])
    with pytest.raises(OSError, match=f"{len(whole) - 7} bytes, {len(whole)} were written"):
        model.load_weights(path)
    path.write_bytes(whole[:5])
    with pytest.raises(OSError, match=r"5 bytes\) is a damaged"):
        model.load_weights(path)
