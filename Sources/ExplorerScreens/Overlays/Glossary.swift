import ExplorerModel
import TerminalRendering

/// What every word, symbol and number on the screens means: the one place that explains it.
enum Glossary {
  struct Entry: Sendable {
    /// How screens write it; the first is the usual way.
    var names: [String]
    /// What it is, in which unit, and whether more is better or worse.
    var meaning: String
    /// Where it is shown; all screens if empty.
    var screens: Set<Screen>

    init(_ names: String..., meaning: String, on screens: Screen...) {
      (self.meaning, self.screens) = (meaning, Set(screens))
      // In ASCII, a sign can be written as the word itself.
      self.names = names.reduce(into: []) { if !$0.contains($1) { $0.append($1) } }
    }

    /// The entry in the help.
    var line: (String, String) { (names.joined(separator: ", "), meaning) }
  }

  /// The entries for a screen, or all of them, in alphabetical order with symbols first.
  ///
  /// - Parameter isCommon: Whether to list what is on every screen; `nil` for both.
  static func entries(on screen: Screen?, glyphs: Glyphs, isCommon: Bool?) -> [Entry] {
    all(glyphs).filter { entry in
      (screen.map { entry.screens.isEmpty || entry.screens.contains($0) } ?? true)
        && (isCommon.map { entry.screens.isEmpty == $0 } ?? true)
    }
    .sorted { ($0.isWord ? 1 : 0, $0.names[0].lowercased()) < ($1.isWord ? 1 : 0, $1.names[0].lowercased()) }
  }

  /// The entry for a word as a screen writes it, ignoring case; `nil` if there is none.
  static func entry(for name: String, on screen: Screen, glyphs: Glyphs) -> Entry? {
    // Columns that are aligned have more spaces.
    let wanted = glyphs.spelled(name).lowercased().split(separator: " ").joined(separator: " ")
    return entries(on: screen, glyphs: glyphs, isCommon: nil).first {
      $0.names.contains { glyphs.spelled($0).lowercased() == wanted }
    }
  }

  static func all(_ glyphs: Glyphs) -> [Entry] {
    frame(glyphs) + classes(glyphs) + scores + samples + tuning(glyphs) + distances + compare + data
  }

  // MARK: On every screen

  private static func frame(_ glyphs: Glyphs) -> [Entry] {
    [
      Entry("N", meaning: "number of samples, training and test samples together"),
      Entry("D", meaning: "number of dimensions: features per sample"),
      Entry("K", meaning: "number of classes; each has one Gaussian"),
      Entry(
        "λ",
        meaning:
          "number added to every variance, the diagonal of each class's covariance, so that it can be inverted; larger is smoother"
      ),
      Entry("t", meaning: "factor of the ridge under a ridge rule other than a fixed λ"),
      Entry(
        "ridge",
        meaning:
          "what is added to the variances of a class: λ, 0.01x of its mean variance, or chosen by loo, oas or ledoit-wolf"
      ),
      Entry(
        "α",
        meaning:
          "pooling: share of the covariance of all classes together in the covariance of each; 0 each its own, 1 the same for all"
      ),
      Entry(
        "β",
        meaning:
          "normalization: features are divided by their length to this power; 0 not at all, 1 to length 1"),
      Entry(
        "score", meaning: "how far out of distribution a sample is; higher is more OOD, whatever the kind"),
      Entry(
        "nll", meaning: "score: negative log-likelihood of the sample under all classes together, in nats"),
      Entry("mahalanobis", meaning: "score: smallest squared distance d² to a class, per dimension"),
      Entry(
        "relative-nll, relative-mahalanobis",
        meaning: "the score minus what one Gaussian of all training samples explains"),
      Entry("ID", meaning: "in-distribution: samples of the classes, with a label of 0 or more"),
      Entry("OOD", meaning: "out-of-distribution: samples that belong to no class, with a label below 0"),
      Entry(
        "AUROC",
        meaning:
          "probability that an OOD sample scores above an ID sample; .5 is chance, 1 is perfect, higher is better"
      ),
      Entry(
        "FPR95", "FPR95TPR",
        meaning:
          "share of ID samples that are called OOD at the threshold that finds 95 % of OOD samples; lower is better"
      ),
      Entry("\(glyphs.undo)1", glyphs.undo, meaning: "number of changes of the setting that u can undo"),
      Entry(
        "cond.", "condition", "worst condition",
        meaning:
          "condition number: largest over smallest variance of a class after adding λ; above 1e+10, scores are inexact"
      ),
      Entry(
        "rounding",
        meaning:
          "how far scores may be off because normalization rounds features that are far from 0; centered features are exact"
      ),
      Entry(
        glyphs.approximately, "interpolated",
        meaning: "scores between two λ of the path, until the exact ones are computed"),
      Entry(glyphs.ellipsis, meaning: "a value that is being computed, or text that is cut"),
      Entry("-", meaning: "a value that does not exist here"),
      Entry(glyphs.warning, meaning: "a warning about the numbers beside or below it"),
      Entry(glyphs.toTheRight, meaning: "what the setting becomes when it is computed"),
      Entry("nats", meaning: "unit of log-likelihoods with the natural logarithm; 1 nat is a factor of 2.72"),
    ]
  }

