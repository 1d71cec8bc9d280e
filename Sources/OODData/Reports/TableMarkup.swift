import Foundation

extension Report {
  public var paperTable: ReportTable { table }
}

extension Double {
  /// In percent with one decimal: `97.6`.
  var percentage: String { String(format: "%.1f", 100 * self) }
}

extension ReportTable {
  /// A LaTeX `tabular` with the rules of the package booktabs. Text is escaped.
  public var latex: String {
    let lines = [Self.latexLine(columns)] + cells.map(Self.latexLine)
    return """
      \\begin{tabular}{\(isText.map { $0 ? "l" : "r" }.joined())}
      \\toprule
      \(lines[0])
      \\midrule
      \(lines.dropFirst().joined(separator: "\n"))
      \\bottomrule
      \\end{tabular}
      """
  }

  /// A table in GitHub-flavoured Markdown. Bars and characters that mean markup are escaped.
  public var markdown: String {
    func line(_ fields: [String]) -> String {
      "| " + fields.map(Self.markdownEscaped).joined(separator: " | ") + " |"
    }
    return
      ([line(columns), "|" + isText.map { $0 ? ":--" : "--:" }.joined(separator: "|") + "|"] + cells.map(line))
      .joined(separator: "\n")
  }

  /// Whether each column is text, which is aligned to the left.
  private var isText: [Bool] {
    columns.indices.map { column in
      column == 0
        || !rows.isEmpty
          && rows.allSatisfy { row in
            if case .text(let text) = row[column] { text.first?.isNumber != true } else { false }
          }
    }
  }

  private var cells: [[String]] {
    rows.map { row in
      row.map { value in
        switch value {
        case .text(let text): text
        case .integer(let value): String(value)
        case .number(let value): String(format: "%.5g", value)
        case .missing: "–"
        }
      }
    }
  }

  private static func latexLine(_ fields: [String]) -> String {
    fields.map(latexEscaped).joined(separator: " & ") + " \\\\"
  }

  private static func latexEscaped(_ text: String) -> String {
    text.reduce(into: "") { result, character in
      switch character {
      case "&", "%", "$", "#", "_", "{", "}": result += "\\\(character)"
      case "~": result += "\\textasciitilde{}"
      case "^": result += "\\textasciicircum{}"
      case "\\": result += "\\textbackslash{}"
      case _ where character.isNewline: result += " "
      default: result.append(character)
      }
    }
  }

  private static func markdownEscaped(_ text: String) -> String {
    text.reduce(into: "") { result, character in
      if character.isNewline {
        result += " "
      } else {
        if "\\`*_{}[]<>#|~".contains(character) { result += "\\" }
        result.append(character)
      }
    }
  }
}
