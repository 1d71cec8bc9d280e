"""Fixtures written by torch.save, and ones that only look like it."""
import argparse
import collections
import gzip
import io
import pathlib
import pickle
import struct
import warnings
import zipfile

import ml_dtypes
import numpy as np
import torch

from fixture_files import class_names, expect, features, full, ids, images, labels, path, refuse, write


def save(name, value, **options):
    # A file object has no name, so that the folder in the archive is always "archive".
    buffer = io.BytesIO()
    torch.save(value, buffer, **options)
    write(name, buffer.getvalue())
    return buffer.getvalue()


def archive(pickled, storages=(), **others):
    """A file like torch.save's around any pickle."""
    buffer = io.BytesIO()
    members = {"data.pkl": pickled, **others}
    members.update({f"data/{key}": content for key, content in dict(storages).items()})
    with zipfile.ZipFile(buffer, "w") as out:
        for name, content in members.items():
            out.writestr(zipfile.ZipInfo(f"archive/{name}", (1980, 1, 1, 0, 0, 0)), content)
    return buffer.getvalue()


def tensor_pickle(numel=6, offset=0, size=(2, 3), stride=(3, 1), key="0", kind="FloatStorage"):
    """What torch.save pickles for one tensor, with any numbers."""

    def ints(values):
        return b"(" + b"".join(integer(v) for v in values) + b"t"

    def integer(value):
        content = value.to_bytes(9, "little", signed=True)
        content = content[:8] if -(2**63) <= value < 2**63 else content
        return b"\x8a" + bytes([len(content)]) + content

    def text(value):
        return b"X" + struct.pack("<I", len(value)) + value.encode()

    return (
        b"\x80\x02ctorch._utils\n_rebuild_tensor_v2\n((" + text("storage") + f"ctorch\n{kind}\n".encode()
        + text(key) + text("cpu") + integer(numel) + b"tQ" + integer(offset) + ints(size) + ints(stride)
        + b"\x89ccollections\nOrderedDict\n)RtR.")


