"""Small data with known structure, and the program under test."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest

from gmmscope._binary import binary

DIGITS = Path(__file__).resolve().parents[2] / "SampleData" / "digits"


class Data(NamedTuple):
    """Three Gaussian classes in six dimensions, test samples of them, and OOD samples far away."""

    train: np.ndarray
    labels: np.ndarray
    test: np.ndarray
    test_labels: np.ndarray
    far: np.ndarray


@pytest.fixture(scope="session")
def data() -> Data:
    random = np.random.default_rng(7)
    means = random.normal(size=(3, 6)) * 4
    labels = np.repeat([0, 1, 2], 40)
    test_labels = np.repeat([2, 0, 1], 10)
    return Data(
        train=(means[labels] + random.normal(size=(120, 6))).astype(np.float32),
        labels=labels,
        test=(means[test_labels] + random.normal(size=(30, 6))).astype(np.float32),
        test_labels=test_labels,
        far=(random.normal(size=(15, 6)) * 9 + 20).astype(np.float32),
    )


@pytest.fixture(autouse=True)
def temporary(tmp_path, monkeypatch):
    """Give every test a temporary folder of its own, in which no arrays may be left when it ends."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(folder))
    yield folder
    assert list(folder.glob("gmmscope*")) == []


def nll(train: np.ndarray, labels: np.ndarray, test: np.ndarray, reg: float) -> np.ndarray:
    """Return the negative log-likelihood of a mixture of one Gaussian per class, as its formula is written."""
    train, test = train.astype(np.float64), test.astype(np.float64)
    logs = []
    known = labels >= 0
    for label in np.unique(labels[known]):
        rows = train[labels == label]
        covariance = np.cov(rows.T, bias=True) + reg * np.eye(rows.shape[1])
        centred = test - rows.mean(axis=0)
        distances = np.einsum("nd,de,ne->n", centred, np.linalg.inv(covariance), centred)
        log_determinant = np.linalg.slogdet(covariance)[1]
        weight = len(rows) / known.sum()
        logs.append(np.log(weight) - 0.5 * (distances + log_determinant + rows.shape[1] * np.log(2 * np.pi)))
    return -np.logaddexp.reduce(logs, axis=0)


def has_command(name: str) -> bool:
    """Return whether the program has a command."""
    shown = subprocess.run([binary(), "--help"], capture_output=True, text=True, check=True).stdout
    return any(line.split()[:1] == [name] for line in shown.splitlines())


@pytest.fixture(scope="session")
def has_named_sets() -> bool:
    """Return whether the program takes names of OOD sets."""
    shown = subprocess.run([binary(), "help", "evaluate"], capture_output=True, text=True, check=True).stdout
    return "NAME=" in shown.upper()


def command(*arguments: object) -> bytes:
    """Run the program itself, and return what it prints."""
    environment = {**os.environ, "LC_ALL": "C.UTF-8"}
    return subprocess.run([binary(), *map(str, arguments)], capture_output=True, check=True, env=environment).stdout
