"""Writes the files of this folder: caches of features as other programs write them, and what each must open as.

Each convention is written by the library that has it where that is NumPy, PyTorch, pandas, pickle, h5py, safetensors or
pytorch-ood, and otherwise in the same layout; the source of the layout stands beside it. `expected.json` has the
roles, shapes, values, labels and remarks, computed here from the arrays before they are written.

Run with Python 3.11 and the versions in versions.txt. Same versions, same bytes, but for the addresses in names of
storages, which PyTorch writes into pickles and the legacy format.

    pip install numpy torch pandas h5py safetensors && pip install --no-deps pytorch-ood==0.4.0
    python make_caches.py
"""
import argparse
import collections
import csv
import importlib.metadata
import importlib.util
import io
import json
import os
import pickle
import shutil
import sys
import types
import zipfile

import h5py
import numpy as np
import pandas as pd
import torch
from safetensors.numpy import save_file

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.join(HERE, "files")
expected = []


def path(name):
    full = os.path.join(ROOT, name)
    os.makedirs(os.path.dirname(full), exist_ok=True)
    return full


def write(name, content):
    with open(path(name), "wb") as file:
        file.write(content if isinstance(content, bytes) else content.encode())


# The data set that every cache holds: N samples of D dimensions in K classes, and a smaller test split.

N, D, K = 12, 5, 3
random = np.random.default_rng(16)
torch.manual_seed(16)
train_x = random.normal(size=(N, D)).astype(np.float32)
train_y = np.arange(N) % K
test_x = random.normal(size=(7, D)).astype(np.float32)
test_y = np.array([2, 1, 0, 0, 1, 2, -1])
val_x = random.normal(size=(4, D)).astype(np.float32)
val_y = np.array([0, 1, 2, 0])
logits = random.normal(size=(N, K)).astype(np.float32)
weight = random.normal(size=(K, D)).astype(np.float32)
bias = random.normal(size=K).astype(np.float32)
class_names = ["cat", "dog", "heron"]
text_y = [class_names[y] for y in train_y]
paths = [f"images/{class_names[y]}/{i:03d}.png" for i, y in enumerate(train_y)]


def numbers(array):
    return [float(v) for v in np.asarray(array, dtype=np.float64).ravel()]


def split(x=train_x, y=train_y, name="features", ids=None, classes=None, logits=None, labels="labels"):
    """What a split must open as. `name` and `labels` are the names of the arrays; `classes` are names by label."""
    result = {"features": name, "shape": list(np.shape(x)), "first": numbers(x[0]), "last": numbers(x[-1])}
    if y is not None:
        result["labels"] = [int(v) for v in y]
        result["labelsName"] = labels
    if ids is not None:
        result["ids"] = [str(v) for v in ids]
    if classes is not None:
        result["classNames"] = classes
    if logits is not None:
        result["logits"] = {"name": logits[0], "shape": list(logits[1].shape), "first": numbers(logits[1][0])}
    return result


def cache(file, train=None, test=None, remarks=(), message=None, labelsFile=None, beside=(), **flags):
    """`flags` are options that the file needs; `message` is what is said without them."""
    entry = {"file": file}
    if train:
        entry["train"] = train
    if test:
        entry["test"] = test
    entry["remarks"] = list(remarks)
    if message:
        entry["message"] = message
    if labelsFile:
        entry["labelsFile"] = labelsFile
    if flags:
        entry["options"] = flags
    expected.append(entry)


def torch_save(name, value, **options):
    buffer = io.BytesIO()
    torch.save(value, buffer, **options)
    write(name, buffer.getvalue())


def npz(name, **arrays):
    """numpy.savez with a fixed date."""
    with zipfile.ZipFile(path(name), "w") as archive:
        for key, array in arrays.items():
            buffer = io.BytesIO()
            np.lib.format.write_array(buffer, np.asanyarray(array), allow_pickle=True)
            archive.writestr(zipfile.ZipInfo(key + ".npy", (1980, 1, 1, 0, 0, 0)), buffer.getvalue())


def npy(name, array, **options):
    buffer = io.BytesIO()
    np.save(buffer, array, **options)
    write(name, buffer.getvalue())


