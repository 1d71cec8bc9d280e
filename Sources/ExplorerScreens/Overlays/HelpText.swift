import ExplorerModel
import TerminalRendering

/// The text of the help: every binding by group, then the terms and symbols.
struct HelpText {
  enum Line {
    case heading(String)
    case entry(String, String)
    case blank
  }

  var lines: [Line]

  /// - Parameter group: The only group to list; `nil` lists all groups and the terms.
  init(glyphs: Glyphs, only group: KeyBinding.Group? = nil) {
    lines = []
    for group in group.map({ [$0] }) ?? KeyBinding.Group.allCases {
      let entries = KeyBindings.everywhere.filter { $0.group == group }
      add(group.rawValue, entries.map { ($0.keyNames(glyphs: glyphs), $0.help) })
    }
    if group == nil { add("Terms and symbols", Self.meanings(glyphs)) }
    lines.removeLast()
  }

  private mutating func add(_ heading: String, _ entries: [(String, String)]) {
    lines.append(.heading(heading))
    lines += entries.map { .entry($0.0, $0.1) }
    lines.append(.blank)
  }

  private static func meanings(_ glyphs: Glyphs) -> [(String, String)] {
    [
      ("λ", "ridge added to the diagonal of every class covariance to make it invertible"),
      ("ridge", "rule that sets each class's ridge: 0.01x of its mean variance, loo, oas, ledoit-wolf"),
      ("t", "multiplier of the ridge of such a rule"),
      ("α", "pooling: share of the pooled covariance in each class's; 0 each its own, 1 tied"),
      ("β", "normalization: features divided by their length to this power; 1 is length 1"),
      ("≈", "scores interpolated between two λ of the path until the exact ones are computed"),
      (glyphs.ellipsis, "value that is still being computed"),
      ("-", "value that is not available"),
      (glyphs.warning, "warning about the numbers beside or below it"),
      (glyphs.undo, "number of changes of the setting that can be undone"),
      ("nll", "score: negative log-likelihood under all classes; higher is more OOD"),
      ("mahalanobis", "score: smallest squared distance d² to a class, per dimension"),
      ("relative", "score minus what one Gaussian of all training samples explains"),
      ("map", "leave-one-out over pooling and λ; bright is better, the circle is the least NLL"),
      ("AUROC", "probability that an OOD sample scores above an ID sample; 0.5 is chance, 1 is perfect"),
      ("AUPR", "area under the precision-recall curve, with ID or OOD samples as the positives"),
      ("FPR95", "share of ID samples rejected at the threshold that detects 95 % of OOD samples"),
      ("TPR, FPR", "shares of OOD and of ID samples at or above the threshold"),
      ("n/D", "samples per dimension; up to 1, rank-deficient; below 5, new samples seem too far"),
      ("rank", "number of directions with nonzero variance before λ is added"),
      ("ridge only", "share of d² in the directions where the class has no variance of its own"),
      ("condition", "largest over smallest eigenvalue after adding λ; above 1e+10, scores are inexact"),
      ("log det", "log determinant of the class covariance after adding λ"),
      ("nearest", "distance to the closest class mean, in pooled standard deviations"),
      ("Bhattacharyya", "distance between two class distributions; 0 if they are identical"),
      ("leave-one-out", "mean nll of the training samples, each under a fit that excludes it"),
      ("p", "share of the class's held-out or leave-one-out samples that lie at least as far out"),
      ("χ² tail", "p if the class were Gaussian with known mean and covariance"),
      ("margin", "gap between the nearest and the second nearest class"),
      (
        "margin/D",
        "lead of the suggested class over the own, held out, in nats per dimension"
      ),
      ("d²/D'", "mean over samples that the class was not fitted on; 1 for a Gaussian class"),
      ("gap", "largest difference between the distributions of these d² and of χ², from 0 to 1"),
      ("near duplicate", "nearest training sample closer than a tenth of the median nearest distance"),
    ]
  }
}
