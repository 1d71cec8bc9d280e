"""Writes the fixtures beside it, and in expected.json what every array in them holds.

The error of each file that must not load stands in malformed/FORMAT/expected.json; the tests write that table anew
with GMMSCOPE_UPDATE_SNAPSHOTS=1, for review.

Run with Python 3.11 and the versions in versions.txt. Same versions, same bytes (members of zip files are
dated 1980), but for padding, dates and addresses that NumPy, hdf5storage and old PyTorch write.
"""
import csv
import importlib.metadata
import io
import json
import os
import sys
import zipfile

import h5py
import hdf5storage
import ml_dtypes
import numpy as np
import safetensors
import scipy
import torch
import zstandard
from safetensors.numpy import save_file

import compressed_files
import hdf5_files
import malformed_files
import matlab_files
import torch_files
from fixture_files import (
    class_names, expect, features, finish, full, ids, images, labels, npy_bytes, path, write, write_zip)

class Unseekable(io.RawIOBase):
    """A stream that is written once, so that sizes follow the members they are of."""

    def __init__(self, out):
        self.out = out

    def writable(self):
        return True

    def write(self, content):
        return self.out.write(content)


npz_members = {f"{name}.npy": npy_bytes(array) for name, array in full.items()}
write_zip("dataset/stored.npz", npz_members)
write_zip("dataset/deflated.npz", npz_members, zipfile.ZIP_DEFLATED)
save_file(
    dict(features=features, labels=labels, images=images),
    path("dataset/full.safetensors"),
    metadata={
        "ids": json.dumps(ids.tolist()),
        "class_names": json.dumps(class_names.tolist()),
        "note": "[not a list",
    },
)
for file in ["dataset/stored.npz", "dataset/deflated.npz", "dataset/full.safetensors"]:
    expect(file, **full)

write("dataset/features.npy", npy_bytes(features))
expect("dataset/features.npy", features=features)

for file, separator, ending, mark in [
    ("dataset/table.csv", ",", "\n", ""),
    ("dataset/table_crlf_bom.csv", ",", "\r\n", "\ufeff"),
    ("dataset/table.tsv", "\t", "\n", ""),
]:
    with open(path(file), "w", newline="", encoding="utf-8") as out:
        out.write(mark)
        writer = csv.writer(out, delimiter=separator, lineterminator=ending)
        # Columns in no particular order.
        writer.writerow(["f0", "label", "f1", "id", "f2"])
        for z, y, name in zip(features, labels, ids):
            writer.writerow(["%.9g" % z[0], y, "%.9g" % z[1], name, "%.9g" % z[2]])
    # Read as double, '%.9g' is near the float, not the float.
    as_read = np.array([[float("%.9g" % v) for v in row] for row in features])
    expect(file, features=as_read, labels=labels, ids=ids)

# Every element type, byte order and storage order.

members, arrays = {}, {}
samples = {
    "b1": [[True, False, True], [False, False, True]],
    "f2": [[0.1, -65504, 6e-8], [np.inf, -np.inf, np.nan]],
    "f4": [[0.1, 3.4e38, 1e-45], [np.inf, -np.inf, np.nan]],
    "f8": [[0.1, 1.7e308, 5e-324], [np.inf, -np.inf, np.nan]],
}
for kind in "iu":
    for size in "1248":
        info = np.iinfo(kind + size)
        samples[kind + size] = [[info.min, info.max, 7], [0, 1, 100]]
for code, values in samples.items():
    for order, order_name in ["<", "little"], [">", "big"]:
        for layout in "CF":
            array = np.array(values, dtype=np.dtype(code).newbyteorder(order), order=layout)
            name = f"{code}_{order_name}_{layout}"
            members[f"{name}.npy"] = npy_bytes(array)
            arrays[name] = array.astype(array.dtype.newbyteorder("="))
