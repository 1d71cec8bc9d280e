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
        layouts["a/link"] = cube
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
    expect("refused/partly.h5", features=features, lzf=np.zeros((50, 3)))
    links()
    filters()
    virtual()
    elsewhere()
    writers()
    matlab()
    elsewhere_in_matlab()
    objects()
    malform()


def links():
    """Every name that leads to a dataset within the file is listed; none of the cycles is followed for ever."""
    numbers = np.arange(6, dtype=np.int32).reshape(3, 2)
    with h5py.File(path("arrays/links.h5"), "w") as out:
        out["run/z"] = numbers
        out["run/deep/gt"] = np.array([1, 2, 3])
        out["features"] = h5py.SoftLink("/run/z")
        out["labels"] = out["run/deep/gt"]
        out["latest"] = h5py.SoftLink("run")
        out["run/again"] = h5py.SoftLink("deep/gt")
        out["run/up"] = h5py.SoftLink("/run")
        out["run/deep/root"] = h5py.SoftLink("/")
        out["run/deep/hard"] = out["run"]
        out["chain"] = h5py.SoftLink("/latest/up/again")
        out["nowhere"] = h5py.SoftLink("/run/missing")
        out["to_itself"] = h5py.SoftLink("/to_itself")
        out["elsewhere"] = h5py.ExternalLink("types.h5", "/bool")
        out["through"] = h5py.SoftLink("/elsewhere")
        out.id.links.create_hard(b"latin\xe9", out["run"].id, b"z")
    expect("arrays/links.h5", **{
        "run/z": numbers, "run/deep/gt": [1, 2, 3], "features": numbers, "labels": [1, 2, 3], "chain": [1, 2, 3],
        "latest/z": numbers, "latest/deep/gt": [1, 2, 3], "latest/again": [1, 2, 3], "run/again": [1, 2, 3],
        "latin\\xE9": numbers})
    texts = [b"gr\xf6\xdfe", "gr\u00f6\u00dfe".encode(), b"\xff\xfe", b""]
    with h5py.File(path("arrays/not_utf8.h5"), "w") as out:
        out["fixed"] = np.array(texts)
        out.create_dataset("variable", data=np.array(texts, object), dtype=h5py.string_dtype("ascii"))
    escaped = ["gr\\xF6\\xDFe", "gr\u00f6\u00dfe", "\\xFF\\xFE", ""]
    expect("arrays/not_utf8.h5", fixed=escaped, variable=escaped)


def filters():
    cube = np.arange(7 * 50 * 3, dtype=np.int64).reshape(7, 50, 3) // 4 - 9
    noise = np.random.default_rng(5).normal(size=(40, 9)).astype(np.float32)
    with h5py.File(path("arrays/lzf.h5"), "w") as out:
        for name, options in {
            "plain": {}, "shuffled": dict(shuffle=True), "checked": dict(shuffle=True, fletcher32=True),
        }.items():
            out.create_dataset(name, data=cube, compression="lzf", chunks=(4, 50, 2), **options)
        out.create_dataset("noise", data=noise, compression="lzf", chunks=(16, 9))
        out.create_dataset("zeros", data=np.zeros((3000, 2)), compression="lzf", chunks=(3000, 2))
    expect("arrays/lzf.h5", plain=cube, shuffled=cube, checked=cube, noise=noise)
    from fixture_files import expected
    # Compact in the file, and here.
    expected["arrays/lzf.h5"]["zeros"] = dict(shape=[3000, 2], elementType="float64", numbers=[0.0] * 6000)


def virtual():
    halves = np.arange(24, dtype=np.float32).reshape(2, 4, 3)
    joined = halves.reshape(8, 3)
    with h5py.File(path("arrays/virtual.h5"), "w") as out:
        out["parts/a"] = halves[0]
        out.create_dataset("parts/b", data=halves[1], chunks=(2, 3), compression="gzip")
        layout = h5py.VirtualLayout((8, 3), "f4")
        for i, name in enumerate(["/parts/a", "parts/b"]):
            layout[4 * i:4 * i + 4] = h5py.VirtualSource(".", name, (4, 3))
        out.create_virtual_dataset("joined", layout)
        layout = h5py.VirtualLayout((2, 3), "f4")
        layout[...] = h5py.VirtualSource(out["joined"])[3:5]
        out.create_virtual_dataset("of_virtual", layout)
        layout = h5py.VirtualLayout((4, 3), "f4")
        layout[1:3] = h5py.VirtualSource(out["parts/a"])[1:3]
        out.create_virtual_dataset("with_gaps", layout, fillvalue=-1)
        # Numbered sources, as many as there are.
        for i in range(3):
            out[f"numbered/{i}"] = halves[0, i:i + 1]
        space = h5py.h5s.create_simple((3, 3), (h5py.h5s.UNLIMITED, 3))
        space.select_hyperslab((0, 0), (h5py.h5s.UNLIMITED, 1), (1, 1), (1, 3))
        source = h5py.h5s.create_simple((1, 3))
        source.select_hyperslab((0, 0), (1, 1), (1, 1), (1, 3))
        list_ = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
        list_.set_virtual(space, b".", b"/numbered/%b", source)
        h5py.h5d.create(out.id, b"numbers", h5py.h5t.IEEE_F32LE,
                        h5py.h5s.create_simple((3, 3), (h5py.h5s.UNLIMITED, 3)), list_)
    gaps = np.full((4, 3), -1, np.float32)
    gaps[1:3] = halves[0, 1:3]
    expect("arrays/virtual.h5", **{
        "parts/a": halves[0], "parts/b": halves[1], "joined": joined, "of_virtual": joined[3:5],
        "with_gaps": gaps, "numbers": halves[0, :3], **{f"numbered/{i}": halves[0, i:i + 1] for i in range(3)}})