  // MARK: Classes

  private static func classes(_ glyphs: Glyphs) -> [Entry] {
    [
      Entry("distance", meaning: "how far apart the two classes are, by two measures", on: .classes),
      Entry(
        "class", meaning: "a label of the training samples, with its name if the files have one",
        on: .classes, .scores, .outliers, .distances, .tuning),
      Entry("n", meaning: "number of training samples of the class", on: .classes, .distances),
      Entry(
        "n/D",
        meaning:
          "training samples per dimension; up to 1 the covariance is rank-deficient, below 5 new samples seem too far away",
        on: .classes),
      Entry(
        "rank",
        meaning: "number of directions in which the training samples of the class vary, at most D and n − 1",
        on: .classes, .distances),
      Entry(
        "eff.", "effective",
        meaning: "effective rank: how many directions share the variance; 1 if one direction has it all",
        on: .classes),
      Entry(
        "log det",
        meaning:
          "logarithm of the determinant of the covariance after adding λ: the volume of the class; higher is wider",
        on: .classes, .distances),
      Entry("trace", meaning: "sum of the variances over all dimensions, before λ is added", on: .classes),
      Entry(
        "nearest",
        meaning:
          "closest other class, and the distance between the means in standard deviations of the pooled covariance; smaller is harder to tell apart",
        on: .classes),
      Entry(
        "health", meaning: "what is wrong with the covariance of the class, the worst first", on: .classes,
        .distances),
      Entry(
        "ok", glyphs.check, meaning: "health: nothing is wrong at this setting, or λ makes up for it",
        on: .classes, .distances),
      Entry(
        "few samples",
        meaning:
          "health: the class follows its few samples, so that d² of new ones is over 1.5 × that of training samples; a larger λ cures it, or pooling",
        on: .classes, .distances),
      Entry(
        "rank-deficient",
        meaning:
          "health: samples are repeated or dependent, and λ is too small for the directions that they leave out",
        on: .classes, .distances),
      Entry(
        "dead dimensions",
        meaning:
          "health: dimensions never vary within the class, and λ is too small beside the other variances; a larger λ bounds what a change there adds",
        on: .classes, .distances),
      Entry(
        "held out", glyphs.minus + (glyphs.isUnicode ? "ℓ" : "l"), "d²/D",
        meaning:
          "quantiles over the training samples, each under its class fitted without it: the negative log-density in nats, or d² per dimension; higher is less usual",
        on: .classes),
      Entry(
        "atypical", meaning: "the training samples with the largest d² per dimension when they are held out",
        on: .classes),
      Entry(
        "unusual", glyphs.isUnicode ? "σ" : "sd",
        meaning:
          "the dimensions in which the class mean is farthest from the mean of all class means, in pooled standard deviations",
        on: .classes),
      Entry(
        "d² over χ²",
        meaning:
          "squared distances of samples that the class was not fitted on, against the quantiles that a Gaussian would have; on the line, they agree",
        on: .classes),
      Entry(
        "correlation",
        meaning:
          "the covariance with every dimension scaled to variance 1, between -1 and 1; the background is 0",
        on: .classes),
      Entry(
        "d² new/training",
        meaning:
          "about how many times the d² of training samples that of new samples is; 1 is best, above 1.5 the samples are few",
        on: .classes),
      Entry(
        "median held out", meaning: "the middle of the quantiles of the held-out training samples",
        on: .classes),
      Entry("difference", meaning: "the number of the second class minus that of the first", on: .classes),
      Entry(
        "separating dimensions", "separating",
        meaning:
          "what dimensions contribute to the squared distance between the two means; the shares of all sum to 100 %, and single ones may be negative",
        on: .classes),
      Entry(
        "ill-conditioned",
        meaning:
          "health: the condition number is so large that small errors of the covariance become large ones of the score; a larger λ cures it",
        on: .classes, .distances),
      Entry(
        "untrustworthy", meaning: "health: the condition number is so large that scores lose digits",
        on: .classes, .distances),
      Entry(
        "single sample", meaning: "health: one sample has no covariance, so λ alone decides", on: .classes,
        .distances),
      Entry(glyphs.failure, meaning: "a fault that changes scores", on: .classes),
      Entry(
        "H", meaning: "the key that takes the smallest λ or t at which the class has no problem", on: .classes
      ),
      Entry(glyphs.bullet, meaning: "a remark that changes no score", on: .classes, .tuning),
      Entry(
        "mean", "means", meaning: "average of the training samples, a bar per dimension", on: .classes,
        .outliers),
      Entry("norm of the mean", meaning: "length of the mean vector", on: .classes),
      Entry(
        "spectrum", "spectra",
        meaning:
          "variances along the directions of the class, largest first; the line is λ, and directions below it are decided by λ",
        on: .classes),
      Entry(
        "covariance",
        meaning: "how dimensions vary together: one color above 0, another below, the background is 0",
        on: .classes),
      Entry(
        "quantiles",
        meaning:
          "distances of held-out samples against those of a Gaussian; on the diagonal the class is Gaussian, above it samples are too far",
        on: .classes),
      Entry("closest", meaning: "the classes with the nearest means and their distances", on: .classes),
      Entry(
        "d²",
        meaning:
          "squared Mahalanobis distance to a class: how many standard deviations away, squared and summed over directions",
        on: .classes, .outliers, .scores),
      Entry(
        "mean d²/D'",
        meaning:
          "average of d² per dimension over samples that the class was not fitted on; 1 for a Gaussian class, far above 1 if λ is too small",
        on: .classes),
      Entry(
        "gap",
        meaning:
          "largest difference between the distribution of d² and that of a Gaussian class, from 0 to 1; lower is better",
        on: .classes),
      Entry(
        "held-out", meaning: "computed on samples that the fit has not seen", on: .classes, .tuning, .outliers
      ),
      Entry(
        "p below .01 .05 .10",
        meaning: "shares of held-out ID samples with a p below these numbers; they should be 1, 5 and 10 %",
        on: .classes),
      Entry(
        "ridge only",
        meaning: "directions where the class has no variance of its own, so that only the ridge counts",
        on: .classes, .outliers),
    ]
  }