texts = [["a", "grün"], ["日本 語", ""], ["\U0001F600", "in\0side"]]
for order, order_name in ["<", "little"], [">", "big"]:
    for layout in "CF":
        array = np.array(texts, dtype=np.dtype("U7").newbyteorder(order), order=layout)
        members[f"U_{order_name}_{layout}.npy"] = npy_bytes(array)
        arrays[f"U_{order_name}_{layout}"] = array
array = np.array([b"plain", "grün".encode(), b""])
members["S.npy"], arrays["S"] = npy_bytes(array), array
write_zip("arrays/types.npz", members, zipfile.ZIP_DEFLATED)
expect("arrays/types.npz", **arrays)

# All 65,536 half-precision numbers, sampled; every pattern class is in there.
halves = np.concatenate([np.arange(0, 65536, 37), [0, 1, 0x3FF, 0x400, 0x7BFF, 0x7C00, 0x8000, 0xFC00]])
halves = halves.astype(np.uint16)
tensors = dict(
    float16=halves.view(np.float16),
    bfloat16=halves.view(ml_dtypes.bfloat16),
    float32=np.array([0.1, np.nan, -np.inf], np.float32),
    float64=np.array([[0.1, 1e300]], np.float64),
    bool=np.array([True, False]),
    scalar=np.array(2.5, np.float32),
    empty=np.zeros((0, 4), np.float32),
)
for kind in ["int", "uint"]:
    for size in [8, 16, 32, 64]:
        info = np.iinfo(f"{kind}{size}")
        tensors[f"{kind}{size}"] = np.array([info.min, info.max, 7], dtype=info.dtype)
save_file(tensors, path("arrays/types.safetensors"))
expect("arrays/types.safetensors", **tensors)

# Shapes.

cube = np.arange(24, dtype=np.float64).reshape(2, 3, 4)
shapes = dict(
    scalar=np.array(3.5),
    vector=np.arange(5.0),
    one=np.zeros((1,)),
    no_rows=np.zeros((0, 5), np.float32),
    no_columns=np.zeros((3, 0), np.float32),
    cube=cube,
    cube_F=np.asfortranarray(cube),
    row_F=np.asfortranarray(np.arange(6.0).reshape(1, 6)),
    tall_F=np.asfortranarray(np.arange(300, dtype=np.int16).reshape(150, 2)),
    four=np.asfortranarray(np.arange(2 * 3 * 2 * 2, dtype=np.uint8).reshape(2, 3, 2, 2)),
)
write_zip("arrays/shapes.npz", {f"{n}.npy": npy_bytes(a) for n, a in shapes.items()})
expect("arrays/shapes.npz", **shapes)

# Versions of the header, and what NumPy lets follow an array.

for major in 1, 2, 3:
    write(f"arrays/version{major}.npy", npy_bytes(features, version=(major, 0)))
    expect(f"arrays/version{major}.npy", **{f"version{major}": features})
write("arrays/trailing.npy", npy_bytes(labels) + b"more")
expect("arrays/trailing.npy", trailing=labels)
write_zip("arrays/wide.npz", {"wide.npy": npy_bytes(labels), "read me.txt": b"not an array"})
expect("arrays/wide.npz", wide=labels)
write_zip("arrays/none.npz", {})
expect("arrays/none.npz")

# What other programs put into archives, and leave in them.
foreign = io.BytesIO()
with zipfile.ZipFile(Unseekable(foreign), "w") as out:
    for name, content in {
        "READ ME.txt": b"hello", "train/": b"", "train/features.npy": npy_bytes(features), ".DS_Store": b"\0\0\0\1Bud1",
        "__MACOSX/train/._features.npy": b"\0\5\x16\7", "._labels.npy": b"\0\5\x16\7", "labels.npy": npy_bytes(labels),
        "empty.npy": b"", "notes.npy": b"no array", "bzip2.npy": npy_bytes(labels),
    }.items():
        info = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
        info.compress_type = zipfile.ZIP_BZIP2 if name == "bzip2.npy" else zipfile.ZIP_DEFLATED if name == "labels.npy" else 0
        info.extra = b"UT\5\0\3\0\0\0\0"
        with out.open(info, "w") as file:
            file.write(content)
    # A comment that looks like the end of the archive.
    out.comment = b"not PK\5\6, the end of the archive"
