"""The detector as an object, with the conventions of scikit-learn and of pytorch-ood."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from ._commands import scores_of
from ._errors import GmmscopeError
from ._handover import Handover
from ._process import run
from ._setting import DEFAULTS, Ridge, Score, options
from ._splits import Splits, splits

_PARAMETERS = ("reg", "reg_scale", "pooling", "normalization", "score", "threads", "memory")
#: The tensors of pytorch-ood's detector, by the names of its attributes.
_TENSORS = ("_mu", "_precision", "_log_det", "_log_weights")


class GMM:
    """A Gaussian with a full covariance per class; the score is the negative log-likelihood of the mixture.

    By default this is the detector of pytorch-ood's ``GMM``, computed in double precision.

    Parameters
    ----------
    reg : float or str
        λ, or the name of a ridge rule: ``"0.01x"``, ``"loo"``, ``"oas"``, ``"ledoit-wolf"``.
    reg_scale : float
        A factor of the ridge.
    pooling : float
        The share of the pooled covariance in each class's, from 0 to 1.
    normalization : float or {"none", "l2"}
        Divides each feature vector by its length to this power.
    score : {"nll", "mahalanobis", "relative-nll", "relative-mahalanobis"}
        The outlier score.
    threads : int, optional
        The number of threads.
    memory : str, optional
        How much memory may be used, such as ``"8GiB"``.

    Attributes
    ----------
    classes_ : numpy.ndarray of shape (K,)
        The labels of the fitted classes, where labels were given as an array.
    n_features_in_ : int
        D, where features were given as an array.
    feature_names_in_ : numpy.ndarray of shape (D,)
        The names of the columns, where features were given as columns of a table.
    model_ : bytes
        The model, as ``gmmscope fit -o model.safetensors`` saves it. It makes a fitted detector pickle.

    Notes
    -----
    Two signs are in use. `predict_features` follows pytorch-ood: higher is more out-of-distribution, as everywhere in
    gmmscope. `score_samples` follows scikit-learn: higher is more normal, exactly ``-predict_features(X)``; for
    ``score="nll"`` it is the log-likelihood. There is no method `predict`, which means scores in one library and
    classes in the other.

    Examples
    --------
    >>> detector = GMM(reg=1e-3).fit(train, labels)  # doctest: +SKIP
    >>> scores = detector.predict_features(test)  # doctest: +SKIP
    """

    def __init__(
        self,
        reg: Ridge = 1e-6,
        *,
        reg_scale: float = 1.0,
        pooling: float = 0.0,
        normalization: float | str = 0.0,
        score: Score = "nll",
        threads: int | None = None,
        memory: str | int | None = None,
    ) -> None:
        self.reg = reg
        self.reg_scale = reg_scale
        self.pooling = pooling
        self.normalization = normalization
        self.score = score
        self.threads = threads
        self.memory = memory

    # Parameters, as scikit-learn's clone and searches use them

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """Return the parameters by name. `deep` is there for scikit-learn."""
        return {name: getattr(self, name) for name in _PARAMETERS}

    def set_params(self, **parameters: Any) -> GMM:
        """Change parameters. All but `score`, `threads` and `memory` take effect at the next fit."""
        for name, value in parameters.items():
            if name not in _PARAMETERS:
                raise ValueError(f"{name!r} is no parameter of GMM; there are {', '.join(_PARAMETERS)}")
            setattr(self, name, value)
        return self

    def __repr__(self) -> str:
        changed = {name: value for name, value in self.get_params().items() if value != DEFAULTS[name]}
        return f"GMM({', '.join(f'{name}={value!r}' for name, value in changed.items())})"

    def __sklearn_tags__(self) -> Any:
        from sklearn.utils import InputTags, Tags, TargetTags

        return Tags(estimator_type="outlier_detector", target_tags=TargetTags(required=True), input_tags=InputTags())

    def __sklearn_is_fitted__(self) -> bool:
        return hasattr(self, "model_")

    # Fitting

    def fit(self, X: Any, y: Any = None) -> GMM:
        """Fit to features and their classes.

        Parameters
        ----------
        X : array-like of shape (N, D)
            Features: an array, a tensor, a table, or the path of a file.
        y : array-like of shape (N,)
            Classes. Samples with labels below 0 are left out. Of a table also the name of a column.
        """
        data = splits(X, y)
        with Handover() as handover:
            output = handover.path("model.safetensors")
            run(["fit", *data.arguments(handover), "-o", output, *options(self.get_params())], handover=handover)
            with open(output, "rb") as file:
                self.model_ = file.read()
        self._describe(data)
        return self

    def _describe(self, data: Splits) -> None:
        """Keep what scikit-learn asks a fitted estimator for, as far as arrays tell."""
        for attribute in ("n_features_in_", "feature_names_in_", "classes_"):
            if hasattr(self, attribute):
                delattr(self, attribute)
        features = data.train.features if data.train is not None else None
        if data.train is None or features is None:
            return
        self.n_features_in_ = features.shape[1]
        if features.columns is not None:
            self.feature_names_in_ = np.array(features.columns, dtype=object)
        labels = data.train.arrays.get("labels")
        if labels is not None and labels.ndim == 1:
            self.classes_ = np.unique(labels if labels.dtype.kind == "U" else labels[labels >= 0])

    def fit_features(self, z: Any, labels: Any, **_: Any) -> GMM:
        """Fit to features, as detectors of pytorch-ood do. The same as `fit`."""
        return self.fit(z, labels)

    # Scoring

    def predict_features(self, z: Any) -> Any:
        """Score features, as detectors of pytorch-ood do.

        Parameters
        ----------
        z : array-like of shape (M, D)
            Features. Every call starts the program once, so few large batches are faster than many small ones.

        Returns
        -------
        numpy.ndarray or torch.Tensor of shape (M,)
            Scores in float64. Higher is more out-of-distribution. A tensor on the same device for a tensor.
        """
        scores = self._scores(z)
        if type(z).__module__.partition(".")[0] == "torch":
            import torch

            result = torch.from_numpy(scores)
            # Not every device has float64.
            return result.float().to(z.device) if z.device.type == "mps" else result.to(z.device)
        return scores

    def score_samples(self, X: Any) -> npt.NDArray[np.float64]:
        """Return the negative outlier score of each sample, as scikit-learn has it: higher is more normal.

        Parameters
        ----------
        X : array-like of shape (M, D)

        Returns
        -------
        numpy.ndarray of shape (M,)
            ``-predict_features(X)``.
        """
        return -self._scores(X)

    def _scores(self, data: Any) -> npt.NDArray[np.float64]:
        model = self._model()
        names = getattr(self, "feature_names_in_", None)
        test = splits(test=data, columns=None if names is None else list(names))
        arguments = [f"--score={self.score}", *options({"threads": self.threads, "memory": self.memory})]
        return scores_of(test, arguments, model)

    def _model(self) -> bytes:
        model: bytes | None = getattr(self, "model_", None)
        if model is None:
            raise GmmscopeError("this GMM is not fitted; call fit first")
        return model

    # pytorch-ood

    def to_pytorch_ood(self, model: Any = None) -> Any:
        """Return pytorch-ood's detector with this fit.

        Parameters
        ----------
        model : callable, optional
            The encoder of the detector: from a batch of inputs to features.

        Returns
        -------
        pytorch_ood.detector.GMM
            It computes ``nll``, whatever `score` is here.

        Raises
        ------
        GmmscopeError
            If the fit has normalization, which that detector does not apply.
        ImportError
            If torch or pytorch-ood is not installed.
        """
        import torch
        from pytorch_ood.detector import GMM as Detector

        fitted = self._model()
        with Handover() as handover:
            source, output = handover.path("model.safetensors"), handover.path("export.npz")
            with open(source, "wb") as file:
                file.write(fitted)
            run(["export", source, "--for", "pytorch-ood", "-o", output], handover=handover)
            with np.load(output) as arrays:
                tensors = {name: torch.from_numpy(arrays[name]) for name in _TENSORS}
        detector = Detector(model)
        for name, tensor in tensors.items():
            setattr(detector, name, tensor)
        return detector
