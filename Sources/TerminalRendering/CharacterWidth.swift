/// How a terminal displays one Unicode scalar.
enum CharacterWidth {
  enum Role: Equatable {
    /// Occupies one cell or two.
    case spacing(Int)
    /// Combines with the previous character.
    case combining
    /// Not drawn: joiners, bidirectional controls and variation selectors.
    case invisible
    /// Unsafe, or displayed differently by terminals. The associated character is drawn instead, one cell
    /// wide.
    case replaced(Unicode.Scalar)
  }

  /// The replacement of a scalar that could control the terminal, or break or reorder a line; `nil` for other
  /// scalars.
  static func picture(of scalar: Unicode.Scalar) -> Unicode.Scalar? {
    switch scalar.value {
    case 0..<0x20: Unicode.Scalar(0x2400 + scalar.value)
    case 0x7F: "\u{2421}"
    case 0x2028, 0x2029: "\u{2424}"
    // Undecodable bytes of file names appear as the last private-use scalars.
    case 0x80...0x9F, 0x61C, 0x200E, 0x200F, 0x202A...0x202E, 0x2066...0x2069, 0x10FF80...0x10FFFF: "\u{FFFD}"
    default: nil
    }
  }

  static func role(of scalar: Unicode.Scalar) -> Role {
    let value = scalar.value
    switch value {
    case 0x20..<0x7F: return .spacing(1)
    case 0..<0x20: return .replaced(Unicode.Scalar(0x2400 + value) ?? "?")
    case 0x7F: return .replaced("\u{2421}")
    case 0x2028, 0x2029: return .replaced("\u{2424}")
    case 0x10FF80...0x10FFFF: return .replaced("\u{FFFD}")
    case 0x3000: return .spacing(2)
    // Regional indicators: a flag is displayed as its two letters.
    case 0x1F1E6...0x1F1FF: return .replaced(Unicode.Scalar(0x41 + value - 0x1F1E6) ?? "?")
    case 0xFE00...0xFE0F, 0xE0100...0xE01EF, 0x34F, 0x115F, 0x1160, 0x3164, 0xFFA0: return .invisible
    // Hangul vowels and final consonants join the leading consonant's cell.
    case 0x1161...0x11FF, 0xD7B0...0xD7C6, 0xD7CB...0xD7FB: return .combining
    default: break
    }
    switch scalar.properties.generalCategory {
    case .control, .surrogate, .unassigned: return .replaced("\u{FFFD}")
    case .format: return .invisible
    case .nonspacingMark, .enclosingMark: return .combining
    case .spaceSeparator: return .replaced(" ")
    default: return .spacing(isWide(scalar) ? 2 : 1)
    }
  }

  private static func isWide(_ scalar: Unicode.Scalar) -> Bool {
    guard scalar.value >= 0x1100 else { return false }
    if scalar.properties.isEmojiPresentation { return true }
    // Sorted; the last range that starts at or before the scalar decides.
    var low = 0
    var high = wideRanges.count
    while low < high {
      let middle = (low + high) / 2
      if wideRanges[middle].lowerBound <= scalar.value { low = middle + 1 } else { high = middle }
    }
    return low > 0 && wideRanges[low - 1].contains(scalar.value)
  }

  /// East Asian Width W and F (Unicode Standard Annex #11) without what `isEmojiPresentation` covers.
  private static let wideRanges: [ClosedRange<UInt32>] = [
    0x1100...0x115F, 0x2329...0x232A, 0x2E80...0x303E, 0x3041...0xA4CF, 0xA960...0xA97F, 0xAC00...0xD7A3,
    0xF900...0xFAFF, 0xFE10...0xFE19,
    0xFE30...0xFE6F, 0xFF01...0xFF60, 0xFFE0...0xFFE6, 0x16FE0...0x16FFF, 0x17000...0x18DFF,
    0x1AFF0...0x1B2FF, 0x1F200...0x1F265, 0x20000...0x3FFFD,
  ]
}