  // MARK: Scores

  private static let scores: [Entry] = [
    Entry(
      "train",
      meaning: "training samples, scored by the fit that has seen them; too low where classes overfit",
      on: .scores, .outliers),
    Entry("threshold", meaning: "samples at or above this score are called OOD", on: .scores),
    Entry(
      "at or above, below", "at or above", "below", meaning: "the two sides of the threshold", on: .scores),
    Entry("TP", meaning: "OOD samples that are called OOD", on: .scores),
    Entry("FN", meaning: "OOD samples that are missed", on: .scores),
    Entry("FP", meaning: "ID samples that are called OOD", on: .scores),
    Entry("TN", meaning: "ID samples that are accepted", on: .scores),
    Entry(
      "TPR, FPR", "TPR", "FPR",
      meaning:
        "shares of OOD and of ID samples at or above the threshold; a good threshold has a high TPR and a low FPR",
      on: .scores),
    Entry(
      "precision",
      meaning:
        "share of OOD samples among those at or above the threshold; higher is better, and it depends on how many OOD samples there are",
      on: .scores),
    Entry("recall", meaning: "share of OOD samples at or above the threshold, the TPR", on: .scores),
    Entry(
      "AUPR-IN",
      meaning: "area under the precision-recall curve with ID samples as the positives; higher is better",
      on: .scores, .tuning, .compare),
    Entry("AUPR-OUT", meaning: "the same with OOD samples as the positives", on: .scores, .tuning, .compare),
    Entry(
      "FPR95ID",
      meaning:
        "share of OOD samples that are accepted at the threshold that accepts 95 % of ID samples; lower is better",
      on: .scores, .compare),
    Entry(
      "ROC", meaning: "curve of TPR against FPR over all thresholds; the closer to the top left, the better",
      on: .scores),
    Entry("counts", "linear counts", "log counts", meaning: "samples per bar", on: .scores),
    Entry("clipped", meaning: "bars that are higher than the plot", on: .scores),
    Entry("median", meaning: "the score in the middle of all samples", on: .scores),
    Entry("unlabelled", meaning: "samples without a label, which are neither ID nor OOD", on: .scores),
    Entry(
      "OOD set", "set", meaning: "a named part of the OOD samples, judged against all ID samples",
      on: .scores, .outliers, .compare, .tuning),
  ]