def tensor(array):
    return torch.from_numpy(np.array(array))


def projects():
    # OpenOOD, openood/evaluators/base_evaluator.py: extract() calls np.savez(…/feature, feat_list=, label_list=).
    npz("openood/feature.npz", feat_list=train_x, label_list=train_y)
    cache("openood/feature.npz", split(name="feat_list", labels="label_list"))
    # OpenOOD, openood/evaluators/ood_evaluator.py: scores/NAME.npz has pred, conf, label and no features.
    npz("openood/scores/cifar10.npz", pred=train_y, conf=logits.max(axis=1), label=train_y)
    cache("openood/scores/cifar10.npz", message="has a usual name for features")

    # pytorch-ood, pytorch_ood/utils/utils.py: extract_features() returns (z, y); TensorBuffer.save() writes a dict
    # with the keys that extract_features() uses.
    # Without its other modules, which need torchvision.
    package = types.ModuleType("pytorch_ood")
    package.__path__ = [os.path.dirname(importlib.util.find_spec("pytorch_ood").origin)]
    sys.modules["pytorch_ood"] = package
    from pytorch_ood.utils import TensorBuffer, extract_features

    loader = torch.utils.data.DataLoader(
        torch.utils.data.TensorDataset(tensor(train_x), tensor(train_y)), batch_size=5)
    torch_save("pytorch-ood/extracted.pt", extract_features(loader, torch.nn.Identity(), "cpu"))
    cache("pytorch-ood/extracted.pt", split(name="0", labels="1"))
    buffer = TensorBuffer()
    for x, y in loader:
        buffer.append("embedding", x).append("label", y)
    saved = io.BytesIO()
    buffer.save(saved)
    write("pytorch-ood/buffer.pt", saved.getvalue())
    cache("pytorch-ood/buffer.pt", split(name="embedding", labels="label"))

    # CLIP_benchmark, clip_benchmark/metrics/linear_probe.py: features_train.pt, targets_train.pt and the same for val
    # and test, in one folder.
    for name, x, y in ("train", train_x, train_y), ("val", val_x, val_y), ("test", test_x, test_y):
        torch_save(f"clip_benchmark/features_{name}.pt", tensor(x))
        torch_save(f"clip_benchmark/targets_{name}.pt", tensor(y))
        cache(f"clip_benchmark/features_{name}.pt", split(x, y, f"features_{name}", labels=f"targets_{name}"),
              labelsFile=f"clip_benchmark/targets_{name}.pt")

    # DINO, eval_knn.py --dump_features: trainfeat.pth, testfeat.pth, trainlabels.pth, testlabels.pth.
    for name, x, y in ("train", train_x, train_y), ("test", test_x, test_y):
        torch_save(f"dino/{name}feat.pth", tensor(x))
        torch_save(f"dino/{name}labels.pth", tensor(y))
        cache(f"dino/{name}feat.pth", split(x, y, f"{name}feat", labels=f"{name}labels"),
              labelsFile=f"dino/{name}labels.pth")

    # ViM, extract_feature_vit.py: pickles of one array, of the list [w, b], and lists of images, `path label` a line.
    write("vim/vit_train_200k.pkl", pickle.dumps(train_x))
    write("vim/vit_fc.pkl", pickle.dumps([weight, bias]))
    # Names of folders may hold spaces.
    spaced = [p.replace("images/", "my images/Photos of ") for p in paths]
    write("vim/own_train.txt", "".join(f"{p} {y}\n" for p, y in zip(spaced, train_y)))
    cache("vim/vit_train_200k.pkl", split(name="vit_train_200k", ids=spaced), labels="vim/own_train.txt")
    write("vim/imagenet_train.txt", "".join(f"{p} {y}\n" for p, y in zip(paths, train_y)))
    cache("vim/vit_train_200k.pkl", split(name="vit_train_200k", y=None))
    cache("vim/vit_train_200k.pkl", split(name="vit_train_200k", ids=paths), labels="vim/imagenet_train.txt")
    cache("vim/vit_fc.pkl", split(weight, y=None, name="0"), remarks=["‘1’"])

    # timm, inference.py --num-classes 0 --topk 0 --results-separate-col --output-col feature: pandas.to_csv.
    frame = pd.DataFrame({"filename": [p.split("/")[-1] for p in paths]})
    for place in range(D):
        frame[f"feature_{place}"] = train_x[:, place]
    frame.to_csv(path("timm/vit-224.csv"), index=False)
    cache("timm/vit-224.csv", split(np.array(as_written(train_x)), y=None, ids=frame["filename"]))
    # The same without --results-separate-col: a column with the text of arrays.
    frame = frame[["filename"]].assign(feature=list(train_x))
    frame.to_csv(path("timm/vit-224-one-column.csv"), index=False)
    printed = np.array([[float(v) for v in str(row)[1:-1].split()] for row in train_x])
    cache("timm/vit-224-one-column.csv", split(printed, y=None, name="feature", ids=frame["filename"]))

    # sentence-transformers, docs (semantic search): pickle.dump({"sentences": …, "embeddings": …}, HIGHEST_PROTOCOL).
    write("sentence-transformers/embeddings.pkl",
          pickle.dumps({"sentences": paths, "embeddings": train_x}, pickle.HIGHEST_PROTOCOL))
    cache("sentence-transformers/embeddings.pkl", split(name="embeddings", y=None))
    write("sentence-transformers/labelled.pkl",
          pickle.dumps({"sentences": paths, "embeddings": list(train_x), "labels": text_y}))
    cache("sentence-transformers/labelled.pkl", split(name="embeddings", classes=class_names),
          remarks=["‘cat’ is 0, ‘dog’ is 1, ‘heron’ is 2"])

    # transformers: outputs of a model, collected per batch.
    torch_save("transformers/outputs.pt", {
        "last_hidden_state": torch.zeros(N, 4, D), "pooler_output": tensor(train_x).to(torch.bfloat16),
        "labels": tensor(train_y)})
    cache("transformers/outputs.pt",
          split(tensor(train_x).to(torch.bfloat16).float().numpy(), name="pooler_output"),
          remarks=["‘last_hidden_state’"])
    save_file({"image_embeds": train_x, "labels": train_y}, path("transformers/clip.safetensors"))
    cache("transformers/clip.safetensors", split(name="image_embeds"))

    # KNN-OOD, run_cifar.py: np.save(cache_name, (feat_log, score_log, label_log)), which is an array of objects.
    objects = np.empty(3, dtype=object)
    objects[:] = [train_x, logits, train_y]
    npy("knn-ood/CIFAR-10_train_resnet18_in.npy", objects, allow_pickle=True)
    cache("knn-ood/CIFAR-10_train_resnet18_in.npy", message="--features CIFAR-10_train_resnet18_in.0")
    cache("knn-ood/CIFAR-10_train_resnet18_in.npy",
          split(name="CIFAR-10_train_resnet18_in.0", labels="CIFAR-10_train_resnet18_in.2"),
          features="CIFAR-10_train_resnet18_in.0", labels="CIFAR-10_train_resnet18_in.2",
          remarks=["‘CIFAR-10_train_resnet18_in.1’"])


