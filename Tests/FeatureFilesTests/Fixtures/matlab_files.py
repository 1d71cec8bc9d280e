"""Fixtures in MATLAB's format 5, written by SciPy, and ones that lie."""
import io
import struct
import zlib

import numpy as np
import scipy.io
import scipy.sparse

from fixture_files import class_names, expect, features, full, ids, images, labels, refuse, write

TITLE = b"MATLAB 5.0 MAT-file, written by SciPy"


def save(name, arrays, **options):
    buffer = io.BytesIO()
    scipy.io.savemat(buffer, arrays, **options)
    # SciPy dates the file.
    content = TITLE.ljust(116) + buffer.getvalue()[116:]
    if name:
        write(name, content)
    return content


def cells(texts):
    return np.array(list(texts) + [None], object)[:-1]


def element(kind, content, order="<"):
    padding = b"" if kind == 15 else bytes(-len(content) % 8)
    return struct.pack(order + "II", kind, len(content)) + content + padding


def matrix(kind, extents, name, *content, flags=0, order="<"):
    return element(14, b"".join([
        element(6, struct.pack(order + "II", kind | flags, 0), order),
        element(5, struct.pack(f"{order}{len(extents)}i", *extents), order),
        element(1, name.encode(), order), *content]), order)


def file(*elements, order="<"):
    mark = b"\x00\x01IM" if order == "<" else b"\x01\x00MI"
    return TITLE.ljust(116) + bytes(8) + mark + b"".join(elements)


def generate():
    arrays = dict(
        features=features, labels=labels, ids=cells(ids.tolist()), class_names=cells(class_names.tolist()),
        images=images)
    whole = save("dataset/full.mat", arrays)
    save("dataset/compressed.mat", arrays, do_compression=True)
    for name in "dataset/full.mat", "dataset/compressed.mat":
        expect(name, **full)

    values = {}
    for kind in "int", "uint":
        for size in 8, 16, 32, 64:
            info = np.iinfo(f"{kind}{size}")
            values[f"{kind}{size}"] = np.array([[info.min, info.max, 7], [0, 1, 100]], dtype=info.dtype)
    values["float32"] = np.array([[0.1, np.nan, -np.inf], [1e-45, 3e38, 0]], np.float32)
    values["float64"] = np.array([[0.1, np.nan, -np.inf], [5e-324, 1e308, 0]])
    values["logical"] = np.array([[True, False], [False, True]])
    save("arrays/types.mat", values)
    expect("arrays/types.mat", **values)

    cube = np.arange(24.0).reshape(2, 3, 4)
    shapes = dict(
        scalar=2.5, row=np.arange(5.0)[None], column=np.arange(4.0)[:, None], cube=cube,
        no_rows=np.zeros((0, 3)), text="größe", rows=np.array(["ab", "c  ", "def"]), empty_cell=cells(["", "b"]),
        one_cell=cells(["x"]), settings=dict(rate=0.5, inner=dict(names=cells(["p", "q"]), z=cube)))
    save("arrays/shapes.mat", shapes, do_compression=True)
    expect("arrays/shapes.mat", **{
        "scalar": 2.5, "row": np.arange(5.0), "column": np.arange(4.0), "cube": cube,
        "no_rows": np.zeros((0, 3)), "text": "größe", "rows": ["ab", "c", "def"], "empty_cell": ["", "b"],
        "one_cell": "x", "settings.rate": 0.5, "settings.inner.names": ["p", "q"], "settings.inner.z": cube})

    # As MATLAB on a machine of the other byte order writes, with doubles kept as small integers.
    write("arrays/big_endian.mat", file(
        matrix(6, (2, 3), "small", element(2, bytes([1, 2, 3, 4, 5, 6]), ">"), order=">"),
        matrix(6, (1, 2), "wide", element(9, struct.pack(">2d", 0.1, -2), ">"), order=">"),
        matrix(4, (1, 3), "text", element(4, struct.pack(">3H", 0x65E5, 0x672C, 0x21), ">"), order=">"),
        order=">"))
    expect("arrays/big_endian.mat", small=np.array([[1.0, 3, 5], [2, 4, 6]]), wide=[0.1, -2], text="日本!")

    save("refused/partly.mat", dict(
        features=features, sparse=scipy.sparse.eye(3, format="csc"), complex=np.array([[1j, 2]]),
        mixed=np.array(["a", 3.0], object), structures=np.zeros(2, [("a", "f8")]),
        square=np.array([["a", "b"], ["c", "d"]], object)))
    expect("refused/partly.mat", features=features)
    version4()
    malform(whole)


def matrix4(kind, rows, columns, name, content, imaginary=0, order="<"):
    return struct.pack(order + "5i", kind, rows, columns, imaginary, len(name) + 1) + name.encode() + b"\0" + content