  // MARK: Samples

  private static let samples: [Entry] = [
    Entry("index", meaning: "row of the sample in its file, from 0", on: .outliers),
    Entry("source", meaning: "a column of the file, under its name there", on: .outliers),
    Entry(
      "value minus class mean",
      meaning: "the sample relative to the mean of its nearest class, a bar per dimension",
      on: .outliers),
    Entry(
      "rank", meaning: "place of the sample in the order of scores, 1 for the highest", on: .outliers, .tuning
    ),
    Entry("id", meaning: "name of the sample, or its row in the file", on: .outliers),
    Entry("label", meaning: "class in the file, or OOD", on: .outliers),
    Entry(
      "pctl", "percentile",
      meaning: "percent of the ID samples of the same split that score below the sample; higher is more OOD",
      on: .outliers),
    Entry(
      "p",
      meaning:
        "share of held-out or leave-one-out samples of the nearest class that lie at least as far out; small is unusual",
      on: .outliers),
    Entry("split", meaning: "whether the sample is one of training or of the scored ones", on: .outliers),
    Entry("|s - t|", meaning: "how far the score is from the threshold", on: .outliers),
    Entry("nearest", meaning: "class that explains the sample best under the score", on: .outliers),
    Entry("2nd", "Second", meaning: "class that explains the sample second best", on: .outliers),
    Entry(
      "margin", meaning: "how far the second class is behind the nearest one, in nats or in d²", on: .outliers
    ),
    Entry(
      "own d²", meaning: "d² from the class of the label, where that is not the nearest one", on: .outliers),
    Entry("suggested", meaning: "class that explains a training sample better than its label", on: .outliers),
    Entry(
      "margin/D",
      meaning:
        "lead of the suggested class over the own one, which is held out, in nats per dimension; larger is a more probable label error",
      on: .outliers),
    Entry(
      "χ² tail",
      meaning: "p if the class were Gaussian with known mean and covariance; far too small for most data",
      on: .outliers),
    Entry(
      "responsibility",
      meaning: "share of a class in the likelihood of the sample; the shares of all classes sum to 1",
      on: .outliers),
    Entry(
      "share",
      meaning:
        "part of d² that a dimension or direction contributes; shares of dimensions sum to 100 % and can be negative",
      on: .outliers),
    Entry("dimension", meaning: "a feature, counted from 0", on: .outliers, .classes),
    Entry(
      "eigendirection", meaning: "a direction of the spectrum of the class, 1 with the largest variance",
      on: .outliers),
    Entry("variance", meaning: "variance of the class along the direction, before λ is added", on: .outliers),
    Entry("value", meaning: "the feature of this sample", on: .outliers),
    Entry(
      "mean ± sd", "sd",
      meaning: "average and standard deviation of the feature in the nearest class", on: .outliers),
    Entry("× 121", "×", meaning: "this many directions together, in one line", on: .outliers),
    Entry("the other", meaning: "dimensions that are not listed, added up", on: .outliers),
    Entry(
      "nearest training samples",
      meaning: "training samples with the smallest Euclidean distance, whatever their class", on: .outliers),
    Entry(
      "Euclidean distance", meaning: "ordinary distance between two samples, in units of the features",
      on: .outliers),
    Entry(
      "near duplicate", "near duplicates",
      meaning: "a sample whose nearest training sample is closer than a tenth of the median nearest distance",
      on: .outliers),
    Entry(
      "leave-one-out",
      meaning: "each training sample judged by a fit without it, exactly and without refitting",
      on: .outliers, .tuning, .classes),
    Entry("tag", meaning: "a word that marks carry; # sets it", on: .outliers),
    Entry("count", meaning: "number of samples with the value", on: .outliers),
    Entry("mean score", meaning: "average score of the samples with the value", on: .outliers),
  ]

