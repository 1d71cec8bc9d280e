"""Malformed npy, npz, table and safetensors files, made byte by byte.

Run alone (`python malformed_files.py`, any Python 3, nothing to install) it writes just these.
"""
import io
import struct
import zipfile
import zlib


def npy(dictionary, version=1, content=b""):
    header = dictionary.encode()
    length = struct.pack("<H" if version == 1 else "<I", len(header))
    return b"\x93NUMPY" + bytes([version, 0]) + length + header + content


def array(kind, shape, content=b"", order="False"):
    return npy(f"{{'descr': '{kind}', 'fortran_order': {order}, 'shape': {shape}, }}", content=content)


FEATURES = array("<f4", "(4, 3)", struct.pack("<12f", *range(12)))
LABELS = array("<i8", "(4,)", struct.pack("<4q", 0, 1, 0, 1))


def archive(members, method=zipfile.ZIP_STORED):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as out:
        for name, content in members:
            info = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            info.compress_type = method
            out.writestr(info, content)
    return buffer.getvalue()


def patched(content, place, new):
    return content[:place] + new + content[place + len(new):]


def generate_npy(write):
    features = FEATURES
    write("header_cut.npy", features[:9])
    write("header_cut_later.npy", features[:40])
    write("values_missing.npy", features[:-48])
    write("cut_short.npy", features[:-1])
    write("version4.npy", npy("{}", version=4))
    write("header_of_gigabytes.npy", b"\x93NUMPY\x02\x00\xff\xff\xff\xff{")
    write("petabytes.npy", array("<f8", "(1125899906842624, 100)", b"\0\0"))
    write("petabytes_of_nothing.npy", array("<U0", "(1125899906842624,)"))
    for name, shape in [
        ("overflow", "(9223372036854775807, 2)"), ("overflow_product", "(1125899906842624, 1125899906842624)"),
        ("overflow_of_none", "(0, 4611686018427387904, 4611686018427387904)"), ("negative", "(-3,)"),
        ("many_empty_rows", "(1125899906842624, 0)"), ("dimensions", "(" + "1," * 40 + ")"),
        ("shape_number", "3"), ("shape_text", "('a',)"), ("shape_code", "__import__('os')"),
    ]:
        write(f"{name}.npy", array("<f4", shape, bytes(4)))
    for name, dictionary in [
        ("no_dictionary", ""), ("tuple", "('<f4', 3)"),
        ("trailing", "{'descr': '<f4', 'fortran_order': False, 'shape': (3,), } x"),
        ("open", "{'descr': '<f4', 'fortran_order': False, 'shape': (3,"), ("deep", "[" * 10_000),
        ("key_missing", "{'descr': '<f4', 'shape': (3,)}"),
        ("key_twice", "{'descr': '<f4', 'fortran_order': False, 'shape': (3,), 'shape': (4,)}"),
        ("order_number", "{'descr': '<f4', 'fortran_order': 0, 'shape': (3,)}"),
        ("type_number", "{'descr': 4, 'fortran_order': False, 'shape': (3,)}"),
        ("type_unknown", "{'descr': '<q9', 'fortran_order': False, 'shape': (3,)}"),
        ("type_empty", "{'descr': '', 'fortran_order': False, 'shape': (3,)}"),
        ("type_of_exabytes", "{'descr': '<U99999999999999999999', 'fortran_order': False, 'shape': (3,)}"),
    ]:
        write(f"{name}.npy", npy(dictionary, version=2, content=bytes(12)))
    write("objects.npy", array("|O", "(1,)", b"\x80\x04N."))
    write("text_not_utf8.npy", array("|S2", "(2,)", b"a\0\xff\xfe"))
    write("text_not_unicode.npy", array("<U1", "(2,)", struct.pack("<II", 0x61, 0xD800)))
    write("is_table.npy", b"1,2\n3,4\n")
    write("nothing.npy", b"")