def version4():
    """MATLAB 4, by SciPy and by hand: the type is, in decimal, machine, 0, precision and kind."""
    buffer = io.BytesIO()
    scipy.io.savemat(buffer, dict(
        features=features, labels=labels, one_row=np.arange(5.0)[None], one_column=np.arange(4.0)[:, None],
        scalar=2.5, text="abc", texts=np.array(["ab", "c ", "d"]), flags=np.array([[True, False]])), format="4")
    write("arrays/version4.mat", buffer.getvalue())
    expect("arrays/version4.mat", features=features, labels=np.asarray(labels, float), one_row=np.arange(5.0),
           one_column=np.arange(4.0), scalar=2.5, text="abc", texts=["ab", "c", "d"],
           flags=np.array([1.0, 0]))
    values = {}
    content = b""
    codes = {"float64": "d", "float32": "f", "int32": "i", "int16": "h", "uint16": "H", "uint8": "B"}
    for precision, (type_name, code) in enumerate(codes.items()):
        column_major = [1, 200, 3, 4, 5, 6]
        for machine, order in enumerate("<>"):
            name = f"{type_name}_{machine}"
            content += matrix4(1000 * machine + 10 * precision, 2, 3, name,
                               struct.pack(f"{order}6{code}", *column_major), order=order)
            values[name] = np.array([[1, 3, 5], [200, 4, 6]], type_name)
    content += matrix4(51, 2, 2, "bytes", b"acb ")
    content += matrix4(0, 0, 3, "none", b"")
    write("arrays/types4.mat", content)
    expect("arrays/types4.mat", **values, bytes=["ab", "c"], none=np.zeros((0, 3)))
    write("refused/partly4.mat", b"".join([
        matrix4(0, 1, 2, "good", struct.pack("<2d", 1, 2)), matrix4(0, 1, 1, "complex", bytes(16), imaginary=1),
        matrix4(2, 2, 3, "sparse", bytes(48)), matrix4(2000, 1, 1, "vax", bytes(8))]))
    expect("refused/partly4.mat", good=np.array([1.0, 2]))


def malform(whole):
    def folder(name):
        return f"malformed/mat/{name}.mat"

    double = element(9, struct.pack("<2d", 1, 2))
    packed = zlib.compress(matrix(6, (1, 2), "x", double))
    deep = matrix(6, (1, 2), "", double)
    for _ in range(40):
        deep = matrix(2, (1, 1), "s", element(5, struct.pack("<i", 2)), element(1, b"f\0"), deep)
    for name, content, message in [
        ("header_only", whole[:60], "the header needs 128 bytes, 60 are there"),
        ("cut_short", whole[:-50], "an element needs"),
        ("no_tag", file(b"abc"), "an element needs 8 bytes, 3 are there"),
        ("not_matlab", b"features,labels\n", "is named like a MATLAB file (.mat) but does not begin like one"),
        ("long_element", file(struct.pack("<II", 14, 2**32 - 1)), "an element needs 4294967295 bytes, 0 are there"),
        ("small_element", file(struct.pack("<II", 14 | 7 << 16, 0)), "a small element of 7 bytes"),
        ("no_array", file(element(9, bytes(8))), "an element of type 9 where an array belongs"),
        ("no_kind", file(element(14, element(5, bytes(8)))), "what kind it is is missing"),
        ("unknown_kind", file(matrix(77, (1, 2), "x", double)), "an array of an unknown kind"),
        ("no_values", file(matrix(6, (1, 2), "x")), "its values are missing"),
        ("too_few_values", file(matrix(6, (1, 3), "x", double)), "needs 24 bytes, 16 are there"),
        ("too_many_values", file(matrix(6, (1, 1), "x", double)), "needs 8 bytes, 16 are there"),
        ("negative", file(matrix(6, (-1, 2), "x", double)), "has a negative extent"),
        ("overflow", file(matrix(6, (2**30,) * 3, "x", double)), "is larger than any memory"),
        ("petabytes", file(matrix(6, (2**30, 2**20), "x", double)), "needs 9007199254740992 bytes, 16 are there"),
        ("name_twice", file(matrix(6, (1, 2), "x", double) * 2), "‘x’ is there twice"),
        ("text_not_utf8", file(matrix(4, (1, 2), "x", element(16, b"\xff\xfe"))), "‘x’ holds text that is not valid UTF-8"),
        ("cut_short4", matrix4(0, 5, 2, "x", bytes(79)), "‘x’ needs 80 bytes, 79 are there"),
        ("overflow4", matrix4(0, 2**31 - 1, 2**31 - 1, "x", bytes(79)), "is larger than any memory"),
        ("no_header4", matrix4(0, 1, 1, "x", bytes(8)) + bytes(30), "no header of a MATLAB 4 matrix is there"),
        ("name_twice4", matrix4(0, 1, 1, "x", bytes(8)) * 2, "‘x’ is there twice"),
        ("text_too_short", file(matrix(4, (2, 2), "x", element(16, b"abc"))), "3 characters where shape [2, 2]"),
        ("cells_missing", file(matrix(1, (1, 2), "x", matrix(4, (1, 1), "", element(16, b"a")))),
         "1 cells where shape [1, 2] needs 2"),
        ("field_missing", file(matrix(2, (1, 1), "x", element(5, struct.pack("<i", 2)), element(1, b"f\0"))),
         "a field is missing"),
        ("field_length", file(matrix(2, (1, 1), "x", element(5, bytes(4)), element(1, b"f\0"))),
         "field names are missing"),
        ("deep", file(deep), "structures are nested deeper than 32"),
        ("not_zlib", file(element(15, b"abcdefgh")), "‘an array’ does not decompress: incorrect header check"),
        ("checksum", file(element(15, packed[:-1] + bytes([packed[-1] ^ 1]))),
         "‘an array’ does not decompress: incorrect data check"),
        ("zlib_cut", file(element(15, packed[:-12])), "‘an array’ does not decompress: it ends too early"),
        ("nested_zlib", file(element(15, zlib.compress(element(15, packed)))),
         "a compressed element that is no array"),
        ("bomb", file(element(15, zlib.compress(struct.pack("<II", 14, 2**32 - 1) + bytes(1000)))),
         "claims to hold 4294967303 bytes in"),
    ]:
        refuse(folder(name), content, message)
