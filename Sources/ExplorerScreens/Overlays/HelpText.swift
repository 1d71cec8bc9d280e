import ExplorerModel
import TerminalRendering

/// What help says: every binding by its group, then what the numbers mean.
struct HelpText {
  enum Line {
    case heading(String)
    case entry(String, String)
    case blank
  }

  var lines: [Line]

  /// - Parameter group: of this group alone.
  init(glyphs: Glyphs, only group: KeyBinding.Group? = nil) {
    lines = []
    for group in group.map({ [$0] }) ?? KeyBinding.Group.allCases {
      let entries = KeyBindings.everywhere.filter { $0.group == group }
      add(group.rawValue, entries.map { ($0.keyNames(glyphs: glyphs), $0.help) })
    }
    if group == nil { add("What the numbers mean", Self.meanings) }
    lines.removeLast()
  }

  private mutating func add(_ heading: String, _ entries: [(String, String)]) {
    lines.append(.heading(heading))
    lines += entries.map { .entry($0.0, $0.1) }
    lines.append(.blank)
  }

  private static let meanings = [
    ("λ", "added to every class's variances, so that each covariance has an inverse"),
    ("≈", "scores read off between two λ of the path, for as long as computing them takes"),
    ("nll", "score: negative log-likelihood under all classes; higher is more outlying"),
    ("mahalanobis", "score: smallest squared distance d² to a class, per dimension"),
    ("AUROC", "chance that an OOD sample scores above an ID one: 0.5 guesses, 1 separates"),
    ("AUPR", "precision averaged over recall, with ID or with OOD as the positives"),
    ("FPR95", "share of ID samples rejected where 95 % of OOD samples are caught"),
    ("TPR, FPR", "shares of OOD and of ID samples at or above the threshold"),
    ("n/D", "samples per dimension: to 1 no full rank; below 5 new samples seem too far"),
    ("rank", "directions with any variance; λ alone fills the others"),
    ("condition", "largest over smallest variance, λ added; above 1e+10 scores are inexact"),
    ("log det", "logarithm of the class's volume, λ added"),
    ("nearest", "distance to the closest class mean, in pooled standard deviations"),
    ("Bhattacharyya", "how little two classes overlap: 0 for equal ones"),
    ("leave-one-out", "mean nll of each training sample under a fit without it"),
    ("p", "share of the class's held-out or left-out samples that lie as far out"),
    ("χ² tail", "the same were the class Gaussian, its mean and covariance known"),
    ("margin", "how far the second class is behind the nearest"),
  ]
}