def elsewhere():
    """What would be read of other files, were it read."""
    with h5py.File(path("refused/elsewhere.h5"), "w") as out:
        out["features"] = features
        out.create_dataset("external", (4,), "u1", external=[("full.h5", 0, 4)])
        for name, file, source, shape in [
            ("other_file", "full.h5", "features", (7, 3)),
            ("own_name", "elsewhere.h5", "features", (7, 3)),
            ("missing", ".", "no_such", (7, 3)),
            ("of_external", ".", "external", (4,)),
            ("of_other_file", ".", "other_file", (7, 3)),
            ("of_link", ".", "link", (7, 3)),
            ("of_itself", ".", "of_itself", (7, 3)),
            ("one", ".", "two", (7, 3)), ("two", ".", "one", (7, 3)),
        ]:
            list_ = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
            space = h5py.h5s.create_simple(shape)
            list_.set_virtual(space, file.encode(), source.encode(), space)
            h5py.h5d.create(out.id, name.encode(), h5py.h5t.STD_U8LE, space, list_)
        out["link"] = h5py.ExternalLink("full.h5", "/features")
        out["soft"] = h5py.SoftLink("/link")
        out.create_dataset("lzf", data=np.zeros((50, 3)), compression="lzf")
    # A filter that is not there.
    raw = bytearray(open(path("refused/elsewhere.h5"), "rb").read())
    place = raw.index((32000).to_bytes(2, "little") + (8).to_bytes(2, "little"))
    raw[place:place + 2] = (32001).to_bytes(2, "little")
    write("refused/elsewhere.h5", bytes(raw))
    expect("refused/elsewhere.h5", features=features)


def writers():
    """Files that a writer has open, or was ended before it closed."""
    for name, is_shared in ("arrays/swmr.h5", True), ("malformed/h5/not_closed.h5", False):
        child = os.fork()
        if child == 0:
            out = h5py.File(path(name), "w", libver="latest")
            data = out.create_dataset("features", data=features, chunks=(4, 3), maxshape=(None, 3))
            out["labels"] = labels
            if is_shared:
                out.swmr_mode = True
            data.flush()
            out.flush()
            os._exit(0)
        os.waitpid(child, 0)
    expect("arrays/swmr.h5", features=features, labels=labels)
    refuse("malformed/h5/not_closed.h5", None, "is open for writing, or the program that wrote it did not close it")
    # The superblock's checksum. libhdf5 reads it again and again, in case that a writer is about to finish it.
    with open(path("arrays/swmr.h5"), "rb") as file:
        whole = file.read()
    refuse("malformed/h5/swmr_checksum.h5", whole[:44] + bytes([whole[44] ^ 0x55]) + whole[45:], "cannot read it")


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


