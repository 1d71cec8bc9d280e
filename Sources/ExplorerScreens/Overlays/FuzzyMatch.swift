/// How well a typed word fits a text: its letters occur in the text in order, from the beginning of a word on, and
/// each following one stands in the same word or begins a later one.
///
/// `cnd` fits "condition", `loo` fits "leave-one-out", and `pin` does not fit "opening".
struct FuzzyMatch: Equatable {
  /// Higher is better.
  var score: Int
  /// The places of the matched letters.
  var places: [Int]

  /// A text to search, prepared once.
  struct Text: Sendable {
    /// The first scalar of each letter, in lower case.
    fileprivate let letters: [UInt32]
    /// The index of the word of each letter; −1 between words.
    fileprivate let words: [Int]
    fileprivate let isStart: [Bool]

    init(_ text: String) {
      letters = FuzzyMatch.letters(of: text)
      var (words, isStart): ([Int], [Bool]) = ([], [])
      var (word, isInside) = (-1, false)
      for letter in letters {
        let belongs = FuzzyMatch.isLetterOrDigit(letter)
        if belongs, !isInside { word += 1 }
        isStart.append(belongs && !isInside)
        words.append(belongs ? word : -1)
        isInside = belongs
      }
      (self.words, self.isStart) = (words, isStart)
    }
  }

  /// One for each character. Unicode's tables are asked about those beyond ASCII alone: hundreds of texts are prepared
  /// for every typed letter.
  private static func letters(of text: String) -> [UInt32] {
    func lowered(_ value: UInt32) -> UInt32 { value >= 0x41 && value <= 0x5A ? value + 0x20 : value }
    if text.utf8.allSatisfy({ $0 < 0x80 }) { return text.utf8.map { lowered(UInt32($0)) } }
    return text.map { character in
      let scalar = character.unicodeScalars.first?.value ?? 0
      if scalar < 0x80 { return lowered(scalar) }
      return character.lowercased().unicodeScalars.first?.value ?? scalar
    }
  }

  private static func isLetterOrDigit(_ letter: UInt32) -> Bool {
    if letter < 0x80 { return letter >= 0x61 && letter <= 0x7A || letter >= 0x30 && letter <= 0x39 }
    guard let scalar = Unicode.Scalar(letter) else { return false }
    return Character(scalar).isLetter || Character(scalar).isNumber
  }

  private enum Points {
    static let start = 12
    static let consecutive = 10
    static let laterWord = 4
    static let skip = 1
    static let wholeWord = 14
  }

  /// The best match of a word; `nil` if it does not fit. O(word · text).
  init?(_ word: Substring, in text: Text) {
    let query = Self.letters(of: String(word)).filter(Self.isLetterOrDigit)
    guard let first = query.first, query.count <= 64 else { return nil }
    let count = text.letters.count
    // The best score with the current letter at each place, and where the letter before it stands.
    var scores = text.letters.indices.map { place in
      text.isStart[place] && text.letters[place] == first ? Points.start : nil
    }
    guard scores.contains(where: { $0 != nil }) else { return nil }
    var parents: [[Int]] = [Array(repeating: -1, count: count)]
    for letter in query.dropFirst() {
      var next = [Int?](repeating: nil, count: count)
      var parent = [Int](repeating: -1, count: count)
      // The best place so far, and the best in the word of the current place.
      var (best, bestInWord): (Int?, Int?) = (nil, nil)
      for place in 0..<count {
        if text.isStart[place] { bestInWord = nil }
        if text.letters[place] == letter, text.words[place] >= 0 {
          var candidates: [(score: Int, parent: Int)] = []
          if place > 0, text.words[place - 1] == text.words[place], let score = scores[place - 1] {
            candidates.append((score + Points.consecutive, place - 1))
          }
          if let before = bestInWord, let score = scores[before] {
            candidates.append((score + Points.skip, before))
          }
          if text.isStart[place], let before = best, let score = scores[before] {
            candidates.append((score + Points.laterWord, before))
          }
          if let choice = candidates.max(by: { $0.score < $1.score }) {
            (next[place], parent[place]) = (choice.score, choice.parent)
          }
        }
        if let score = scores[place] {
          if best.flatMap({ scores[$0] }).map({ $0 < score }) ?? true { best = place }
          if bestInWord.flatMap({ scores[$0] }).map({ $0 < score }) ?? true { bestInWord = place }
        }
      }
      guard next.contains(where: { $0 != nil }) else { return nil }
      scores = next
      parents.append(parent)
    }
    let ends = text.letters.indices.filter { scores[$0] != nil }
    func total(_ end: Int) -> Int {
      let endsWord = end + 1 == count || text.words[end + 1] != text.words[end]
      return (scores[end] ?? 0) + (endsWord ? Points.wholeWord : 0)
    }
    guard let end = ends.max(by: { total($0) < total($1) }) else { return nil }
    score = total(end)
    places = [end]
    for parent in parents.dropFirst().reversed() { places.insert(parent[places[0]], at: 0) }
  }
}