def generate():
    tensors = dict(
        features=torch.from_numpy(features), labels=torch.from_numpy(labels), ids=ids.tolist(),
        class_names=class_names.tolist(), images=torch.from_numpy(images))
    full_bytes = save("dataset/full.pt", tensors)
    save("dataset/protocol5.pth", tensors, pickle_protocol=5)
    for file in "dataset/full.pt", "dataset/protocol5.pth":
        expect(file, **full)

    # Without checksums: 0 stands for each. Nor has it one for a storage that is left to be filled in.
    torch.serialization.set_crc32_options(False)
    save("dataset/unchecked.pt", tensors)
    torch.serialization.set_crc32_options(True)
    with torch.serialization.skip_data():
        unfilled = save("arrays/filled_in.pt", torch.from_numpy(features))
    with zipfile.ZipFile(io.BytesIO(unfilled)) as source:
        entry = source.getinfo("archive/data/0")
    start = entry.header_offset + 30 + sum(struct.unpack_from("<HH", unfilled, entry.header_offset + 26))
    write("arrays/filled_in.pt", unfilled[:start] + features.tobytes() + unfilled[start + features.nbytes:])
    expect("dataset/unchecked.pt", **full)
    expect("arrays/filled_in.pt", filled_in=features)

    # A bit that was turned over in each kind of member.
    for name, content in ("feature", features.tobytes()), ("label", labels.tobytes()), ("pickle", b"class_names"):
        place = full_bytes.index(content)
        write(f"malformed/pt/{name}_flipped.pt", full_bytes[:place + 1] + bytes([full_bytes[place + 1] ^ 1])
              + full_bytes[place + 2:])

    # Every element type that is read.
    halves = np.concatenate([np.arange(0, 65536, 1111), [0, 1, 0x3FF, 0x400, 0x7BFF, 0x7C00, 0x8000, 0xFC00]])
    halves = halves.astype(np.uint16)
    arrays = dict(
        float16=halves.view(np.float16),
        bfloat16=halves.view(ml_dtypes.bfloat16),
        float32=np.array([[0.1, np.nan], [-np.inf, 1e-45]], np.float32),
        float64=np.array([[0.1, 1e300]], np.float64),
        bool=np.array([True, False]),
        scalar=np.array(2.5, np.float32),
        empty=np.zeros((0, 4), np.float32),
    )
    for kind in "int", "uint":
        for size in 8, 16, 32, 64:
            info = np.iinfo(f"{kind}{size}")
            arrays[f"{kind}{size}"] = np.array([info.min, info.max, 7], dtype=info.dtype)
    values = {name: torch.from_numpy(array) for name, array in arrays.items() if name != "bfloat16"}
    values["bfloat16"] = torch.from_numpy(halves.copy().view(np.int16)).view(torch.bfloat16)
    little = save("arrays/types.pt", values)
    expect("arrays/types.pt", **arrays)

    # The same as a machine of the other byte order would write it.
    sizes = {f"{n}": torch.empty(0, dtype=t.dtype).element_size() for n, t in enumerate(values.values())}
    with zipfile.ZipFile(io.BytesIO(little)) as source:
        storages = {}
        for key, size in sizes.items():
            content = source.read(f"archive/data/{key}")
            storages[key] = np.frombuffer(content, f"V{size}").view(f"u{size}").byteswap().tobytes()
        write("arrays/big_endian.pt", archive(source.read("archive/data.pkl"), storages, byteorder=b"big"))
    expect("arrays/big_endian.pt", **arrays)

    # Views of one storage.
    base = torch.arange(60, dtype=torch.float32).reshape(5, 4, 3)
    views = dict(
        base=base, transposed=base.permute(2, 0, 1), every_other=base[::2], columns=base[:, 1:3],
        tail=base[3:], one_column=base[:, 2, 1], turned=base[:, :, 0].t(), row=base[1, 2], element=base[4, 3, 2],
        windows=torch.arange(6).unfold(0, 3, 1), expanded=torch.tensor([[1.5], [2.5]]).expand(2, 5),
        nothing=base[5:], parameter=torch.nn.Parameter(base[0, :2].clone()))
    save("arrays/views.pt", views)
    expect("arrays/views.pt", **{name: view.detach().numpy() for name, view in views.items()})

    # Containers of containers, and values that are no tensors.
    shared = torch.arange(3)
    layer = torch.nn.Linear(2, 1)
    with torch.no_grad():
        layer.weight.copy_(torch.tensor([[1.0, 2.0]]))
        layer.bias.copy_(torch.tensor([3.0]))
    nested = dict(
        splits=dict(train=dict(z=shared, again=shared), test=[shared + 1, (shared + 2, "text")]),
        state=layer.state_dict(), order=collections.OrderedDict(a=1, b=2.5), names=("x", "größe"),
        counts=[1, 2**40, -(2**62)], mixed=[1, 0.5], flags=[True, False], size=torch.Size([4, 5]), nothing=None,
        kind=torch.float32, device=torch.device("cpu"), empty=[], number=-1, fraction=1e-3, yes=True,
        huge=2**64, raw=b"\x00\xff", some={7})
    nested[3] = "three"
    save("arrays/containers.pt", nested)
    save("arrays/containers4.pt", nested, pickle_protocol=4)
    for file in "arrays/containers.pt", "arrays/containers4.pt":
        expect(file, **{
            "splits.train.z": [0, 1, 2], "splits.train.again": [0, 1, 2], "splits.test.0": [1, 2, 3],
            "splits.test.1.0": [2, 3, 4], "splits.test.1.1": "text",
            "state.weight": np.array([[1, 2]], np.float32), "state.bias": np.array([3], np.float32),
            "order.a": 1, "order.b": 2.5, "names": ["x", "größe"], "counts": [1, 2**40, -(2**62)],
            "mixed": [1, 0.5], "flags": [1, 0], "size": [4, 5], "device": "cpu", "empty": np.zeros(0, np.int64),
            "number": -1, "fraction": 1e-3, "yes": True, "some": [7], "3": "three"})

    save("arrays/tensor.pt", torch.from_numpy(features))
    expect("arrays/tensor.pt", tensor=features)
    save("arrays/tuple.pt", (torch.from_numpy(features), torch.from_numpy(labels)))
    expect("arrays/tuple.pt", **{"0": features, "1": labels})

    save("arrays/list.pt", [0.5, 1, 2.5])
    expect("arrays/list.pt", list=[0.5, 1, 2.5])

    # Tensors that are not read, beside one that is.
    save("refused/partly.pt", dict(
        features=torch.from_numpy(features), complex=torch.zeros(2, dtype=torch.complex64),
        float8=torch.zeros(2).to(torch.float8_e4m3fn),
        negated=torch.tensor([1 + 2j]).conj().imag, expanded=torch.zeros(1).expand(10**9)))
    expect("refused/partly.pt", features=features)
    legacy(tensors)
    pickles()
    lists()
    malform(full_bytes)