def generate_npz(write):
    members = [("features.npy", FEATURES), ("labels.npy", LABELS)]
    stored, deflated = archive(members), archive(members, zipfile.ZIP_DEFLATED)
    entry, end = stored.index(b"PK\1\2"), stored.index(b"PK\5\6")
    second = stored.index(b"PK\1\2", entry + 4)
    write("cut_short.npz", stored[:-1])
    write("first_bytes.npz", stored[:4])
    write("no_directory.npz", stored[:entry])
    write("directory_outside.npz", patched(stored, end + 16, b"\xff\xff\xff\x7f"))
    write("directory_zip64_outside.npz",
          stored[:end] + b"PK\6\7" + struct.pack("<IQI", 0, 1 << 60, 1) + patched(stored[end:], 16, b"\xff" * 4))
    write("count_wrong.npz", patched(stored, end + 10, b"\x09\0"))
    write("entry_damaged.npz", patched(stored, entry, b"\0"))
    write("member_outside.npz", patched(stored, entry + 42, b"\0\0\0\x70"))
    write("member_elsewhere.npz", patched(stored, entry + 42, b"\1"))
    write("member_longer.npz", patched(stored, entry + 20, b"\0\0\0\x70"))
    write("sizes_disagree.npz", patched(stored, entry + 24, b"\1\0"))
    write("overlap.npz", patched(stored, second + 42, b"\0\0\0\0"))
    write("over_directory.npz", patched(stored, second + 20, struct.pack("<II", 300, 300)))
    write("name_twice.npz", archive([("features.npy", FEATURES), ("features.npz"[:-1] + "y", LABELS)]))
    write("encrypted.npz", patched(stored, entry + 8, b"\1"))
    write("method_unknown.npz", patched(stored, entry + 10, b"\x63"))
    write("no_array.npz", stored.replace(b"\x93NUMPY", b"\x92NUMPY", 1))
    write("petabytes.npz", archive([("features.npy", array("<f8", "(1125899906842624, 100)", bytes(8)))]))
    write("no_arrays.npz", archive([("read me.txt", b"hello")]))
    write("office.npz", archive([("[Content_Types].xml", b"<Types/>")]))
    # Checksums: of what is stored, and of what is compressed.
    value = stored.index(struct.pack("<f", 7.0))
    write("stored_value_flipped.npz", patched(stored, value, b"\x55"))
    write("stored_label_flipped.npz", patched(stored, stored.index(struct.pack("<4q", 0, 1, 0, 1)), b"\1"))
    write("stored_header_flipped.npz", stored.replace(b"<f4", b"<i4", 1))
    compressed = deflated.index(b"PK\1\2")
    write("deflated_checksum.npz", patched(deflated, compressed + 16, b"\1\2\3\4"))
    size = len(FEATURES)
    write("deflated_longer.npz", patched(deflated, compressed + 24, struct.pack("<I", size - 1)))
    write("deflated_shorter.npz", patched(deflated, compressed + 24, struct.pack("<I", size + 1)))
    write("deflated_damaged.npz", patched(deflated, deflated.index(b"features.npy") + 12, b"\xff" * 3))
    # Zip bombs: more than deflate can hold, and as much as it can.
    write("bomb_claimed.npz", patched(deflated, compressed + 24, b"\0\0\0\x70"))
    bomb = archive([("features.npy", array("<f8", "(131072, 8)", bytes(100)))], zipfile.ZIP_DEFLATED)
    write("bomb_of_rows.npz", bomb)
    layers = archive([("features.npz", archive([("features.npy", FEATURES)]))], zipfile.ZIP_DEFLATED)
    write("nested.npz", layers)
    write("nothing.npz", b"")


def generate_tables(write, ending, separator):
    def table(*lines, newline="\n"):
        write_lines = [line if isinstance(line, bytes) else line.replace(",", separator).encode() for line in lines]
        return newline.encode().join(write_lines) + newline.encode()

    def put(name, *lines, **options):
        write(f"{name}.{ending}", table(*lines, **options))

    put("text_among_numbers", "id,label,f0,f1", "a,0,1,2", "b,1,3,4", "c,0,5,6", "d,1,7,oops")
    for name, cell in [
        ("two_points", "1.2.3"), ("hexadecimal", "0x10"), ("no_exponent", "1e"), ("two_signs", "--1"),
        ("only_exponent", "e5"), ("nano", "nano"), ("arabic", "١"), ("underscore", "1_000"),
        ("control", "1\x1b[31m"), ("nul", "1\0"), ("unsigned_fortran", "1.0D5"),
    ]:
        put(name, "f0,f1", "1,2", "3,4", "5,6", f"7,{cell}")
    put("commas_and_points", "f0,f1", *(separator.encode().join(row) for row in [(b"1", b'"1,5"'), (b"2", b'"2.5"')]))
    write(f"named_separator.{ending}", b"sep=x\nf0xf1\n1x2\n")
    put("points_of_either_kind", "f0,f1", *(
        separator.encode().join(row) for row in [(b"1.234", b'"1,5"'), (b"2.345", b'"2,5"')]))
    put("no_header", "1,2", "3,4", "5,6", "7,x")
    put("row_longer", "f0,f1", "1,2", "3,4,5", "6,7")
    put("row_shorter", "f0,f1", "1,2", "3", "6,7")
    put("row_trailing", "f0,f1", "1,2", "3,4,", "6,7")
    put("lines_in_quotes", "id,f0", '"a', "b", 'c",1', "d,2", "e,3", "f,x", newline="\r\n")
    put("quote_open", "id,f0", "a,1", '"b,2', "c,3")
    put("text_after_quote", "id,f0", '"a"b,1')
    put("not_utf8", "id,f0", "a,1", b"\x81" + separator.encode() + b"2")
    put("name_twice", "f0,f1,f0", "1,2,3")
    put("name_clash", "f0,features", "1,text")
    put("label_fraction", "label,f0", "0,1", "0.5,2")
    put("huge_number", "f0,f1", "1,2", "3,4", "5,6", "7," + "9" * 400 + "x")
    write(f"line_breaks.{ending}", b"\n\r\n\n")
    write(f"utf16_half.{ending}", "f0,f1\n1,2\n".encode("utf-16")[:-1])
    write(f"binary.{ending}", bytes(range(256)))
    write(f"nothing.{ending}", b"")