def elsewhere_in_matlab():
    """MATLAB 7.3 files: cells that hold what may not be read, and kinds that are named."""
    def text(group, name, value, **options):
        units = np.frombuffer(value.encode("utf-16-le"), np.uint16).reshape(-1, 1)
        data = group.create_dataset(name, **{"data": units, **options})
        data.attrs["MATLAB_class"] = np.bytes_("char")
        return data

    with h5py.File(path("refused/partly73.mat"), "w", userblock_size=512) as out:
        def numbers(name, values):
            out[name] = np.asarray(values).T
            out[name].attrs["MATLAB_class"] = np.bytes_(str(out[name].dtype).replace("float64", "double"))

        def cells(name, references):
            data = out.create_dataset(name, data=np.array([references], h5py.ref_dtype), dtype=h5py.ref_dtype)
            data.attrs["MATLAB_class"] = np.bytes_("cell")

        numbers("features", np.asarray(features, np.float64))
        good = [text(out, f"#refs#/{i}", value).ref for i, value in enumerate("ab")]
        external = text(out, "#refs#/x", "", data=None, shape=(2, 1), dtype="u2", external=[("full.h5", 0, 4)]).ref
        out["#refs#/n"] = np.zeros((2, 2))
        out["#refs#/n"].attrs["MATLAB_class"] = np.bytes_("double")
        cells("good", good)
        cells("first_external", [external, *good])
        cells("later_external", [*good, external])
        cells("later_number", [*good, out["#refs#/n"].ref])
        cells("first_number", [out["#refs#/n"].ref])
        cells("of_cells", [out["good"].ref])
        out["sparse/data"], out["sparse/ir"], out["sparse/jc"] = [1.0], np.array([0]), np.array([0, 1])
        out["sparse"].attrs["MATLAB_class"] = np.bytes_("double")
        out["sparse"].attrs["MATLAB_sparse"] = np.uint64(3)
        out["complex"] = np.array([(1, 2.0)], dtype=[("real", "f8"), ("imag", "f8")])
        for name in "categorical", "string", "table":
            out[name] = np.array([[0xDD000000, 2, 1, 1, 1, 1]], np.uint32)
            out[name].attrs["MATLAB_class"] = np.bytes_(name)
            out[name].attrs["MATLAB_object_decode"] = np.int32(3)
        numbers("one_row", np.arange(6.0)[None])
        numbers("one_column", np.arange(4.0)[:, None])
        numbers("scalar", [[2.5]])
        out.create_dataset("packed_row", data=np.arange(6.0)[:, None], chunks=(4, 1), compression="gzip")
        out.create_dataset("packed_column", data=np.arange(4.0)[None], chunks=(1, 3), compression="gzip")
    raw = bytearray(open(path("refused/partly73.mat"), "rb").read())
    raw[:128] = b"MATLAB 7.3 MAT-file, made by h5py".ljust(124) + b"\x00\x02IM"
    write("refused/partly73.mat", bytes(raw))


def objects():
    """String and categorical arrays of MATLAB 7.3, written by mat-io."""
    import matio
    import pandas as pd

    def strings(*values, shape):
        return np.array(values, np.dtypes.StringDType(na_object=np.nan)).reshape(shape)

    names = ["cat", "dog", "gr\u00f6\u00dfe", "\u65e5\u672c"]
    file = path("arrays/objects73.mat")
    if os.path.exists(file):
        os.remove(file)
    matio.save_to_mat(file, dict(
        features=np.asarray(features, np.float64),
        labels=pd.Categorical.from_codes([1, 2, 0, 3, 0, -1, 1], categories=names),
        ids=strings("a", "", "gr\u00f6\u00dfe", "\u65e5\u672c\u8a9e", "e f", np.nan, "\U0001F600!", shape=(7, 1)),
        one=strings("hello", shape=(1, 1)), square=strings("a", "b", "c", "d", shape=(2, 2)),
        data=dict(group=pd.Categorical(["x", "y", "x"])),
        when=np.array(["2020-01-01"], "datetime64[ms]")), version="v7.3")
    # mat-io dates the file.
    raw = bytearray(open(file, "rb").read())
    raw[:116] = b"MATLAB 5.0 MAT-file, by matio".ljust(116)
    write("arrays/objects73.mat", bytes(raw))


def malform():
    whole = open(path("dataset/full.h5"), "rb").read()
    chunked = open(path("dataset/chunked.h5"), "rb").read()

    def folder(name):
        return f"malformed/h5/{name}.h5"

    failed = "the HDF5 structure: libhdf5 "
    refuse(folder("cut_short"), whole[:-1], "the file is cut short")
    refuse(folder("signature_only"), whole[:8], failed + "cannot read it, or is older")
    refuse(folder("superblock_only"), whole[:96], "the file is cut short")
    refuse(folder("not_hdf5"), b"features,labels\n", "is named like a HDF5 file (.h5) but does not begin")
    # The root group's header is elsewhere.
    place = whole.index(b"TREE")
    refuse(folder("no_tree"), whole[:place] + b"EERT" + whole[place + 4:], failed + "cannot read it, or is older")
    # Chunks whose compressed bytes are damaged.
    with h5py.File(path("dataset/chunked.h5")) as file:
        chunk = file["features"].id.get_chunk_info(0)
    start = chunk.byte_offset
    refuse(folder("chunk_damaged"), chunked[:start] + bytes(chunk.size) + chunked[start + chunk.size:],
           failed + "failed while reading it")
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
           "the file is cut short")
    # A text so long that libhdf5 comes back to where it is.
    with h5py.File(path(folder("endless")), "w") as out:
        out["features"] = features[:2]
        out.create_dataset("ids", data=["one", "two"], dtype=h5py.string_dtype())
    raw = bytearray(open(path(folder("endless")), "rb").read())
    place = raw.index(b"GCOL") + 16 + 8
    raw[place:place + 8] = (2**64 - 16).to_bytes(8, "little")
    refuse(folder("endless"), bytes(raw), failed + "did not finish reading it in time")