def legacy(tensors):
    """Before PyTorch 1.6: pickles and storages one after the other."""
    save("dataset/legacy.pt", tensors, _use_new_zipfile_serialization=False)
    expect("dataset/legacy.pt", **full)
    base = torch.arange(12, dtype=torch.float64).reshape(4, 3)
    shared = dict(whole=base, columns=base[:, 1:], bits=torch.tensor([True, False]))
    for protocol in 0, 2, 4:
        save(f"arrays/legacy{protocol}.pt", shared, _use_new_zipfile_serialization=False, pickle_protocol=protocol)
        expect(f"arrays/legacy{protocol}.pt", **{name: value.numpy() for name, value in shared.items()})
    # PyTorch itself does not read what it writes in this protocol.
    save("arrays/protocol0.pt", shared, pickle_protocol=0)
    expect("arrays/protocol0.pt", **{name: value.numpy() for name, value in shared.items()})


def pickles():
    """What pickle.dump writes, and what torch.save does of anything but tensors."""
    data = dict(features=features, labels=labels, ids=ids.tolist(), class_names=class_names, images=images)
    write("dataset/full.pkl", pickle.dumps(data, 4))
    write("dataset/protocol0.pkl", pickle.dumps(data, 0))
    write("dataset/protocol5.pkl.gz", gzip.compress(pickle.dumps(data, 5), mtime=0))
    for file in "dataset/full.pkl", "dataset/protocol0.pkl", "dataset/protocol5.pkl.gz":
        expect(file, **full)

    cube = np.arange(24, dtype="i2").reshape(2, 3, 4)
    arrays = dict(
        cube=cube, columns=np.asfortranarray(cube), big=cube.astype(">i2"), half=np.array([0.5, np.nan], "f2"),
        bits=np.array([True, False]), texts=np.array(["a", "größe"]), bytes=np.array([b"a", b"bc"]),
        scalar=np.float32(0.25), text=np.str_("x"), empty=np.zeros((0, 2)), single=np.array(7, "u4"),
        objects=np.array([["a", "b"], ["c", "größe"]], dtype=object), numbers=np.array([1, 2.5], dtype=object))
    values = dict(
        scalars=[np.int64(3), np.int64(5)], parts=[b"a", b"b"], path=pathlib.PurePosixPath("/a/b.png"),
        paths=[pathlib.PurePosixPath("/x"), pathlib.PureWindowsPath("c:\\a", "b")],
        default=collections.defaultdict(list, a=[1, 2]), counter=collections.Counter("aab"),
        deque=collections.deque([0.5, 1.5], maxlen=4), frozen=frozenset([4]), data=bytearray(b"xy"),
        tensor=torch.arange(4.0).reshape(2, 2), long=-(2**62), tiny=5e-324, infinite=float("-inf"),
        lines="a\nb\\u\U0001F600", much="0123456789" * 40)
    objects = dict(
        args=argparse.Namespace(lr=1e-3, z=features), kind=collections.namedtuple, complex=1j,
        records=np.zeros(2, [("a", "f4")]), dates=np.array(["2020-01-01"], "M8[D]"),
        long_double=np.array([1], np.longdouble), masked=np.ma.array([1, 2], mask=[False, True]),
        others=np.array([None, {}], dtype=object))
    seen = {
        **arrays, "objects": np.array([["a", "b"], ["c", "größe"]]), "numbers": np.array([1, 2.5]),
        "text": "x", "scalars": [3, 5], "parts": ["a", "b"], "path": "/a/b.png", "paths": ["/x", "c:\\a\\b"],
        "default.a": [1, 2], "counter.a": 2, "counter.b": 1, "deque": [0.5, 1.5], "frozen": [4],
        "tensor": np.arange(4, dtype=np.float32).reshape(2, 2), "long": -(2**62), "tiny": 5e-324,
        "infinite": float("-inf"), "lines": "a\nb\\u\U0001F600", "much": "0123456789" * 40}
    for protocol in range(6):
        write(f"arrays/values{protocol}.pkl", pickle.dumps({**arrays, **values, **objects}, protocol))
        expect(f"arrays/values{protocol}.pkl", **seen)
    save("arrays/values.pt", {**arrays, **values, **objects})
    expect("arrays/values.pt", **seen)
    write("arrays/several.pickle", pickle.dumps(features, 4) + pickle.dumps(labels, 2) + b"more")
    expect("arrays/several.pickle", **{"0": features, "1": labels})
    write("arrays/alone.pkl", pickle.dumps(features, 1))
    expect("arrays/alone.pkl", alone=features)
    # As Python 2 wrote it.
    write("arrays/python2.pkl", (
        b"(dp0\nS'features'\np1\ncnumpy.core.multiarray\n_reconstruct\n(cnumpy\nndarray\n(I0\ntS'b'\ntR"
        b"(I1\n(I2\nI1\ntcnumpy\ndtype\n(S'f8'\nI0\nI1\ntR(I3\nS'<'\nNNNI-1\nI-1\nI0\ntbI00\n"
        b"S'\\x00\\x00\\x00\\x00\\x00\\x00\\xf0?\\x00\\x00\\x00\\x00\\x00\\x00\\x00@'\ntbsS'name'\nS'it\\'s'\nsVid\n"
        b"(lp2\nVa\naV\\u65e5\nas."))
    expect("arrays/python2.pkl", features=[[1.0], [2.0]], name="it's", id=["a", "日"])