def as_written(x):
    """The numbers that pandas writes of float32, as read."""
    return [[float(str(v)) for v in row] for row in x]


def splits():
    # scikit-learn's and Keras' names, as numpy.savez(…, X_train=, …) writes them.
    npz("splits/sklearn.npz", X_train=train_x, y_train=train_y, X_test=test_x, y_test=test_y)
    cache("splits/sklearn.npz", split(name="X_train", labels="y_train"),
          split(test_x, test_y, "X_test", labels="y_test"))
    npz("splits/keras.npz", x_train=train_x, y_train=train_y[:, None], x_test=test_x, y_test=test_y[:, None])
    cache("splits/keras.npz", split(name="x_train", labels="y_train"),
          split(test_x, test_y, "x_test", labels="y_test"))
    npz("splits/train_feats.npz", train_feats=train_x, train_labels=train_y, val_feats=val_x, val_labels=val_y,
        test_feats=test_x, test_labels=test_y)
    cache("splits/train_feats.npz", split(name="train_feats", labels="train_labels"),
          split(test_x, test_y, "test_feats", labels="test_labels"), remarks=["‘val_feats’"])
    npz("splits/no_test.npz", train_features=train_x, train_labels=train_y, valid_features=val_x,
        valid_labels=val_y)
    cache("splits/no_test.npz", split(name="train_features", labels="train_labels"),
          split(val_x, val_y, "valid_features", labels="valid_labels"))
    npz("splits/suffix.npz", features_train=train_x, labels_train=train_y, logits_train=logits,
        features_test=test_x, labels_test=test_y, class_names=np.array(class_names))
    cache("splits/suffix.npz",
          split(name="features_train", labels="labels_train", classes=class_names, logits=("logits_train", logits)),
          split(test_x, test_y, "features_test", labels="labels_test", classes=class_names))
    npz("splits/joined_words.npz", Xtrain=train_x, ytrain=train_y, Xtest=test_x, ytest=test_y)
    cache("splits/joined_words.npz", split(name="Xtrain", labels="ytrain"),
          split(test_x, test_y, "Xtest", labels="ytest"))
    npz("splits/camel.npz", trainFeatures=train_x, trainLabels=train_y, testFeatures=test_x, testLabels=test_y)
    cache("splits/camel.npz", split(name="trainFeatures", labels="trainLabels"),
          split(test_x, test_y, "testFeatures", labels="testLabels"))
    torch_save("splits/nested.pt", {"train": {"features": tensor(train_x), "labels": tensor(train_y)},
                                    "test": {"features": tensor(test_x), "labels": tensor(test_y)}})
    cache("splits/nested.pt", split(name="train.features", labels="train.labels"),
          split(test_x, test_y, "test.features", labels="test.labels"))
    write("splits/records.pkl", pickle.dumps({"train": (train_x, train_y), "test": (test_x, test_y)}))
    cache("splits/records.pkl", split(name="train.0", labels="train.1"),
          split(test_x, test_y, "test.0", labels="test.1"))
    with h5py.File(path("splits/groups.h5"), "w", libver="earliest", track_order=False) as file:
        for name, x, y in ("train", train_x, train_y), ("test", test_x, test_y):
            file[f"{name}/features"] = x
            file[f"{name}/labels"] = y
    cache("splits/groups.h5", split(name="train/features", labels="train/labels"),
          split(test_x, test_y, "test/features", labels="test/labels"))
    # Only one split in a file: whatever its name, it is the one that is meant.
    npz("splits/only_test.npz", test_embeddings=test_x, test_targets=test_y)
    cache("splits/only_test.npz", split(test_x, test_y, "test_embeddings", labels="test_targets"),
          split(test_x, test_y, "test_embeddings", labels="test_targets"))