  // MARK: Tuning

  private static func tuning(_ glyphs: Glyphs) -> [Entry] {
    [
      Entry("now", meaning: "the setting that is shown", on: .tuning),
      Entry(
        "proposed", "proposal", meaning: "the setting with the lowest leave-one-out NLL; o takes it",
        on: .tuning, .compare),
      Entry(
        "best", "best AUROC",
        meaning:
          "the highest AUROC along the path; optimistic, since it is chosen on the samples that it is judged by",
        on: .tuning, .compare),
      Entry(
        "A", "B", "C", meaning: "pinned settings to compare with; p pins the shown one", on: .tuning, .compare
      ),
      Entry(
        "NLL per sample", "NLL",
        meaning: "average negative log-likelihood of samples under their own class, in nats; lower is better",
        on: .tuning),
      Entry(
        "LOO NLL",
        meaning:
          "leave-one-out NLL: the average over training samples, each under a fit without it; lower is better, and no OOD sample takes part",
        on: .tuning, .compare),
      Entry("held-out NLL", "held-out ID", meaning: "the same average over held-out ID samples", on: .tuning),
      Entry(
        "accuracy",
        meaning: "share of held-out ID samples whose likeliest class is their own; higher is better",
        on: .tuning, .compare),
      Entry("own λ", "own t", meaning: "the λ or t of the class's own lowest leave-one-out NLL", on: .tuning),
      Entry("decades", meaning: "powers of ten from the common λ or t to the class's own", on: .tuning),
      Entry("gain", meaning: "nats per sample that the class would gain at its own λ or t", on: .tuning),
      Entry(
        "map",
        meaning:
          "a figure over pooling (rows) and λ (columns); the better, the more it stands out from the background",
        on: .tuning),
      Entry(glyphs.isUnicode ? "◆" : "#", meaning: "the shown setting in the map", on: .tuning),
      Entry(glyphs.isUnicode ? "○" : "o", meaning: "the best place of the map", on: .tuning),
      Entry(
        "path",
        meaning: "the values of λ or t from 1e-8 to 1e2, ten per decade, for which everything is computed",
        on: .tuning),
      Entry(
        "in common, enter, leave", "in common", "enter", "leave",
        meaning:
          "samples among the highest scores under both settings, only under the new one, or only under the old one",
        on: .tuning),
      Entry(
        "rank correlation",
        meaning: "how alike the orders of the samples are under both settings; 1 is the same order",
        on: .tuning),
      Entry("largest moves", meaning: "samples whose rank changes most, from and to", on: .tuning),
      Entry(
        "up to, down to", "up to", "down to", meaning: "the end of a curve that is outside the plot",
        on: .tuning),
      Entry("worst AUROC", "worst", meaning: "the OOD set with the lowest figure", on: .tuning),
    ]
  }