def tensor(name, kind, shape, start, end):
    return f'"{name}":{{"dtype":"{kind}","shape":{shape},"data_offsets":[{start},{end}]}}'


def generate_safetensors(write):
    def put(name, header, content=b"", length=None):
        header = header if isinstance(header, bytes) else header.encode()
        length = len(header) if length is None else length
        write(f"{name}.safetensors", struct.pack("<Q", length) + header + content)

    four, zeros = tensor("a", "F32", "[1]", 0, 4), bytes(16)
    write("length_cut.safetensors", b"\x09\0\0\0\0")
    write("nothing.safetensors", b"")
    put("header_longer", "{}", length=100)
    put("header_petabytes", "{}", length=1 << 50)
    put("petabytes", "{" + tensor("a", "F64", "[1125899906842624]", 0, 1 << 53) + "}", zeros)
    for name, header in [
        ("open", "{"), ("no_value", '{"a":}'), ("trailing", "{} x"), ("control", '{"a":"\1"}'),
        ("surrogate", r'{"a":"\ud800"}'), ("leading_zero", '{"a":01}'), ("deep", '{"a":' + "[" * 10_000),
        ("number", '{"a":3}'), ("no_type", '{"a":{"shape":[1],"data_offsets":[0,4]}}'),
        ("no_shape", '{"a":{"dtype":"F32","data_offsets":[0,4]}}'),
        ("negative", '{"a":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}}'),
        ("fraction", '{"a":{"dtype":"F32","shape":[1.5],"data_offsets":[0,4]}}'),
        ("backwards", '{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,0]}}'),
        ("one_offset", '{"a":{"dtype":"F32","shape":[1],"data_offsets":[0]}}'),
        ("key_twice", '{"a":{"dtype":"F32","dtype":"F32","shape":[1],"data_offsets":[0,4]}}'),
        ("metadata_number", '{"__metadata__":{"note":3}}'), ("metadata_text", '{"__metadata__":"note"}'),
        ("not_utf8", b'{"a":"\xff"}'),
    ]:
        put(name, header, bytes(4))
    put("name_twice", "{" + four + "," + four + "}", zeros)
    put("size_contradicts", "{" + tensor("a", "F32", "[2,2]", 0, 12) + "}", bytes(12))
    put("overflow", "{" + tensor("a", "F32", "[4611686018427387904,4]", 0, 16) + "}", zeros)
    put("overlap", "{" + tensor("a", "F32", "[2]", 0, 8) + "," + tensor("b", "F32", "[2]", 4, 12) + "}", zeros)
    put("gap", "{" + four + "," + tensor("b", "F32", "[2]", 8, 16) + "}", zeros)
    put("cut_short", "{" + tensor("a", "F32", "[8]", 0, 32) + "}", zeros)
    put("bytes_of_none", "{" + four + "}", zeros)
    put("type_not_read", "{" + tensor("a", "F8_E4M3", "[2]", 0, 2) + "}", bytes(2))


def generate(write):
    """`write(file, content)` gets names such as `malformed/npy/cut_short.npy`."""
    generate_npy(lambda name, content: write(f"malformed/npy/{name}", content))
    generate_npz(lambda name, content: write(f"malformed/npz/{name}", content))
    for ending, separator in [("csv", ","), ("tsv", "\t")]:
        generate_tables(lambda name, content: write(f"malformed/{ending}/{name}", content), ending, separator)
    generate_safetensors(lambda name, content: write(f"malformed/safetensors/{name}", content))


if __name__ == "__main__":
    import os
    import sys

    here = os.path.dirname(os.path.abspath(__file__))

    def write_here(name, content):
        os.makedirs(os.path.dirname(os.path.join(here, name)), exist_ok=True)
        with open(os.path.join(here, name), "wb") as file:
            file.write(content)

    generate(write_here)