def neighbors():
    for features, labels in [
        ("X_train.npy", "y_train.npy"), ("embeddings.npy", "labels.npy"), ("bird_features.npy", "bird_labels_true.npy"),
        ("cats.npy", "cats_labels.npy"), ("cats_2.npy", "cats_2_targets.npy"), ("feats-val.npy", "lbls-val.npy"),
        ("all_feat.npy", "all_lbl.npy"), ("test_X.npy", "test_y.npy"),
    ]:
        folder = "neighbors/" + features[:-4]
        npy(f"{folder}/{features}", train_x)
        npy(f"{folder}/{labels}", train_y)
        cache(f"{folder}/{features}", split(name=features[:-4], labels=labels[:-4]), labelsFile=f"{folder}/{labels}")
    # A file of class names that has the name of one of labels, too.
    npy("neighbors/class_names/feat.npy", train_x)
    npy("neighbors/class_names/label.npy", train_y)
    write("neighbors/class_names/labels.txt", "".join(f"{n}\n" for n in class_names))
    cache("neighbors/class_names/feat.npy", split(name="feat"), labelsFile="neighbors/class_names/label.npy")
    # Another format, and text.
    torch_save("neighbors/other/features.pt", tensor(train_x))
    npy("neighbors/other/labels.npy", train_y)
    cache("neighbors/other/features.pt", split(name="features"), labelsFile="neighbors/other/labels.npy")
    write("neighbors/text/features.pkl", pickle.dumps(train_x, 2))
    write("neighbors/text/labels.txt", "".join(f"{y}\n" for y in text_y))
    cache("neighbors/text/features.pkl", split(name="features", labels="column1", classes=class_names),
          labelsFile="neighbors/text/labels.txt", remarks=["‘cat’ is 0, ‘dog’ is 1, ‘heron’ is 2"])
    write("neighbors/list/features.pkl", pickle.dumps(train_x, 3))
    write("neighbors/list/labels.txt", "".join(f"{p}\t{y}\n" for p, y in zip(paths, train_y)))
    cache("neighbors/list/features.pkl", split(name="features", ids=paths), labelsFile="neighbors/list/labels.txt")


