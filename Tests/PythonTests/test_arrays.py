"""What can be passed as samples, and how it reaches the program."""

from __future__ import annotations

import json
import subprocess
import sys
import tracemalloc

import numpy as np
import pytest
from conftest import DIGITS, command, nll

import gmmscope
from gmmscope import _handover
from gmmscope._binary import binary
from gmmscope._samples import samples


@pytest.fixture
def expected(data):
    return gmmscope.score(data.train, data.labels, data.test, reg=1e-2)


def written(tmp_path, monkeypatch, *arguments, **keywords) -> dict:
    """Return what the program sees in the file of some samples."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with _handover.Handover() as handover:
        (path,) = handover.write(samples(*arguments, **keywords), "train")
        text = command("inspect", path, "--format=json")
    arrays = json.loads(text)["files"][0]["arrays"]
    return {array["name"]: array for array in arrays}


# Arrays

VIEWS = {
    "C order": lambda a: a,
    "Fortran order": np.asfortranarray,
    "big-endian": lambda a: a.astype(a.dtype.newbyteorder(">")),
    "every second row": lambda a: np.repeat(a, 2, axis=0)[::2],
    "reversed twice": lambda a: a[::-1].copy()[::-1],
    "read-only": lambda a: np.frombuffer(a.tobytes(), a.dtype).reshape(a.shape),
    "three axes": lambda a: a.reshape(len(a), 2, -1),
    "list": lambda a: a.astype(np.float64).tolist(),
    "rows of objects": lambda a: np.array([*a, None], dtype=object)[:-1],
    "long double": lambda a: a.astype(np.longdouble),
}


@pytest.mark.parametrize("view", VIEWS.values(), ids=VIEWS.keys())
def test_memory_order_and_type_do_not_matter(data, expected, view):
    scores = gmmscope.score(view(data.train), data.labels, view(data.test), reg=1e-2)
    np.testing.assert_array_equal(scores, expected)


def test_many_blocks_are_one_array(data, expected, monkeypatch):
    monkeypatch.setattr(_handover, "_BLOCK", 100)
    scores = gmmscope.score(np.asfortranarray(data.train), data.labels, data.test, reg=1e-2)
    np.testing.assert_array_equal(scores, expected)


@pytest.mark.parametrize(
    ("dtype", "name"), [("f2", "float16"), ("f4", "float32"), ("f8", "float64"), ("i2", "int16"), ("?", "uint8")]
)
def test_types_stay_what_they_are(data, tmp_path, monkeypatch, dtype, name):
    arrays = written(tmp_path, monkeypatch, data.train.astype(dtype), data.labels)
    assert name in json.dumps(arrays["features"])
    assert arrays["features"]["shape"] == [120, 6]


def test_half_precision_is_scored_as_such(data):
    train, test = data.train.astype(np.float16), data.test.astype(np.float16)
    scores = gmmscope.score(train, data.labels, test, reg=1e-2)
    np.testing.assert_allclose(scores, nll(train, data.labels, test, 1e-2), rtol=1e-9)


def test_writing_an_array_copies_blocks_of_it_only(tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.setattr(_handover, "_BLOCK", 1 << 16)
    features = np.zeros((40000, 64), np.float32)
    for array in (features, np.asfortranarray(features)):
        with _handover.Handover() as handover:
            tracemalloc.start()
            handover.write(samples(array, np.zeros(40000, int)), "train")
            peak = tracemalloc.get_traced_memory()[1]
            tracemalloc.stop()
        assert peak < features.nbytes / 8


LABELS = {
    "int32": lambda y: y.astype(np.int32),
    "float": lambda y: y.astype(np.float64),
    "list": lambda y: y.tolist(),
    "objects": lambda y: y.astype(object),
    "one-hot": lambda y: np.eye(3)[y],
    "text": lambda y: np.array(["ant", "bee", "cat"])[y],
    "bytes": lambda y: np.array([b"ant", b"bee", b"cat"])[y],
}


@pytest.mark.parametrize("form", LABELS.values(), ids=LABELS.keys())
@pytest.mark.filterwarnings("ignore:.*one-hot")
def test_labels_of_every_form(data, expected, form):
    scores = gmmscope.score(data.train, form(data.labels), data.test, reg=1e-2)
    np.testing.assert_array_equal(scores, expected)


def test_what_is_known_of_samples_goes_with_them(data, tmp_path, monkeypatch):
    arrays = written(
        tmp_path, monkeypatch, data.train, data.labels,
        ids=[f"é{i}" for i in range(120)],
        class_names=["a", "b", "c"],
        images=np.zeros((120, 4, 4), np.uint8),
        logits=np.zeros((120, 3), np.float32),
    )  # fmt: skip
    assert {"features", "labels", "ids", "class_names", "images", "logits"} == set(arrays)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (lambda d: (d.train[0], [0], d.test), r"train: the features have shape \(6,\)"),
        (lambda d: (d.train, d.labels[:-1], d.test), "train: there are 119 labels for 120 samples"),
        (lambda d: (d.train, d.labels + 0.5, d.test), "not whole numbers"),
        (lambda d: (d.train, "nowhere", d.test), "no column 'nowhere'"),
        (lambda d: (d.train, d.labels, d.test[:, :5]), "test: the features have 5 dimensions.* have 6"),
        (lambda d: (d.train.astype(str), d.labels, d.test), "expected numbers"),
        (lambda d: (d.train.astype(complex), d.labels, d.test), "expected numbers"),
        (lambda d: ([[1, 2], [3]], [0, 1], d.test), "not an array"),
        (lambda d: (np.ma.masked_greater(d.train, 1), d.labels, d.test), "train: the features have masked values"),
        (lambda d: (d.train, d.labels, np.ma.masked_greater(d.test, 1)), "test: the features have masked values"),
        (lambda d: (d.train, np.ma.masked_equal(d.labels, 1), d.test), "labels have masked values"),
        (lambda d: (d.train, d.labels.astype(np.uint64) + np.uint64(2**63), d.test), "label 9223372036854775808 "),
        (lambda d: (d.train, [int(y) + 2**70 for y in d.labels], d.test), f"label {2**70} "),
        (lambda d: (d.train, d.labels * 1e17, d.test), "label 1e\\+17 is too large"),
        (lambda d: (d.train, [None, *d.labels[1:]], d.test), "sample 0 has no label"),
        (lambda d: (d.train, ["ant", float("nan"), *["bee"] * 118], d.test), "sample 1 has no label"),
        (lambda d: (d.train, np.where(d.labels == 1, np.nan, d.labels), d.test), "sample [0-9]+ has no label"),
    ],
)
def test_what_cannot_be_samples_is_said(data, arguments, message):
    with pytest.raises(gmmscope.GmmscopeError, match=message):
        gmmscope.score(*arguments(data))


def test_masks_without_masked_values_do_not_matter(data, expected):
    labels = np.ma.masked_array(data.labels, np.zeros(len(data.labels), bool))
    scores = gmmscope.score(np.ma.masked_array(data.train), labels, data.test, reg=1e-2)
    np.testing.assert_array_equal(scores, expected)


def test_sparse_matrices_are_features(data, expected):
    sparse = pytest.importorskip("scipy.sparse")
    for form in (sparse.csr_matrix, sparse.csc_array, sparse.coo_array):
        scores = gmmscope.score(form(data.train), data.labels, form(data.test), reg=1e-2)
        np.testing.assert_array_equal(scores, expected)


# Files and mappings


def test_files_are_passed_on(tmp_path):
    train, test = DIGITS / "train.npz", DIGITS / "test.npz"
    command("score", test, "--train", train, "-o", tmp_path / "scores.npy", "--reg=1e-3")
    np.testing.assert_array_equal(gmmscope.score(train, None, str(test), reg=1e-3), np.load(tmp_path / "scores.npy"))


def test_files_take_names_of_arrays(data, expected, tmp_path):
    np.savez(tmp_path / "train.npz", features=data.train, group=data.labels)
    np.testing.assert_array_equal(gmmscope.score(tmp_path / "train.npz", "group", data.test, reg=1e-2), expected)
    result = gmmscope.evaluate(tmp_path / "train.npz", "group", data.test, data.test_labels, ood=data.far, reg=1e-2)
    assert result["accuracy"] == 1
    with pytest.raises(gmmscope.GmmscopeError, match="labels cannot be arrays"):
        gmmscope.score(tmp_path / "train.npz", data.labels, data.test)


def test_features_are_named_for_every_split(data, expected, tmp_path):
    other = {"layer3": data.train[:, :1], "layer4": data.train}
    np.savez(tmp_path / "train.npz", labels=data.labels, **other)
    np.savez(tmp_path / "test.npz", layer3=data.test[:, :1], layer4=data.test, labels=data.test_labels)
    train, test = tmp_path / "train.npz", tmp_path / "test.npz"
    with pytest.raises(gmmscope.GmmscopeError, match="--features layer3"):
        gmmscope.score(train, None, test)
    mapping = {"labels": data.labels, **other}
    for samples in (train, mapping):
        for scored in (test, data.test, {"layer3": data.test[:, :1], "layer4": data.test}):
            scores = gmmscope.score(samples, None, scored, features="layer4", reg=1e-2, quiet=True)
            np.testing.assert_array_equal(scores, expected)
    for far in (data.far, {"a": tmp_path / "far.npz"}):
        np.savez(tmp_path / "far.npz", layer4=data.far)
        gmmscope.evaluate(train, None, test, ood=far, features=["layer4"], reg=1e-2, quiet=True)
    with pytest.raises(gmmscope.GmmscopeError, match="train: there is no column 'layer5' to take features from"):
        gmmscope.score(mapping, None, data.test, features="layer5")


def test_open_archives_and_dictionaries_are_tables(data, expected, tmp_path):
    np.savez(tmp_path / "train.npz", features=data.train, labels=data.labels)
    with np.load(tmp_path / "train.npz") as archive:
        np.testing.assert_array_equal(gmmscope.score(archive, None, {"z": data.test}, reg=1e-2), expected)


# Libraries


def test_torch_tensors(data, expected):
    torch = pytest.importorskip("torch")
    train = torch.from_numpy(data.train).requires_grad_()
    labels, test = torch.from_numpy(data.labels), torch.from_numpy(data.test)
    np.testing.assert_array_equal(gmmscope.score(train, labels, test.t().contiguous().t(), reg=1e-2), expected)
    mapping = {"embeddings": train, "targets": labels}
    np.testing.assert_array_equal(gmmscope.score(mapping, None, test, reg=1e-2), expected)


@pytest.mark.parametrize("names", [None, ["ant", "bee", "cat"]], ids=["as safetensors", "beside text"])
def test_bfloat16_is_exact(data, names):
    torch = pytest.importorskip("torch")
    train, test = (torch.from_numpy(a).to(torch.bfloat16) for a in (data.train, data.test))
    labels = data.labels if names is None else np.array(names)[data.labels]
    scores = gmmscope.score(train, labels, test, reg=1e-2)
    expected = gmmscope.score(train.float(), data.labels, test.float(), reg=1e-2)
    np.testing.assert_array_equal(scores, expected)


def test_bfloat16_stays_half_as_large(data, tmp_path, monkeypatch):
    torch = pytest.importorskip("torch")
    arrays = written(tmp_path, monkeypatch, torch.from_numpy(data.train).to(torch.bfloat16), data.labels)
    assert "bfloat16" in json.dumps(arrays["features"]).lower()


def frame_columns(data) -> dict:
    columns = {f"x{i}": data.train[:, i] for i in range(6)}
    return {"file": [f"{i}.png" for i in range(120)], **columns, "label": data.labels}


@pytest.mark.parametrize("library", ["pandas", "polars", "pyarrow"])
def test_frames_give_columns_by_name(data, expected, library):
    module = pytest.importorskip(library)
    make = module.table if library == "pyarrow" else module.DataFrame
    train = make(frame_columns(data))
    # Another order, and more columns.
    test = make({"more": data.test[:, 0], **{f"x{i}": data.test[:, i] for i in reversed(range(6))}})
    with pytest.warns(gmmscope.GmmscopeWarning) as caught:
        scores = gmmscope.score(train, None, test, reg=1e-2)
    np.testing.assert_array_equal(scores, expected)
    assert [str(warning.message) for warning in caught] == [
        "train: not used as features: 'file'",
        "test: not used as features: 'more'",
    ]
    assert caught[0].filename == __file__


@pytest.mark.parametrize("library", ["dict", "pandas", "polars", "pyarrow"])
def test_columns_of_text_are_shown_beside_samples(data, tmp_path, monkeypatch, library):
    columns = {f"x{i}": data.train[:, i] for i in range(6)}
    columns |= {"y": data.labels, "camera": ["left"] * 120, "ood_set": ["a", "b"] * 60}
    if library == "dict":
        table = {**{key: columns[key] for key in ("y", "camera", "ood_set")}, "features": data.train}
    else:
        module = pytest.importorskip(library)
        table = (module.table if library == "pyarrow" else module.DataFrame)(columns)
    with pytest.warns(gmmscope.GmmscopeWarning, match="train: not used as features: 'camera'$"):
        arrays = written(tmp_path, monkeypatch, table)
    assert {"features", "labels", "camera", "ood_set"} == set(arrays)


def test_a_missing_column_is_an_error(data):
    pandas = pytest.importorskip("pandas")
    train = pandas.DataFrame(data.train, columns=list("abcdef"))
    test = pandas.DataFrame(data.test, columns=list("abcdeg"))
    with pytest.raises(gmmscope.GmmscopeError, match="test: there is no column 'f'"):
        gmmscope.score(train, data.labels, test)


def test_pandas_labels_of_every_kind(data, expected):
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame(data.train, index=range(1000, 1120))
    names = np.array(["ant", "bee", "cat"])[data.labels]
    for labels in (
        pandas.Series(data.labels, index=frame.index),
        pandas.Categorical(names),
        pandas.Series(names).astype("category"),
        pandas.array(data.labels, dtype="Int64"),
    ):
        np.testing.assert_array_equal(gmmscope.score(frame, labels, data.test, reg=1e-2), expected)


def test_polars_lists_are_features(data, expected):
    polars = pytest.importorskip("polars")
    for kind in (polars.List(polars.Float32), polars.Array(polars.Float32, 6)):
        column = polars.Series("embedding", data.train.tolist(), dtype=kind)
        frame = polars.DataFrame([column, polars.Series("y", data.labels)])
        np.testing.assert_array_equal(gmmscope.score(frame, None, data.test, reg=1e-2), expected)
        np.testing.assert_array_equal(gmmscope.score(frame.lazy(), None, data.test, reg=1e-2), expected)


def test_hugging_face_datasets(data, expected):
    datasets = pytest.importorskip("datasets")
    names = ["ant", "bee", "cat"]
    features = datasets.Features(
        {"embedding": datasets.Sequence(datasets.Value("float32"), length=6), "label": datasets.ClassLabel(names=names)}
    )
    order = np.random.default_rng(1).permutation(120)
    shuffled = datasets.Dataset.from_dict(
        {"embedding": data.train[order], "label": data.labels[order]}, features=features
    ).select(np.argsort(order))
    np.testing.assert_array_equal(gmmscope.score(shuffled, None, data.test, reg=1e-2), expected)
    assert [entry["name"] for entry in gmmscope.classes(shuffled, None, reg=1e-2)] == names
    np.testing.assert_array_equal(gmmscope.score(shuffled, shuffled["label"], data.test, reg=1e-2), expected)


@pytest.mark.parametrize("ending", ["parquet", "arrow", "feather"])
def test_parquet_and_arrow_files(data, expected, tmp_path, ending):
    pyarrow = pytest.importorskip("pyarrow")
    feather, parquet = pytest.importorskip("pyarrow.feather"), pytest.importorskip("pyarrow.parquet")
    table = pyarrow.table({"features": data.train.tolist(), "label": data.labels})
    table = table.cast(pyarrow.schema([("features", pyarrow.list_(pyarrow.float32())), ("label", pyarrow.int64())]))
    path = tmp_path / f"train.{ending}"
    if ending == "parquet":
        parquet.write_table(table, path, row_group_size=50)
    elif ending == "feather":
        feather.write_feather(table, path)
    else:
        with pyarrow.OSFile(str(path), "wb") as file, pyarrow.ipc.new_stream(file, table.schema) as stream:
            stream.write_table(table, max_chunksize=50)
    np.testing.assert_array_equal(gmmscope.score(path, None, data.test, reg=1e-2), expected)


def test_parquet_without_pyarrow_says_what_to_install(data, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(gmmscope.GmmscopeError, match="pip install pyarrow"):
        gmmscope.score(tmp_path / "train.parquet", None, data.test)


def test_importing_needs_no_library():
    script = "import sys, gmmscope; print(sorted({'numpy', 'torch', 'pandas', 'pyarrow'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", script], capture_output=True, text=True).stdout == "[]\n"


def test_the_module_is_the_command():
    shown = [
        subprocess.run(arguments, capture_output=True, text=True, check=True).stdout
        for arguments in ([sys.executable, "-m", "gmmscope", "--version"], [binary(), "--version"])
    ]
    assert shown[0] == shown[1] == gmmscope.__version__ + "\n"
