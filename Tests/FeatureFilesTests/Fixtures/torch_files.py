"""Fixtures written by torch.save, and ones that only look like it."""
import collections
import io
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
    malform(full_bytes)


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

    saved(dict(features=features), "asks for ‘numpy._core.multiarray._reconstruct’, which is neither a tensor "
          "nor a plain container; save arrays as tensors, torch.from_numpy(array)", "numpy")
    saved(torch.nn.Linear(2, 2), "asks for ‘torch.nn.modules.linear.Linear’, which is neither a tensor nor a "
          "plain container; save only tensors", "module")
    saved(torch.eye(3).to_sparse(), "asks for ‘torch._utils._rebuild_sparse_tensor’", "sparse")
    saved(torch.quantize_per_tensor(torch.ones(2), 0.1, 0, torch.qint8), "save it as numbers", "quantized")
    saved(collections.Counter("aab"), "asks for ‘collections.Counter’", "counter")
    saved(complex(1, 2), "asks for ‘__builtin__.complex’", "complex")
    saved(torch.ones(2), "is in PyTorch's format of before version 1.6, which cannot be read; load it and write "
          "it again with torch.save", "legacy", _use_new_zipfile_serialization=False)
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

    refuse(folder("system"), archive(pickle.dumps(Attack(), 2)), "asks for ‘posix.system’")
    refuse(folder("system4"), archive(pickle.dumps(Attack(), 4)), "asks for ‘posix.system’")
    proto = b"\x80\x02"
    for name, code, message in [
        ("eval", b"c__builtin__\neval\nX\x01\0\0\x001\x85R.", "asks for ‘__builtin__.eval’"),
        ("getattr", b"cbuiltins\ngetattr\n.", "asks for ‘builtins.getattr’"),
        ("dotted", b"\x8c\x05torch\x8c\x0cSize.__new__\x93.", "asks for ‘torch.Size.__new__’"),
        ("new_object", b"ctorch\nSize\n)\x81.", "asks for ‘an instance of a class’"),
        ("build_dict", b"}}b.", "asks for ‘the state of an object’"),
        ("build_tensor", tensor_pickle()[2:-1] + b"}b.", "asks for ‘the state of an object’"),
        ("instance", b"(i__main__\nA\n.", "instruction 105 is none that PyTorch writes"),
        ("extension", b"\x82\x01.", "instruction 130 is none"),
        ("call_text", b"X\x01\0\0\0a)R.", "it calls what is no function"),
        ("call_type", b"ctorch\nFloatStorage\n)R.", "is called with arguments it does not have"),
        ("empty", b"", "it ends without an end mark"),
        ("no_end", b"}", "it ends without an end mark"),
        ("no_value", b".", "it ends in the midst of a value"),
        ("two_values", b"}}.", "it ends in the midst of a value"),
        ("open_mark", b"(}.", "it ends in the midst of a value"),
        ("underflow", b"0.", "a value is missing"),
        ("below_mark", b"}(0.", "a value is missing"),
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
        ("key_of_list", b"}]Ns.", "a key of a dict is neither text nor a number"),
        ("reference", b"X\x01\0\0\x001Q.", "a reference to a storage is damaged"),
        ("tensor_of_nothing", b"ctorch._utils\n_rebuild_tensor_v2\n)R.", "a tensor is not made of storage"),
        ("parameter_of_text", b"ctorch._utils\n_rebuild_parameter\nX\x01\0\0\0a\x85R.", "is called with arguments"),
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
    many = b"](" + tensor_pickle()[2:-1] + b"q\0" + b"h\0" * 2**16 + b"e."
    refuse(folder("many"), archive(proto + many, content),
           "a list of more than 65536 values of different kinds, which cannot be read; stack tensors")
    refuse(folder("cut_short"), whole[:-200], "the zip directory: is missing")
    refuse(folder("not_zip"), b"features,labels\n1,2\n", "is named like a PyTorch file (.pt) but does not begin")
    compressed = io.BytesIO()
    with zipfile.ZipFile(compressed, "w", zipfile.ZIP_DEFLATED) as out:
        out.writestr(zipfile.ZipInfo("archive/data.pkl", (1980, 1, 1, 0, 0, 0)), b"]" * 10**6 + b".",
                     zipfile.ZIP_DEFLATED)
    refuse(folder("bomb"), compressed.getvalue(), "data.pkl: is compressed")