class HasAttributes(torch.Tensor):
    """A subclass of tensors, as libraries define them."""


def values():
    for protocol in range(6):
        name = f"pickles/protocol{protocol}.pkl"
        write(name, pickle.dumps({"features": train_x, "labels": train_y.tolist(), "epoch": np.int64(3)}, protocol))
        cache(name, split())
    write("pickles/tensors.pkl", pickle.dumps({"feats": tensor(train_x), "targets": tensor(train_y)}))
    cache("pickles/tensors.pkl", split(name="feats", labels="targets"))
    write("pickles/fortran.pkl", pickle.dumps(
        {"z": np.asfortranarray(train_x.astype(">f8")), "y": train_y.astype(">i4")[:, None]}))
    cache("pickles/fortran.pkl", split(train_x.astype("f8"), name="z", labels="y"))
    write("pickles/tuple.pkl", pickle.dumps((train_x, text_y)))
    cache("pickles/tuple.pkl", split(name="0", labels="1", classes=class_names),
          remarks=["‘cat’ is 0, ‘dog’ is 1, ‘heron’ is 2"])
    write("pickles/rows.pkl", pickle.dumps([(x, y) for x, y in zip(train_x, train_y.tolist())]))
    cache("pickles/rows.pkl", split(name="0", labels="1"))
    write("pickles/records.pkl", pickle.dumps(
        [{"embedding": x.tolist(), "label": y, "path": p} for x, y, p in zip(train_x, text_y, paths)]))
    cache("pickles/records.pkl", split(train_x.astype("f8"), name="embedding", labels="label", ids=paths,
                                       classes=class_names), remarks=["‘cat’ is 0, ‘dog’ is 1, ‘heron’ is 2"])
    write("pickles/by_class.pkl", pickle.dumps({n: train_x[train_y == i] for i, n in enumerate(class_names)}))
    cache("pickles/by_class.pkl",
          split(np.concatenate([train_x[train_y == i] for i in range(K)]), np.sort(train_y), labels="labels",
                classes=class_names),
          remarks=["holds one array for each of 3 classes"])
    write("pickles/by_name.pkl", pickle.dumps(dict(zip(paths, train_x))))
    cache("pickles/by_name.pkl", split(y=None, ids=paths))
    frame = pd.DataFrame(train_x)
    write("pickles/frame.pkl", pickle.dumps(frame))
    cache("pickles/frame.pkl", message="a pandas object")
    write("pickles/foreign.pkl", pickle.dumps({"features": train_x, "labels": train_y, "args": argparse.Namespace(a=1)}))
    cache("pickles/foreign.pkl", split(), remarks=["‘args’"])

    npy("arrays/dictionary.npy", {"features": train_x, "labels": train_y}, allow_pickle=True)
    cache("arrays/dictionary.npy", split())
    npz("arrays/objects.npz", features=train_x, labels=np.array(text_y, dtype=object),
        ids=np.array(paths, dtype=object))
    cache("arrays/objects.npz", split(ids=paths, classes=class_names),
          remarks=["‘cat’ is 0, ‘dog’ is 1, ‘heron’ is 2"])
    npz("arrays/given_order.npz", features=train_x, labels=np.array(text_y),
        class_names=np.array(["heron", "dog", "cat"]))
    cache("arrays/given_order.npz",
          split(y=[2 - y for y in train_y], classes=["heron", "dog", "cat"]))
    npz("arrays/one_hot.npz", features=train_x, labels=np.eye(K, dtype=np.float32)[train_y])
    cache("arrays/one_hot.npz", split(), remarks=["one-hot"])
    npz("arrays/row.npz", features=train_x, labels=train_y[None].astype(np.float64))
    cache("arrays/row.npz", split())
    npz("arrays/bits.npz", features=train_x.astype(np.float16), labels=train_y == 1)
    cache("arrays/bits.npz", split(train_x.astype(np.float16), train_y == 1))
    npz("arrays/logits.npz", features=train_x, labels=train_y.astype(np.int8), logits=logits)
    cache("arrays/logits.npz", split(logits=("logits", logits)))
    npz("arrays/head.npz", **{"features": train_x, "labels": train_y, "fc.weight": weight, "fc.bias": bias})
    cache("arrays/head.npz", split())
    npz("arrays/several.npz", layer3=np.ones((N, 3), np.float32), layer4=train_x, labels=train_y)
    cache("arrays/several.npz", message="--features layer3")
    cache("arrays/several.npz", split(name="layer4"), features="layer4", remarks=["‘layer3’"])
    npz("arrays/cases.npz", Features=train_x, Labels=train_y)
    cache("arrays/cases.npz", split(name="Features", labels="Labels"))

    torch_save("tensors/legacy.pt", {"features": tensor(train_x), "labels": tensor(train_y)},
               _use_new_zipfile_serialization=False)
    cache("tensors/legacy.pt", split())
    torch_save("tensors/numpy.pt", {"features": train_x, "labels": train_y, "accuracy": np.float64(0.5)})
    cache("tensors/numpy.pt", split())
    for ending in "bin", "ckpt", "pth.tar":
        torch_save(f"tensors/content.{ending}", {"features": tensor(train_x), "labels": tensor(train_y)})
        cache(f"tensors/content.{ending}", split())
    write("tensors/array.bin", pickle.dumps({"features": train_x, "labels": train_y}))
    cache("tensors/array.bin", split())
    parameter = torch.nn.Parameter(tensor(train_x))
    torch_save("tensors/ordered.pt", collections.OrderedDict(features=parameter, labels=tensor(train_y)))
    cache("tensors/ordered.pt", split())
    subclass = tensor(train_x).as_subclass(HasAttributes)
    subclass.note = "of a subclass"
    HasAttributes.__module__ = "library_of_tensors"
    sys.modules["library_of_tensors"] = sys.modules[__name__]
    torch_save("tensors/subclass.pt", {"features": subclass, "labels": tensor(train_y)})
    cache("tensors/subclass.pt", split())
    base = torch.arange(2 * N * D, dtype=torch.float64).reshape(2 * N, D)
    torch_save("tensors/views.pt", {"features": base[1::2], "others": base[:, 2], "labels": tensor(train_y)})
    cache("tensors/views.pt", split(base[1::2].numpy()), remarks=["‘others’"])
    torch_save("tensors/batches.pt", {"features": [tensor(train_x[i:i + 5]) for i in range(0, N, 5)],
                                      "labels": [tensor(train_y[i:i + 5]) for i in range(0, N, 5)]})
    cache("tensors/batches.pt", split())
    from_numpy = RebuiltOnDevice(train_x)
    torch_save("tensors/device.pt", {"features": from_numpy, "labels": tensor(train_y)})
    cache("tensors/device.pt", split())
    torch_save("tensors/state.pt", torch.nn.Linear(D, K).state_dict())
    cache("tensors/state.pt", message="has a usual name for features")


