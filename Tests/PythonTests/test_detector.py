"""The detector as scikit-learn and pytorch-ood use it."""

from __future__ import annotations

import pickle

import numpy as np
import pytest
from conftest import command, nll

import gmmscope


def test_signs(data):
    detector = gmmscope.GMM(reg=1e-2).fit(data.train, data.labels)
    scores = detector.predict_features(data.test)
    np.testing.assert_allclose(scores, nll(data.train, data.labels, data.test, 1e-2), rtol=1e-9)
    np.testing.assert_array_equal(detector.score_samples(data.test), -scores)
    assert detector.predict_features(data.far).min() > scores.max()


@pytest.mark.parametrize("setting", [{}, {"reg": "oas", "pooling": 0.5}, {"score": "relative-mahalanobis"}])
def test_scores_are_the_commands_to_the_last_bit(data, tmp_path, setting):
    np.savez(tmp_path / "train.npz", features=data.train, labels=data.labels)
    np.save(tmp_path / "test.npy", data.test)
    options = [f"--{name}={value}" for name, value in setting.items()]
    model, scores = tmp_path / "model.safetensors", tmp_path / "scores.npy"
    command("fit", "--train", tmp_path / "train.npz", "-o", model, *options)
    command("score", tmp_path / "test.npy", "--model", model, "-o", scores)
    detector = gmmscope.GMM(**setting).fit(data.train, data.labels)
    np.testing.assert_array_equal(detector.predict_features(data.test), np.load(scores))


def test_fitted_attributes(data):
    labels = np.where(data.labels == 1, -1, data.labels)
    detector = gmmscope.GMM().fit_features(data.train, labels)
    assert detector.n_features_in_ == 6
    np.testing.assert_array_equal(detector.classes_, [0, 2])


def test_scoring_before_fitting_is_an_error(data):
    with pytest.raises(gmmscope.GmmscopeError, match="not fitted"):
        gmmscope.GMM().predict_features(data.test)


def test_a_fitted_detector_pickles(data):
    detector = gmmscope.GMM(reg=1e-2, score="mahalanobis").fit(data.train, data.labels)
    copy = pickle.loads(pickle.dumps(detector))
    assert copy.get_params() == detector.get_params()
    np.testing.assert_array_equal(copy.predict_features(data.test), detector.predict_features(data.test))


def test_another_score_needs_no_fit(data):
    detector = gmmscope.GMM(reg=1e-2).fit(data.train, data.labels)
    scores = detector.set_params(score="mahalanobis").predict_features(data.test)
    expected = gmmscope.GMM(reg=1e-2, score="mahalanobis").fit(data.train, data.labels).predict_features(data.test)
    np.testing.assert_array_equal(scores, expected)


def test_parameters():
    detector = gmmscope.GMM(reg="loo", pooling=0.1)
    assert repr(detector) == "GMM(reg='loo', pooling=0.1)"
    assert detector.set_params(pooling=0.0) is detector
    assert gmmscope.GMM(**detector.get_params()).get_params() == detector.get_params()
    with pytest.raises(ValueError, match="lambda_"):
        detector.set_params(lambda_=1)


def test_the_columns_of_a_frame_are_kept(data):
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame(data.train, columns=list("abcdef"))
    detector = gmmscope.GMM(reg=1e-2).fit(frame, data.labels)
    assert detector.feature_names_in_.tolist() == list("abcdef")
    test = pandas.DataFrame(data.test, columns=list("abcdef"))
    np.testing.assert_array_equal(detector.predict_features(test[list("fedcba")]), detector.predict_features(test))


def test_scikit_learn(data):
    base = pytest.importorskip("sklearn.base")
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler
    from sklearn.utils.validation import check_is_fitted

    detector = gmmscope.GMM(reg=1e-2, memory="1GiB")
    fitted = base.clone(detector).fit(data.train, data.labels)
    check_is_fitted(fitted)
    assert not hasattr(base.clone(fitted), "model_")
    pipeline = make_pipeline(StandardScaler(), gmmscope.GMM(reg=1e-2)).fit(data.train, data.labels)
    scaler = StandardScaler().fit(data.train)
    expected = fitted.fit(scaler.transform(data.train), data.labels).score_samples(scaler.transform(data.test))
    np.testing.assert_array_equal(pipeline.score_samples(data.test), expected)
    assert pipeline.set_params(gmm__reg=1).named_steps["gmm"].reg == 1


def test_torch_gives_torch(data):
    torch = pytest.importorskip("torch")
    train, labels, test = map(torch.from_numpy, (data.train, data.labels, data.test))
    detector = gmmscope.GMM(reg=1e-2).fit_features(train, labels)
    scores = detector.predict_features(test)
    assert (scores.dtype, scores.device) == (torch.float64, test.device)
    np.testing.assert_array_equal(scores.numpy(), detector.predict_features(data.test))


def test_pytorch_ood_gets_the_fit(data):
    torch = pytest.importorskip("torch")
    pytest.importorskip("pytorch_ood.detector")
    detector = gmmscope.GMM(reg=1e-2, pooling=0.3).fit(data.train, data.labels)
    peer = detector.to_pytorch_ood()
    scores = peer.predict_features(torch.from_numpy(data.test).double())
    np.testing.assert_allclose(np.asarray(scores), detector.predict_features(data.test), rtol=1e-6)
    with pytest.raises(gmmscope.GmmscopeError, match="normaliz"):
        gmmscope.GMM(normalization=1).fit(data.train, data.labels).to_pytorch_ood()
