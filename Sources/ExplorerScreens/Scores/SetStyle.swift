import ExplorerModel
import OODData
import TerminalRendering

/// The appearance that distinguishes an OOD set in a chart: a color, and a dot pattern for terminals without colors.
struct SetStyle {
  let style: Style
  let pattern: LineChart.Pattern
  let form: HistogramChart.Form
  /// A sample of the line, for legends.
  let sample: String

  /// - Parameter place: The place of the set among those that are drawn.
  init(_ place: Int, appearance: Appearance) {
    let theme = appearance.theme
    style = theme.sets[place % theme.sets.count]
    let patterns: [(LineChart.Pattern, HistogramChart.Form)] = [
      (.solid, .outline), (.dashed, .dashed), (.dotted, .dotted),
    ]
    (pattern, form) = patterns[place % patterns.count]
    sample = appearance.glyphs.isUnicode ? ["⠤⠤", "⠤⠄", "⠄⠄"][place % 3] : ["o", "+", "."][place % 3]
  }

  /// The styles of the sets that are drawn together, by the index of the set.
  static func all(_ scores: ScoresState, appearance: Appearance) -> [Int: SetStyle] {
    let drawn = scores.sets.indices.filter { scores.sets[$0].curve != nil }
    return Dictionary(
      uniqueKeysWithValues: drawn.enumerated().map { ($1, SetStyle($0, appearance: appearance)) })
  }
}
