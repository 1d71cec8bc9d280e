"""What the generators of fixtures share: where files go, what is expected of them, and the data set."""
import io
import json
import os
import zipfile

import numpy as np

HERE = os.path.dirname(os.path.abspath(__file__))
# By file, then by array.
expected = {}
# By file: a part of what the error must say.
malformed = {}


def path(name):
    os.makedirs(os.path.dirname(os.path.join(HERE, name)), exist_ok=True)
    return os.path.join(HERE, name)


def number(value):
    value = float(value)
    return value if np.isfinite(value) else repr(value)


def describe(array):
    array = np.asarray(array)
    result = {"shape": list(array.shape)}
    if array.dtype.kind in "US":
        result["elementType"] = "string"
        texts = array.ravel().tolist()
        result["strings"] = [t.decode() if isinstance(t, bytes) else t for t in texts]
    else:
        result["elementType"] = array.dtype.name
        result["numbers"] = [number(v) for v in array.ravel().tolist()]
        if array.dtype.kind in "iu":
            result["integers"] = [str(v) for v in array.ravel().tolist()]
    return result


def expect(file, **arrays):
    expected[file] = {name: describe(array) for name, array in arrays.items()}


def refuse(file, content, message):
    """A file that must not load, and a part of the message."""
    if content is not None:
        write(file, content)
    malformed[file] = message


def npy_bytes(array, version=None):
    buffer = io.BytesIO()
    np.lib.format.write_array(buffer, np.asanyarray(array), version=version, allow_pickle=True)
    return buffer.getvalue()


def write(name, content):
    with open(path(name), "wb") as file:
        file.write(content)


def write_zip(name, members, method=zipfile.ZIP_STORED):
    with zipfile.ZipFile(path(name), "w") as archive:
        for member, content in members.items():
            info = zipfile.ZipInfo(member, (1980, 1, 1, 0, 0, 0))
            info.compress_type = method
            with archive.open(info, "w", force_zip64=member == "wide.npy") as file:
                file.write(content)


# The one data set that every reader must give in the same way.

rows, dimension = 7, 3
features = (np.arange(rows * dimension).reshape(rows, dimension) * 0.375 - 2).astype(np.float32)
features[2, 1] = 1 / 3
features[4, 0] = 1e-30
labels = np.array([0, 1, 2, 0, 1, -1, -1], dtype=np.int64)
ids = np.array(["a/1.png", "a/2.png", "größe, \"x\"", "日本", "e", "f g", "h"])
class_names = np.array(["zero", "one", "two"])
images = (np.arange(rows * 4).reshape(rows, 2, 2) * 9 % 256).astype(np.uint8)
full = dict(features=features, labels=labels, ids=ids, class_names=class_names, images=images)



def finish(versions):
    with open(path("expected.json"), "w", encoding="utf-8") as out:
        lines = [json.dumps(f) + ": " + json.dumps(a, ensure_ascii=False) for f, a in expected.items()]
        out.write("{\n" + ",\n".join(lines) + "\n}\n")
    for file, message in malformed.items():
        folder, name = file.rsplit("/", 1)
        with open(path(f"{folder}/expected.json"), encoding="utf-8") as table:
            error = json.load(table).get(name)
        if error is None or message not in error:
            print(f"{file}: the error should say {message!r}, it says {error!r}")
    for file in list(expected) + list(malformed):
        os.chmod(path(file), 0o644)
    write("versions.txt", "".join(f"{name} {version}\n" for name, version in versions.items()).encode())
