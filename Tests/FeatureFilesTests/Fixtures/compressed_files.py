"""Fixtures compressed as a whole, and ones that lie."""
import gzip
import lzma

import numpy as np
import zstandard

from fixture_files import expect, expected, npy_bytes, path, refuse, write


def gz(content):
    return gzip.compress(content, mtime=0)


def zst(content):
    return zstandard.ZstdCompressor(write_checksum=True).compress(content)


def generate():
    def content(name):
        with open(path(name), "rb") as file:
            return file.read()

    table, tabs, features = (content(f"dataset/{n}") for n in ("table.csv", "table.tsv", "features.npy"))
    for name, packed, of in [
        ("dataset/features.npy.gz", gz(features), "dataset/features.npy"),
        ("dataset/features.npy.xz", lzma.compress(features), "dataset/features.npy"),
        ("dataset/table.csv.gz", gz(table), "dataset/table.csv"),
        ("dataset/table.csv.zst", zst(table), "dataset/table.csv"),
        ("dataset/table.tsv.xz", lzma.compress(tabs, check=lzma.CHECK_CRC32), "dataset/table.tsv"),
    ]:
        write(name, packed)
        expected[name] = expected[of]

    # Several streams, as `cat a.gz b.gz` makes, and an empty one; a frame that does not say its size.
    rows = np.arange(2000.0).reshape(1000, 2)
    whole = npy_bytes(rows)
    write("arrays/streams.npy.gz", gz(whole[:100]) + gz(b"") + gz(whole[100:]))
    frame = zstandard.ZstdCompressor(write_content_size=False, level=19)
    write("arrays/streams.npy.zst", frame.compress(whole[:5000]) + frame.compress(whole[5000:]))
    for ending in "gz", "zst":
        expect(f"arrays/streams.npy.{ending}", streams=rows)

    zeros = bytes(4 << 20)
    for name, packed in ("gz", gz(table)), ("zst", zst(table)), ("xz", lzma.compress(table)):
        def folder(what, ending="csv"):
            return f"malformed/{name}/{what}.{ending}.{name}"

        compress = {"gz": gz, "zst": zst, "xz": lzma.compress}[name]
        failed = "‘the content’ does not decompress: "
        refuse(folder("cut_short"), packed[:-3], failed + "it ends too early")
        refuse(folder("header_only"), packed[:6], failed + "it ends too early")
        flipped = bytearray(packed)
        flipped[-5 if name != "xz" else -30] ^= 0x40
        refuse(folder("damaged"), bytes(flipped), failed + "it is damaged")
        refuse(folder("trailing"), packed + b"more", 
               failed + ("it ends too early" if name == "xz" else "it is damaged"))
        refuse(folder("nothing"), compress(b""), "is empty")
        refuse(folder("bomb"), compress(zeros), "the compressed content: is of more than")
        refuse(folder("not_npy", "npy"), packed, "is named like a NumPy array (.npy) but does not begin like one")
        refuse(folder("archive", "npz"), compress(b"PK\x05\x06" + bytes(18)),
               "is a compressed NumPy archive (.npz), which cannot be read; unpack it with "
               + {"gz": "gunzip", "zst": "unzstd", "xz": "unxz"}[name])
        refuse(folder("twice"), compress(compress(table)), "line 1, column 1: is not UTF-8")
        refuse(folder("ragged"), compress(b"a,b\n1,2\n3\n"), "line 3: 1 cell where the first line has 2")
