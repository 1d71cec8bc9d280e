"""The examples of the README files run as they stand."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

import gmmscope

ROOT = Path(__file__).resolve().parents[2]


def examples(path: Path, heading: str) -> list[str]:
    """Return the blocks of Python under a heading."""
    text = "\n" + path.read_text(encoding="utf-8")
    section = text.split(f"\n{heading}\n", 1)[1].split("\n## ", 1)[0]
    return re.findall(r"```python\n(.*?)```", section, re.DOTALL)


@pytest.fixture
def names(data):
    return {
        "features": data.train,
        "train": data.train,
        "labels": data.labels,
        "test": data.test,
        "test_labels": data.test_labels,
        "textures": data.far,
        "svhn": data.far * 2,
        "X": data.train,
        "y": data.labels,
        "X_test": data.test,
        "gmmscope": gmmscope,
    }


@pytest.mark.parametrize("library", ["numpy", "torch"])
def test_the_lines_of_the_readme(names, library, has_named_sets):
    (code,) = examples(ROOT / "README.md", "## From Python")
    if library == "torch":
        torch = pytest.importorskip("torch")
        names = {key: torch.from_numpy(v) if isinstance(v, np.ndarray) else v for key, v in names.items()}
    if not has_named_sets:
        code = code.replace('ood={"textures": textures}', "ood=textures")
    exec(code, names)
    assert names["report"]["outOfDistributionCount"] == 15
    expected = gmmscope.score(names["features"], names["labels"], names["test"], reg=1e-3)
    np.testing.assert_array_equal(names["scores"], expected)
    np.testing.assert_allclose(np.asarray(names["detector"].predict_features(names["test"])), expected, rtol=1e-9)


@pytest.mark.parametrize("heading", ["# gmmscope for Python", "### Notebooks", "## Coming from scikit-learn"])
def test_the_examples_of_the_package(names, heading, tmp_path, monkeypatch, has_named_sets):
    monkeypatch.chdir(tmp_path)
    for code in examples(ROOT / "Sources" / "Python" / "README.md", heading):
        if "sklearn" in code:
            continue
        if not has_named_sets:
            code = code.replace('ood={"textures": textures, "svhn": svhn}', "ood=textures")
        exec(code, names)
    if heading == "### Notebooks":
        assert (tmp_path / "outliers.svg").exists()
    if heading == "## Coming from scikit-learn":
        np.testing.assert_array_equal(names["normality"], -names["outlierness"])
