import FeatureFiles
import Foundation
import TestData
import Testing

/// What `gmmscope export --for pytorch-ood` writes, put into pytorch-ood's own detector.
///
/// Runs where the interpreter that `GMMSCOPE_PYTHON` names, else `python3`, has torch and pytorch-ood.
@Suite(.enabled(if: PythonPeer.isThere, "no Python with torch and pytorch-ood: set GMMSCOPE_PYTHON to one"))
struct PytorchOODTests {
  @Test(arguments: ["1e-3", "1e-1"])
  func theirDetectorGivesOurScores(regularization: String) async throws {
    let folder = try ScratchFolder()
    let (train, test) = (Gmmscope.sample("train.npz"), Gmmscope.sample("test.npz"))
    let steps = [
      ["fit", "--train", train, "--reg", regularization, "-o", folder.file("model.safetensors")],
      [
        "export", folder.file("model.safetensors"), "--for", "pytorch-ood", "-o", folder.file("theirs.npz"),
      ],
      ["score", test, "--model", folder.file("model.safetensors"), "-o", folder.file("ours.npy")],
    ]
    for arguments in steps {
      let result = try await Command.run(Gmmscope.path, arguments)
      #expect(result.status == 0, "\(result.errors)")
    }
    let result = try await Command.run(
      PythonInterpreter.name,
      ["-c", PythonPeer.script, folder.file("theirs.npz"), test, folder.file("theirs.npy")])
    #expect(result.status == 0, "\(result.errors)")
    let ours = try FeatureFile.open(folder.file("ours.npy")).arrays[0].doubles()
    let theirs = try FeatureFile.open(folder.file("theirs.npy")).arrays[0].doubles()
    #expect(ours.count == 787 && theirs.count == 787)
    let difference = zip(ours, theirs).map { abs($0 - $1) / max(1, abs($0)) }.max() ?? .infinity
    #expect(difference <= 1e-9)
  }
}

private enum PythonPeer {
  static let isThere = PythonInterpreter.has("torch", "pytorch_ood")

  /// The detector's module alone: the whole package would want torchvision.
  static let script = """
    import importlib.util, os, sys, types
    import numpy as np, torch
    root = os.path.dirname(importlib.util.find_spec("pytorch_ood").origin)
    for name in ("", ".detector", ".utils"):
        module = types.ModuleType("pytorch_ood" + name)
        module.__path__ = [root + name.replace(".", "/")]
        sys.modules["pytorch_ood" + name] = module
    sys.modules["pytorch_ood.utils"].is_known = lambda labels: labels >= 0
    sys.modules["pytorch_ood.utils"].extract_features = None
    from pytorch_ood.detector.gmm import GMM
    detector, tensors = GMM(None), np.load(sys.argv[1])
    for name in ("_mu", "_precision", "_log_det", "_log_weights"):
        setattr(detector, name, torch.from_numpy(tensors[name]))
    scores = detector.predict_features(torch.from_numpy(np.load(sys.argv[2])["features"]))
    np.save(sys.argv[3], scores.double().numpy())
    """
}