def lists():
    """Lists of arrays, as loops append them."""
    wide = np.arange(42, dtype=np.float64).reshape(14, 3) / 8
    codes = np.arange(14) % 3
    names = [f"n{i}" for i in range(14)]
    z, y = torch.from_numpy(wide), torch.from_numpy(codes)
    cuts = [slice(0, 6), slice(6, 12), slice(12, 14)]
    zs, ys, ns = ([values[cut] for cut in cuts] for values in (z, y, names))
    even = [slice(0, 7), slice(7, 14)]
    save("arrays/lists.pt", dict(
        batches=dict(features=zs, labels=ys, ids=ns, certainty=[part[:, 0] for part in zs], losses=[0.5, 1, 2]),
        even=dict(features=[z[c] for c in even], labels=[y[c] for c in even], first=[z[c][:, 0] for c in even]),
        samples=dict(features=list(z), labels=list(y), ids=names),
        codes=dict(features=list(y.reshape(7, 2)), labels=list(range(7))),
        ones=dict(features=[part[None] for part in z], labels=[part[None] for part in y]),
        pairs=list(zip(zs, ys)), dicts=[dict(features=a, labels=b) for a, b in zip(zs, ys)],
        mixed=[(a, int(b), c) for a, b, c in zip(z, y, names)], two=[zs, ys], python=wide.tolist(),
        arrays=[part.numpy() for part in zs], views=[part.t() for part in z.t()[:2].split(1)], one=[z],
        none=[z[:6], z[:0], z[6:]], pictures=[torch.arange(8, dtype=torch.uint8).reshape(2, 2, 2)] * 2,
        record=(z, z[:5]), halves=[z[:7], z[7:].float()], widths=[z[:7], z[7:, :2]], numbers=[[1, 2.5, 0], [3, 4, 5]],
        complex=[torch.zeros(2, dtype=torch.complex64)] * 2))
    matrix = dict(features=wide, labels=codes)
    seen = {}
    for name in "batches", "even", "samples", "ones", "dicts":
        seen.update({f"{name}.{key}": value for key, value in matrix.items()})
    for name in "pairs", "mixed", "two":
        seen.update({f"{name}.0": wide, f"{name}.1": codes})
    seen.update({
        "batches.ids": names, "batches.certainty": wide[:, 0], "batches.losses": [0.5, 1, 2],
        "even.first": wide[:, 0], "samples.ids": names, "codes.features": codes.reshape(7, 2),
        "codes.labels": np.arange(7), "mixed.2": names, "python": wide, "arrays": wide, "one": wide, "none": wide,
        "pictures": np.concatenate([np.arange(8, dtype=np.uint8).reshape(2, 2, 2)] * 2),
        "views": np.concatenate([part.T for part in np.split(wide.T[:2], 2)]),
        "record.0": wide, "record.1": wide[:5], "numbers": [[1, 2.5, 0], [3, 4, 5]]})
    expect("arrays/lists.pt", **seen)
    save("arrays/batches.pt", [part.clone() for part in zs])
    expect("arrays/batches.pt", batches=wide)
    save("arrays/loop.pt", list(zip(zs, ys)))
    expect("arrays/loop.pt", **{"0": wide, "1": codes})
    write("arrays/loop.pkl", pickle.dumps([(a.numpy(), b.numpy()) for a, b in zip(zs, ys)], 4))
    expect("arrays/loop.pkl", **{"0": wide, "1": codes})


