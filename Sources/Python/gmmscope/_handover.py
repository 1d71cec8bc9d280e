"""Arrays as files that the program maps, in a private folder that is removed afterwards."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import shutil
import tempfile
import time
import zipfile
from typing import IO, Any

import numpy as np
import numpy.typing as npt

from ._errors import GmmscopeError
from ._samples import FeatureRows, Samples
from ._watcher import Watcher

#: Bytes written at once.
_BLOCK = 16 << 20
_LOCK = "lock"
_NAME = "gmmscope-py-"


class Handover:
    """A private folder of arrays, which exists as long as the ``with`` statement runs.

    Where this process is killed, a `Watcher` removes the folder. Where that is killed too, as by a scheduler that ends
    all processes of a job, the next call does: whoever uses a folder holds a lock in it, and so does the program while
    it runs.

    Attributes
    ----------
    folder : str
        The path of the folder of arrays. The explorer shows its name in front of theirs.
    lock : int
        The descriptor that the program inherits.
    """

    def __enter__(self) -> Handover:
        _remove_abandoned()
        self._parent = os.path.realpath(tempfile.mkdtemp(prefix=_NAME))
        self.folder = os.path.join(self._parent, "memory")
        try:
            self.lock = os.open(os.path.join(self._parent, _LOCK), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            fcntl.flock(self.lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            os.mkdir(self.folder, 0o700)
            self._watcher = Watcher(self._parent)
        except OSError:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        shutil.rmtree(self._parent, ignore_errors=True)
        if hasattr(self, "_watcher"):
            self._watcher.close()
        if hasattr(self, "lock"):
            os.close(self.lock)

    def watch(self, program: int | None) -> None:
        """Name the process of the program that reads the folder; None once it has ended."""
        self._watcher.watch(program)

    def path(self, name: str) -> str:
        """Return the path of a file in the folder."""
        return os.path.join(self.folder, name)

    def write(self, samples: Samples, name: str) -> list[str]:
        """Write samples to a file named after their split and return its path, or the paths of their own files."""
        if samples.features is None:
            return samples.files
        try:
            if samples.features.dtype is None and all(array.dtype.kind in "iu" for array in samples.arrays.values()):
                path = self.path(name + ".safetensors")
                with open(path, "wb") as file:
                    write_safetensors(file, samples.features, samples.arrays)
            else:
                path = self.path(name + ".npz")
                write_npz(path, samples.features, samples.arrays)
        except OSError as error:
            raise GmmscopeError(
                f"{name}: the arrays cannot be written to {self._parent}: {error.strerror}; "
                "set TMPDIR to a folder with more room"
            ) from error
        return [path]


def write_npz(path: str, features: FeatureRows, arrays: dict[str, npt.NDArray[Any]]) -> None:
    """Write an uncompressed ``.npz``, which the program maps. bfloat16 becomes float32, which holds it exactly."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        for key, array in arrays.items():
            with archive.open(key + ".npy", "w", force_zip64=True) as member:
                _write_npy(member, array.shape, array.dtype, lambda i, j, array=array: array[i:j])
        with archive.open("features.npy", "w", force_zip64=True) as member:
            dtype = np.dtype(np.float32) if features.dtype is None else features.dtype
            block = _widened(features) if features.dtype is None else features.block
            _write_npy(member, features.shape, dtype, block)


def _widened(features: FeatureRows) -> Any:
    return lambda i, j: (features.block(i, j).astype(np.uint32) << 16).view(np.float32)


def _write_npy(file: IO[bytes], shape: tuple[int, ...], dtype: np.dtype[Any], block: Any) -> None:
    description = {"descr": np.lib.format.dtype_to_descr(dtype), "fortran_order": False, "shape": tuple(shape)}
    np.lib.format.write_array_header_1_0(file, description)
    _write_rows(file, shape, dtype.itemsize, block)


def write_safetensors(file: IO[bytes], features: FeatureRows, arrays: dict[str, npt.NDArray[Any]]) -> None:
    """Write features and integers as safetensors: the length of a header, the header as JSON, the bytes.

    Features whose type is None are bfloat16. See https://github.com/huggingface/safetensors for the format.
    """
    types = {"i": "I", "u": "U"}
    header = {}
    offset = 0
    for key, array in arrays.items():
        size = array.size * array.dtype.itemsize
        name = f"{types[array.dtype.kind]}{8 * array.dtype.itemsize}"
        header[key] = {"dtype": name, "shape": list(array.shape), "data_offsets": [offset, offset + size]}
        offset += size
    end = offset + 2 * features.shape[0] * features.shape[1]
    header["features"] = {"dtype": "BF16", "shape": list(features.shape), "data_offsets": [offset, end]}
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    file.write(len(text).to_bytes(8, "little"))
    file.write(text)
    for array in arrays.values():
        little = array.astype(array.dtype.newbyteorder("<"), copy=False)
        _write_rows(file, array.shape, array.dtype.itemsize, lambda i, j, array=little: array[i:j])
    _write_rows(file, features.shape, 2, features.block)


def _write_rows(file: IO[bytes], shape: tuple[int, ...], itemsize: int, block: Any) -> None:
    """Write rows block by block, so that an array in any memory order is never copied as a whole."""
    count = shape[0]
    row_size = itemsize
    for extent in shape[1:]:
        row_size *= extent
    step = max(1, _BLOCK // max(1, row_size))
    for start in range(0, count, step):
        rows = np.ascontiguousarray(block(start, min(count, start + step)))
        if rows.size:
            file.write(rows.reshape(-1).view(np.uint8).data)


def _remove_abandoned() -> None:
    """Remove folders of processes that were killed: those whose lock nobody holds."""
    parent = tempfile.gettempdir()
    with contextlib.suppress(OSError):
        for entry in os.scandir(parent):
            if not entry.name.startswith(_NAME):
                continue
            with contextlib.suppress(OSError):
                status = entry.stat(follow_symlinks=False)
                # A folder that was made just now may not have its lock yet.
                if status.st_uid != os.getuid() or time.time() - status.st_mtime < 60 or not entry.is_dir():
                    continue
                lock = os.open(os.path.join(entry.path, _LOCK), os.O_RDWR | os.O_CLOEXEC)
                try:
                    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    shutil.rmtree(entry.path, ignore_errors=True)
                finally:
                    os.close(lock)