  // MARK: Distances, Compare and Data

  private static let distances: [Entry] = [
    Entry(
      "plane of", "plane",
      meaning:
        "the two directions that separate the shown classes best: the largest variance of means against that within classes",
      on: .distances),
    Entry(
      "between/within",
      meaning:
        "variance of the class means along the direction over that within classes; larger separates better",
      on: .distances),
    Entry(
      "ellipses", meaning: "where 39 % (one standard deviation) and 95 % of a class lie if it is Gaussian",
      on: .distances),
    Entry("classes", meaning: "the classes of the plane with their marks", on: .distances),
    Entry(
      "distances between class means",
      meaning: "the map of all pairs of classes; close pairs stand out from the background",
      on: .distances),
    Entry(
      "Mahalanobis",
      meaning: "distance between two class means, in standard deviations of the pooled covariance plus λ",
      on: .distances),
    Entry(
      "Bhattacharyya",
      meaning: "distance between two class distributions, means and covariances; 0 if they are identical",
      on: .distances),
    Entry(
      "closest pairs", meaning: "the pairs of classes with the smallest Mahalanobis distance", on: .distances),
    Entry(
      "all classes, smallest distance per block",
      meaning: "a small map of all classes: each block shows its closest pair", on: .distances),
    Entry(
      "pooled covariance", meaning: "the covariance within classes, averaged over all of them", on: .distances
    ),
  ]

  private static let compare: [Entry] = [
    Entry("setting", meaning: "a setting that was visited or pinned, or a baseline", on: .compare),
    Entry("mean", meaning: "average over OOD sets, each counting the same", on: .compare),
    Entry("*", meaning: "the best value of the column", on: .compare),
    Entry("+", meaning: "a value within the 95 % interval of the best one", on: .compare),
    Entry(
      "default", meaning: "λ = 1e-6, no pooling, no normalization, nll: the detector of pytorch-ood",
      on: .compare),
    Entry(
      "tied Mahalanobis", meaning: "one covariance for all classes (α = 1), score mahalanobis", on: .compare),
    Entry(
      "RMD",
      meaning:
        "relative Mahalanobis distance: tied, minus the distance to one Gaussian of all (Ren et al. 2021)",
      on: .compare),
    Entry("L2-normalized", meaning: "features divided by their length (β = 1)", on: .compare),
    Entry(
      "knn",
      meaning:
        "baseline: distance to the 50th nearest training sample among features of length 1 (Sun et al. 2022)",
      on: .compare),
    Entry(
      "msp, max-logit, energy, vim", "msp", "max-logit", "energy", "vim",
      meaning: "baselines that use the logits in the files", on: .compare),
  ]

  private static let data: [Entry] = [
    Entry("array", meaning: "an array of the file, under its name there", on: .data),
    Entry(
      "type", meaning: "type of the numbers, such as float32: bits and whether there is a point", on: .data),
    Entry("used as", "used", meaning: "what the array is taken for; Enter chooses others", on: .data),
    Entry("values", meaning: "smallest and largest value, or how many are not finite", on: .data),
    Entry("messages", meaning: "everything that was said since the start, newest last", on: .data),
    Entry(
      "features", meaning: "the numbers that the detector sees: a row per sample, a column per dimension",
      on: .data),
    Entry("labels", meaning: "an integer per sample: a class from 0 on, below 0 for OOD", on: .data),
    Entry("shape", meaning: "number of rows and columns of an array", on: .data),
    Entry(
      "NaN", meaning: "a feature that is no number; ^N in the file chooser skips such samples", on: .data),
  ]
}

extension Glossary.Entry {
  fileprivate var isWord: Bool { names[0].first?.isLetter == true }
}
