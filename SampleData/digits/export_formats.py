"""Writes the npz files beside it again as npy, csv, safetensors, PyTorch, HDF5 and MATLAB files: the same values, one file per format.

Needs numpy, safetensors, torch, h5py and scipy.
"""
import csv
import json
import pathlib

import h5py
import numpy as np
import scipy.io
import torch
from safetensors.numpy import save_file

here = pathlib.Path(__file__).resolve().parent

for split in "train", "test":
    data = np.load(here / f"{split}.npz")
    features, labels, ids = data["features"], data["labels"], data["ids"]

    # A bare npy holds one array, so the labels are beside it.
    np.save(here / f"{split}.npy", features)
    np.save(here / f"{split}_labels.npy", labels)

    with open(here / f"{split}.csv", "w", newline="") as file:
        table = csv.writer(file)
        table.writerow(["id", "label"] + [f"f{j}" for j in range(features.shape[1])])
        for name, label, row in zip(ids, labels, features):
            # Nine digits are enough to tell any two float32 apart.
            table.writerow([name, label] + ["%.9g" % value for value in row])

    # safetensors has no text: it goes into the metadata, as JSON lists.
    path = here / f"{split}.safetensors"
    save_file(
        {"features": features, "labels": labels, "images": data["images"]},
        path,
        metadata={key: json.dumps(data[key].tolist()) for key in ("ids", "class_names")},
    )
    path.chmod(0o644)

    # A pickle with NumPy arrays in it would need NumPy to be read: tensors for numbers, lists for text.
    torch.save(
        {key: value.tolist() if value.dtype.kind == "U" else torch.from_numpy(value) for key, value in data.items()},
        here / f"{split}.pt",
    )

    with h5py.File(here / f"{split}.h5", "w") as out:
        for key, value in data.items():
            if value.dtype.kind == "U":
                out.create_dataset(key, data=value.astype(object), dtype=h5py.string_dtype())
            else:
                # What is compressed is read by rows; the labels are too few to be worth it.
                out.create_dataset(key, data=value, compression=None if value.ndim == 1 else "gzip", shuffle=value.ndim == 2)

    # MATLAB's texts are cells; SciPy makes those from arrays of objects.
    scipy.io.savemat(
        here / f"{split}.mat",
        {key: value.astype(object) if value.dtype.kind == "U" else value for key, value in data.items()},
        do_compression=True,
    )