def malform(whole):
    def folder(name):
        return f"malformed/pt/{name}.pt"

    # Real files that hold more than tensors.
    def saved(value, message, name, **options):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            buffer = io.BytesIO()
            torch.save(value, buffer, **options)
        refuse(folder(name), buffer.getvalue(), message)

    saved(torch.nn.Linear(2, 2), "holds a Python object (torch.nn.modules.linear.Linear); save only tensors",
          "module")
    saved(torch.eye(3).to_sparse(), "holds a sparse tensor; save tensor.to_dense()", "sparse")
    saved(torch.quantize_per_tensor(torch.ones(2), 0.1, 0, torch.qint8), "save tensor.dequantize()", "quantized")
    saved(torch.nested.nested_tensor([torch.ones(1), torch.ones(2)]), "holds a nested tensor", "nested")
    saved(torch.empty(3, device="meta"), "holds a tensor without values", "meta")
    saved(argparse.Namespace(a=1), "holds a Python object (argparse.Namespace)", "namespace")
    saved(complex(1, 2), "holds a complex number", "complex")
    buffer = io.BytesIO()
    torch.save(dict(a=torch.ones(6), b=torch.ones(2)), buffer, _use_new_zipfile_serialization=False)
    old = buffer.getvalue()
    refuse(folder("legacy_cut"), old[:-1], "needs 8 bytes, 7 are there")
    refuse(folder("legacy_cut_early"), old[:-50], "it ends without an end mark")
    refuse(folder("legacy_header"), old[:30], "the pickle: at byte")
    buffer = io.BytesIO()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.jit.save(torch.jit.script(torch.nn.Linear(1, 1)), buffer)
    with zipfile.ZipFile(buffer) as source, zipfile.ZipFile(path(folder("script")), "w") as out:
        for name in source.namelist():
            if name.endswith(".pkl"):
                out.writestr(zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0)), source.read(name))
    refuse(folder("script"), None, "is a TorchScript program, which cannot be read; save its tensors")

    # Pickles that would run something.
    class Attack:
        def __reduce__(self):
            return __import__("os").system, ("true",)

    refuse(folder("system"), archive(pickle.dumps(Attack(), 2)), "holds a Python object (posix.system)")
    refuse(folder("system4"), archive(pickle.dumps(Attack(), 4)), "holds a Python object (posix.system)")
    proto = b"\x80\x02"
    for name, code, message in [
        ("eval", b"c__builtin__\neval\nX\x01\0\0\x001\x85R.", "holds a Python object (__builtin__.eval)"),
        ("getattr", b"cbuiltins\ngetattr\n.", "holds a Python class or function (builtins.getattr)"),
        ("dotted", b"\x8c\x05torch\x8c\x0cSize.__new__\x93.", "holds a Python class or function (torch.Size.__new__)"),
        ("call_text", b"X\x01\0\0\0a)R.", "it calls something that is not a function"),
        ("instance", b"(i__main__\nA\n.", "holds a Python object (__main__.A)"),
        ("extension", b"\x82\x01.", "holds a Python object (extension 1)"),
        ("call_type", b"ctorch\nFloatStorage\n)R.", "holds a Python object"),
        ("parameter_of_text", b"ctorch._utils\n_rebuild_parameter\nX\x01\0\0\0a\x85R.", "holds a Python object"),
        ("no_instruction", b"\xff.", "255 is not a pickle instruction"),
        ("build_text", b"X\x01\0\0\0aNb.", "a state is given to what has none"),
        ("below_mark", b"}(00\x85.", "a value is missing"),
        ("no_line", b"I12", "it is cut short"),
        ("no_number", b"I1x\n.", "its number is damaged"),
        ("no_fraction", b"F1..5\n.", "its number is damaged"),
        ("no_quotes", b"Sabc\n.", "its text is damaged"),
        ("open_escape", b"V\\u12\n.", "its text is damaged"),
        ("empty", b"", "it ends without an end mark"),
        ("no_end", b"}", "it ends without an end mark"),
        ("no_value", b".", "it ends in the midst of a value"),
        ("two_values", b"}}.", "it ends in the midst of a value"),
        ("open_mark", b"(}.", "it ends in the midst of a value"),
        ("underflow", b"0.", "a value is missing"),
        ("no_mark", b"}t.", "a mark is missing"),
        ("append_to_dict", b"}Na.", "there is no list to put values into"),
        ("append_below_mark", b"](Na.", "there is no list to put values into"),
        ("items_of_list", b"](NNu.", "there is no dictionary to put values into"),
        ("odd_items", b"}(Nu.", "a key has no value"),
        ("unknown_memo", b"h\x05.", "nothing was remembered as 5"),
        ("far_memo", b"}r\xff\xff\xff\xff.", "it remembers 4294967295 values"),
        ("long_text", b"X\xff\xff\xff\x7fabc", "2147483647 bytes are claimed, 3 are there"),
        ("longest_text", b"\x8d" + b"\xff" * 8 + b"abc", "18446744073709551615 bytes are claimed"),
        ("name_cut", b"ctorch", "it is cut short"),
        ("cyclic_list", b"]q\0h\0a.", "containers are nested deeper than 64, in themselves"),
        ("cyclic_dict", b"}q\0X\x01\0\0\0ah\0s.", "containers are nested deeper than 64, in themselves"),
        ("deep", b"]" * 1000 + b"a" * 999 + b".", "containers are nested deeper than 64"),
        # Lists that hold the one before twice: 2⁶⁰ values in 300 bytes.
        ("doubling", b"]Na" + b"".join(b"q%c0](h%ch%ce" % (i, i, i) for i in range(60)) + b".", "over and over"),
        ("reference", b"X\x01\0\0\x001Q.", "a reference to what is outside the pickle"),
        ("tensor_of_nothing", b"ctorch._utils\n_rebuild_tensor_v2\n)R.", "a tensor is not made of storage"),
    ]:
        refuse(folder(name), archive(proto + code), message)

    # Tensors that are not where they say.
    content = {"0": np.arange(6, dtype=np.float32).tobytes()}
    for name, options, message in [
        ("storage_missing", dict(key="7"), "its storage data/7 is not in the file"),
        ("storage_elsewhere", dict(key="../data.pkl"), "its storage data/../data.pkl is not in the file"),
        ("storage_short", dict(numel=7), "data/0 needs 28 bytes, 24 are there"),
        ("storage_petabytes", dict(numel=2**50), "data/0 needs 4503599627370496 bytes, 24 are there"),
        ("storage_overflow", dict(numel=2**62, kind="DoubleStorage"), "data/0 needs 9223372036854775807 bytes"),
        ("storage_negative", dict(numel=-1), "a reference to a storage is damaged"),
        ("offset_outside", dict(offset=1), "reach outside its storage of 6 elements"),
        ("offset_negative", dict(offset=-1), "reach outside its storage of 6 elements"),
        ("offset_far", dict(offset=2**62), "reach outside its storage of 6 elements"),
        ("shape_outside", dict(size=(3, 3)), "reach outside its storage of 6 elements"),
        ("shape_negative", dict(size=(-2, -3)), "has a negative extent"),
        ("shape_overflow", dict(size=(2**40, 2**40), stride=(0, 0)), "is larger than any memory"),
        ("shape_huge", dict(size=(2**64, 3)), "a tensor is not made of storage, offset, shape and strides"),
        ("shape_repeats", dict(size=(2**40, 1), stride=(0, 0)),
         "holds 6 values shown 1099511627776 times; save tensor.contiguous()"),
        ("stride_negative", dict(stride=(3, -1)), "reach outside its storage"),
        ("stride_overflow", dict(stride=(2**62, 2**62)), "reach outside its storage"),
        ("stride_missing", dict(stride=(1,)), "a tensor is not made of storage, offset, shape and strides"),
        ("empty_overflow", dict(size=(0, 2**62), stride=(1, 1)), "is larger than any memory"),
    ]:
        refuse(folder(name), archive(tensor_pickle(**options), content), message)
    refuse(folder("byte_order"), archive(tensor_pickle(), content, byteorder=b"middle"), "byteorder: is neither")
    name = b"}(X\x03\0\0\0a.bNX\x01\0\0\0a}X\x01\0\0\0bNsu."
    refuse(folder("same_name"), archive(proto + name.replace(b"N", b"K\x01")), "‘a.b’ is there twice")
    tensor = tensor_pickle()[2:-1] + b"q\0"
    refuse(folder("many"), archive(proto + b"](" + tensor + b"h\0N" * 2**16 + b"e.", content),
           "a list of more than 65536 values of different kinds, which cannot be read; stack tensors")
    tensor = tensor_pickle(numel=600, size=(200, 3))[2:-1] + b"q\0"
    refuse(folder("repeated"), archive(proto + b"](" + tensor + b"h\0" * 2**16 + b"e.", {"0": bytes(2400)}),
           "the same values are in a list over and over")
    refuse(folder("cut_short"), whole[:-200], "the zip directory: is missing")
    refuse(folder("not_zip"), b"features,labels\n1,2\n", "is named like a PyTorch file (.pt) but does not begin")
    compressed = io.BytesIO()
    with zipfile.ZipFile(compressed, "w", zipfile.ZIP_DEFLATED) as out:
        out.writestr(zipfile.ZipInfo("archive/data.pkl", (1980, 1, 1, 0, 0, 0)), b"]" * 10**6 + b".",
                     zipfile.ZIP_DEFLATED)
    refuse(folder("bomb"), compressed.getvalue(), "data.pkl: is compressed")
    malform_pickles()