class RebuiltOnDevice:
    """Pickled as PyTorch pickles tensors of XLA and other devices without storages (torch/_tensor.py)."""

    def __init__(self, array):
        self.array = array

    def __reduce__(self):
        rebuild = torch._utils._rebuild_device_tensor_from_numpy
        return rebuild, (self.array, torch.float32, "xla:0", False)


def tables():
    frame = pd.DataFrame(train_x.astype(np.float64).round(4), columns=[f"f{i}" for i in range(D)])
    plain = frame.to_numpy()
    labelled = frame.assign(label=train_y)

    def table(name, text, train, remarks=(), encoding="utf-8"):
        write(f"tables/{name}", text.encode(encoding))
        cache(f"tables/{name}", train, remarks=remarks)

    said = ["‘cat’ is 0, ‘dog’ is 1, ‘heron’ is 2"]
    # pandas: an index column without a name, and one that was read again.
    table("pandas.csv", labelled.to_csv(), split(plain, labels="labels"))
    table("pandas_again.csv", pd.read_csv(io.StringIO(labelled.to_csv())).to_csv(), split(plain, labels="labels"),
          ["‘Unnamed: 0’"])
    table("pandas_text.csv", frame.assign(label=text_y, note="x").to_csv(index=False),
          split(plain, labels="labels", classes=class_names), said + ["‘note’"])
    table("pandas.tsv", labelled.to_csv(sep="\t", index=False), split(plain, labels="labels"))
    table("pandas_german.csv", labelled.to_csv(sep=";", decimal=",", index=False), split(plain, labels="labels"))
    # Excel in German: semicolons, decimal commas, CRLF, a byte order mark with „CSV UTF-8“, quotes only where needed.
    def excel(rows, header, separator=";", ending="\r\n"):
        out = io.StringIO()
        writer = csv.writer(out, delimiter=separator, lineterminator=ending)
        writer.writerows([header] + [[str(v).replace(".", ",") for v in row] for row in rows])
        return out.getvalue()

    rows = [[f"bild {i}; {n}", *x, y] for i, (n, x, y) in enumerate(zip(text_y, plain.tolist(), train_y))]
    header = ["name", *frame.columns, "label"]
    names = [row[0] for row in rows]
    table("excel_german.csv", "\ufeff" + excel(rows, header), split(plain, labels="labels", ids=names))
    table("excel_sep.csv", "sep=;\r\n" + excel(rows, header), split(plain, labels="labels", ids=names))
    # „Unicode-Text“: UTF-16 with tabs.
    utf16 = excel(rows, header, "\t")
    table("excel_unicode.txt", "\ufeff" + utf16, split(plain, labels="labels", ids=names), encoding="utf-16-le")
    table("big_endian.txt", "\ufeff" + utf16, split(plain, labels="labels", ids=names), encoding="utf-16-be")
    table("without_mark.tsv", utf16, split(plain, labels="labels", ids=names), encoding="utf-16-le")
    # Thousands as Excel shows them where cells are formatted so.
    large = np.round(plain * 123456, 2)
    def german(value):
        return f"{value:,.2f}".translate(str.maketrans(",.", ".,"))
    table("thousands.csv", "".join(";".join(map(str, row)) + "\r\n" for row in
          [[*frame.columns, "label"]] + [[*map(german, x), y] for x, y in zip(large, train_y)]),
          split(large, labels="labels"))
    table("trailing.csv", "".join(";".join(map(str, row)) + ";\r\n" for row in
          [[*frame.columns, "label"]] + [[*(str(v).replace(".", ",") for v in x), y] for x, y in zip(plain, train_y)]),
          split(plain, labels="labels"))
    # With the separators of other languages (Unicode CLDR 46, numbers.xml): a narrow no-break space in French, a
    # no-break space in Swedish, which is a plain space where it was typed, an apostrophe of either kind in Swiss German.
    for name, group, decimal in [("french", "\u202f", ","), ("swedish", "\u00a0", ","), ("typed", " ", ","),
                                 ("swiss", "’", "."), ("swiss_typed", "'", ".")]:
        def localized(value):
            return f"{value:,.2f}".translate({ord(","): group, ord("."): decimal})
        table(f"thousands_{name}.csv", "".join(";".join(map(str, row)) + "\r\n" for row in
              [[*frame.columns, "label"]] + [[*map(localized, x), y] for x, y in zip(large, train_y)]),
              split(large, labels="labels"))
    # Excel's plain „CSV“ is in the code page of the system, which is Windows-1252 in Western Europe, and has a row of
    # separators for each row that was emptied.
    german_names = ["Bär", "Fuß", "Kätzchen – „x“"]
    german_rows = [[f"{german_names[y]} {i}", *x, german_names[y]] for i, (x, y) in
                   enumerate(zip(plain.tolist(), train_y))]
    in_german = dict(labels="labels", classes=german_names, ids=[row[0] for row in german_rows])
    said_in_german = ["‘Bär’ is 0, ‘Fuß’ is 1", "Windows-1252"]
    table("excel_1252.csv", excel(german_rows, header) + ";" * (D + 1) + "\r\n" + ";" * (D + 1) + "\r\n",
          split(plain, **in_german), said_in_german, encoding="cp1252")
    emptied = excel(rows, header) + (";" * (D + 1) + "\r\n") * 3
    table("emptied_rows.csv", emptied, split(plain, labels="labels", ids=names))
    german_frame = pd.DataFrame(german_rows, columns=header)
    german_frame.to_csv(path("tables/pandas_1252.csv"), index=False, encoding="cp1252")
    cache("tables/pandas_1252.csv", split(plain, **in_german), remarks=said_in_german)
    # R: write.csv has an unnamed first column, write.csv2 semicolons and decimal commas, write.table a header with
    # one name fewer than there are columns and spaces between them. Text is quoted.
    def r(separator, decimal, is_fewer, labels):
        names = [f'"{n}"' for n in [*frame.columns, "label"]]
        lines = [separator.join(names if is_fewer else ['""', *names])]
        for i, (x, y) in enumerate(zip(plain, labels), 1):
            cells = [repr(float(v)).replace(".", decimal) for v in x] + [f'"{y}"' if isinstance(y, str) else str(y)]
            lines.append(separator.join([f'"{i}"', *cells]))
        return "\n".join(lines) + "\n"

    table("r_csv.csv", r(",", ".", False, text_y), split(plain, labels="labels", classes=class_names), said)
    table("r_csv2.csv", r(";", ",", False, text_y), split(plain, labels="labels", classes=class_names), said)
    table("r_table.txt", r(" ", ".", True, train_y), split(plain, labels="labels"))
    table("r_table.csv", r(",", ".", True, train_y), split(plain, labels="labels"))
    table("r_table2.tsv", r("\t", ",", True, text_y), split(plain, labels="labels", classes=class_names), said)
    # Quoted headers and numbers, and blank lines.
    table("quoted.csv", '"f0","f1","label"\n\n' + "".join(f'"{a}","{b}","{y}"\n\n' for (a, b), y in
          zip(plain[:, :2], train_y)), split(plain[:, :2], labels="labels"))
    table("quoted_commas.csv", '"f0","f1","label"\n' + "".join(
        f'"{a}","{b}",{y}\n'.replace(".", ",") for (a, b), y in zip(plain[:, :2], train_y)),
        split(plain[:, :2], labels="labels"))
    table("bars.csv", labelled.to_csv(sep="|", index=False), split(plain, labels="labels"))
    table("spaces.txt", "".join("  ".join(f"{v:9.4f}" for v in x) + f" {y}\n" for x, y in zip(plain, train_y)),
          split(np.column_stack([plain, train_y]), y=None), )
    # Lists in cells, beside another number, as the texts and embeddings of language models are kept.
    lists = pd.DataFrame({"text": paths, "n_tokens": 7, "embedding": plain.tolist(), "label": text_y})
    write("tables/lists.csv", lists.to_csv(index=False))
    cache("tables/lists.csv", split(plain, name="embedding", classes=class_names), remarks=said + ["‘text’, ‘n_tokens’"])
    # A column that looks like text in its first cell.
    first = labelled.astype({"f1": object})
    first.loc[0, "f1"] = "defect"
    write("tables/first_cell.csv", first.to_csv(index=False))
    cache("tables/first_cell.csv", message="‘defect’")
    mixed = labelled.assign(f1=["defect"] * 6 + [0.5] * 6)
    table("half_text.csv", mixed.to_csv(index=False), split(np.delete(plain, 1, 1), labels="labels"), ["‘f1’"])


shutil.rmtree(ROOT, ignore_errors=True)
projects()
splits()
neighbors()
values()
tables()
lines = [json.dumps(entry, ensure_ascii=False) for entry in expected]
with open(os.path.join(HERE, "expected.json"), "w", encoding="utf-8") as out:
    out.write("[\n" + ",\n".join(lines) + "\n]\n")
with open(os.path.join(HERE, "versions.txt"), "w", encoding="utf-8") as out:
    out.write(f"Python {sys.version.split()[0]}\n")
    for name in "numpy", "torch", "pandas", "h5py", "safetensors", "pytorch-ood":
        out.write(f"{name} {importlib.metadata.version(name)}\n")
