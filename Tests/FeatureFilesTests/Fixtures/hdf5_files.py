"""Fixtures written by h5py, MATLAB 7.3 files by hdf5storage, and HDF5 files that lie."""
import os

import h5py
import hdf5storage
import numpy as np

from fixture_files import class_names, expect, features, full, ids, images, labels, path, refuse, write


def utf8(texts):
    return np.array([text.encode() for text in texts])


def generate():
    for file, options, text in [
        ("dataset/full.h5", {}, h5py.string_dtype()),
        # Chunks that the rows do not fill, compressed; text of one length.
        ("dataset/chunked.h5", dict(compression="gzip", shuffle=True, fletcher32=True, chunks=True), None),
        ("dataset/latest.h5", dict(compression="gzip", chunks=True), h5py.string_dtype()),
    ]:
        # The newest format that libhdf5 1.10, the oldest version supported, reads.
        is_latest = "latest" in file
        with h5py.File(path(file), "w", libver="v110" if is_latest else None, track_order=is_latest) as out:
            for name, array in full.items():
                size = {"chunks": tuple(min(n, 2) for n in array.shape)} if options else {}
                if array.dtype.kind == "U":
                    values = utf8(array) if text is None else array.astype(object)
                    out.create_dataset(name, data=values, dtype=text, **size)
                else:
                    out.create_dataset(name, data=array, **{**options, **size})
        expect(file, **full)

    types = {}
    with h5py.File(path("arrays/types.h5"), "w") as out:
        for code in ["i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "f2", "f4", "f8"]:
            info = np.finfo(code) if code[0] == "f" else np.iinfo(code)
            values = [[info.min, info.max, 7], [0, 1, 100]]
            if code[0] == "f":
                values[1] = [np.inf, -np.inf, np.nan]
            for order, order_name in ("<", "little"), (">", "big"):
                name = f"{order_name}/{code}"
                out[name] = np.array(values, np.dtype(code).newbyteorder(order))
                types[name] = np.array(values, code)
        out["bool"] = types["bool"] = np.array([True, False, True])
        member = h5py.enum_dtype({"CAT": 3, "DOG": 5}, basetype="i2")
        out.create_dataset("enum", data=[3, 5, 5], dtype=member)
        types["enum"] = np.array([3, 5, 5], np.int16)
        bfloat16 = h5py.h5t.IEEE_F32LE.copy()
        bfloat16.set_fields(15, 7, 8, 0, 7)
        bfloat16.set_size(2)
        bfloat16.set_ebias(127)
        space = h5py.h5s.create_simple((4,))
        dataset = h5py.h5d.create(out.id, b"bfloat16", bfloat16, space)
        values = np.array([1.5, -2, 0.0078125, np.inf], np.float32)
        dataset.write(h5py.h5s.ALL, h5py.h5s.ALL, values)
        types["bfloat16"] = values
    expect("arrays/types.h5", **types)
    from fixture_files import expected
    expected["arrays/types.h5"]["bfloat16"]["elementType"] = "bfloat16"

    layouts = {}
    cube = np.arange(7 * 5 * 3, dtype=np.int32).reshape(7, 5, 3)
    with h5py.File(path("arrays/layouts.h5"), "w") as out:
        for name, options in {
            "contiguous": {}, "chunks": dict(chunks=(2, 3, 2)), "gzip": dict(chunks=(3, 5, 1), compression=9),
            "growing": dict(maxshape=(None, 5, 3)), "a/deep/er/group": dict(chunks=(7, 1, 3), scaleoffset=0),
        }.items():
            out.create_dataset(name, data=cube, **options)
            layouts[name] = cube
        compact = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
        compact.set_layout(h5py.h5d.COMPACT)
        space = h5py.h5s.create_simple((3,))
        h5py.h5d.create(out.id, b"compact", h5py.h5t.STD_I64LE, space, compact).write(
            h5py.h5s.ALL, h5py.h5s.ALL, np.arange(3))
        layouts["compact"] = np.arange(3)
        out["scalar"], layouts["scalar"] = 2.5, 2.5
        out["no_rows"] = layouts["no_rows"] = np.zeros((0, 4), np.float32)
        out.create_dataset("never_written", (3, 2), "f8", fillvalue=7.5)
        layouts["never_written"] = np.full((3, 2), 7.5)
        part = out.create_dataset("half_written", (6, 2), "f4", chunks=(2, 2), compression="gzip", fillvalue=-1)
        part[2:4] = 5
        layouts["half_written"] = part[()]
        out["a/link"] = h5py.SoftLink("/contiguous")
        out["elsewhere"] = h5py.ExternalLink("types.h5", "/bool")
        out["empty_group/inside"] = np.array([1], np.uint8)
        layouts["empty_group/inside"] = np.array([1], np.uint8)
    expect("arrays/layouts.h5", **layouts)

    texts = ["a", "", "größe", "日本 語", "with space "]
    with h5py.File(path("arrays/strings.h5"), "w") as out:
        out["variable"] = np.array(texts, object)
        out.create_dataset("variable_chunks", data=np.array(texts * 3, object), dtype=h5py.string_dtype(),
                           chunks=(4,), compression="gzip")
        out["fixed"] = utf8(texts)
        out["scalar"] = "one"
        out.create_dataset("matrix", data=np.array([["a", "b", "c"], ["d", "e", "f"]], object),
                           dtype=h5py.string_dtype())
        for name, padding, raw in [
            ("null_terminated", h5py.h5t.STR_NULLTERM, b"ab\0zcdef"),
            ("space_padded", h5py.h5t.STR_SPACEPAD, b"ab  cdef"),
        ]:
            kind = h5py.h5t.C_S1.copy()
            kind.set_size(4)
            kind.set_strpad(padding)
            dataset = h5py.h5d.create(out.id, name.encode(), kind, h5py.h5s.create_simple((2,)))
            dataset.write(h5py.h5s.ALL, h5py.h5s.ALL, np.frombuffer(raw, "S4"), mtype=kind)
    expect("arrays/strings.h5", variable=texts, variable_chunks=texts * 3, fixed=texts, scalar="one",
           matrix=[["a", "b", "c"], ["d", "e", "f"]], null_terminated=["ab", "cdef"], space_padded=["ab", "cdef"])

    with h5py.File(path("arrays/none.h5"), "w"):
        pass
    expect("arrays/none.h5")

    # Types that are not read, beside one that is.
    with h5py.File(path("refused/partly.h5"), "w") as out:
        out["features"] = features
        out["compound"] = np.array([(1, 2.0)], dtype=[("n", "i4"), ("x", "f8")])
        out["complex"] = np.array([1j])
        out["opaque"] = np.array([b"ab"], dtype="V2")
        out.create_dataset("lists", data=np.array([np.arange(2), np.arange(3)], object),
                           dtype=h5py.vlen_dtype(np.int32))
        out.create_dataset("reference", data=[out["features"].ref], dtype=h5py.ref_dtype)
        out["nothing"] = h5py.Empty("f4")
        out.create_dataset("lzf", data=np.zeros((50, 3)), compression="lzf")
        out.create_dataset("external", (4,), "u1", external=[("full.h5", 0, 4)])
        layout = h5py.VirtualLayout((7, 3), "f4")
        layout[...] = h5py.VirtualSource("full.h5", "features", (7, 3))
        out.create_virtual_dataset("virtual", layout)
    expect("refused/partly.h5", features=features)
    matlab()
    malform()


def matlab():
    cells = np.array(ids.tolist(), dtype=object)
    for file, compress in ("dataset/full73.mat", False), ("dataset/compressed73.mat", True):
        if os.path.exists(path(file)):
            os.remove(path(file))
        values = dict(
            features=features, labels=labels[:, None], ids=cells, images=images,
            class_names=np.array(class_names.tolist(), dtype=object))
        options = hdf5storage.Options(
            matlab_compatible=True, compress=compress, compress_size_threshold=0, oned_as="row",
            store_python_metadata=False)
        hdf5storage.writes(values, filename=path(file), options=options)
        expect(file, **full)


def malform():
    whole = open(path("dataset/full.h5"), "rb").read()
    chunked = open(path("dataset/chunked.h5"), "rb").read()

    def folder(name):
        return f"malformed/h5/{name}.h5"

    failed = "the HDF5 structure: libhdf5 "
    refuse(folder("cut_short"), whole[:-1], failed + "cannot read it, or is older")
    refuse(folder("signature_only"), whole[:8], failed + "cannot read it, or is older")
    refuse(folder("superblock_only"), whole[:96], failed + "cannot read it, or is older")
    refuse(folder("not_hdf5"), b"features,labels\n", "is named like a HDF5 file (.h5) but does not begin")
    # The root group's header is elsewhere.
    place = whole.index(b"TREE")
    refuse(folder("no_tree"), whole[:place] + b"EERT" + whole[place + 4:], failed + "cannot read it, or is older")
    # Chunks whose compressed bytes are damaged.
    with h5py.File(path("dataset/chunked.h5")) as file:
        chunk = file["features"].id.get_chunk_info(0)
    start = chunk.byte_offset
    refuse(folder("chunk_damaged"), chunked[:start] + bytes(chunk.size) + chunked[start + chunk.size:],
           failed + "failed in the midst of it")
    # Petabytes of zeros that were never written.
    with h5py.File(path(folder("petabytes")), "w") as out:
        out.create_dataset("features", (2**40, 512), "f8", chunks=(16, 512), compression="gzip")
    refuse(folder("petabytes"), None, "‘features’: claims to hold 4503599627370496 bytes in 0 of a file of")
    with h5py.File(path(folder("overflow")), "w") as out:
        out.create_dataset("features", (2**60, 2**60), "u1", chunks=(16, 16))
    refuse(folder("overflow"), None, "is larger than any memory")
    # A megabyte of text, ten thousand times.
    with h5py.File(path(folder("shared_text")), "w") as out:
        data = out.create_dataset("ids", (2000,), h5py.string_dtype())
        data[0] = "x" * 60_000
    raw = bytearray(open(path(folder("shared_text")), "rb").read())
    # Elements are a length, the address of a heap and a number in it.
    place = raw.index((60_000).to_bytes(4, "little") + raw[raw.index(b"GCOL"):][:0])
    element = raw[place:place + 16]
    for i in range(2000):
        raw[place + 16 * i:place + 16 * i + 16] = element
    refuse(folder("shared_text"), bytes(raw), "it gives far more than the file can hold")
    refuse("malformed/mat/cut_short73.mat", open(path("dataset/full73.mat"), "rb").read()[:3000],
           failed + "cannot read it, or is older")