def malform_pickles():
    def folder(name):
        return f"malformed/pkl/{name}.pkl"

    class Attack:
        def __reduce__(self):
            return __import__("os").system, ("true",)

    whole = pickle.dumps(features, 4)
    cyclic = []
    cyclic.append(cyclic)
    array = b"\x80\x02cnumpy.core.multiarray\n_reconstruct\ncnumpy\nndarray\nK\0\x85X\x01\0\0\0b\x87R"
    for name, content, message in [
        ("system", pickle.dumps(Attack(), 4), "holds a Python object (posix.system)"),
        ("system0", pickle.dumps(Attack(), 0), "holds a Python object (posix.system)"),
        ("cut_short", whole[:-20], "bytes are claimed"),
        ("no_end", whole[:-1], "it ends without an end mark"),
        ("second_cut", whole + whole[:-20], "bytes are claimed"),
        ("cyclic", pickle.dumps(cyclic, 4), "containers are nested deeper than 64, in themselves"),
        ("wide", whole.replace(b"K\x07K\x03", b"K\x07K\x04"), "shape [7, 4] needs 112 bytes, 84 are there"),
        ("narrow", whole.replace(b"K\x07K\x03", b"K\x07K\x02"), "shape [7, 2] needs 56 bytes, 84 are there"),
        ("negative", whole.replace(b"K\x07K\x03", b"J\xf9\xff\xff\xffK\x03"), "has a negative extent"),
        ("overflow", whole.replace(b"K\x07K\x03", b"\x8a\x08" + b"\xff" * 7 + b"\x7fK\x03"), "larger than any memory"),
        ("no_state", array + b"}b.", "the state of an array is damaged"),
        ("no_order", array + b"(K\x01K\0\x85cnumpy\ndtype\nX\x02\0\0\0f8\x89\x88\x87RNC\0tb.", "the state of an array"),
        ("no_type", array + b"(K\x01K\0\x85cnumpy\ndtype\nX\x02\0\0\0q9\x89\x88\x87R\x89C\0tb.", "is not a type"),
        ("type_state", b"\x80\x02cnumpy\ndtype\nX\x02\0\0\0f8\x89\x88\x87R}b.", "the state of an array's type"),
        ("elsewhere", pickle.dumps(np.arange(9.0), 5, buffer_callback=lambda _: None), "kept outside of it"),
        ("records", pickle.dumps(np.zeros(2, [("a", "f4")]), 4), "holds records (a structured type)"),
        ("reference", b"\x80\x02K\x01Q.", "holds a Python object (a reference to what is outside the pickle)"),
        ("not_pickle", b"features,labels\n1,2\n", "is named like a Python pickle (.pkl) but does not begin"),
    ]:
        refuse(folder(name), content, message)
