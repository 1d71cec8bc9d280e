/// The instructions of a pickle, protocols 0 to 5.
///
/// The format: github.com/python/cpython/blob/main/Lib/pickletools.py
enum PickleOpcode: UInt8 {
  case proto = 0x80
  case frame = 0x95
  case stop = 0x2E

  case mark = 0x28
  case pop = 0x30
  case popMark = 0x31
  case dup = 0x32

  case none = 0x4E
  case newTrue = 0x88
  case newFalse = 0x89
  case binInt = 0x4A
  case binInt1 = 0x4B
  case binInt2 = 0x4D
  case long1 = 0x8A
  case long4 = 0x8B
  case binFloat = 0x47
  case binUnicode = 0x58
  case shortBinUnicode = 0x8C
  case binUnicode8 = 0x8D
  case binBytes = 0x42
  case shortBinBytes = 0x43
  case binBytes8 = 0x8E
  case byteArray8 = 0x96

  // Values as lines of text, and the strings of Python 2, which are bytes.
  case intLine = 0x49
  case longLine = 0x4C
  case floatLine = 0x46
  case unicodeLine = 0x56
  case stringLine = 0x53
  case binString = 0x54
  case shortBinString = 0x55

  case emptyList = 0x5D
  case list = 0x6C
  case append = 0x61
  case appends = 0x65
  case emptyTuple = 0x29
  case tuple = 0x74
  case tuple1 = 0x85
  case tuple2 = 0x86
  case tuple3 = 0x87
  case emptyDict = 0x7D
  case dict = 0x64
  case setItem = 0x73
  case setItems = 0x75
  case emptySet = 0x8F
  case addItems = 0x90
  case frozenSet = 0x91

  case binPut = 0x71
  case longBinPut = 0x72
  case putLine = 0x70
  case memoize = 0x94
  case binGet = 0x68
  case longBinGet = 0x6A
  case getLine = 0x67

  case global = 0x63
  case stackGlobal = 0x93
  case reduce = 0x52
  case build = 0x62
  case newObject = 0x81
  case newObjectWithKeywords = 0x92
  case instanceLines = 0x69
  case instance = 0x6F
  case binPersId = 0x51
  case persIdLine = 0x50
  case extension1 = 0x82
  case extension2 = 0x83
  case extension4 = 0x84
  case nextBuffer = 0x97
  case readOnlyBuffer = 0x98
}

/// Decodes the text of textual protocols.
enum PickledText {
  /// `V`: Latin-1, with `\u` and `\U` escapes for other characters. Nil if an escape is truncated.
  static func unicode(_ line: [UInt8]) -> String? {
    var scalars = String.UnicodeScalarView()
    var units: [UInt16] = []
    var position = 0
    func flush() {
      // Python 2 writes surrogate pairs.
      scalars.append(contentsOf: String(decoding: units, as: UTF16.self).unicodeScalars)
      units.removeAll(keepingCapacity: true)
    }
    while position < line.count {
      let byte = line[position]
      let next = position + 1 < line.count ? line[position + 1] : 0
      guard byte == UInt8(ascii: "\\"), next == UInt8(ascii: "u") || next == UInt8(ascii: "U") else {
        flush()
        scalars.append(Unicode.Scalar(byte))
        position += 1
        continue
      }
      let count = next == UInt8(ascii: "u") ? 4 : 8
      guard position + 2 + count <= line.count,
        let value = UInt32(
          String(decoding: line[position + 2..<position + 2 + count], as: UTF8.self), radix: 16)
      else { return nil }
      position += 2 + count
      if value <= 0xFFFF {
        units.append(UInt16(value))
      } else {
        flush()
        scalars.append(Unicode.Scalar(value) ?? "\u{FFFD}")
      }
    }
    flush()
    return String(scalars)
  }

  /// `S`: the `repr` of bytes, in quotes and with escapes. Nil if it is malformed.
  static func quotedBytes(_ line: [UInt8]) -> [UInt8]? {
    guard line.count >= 2, let quote = line.first, quote == line.last,
      quote == UInt8(ascii: "'") || quote == UInt8(ascii: "\"")
    else { return nil }
    let text = line[1..<line.count - 1]
    var bytes: [UInt8] = []
    bytes.reserveCapacity(text.count)
    var position = text.startIndex
    while position < text.endIndex {
      let byte = text[position]
      position += 1
      guard byte == UInt8(ascii: "\\") else {
        bytes.append(byte)
        continue
      }
      guard position < text.endIndex else { return nil }
      let escape = text[position]
      position += 1
      switch escape {
      case UInt8(ascii: "n"): bytes.append(0x0A)
      case UInt8(ascii: "r"): bytes.append(0x0D)
      case UInt8(ascii: "t"): bytes.append(0x09)
      case UInt8(ascii: "x"):
        guard position + 2 <= text.endIndex,
          let value = UInt8(String(decoding: text[position..<position + 2], as: UTF8.self), radix: 16)
        else { return nil }
        bytes.append(value)
        position += 2
      case UInt8(ascii: "\\"), UInt8(ascii: "'"), UInt8(ascii: "\""): bytes.append(escape)
      default: bytes += [byte, escape]
      }
    }
    return bytes
  }
}