write("arrays/foreign.npz", foreign.getvalue())
expect("arrays/foreign.npz", **{"train/features": features, "labels": labels})

# Arrays of Python objects: text, a dictionary, and arrays of different shapes.

of_objects = dict(
    texts=np.array(["a", "größe", ""], dtype=object), numbers=np.array([[1, 2.5], [3, 4]], dtype=object),
    dictionary=np.array(dict(features=features, names=["a", "b"], nested=dict(labels=labels)), dtype=object))
of_objects["record"] = np.empty(2, dtype=object)
of_objects["record"][:] = [features, labels]
write_zip("arrays/objects.npz", {f"{n}.npy": npy_bytes(a) for n, a in of_objects.items()})
expect("arrays/objects.npz", **{
    "texts": ["a", "größe", ""], "numbers": np.array([[1, 2.5], [3, 4]]), "dictionary.features": features,
    "dictionary.names": ["a", "b"], "dictionary.nested.labels": labels, "record.0": features, "record.1": labels})
write("arrays/dictionary.npy", npy_bytes(of_objects["dictionary"]))
expect("arrays/dictionary.npy", features=features, names=["a", "b"], **{"nested.labels": labels})

# Tables in other notations.

for file, encoding in ("arrays/german.csv", "utf-8"), ("arrays/german16.csv", "utf-16"):
    write(file, "sep=;\r\nid;f0;f1;label\r\n\"a;b\";1.234,5;-0,25;3\r\nc;2;1e-3;4\r\n".encode(encoding))
    expect(file, ids=["a;b", "c"], features=np.array([[1234.5, -0.25], [2, 0.001]]), labels=np.array([3, 4]))
write("arrays/spaces.txt", b'"f0" "f1" "label"\n"1"  0.5 1.5  7\n"2" 2.5 3.5 8\n')
expect("arrays/spaces.txt", column1=np.array([1, 2]), features=np.array([[0.5, 1.5], [2.5, 3.5]]), labels=np.array([7, 8]))

# Types that must be refused by name.

refused = dict(
    object=np.array(["a", None], dtype=object),
    structured=np.array([(1, 2.0)], dtype=[("n", "i4"), ("x", "f8")]),
    complex=np.array([1j]),
    datetime=np.array(["2020-01-01"], dtype="M8[D]"),
    longdouble=np.array([1], dtype=np.longdouble),
    void=np.array([b"ab"], dtype="V2"),
)
for name, array in refused.items():
    write(f"refused/{name}.npy", npy_bytes(array))
write_zip("refused/partly.npz", {"features.npy": npy_bytes(features), "ids.npy": npy_bytes(refused["object"])})
expect("refused/partly.npz", features=features)
write_zip("refused/bzip2.npz", {"features.npy": npy_bytes(features)}, zipfile.ZIP_BZIP2)
write_zip("refused/plain.zip", {"read me.txt": b"hello"})
float8 = {"features": np.array([0.5, 1], dtype=ml_dtypes.float8_e4m3fn)}
header = json.dumps({"a": {"dtype": "F8_E4M3", "shape": [2], "data_offsets": [0, 2]}}).encode()
write("refused/float8.safetensors", len(header).to_bytes(8, "little") + header + float8["features"].tobytes())

torch_files.generate()
hdf5_files.generate()
matlab_files.generate()
compressed_files.generate()
malformed_files.generate(write)

finish({
    "Python": sys.version.split()[0],
    "numpy": np.__version__,
    "safetensors": safetensors.__version__,
    "ml_dtypes": ml_dtypes.__version__,
    "torch": torch.__version__,
    "h5py": h5py.__version__,
    "HDF5": h5py.version.hdf5_version,
    "zstandard": zstandard.__version__,
    "scipy": scipy.__version__,
    "hdf5storage": hdf5storage.__version__,
    "mat-io": importlib.metadata.version("mat-io"),
})
