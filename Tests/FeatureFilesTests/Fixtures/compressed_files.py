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

    # What may stand between streams, before and after them.
    skippable = b"\x5e\x2a\x4d\x18\x05\0\0\0hello"
    window = zstandard.ZstdCompressionParameters(window_log=28, write_content_size=False)
    long = zstandard.ZstdCompressor(compression_params=window).compressobj()
    for ending, packed in [
        ("gz", gz(whole[:100]) + bytes(512) + gz(whole[100:]) + bytes(3)),
        ("xz", lzma.compress(whole[:100]) + bytes(8) + lzma.compress(whole[100:], check=lzma.CHECK_NONE) + bytes(4)),
        ("zst", skippable + zst(whole[:100]) + skippable + long.compress(whole[100:]) + long.flush() + skippable),
    ]:
        write(f"arrays/padded.npy.{ending}", packed)
        expect(f"arrays/padded.npy.{ending}", padded=rows)

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
        refuse(folder("not_npy", "npy"), packed, "is named like a NumPy array (.npy) but does not begin like one")
        refuse(folder("archive", "npz"), compress(b"PK\x05\x06" + bytes(18)),
               "is a compressed NumPy archive (.npz), which cannot be read; unpack it with "
               + {"gz": "gunzip", "zst": "unzstd", "xz": "unxz"}[name])
        refuse(folder("twice"), compress(compress(table)), "line 1, column 1: is not UTF-8")
        refuse(folder("ragged"), compress(b"a,b\n1,2\n3\n"), "line 3: 1 cell where the first line has 2")
    refuse("malformed/xz/padding.csv.xz", lzma.compress(table) + bytes(3),
           "‘the content’ does not decompress: its padding is not a multiple of 4 bytes")
    refuse("malformed/zst/padding.csv.zst", zst(table) + bytes(8), "‘the content’ does not decompress: it is damaged")
    dictionary = zstandard.train_dictionary(512, [b"%d,%d,%d\n" % (i, i * i, i % 7) * 9 for i in range(999)])
    refuse("malformed/zst/dictionary.csv.zst", zstandard.ZstdCompressor(dict_data=dictionary).compress(table),
           "is compressed with a dictionary, which cannot be read; unpack it with unzstd -D")
