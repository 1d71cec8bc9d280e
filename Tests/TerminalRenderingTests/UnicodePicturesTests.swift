import Testing

@testable import TerminalRendering

/// Charts in braille, blocks and lines, without colors.
@Suite struct UnicodePicturesTests {
  let look = Looks.unicode

  @Test func spectrumOnALogarithmicAxisWithRegularization() {
    #expect(
      Samples.spectrum(look)
        == #"""
        1e3 ⠠⢄⣀⡀
            │  ⠈⠉⠒⠢⢄⣀
            │        ⠉⠑⠢⠤⣀⡀
            │             ⠈⠑⠂
        1e0 ┤┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄⠠⢄⣀┄┄┄┄┄┄┄┄┄┄┄┄ λ
            │                         ⠉⠒⠢⠤⣀
            │                              ⠉⠑⠒⠤⣀⡀
            ├───────────────────┬───────────────⠈⠉⠒⠤
            0                   5                 10
        """#)
  }

  @Test func curvesWithMarkersAndALegend() {
    #expect(
      Samples.curves(look)
        == #"""
                             now               ⠤⠤ held out  ⠄⠄ AUROC
          ⠠⢄⡀                ┆                ⡀⠠┆proposed
          │ ⠈⠑⠒⠤⣀⡀           ┆        ⢀ ⠄⠐ ⠁⠈   ┆ ⠈ ⠂⠠ ⡀           ⡠
          │      ⠈⠑⠢⠤⣀       ┆     ⠠ ⠂          ┆       ⠐ ⠄⢀ ⡀  ⢀⠔⠊
          │           ⠉⠒⠢⢄⣀  ┆  ⠠ ⠁             ┆             ⡨⠔⠃⠐ ⠄
        5 ┤                ⠉⡒⠤⢄⡁                ┆          ⢀⡠⠊
          │            ⢀ ⠄⠐  ┆ ⠈⠑⠒⠤⣀⡀           ┆       ⢀⡠⠔⠁
          │      ⢀ ⠄⠠ ⠁      ┆      ⠈⠑⠢⠤⢄⣀⣀     ┆  ⢀⣀⠤⠒⠊⠁
          ├⠠─⠂⠈─⠁────────────┬─────────────⠉⠉⠒⠒⠢⠤⠔⠊⠁───────────────┬
        1e−6               1e−4               1e−2               1e0
        """#)
  }

  @Test func histogramsOverEachOther() {
    #expect(
      Samples.histogram(look)
        == #"""
                    threshold     ⠄⠄ train  ▆ ID  ⠤⠤ OOD
           │        ▄▄▄      │
        10 ┤      ▁▁███      │
           │      ⢀⠄⢄██▄▄▄   │ ⢠⠤⠤⠤⠤⡄
           │      ⢐█⠐⡀⡀███   │⣀⡸    ⠈⠉⡇
           │    ⡄⠄⠔███⠨███▄▄ │        ⠣⠤⢤
         5 ┤    ⡂█████⠨⡀⡀⡀█⣀⣀│          ⠸⣀⣀
           │  ▄▄⡂████████⠅█⡇█│▄▄          ⠘⠤⢤
           │▁▁⡃⠁███████⣀⣀⠏⠉⠃⡀│██▇▇▁▁▁▁▁      ⠉⠉⢇⣀⣀⣀⣀ ⢀⣀⣀
         0 ┴┬──────────┬──────────┬──────────┬─────────┬
            0          5         10         15        20
        """#)
  }

  @Test func barsOnBothSidesOfZero() {
    #expect(
      Samples.bars(look)
        == #"""
        317          ████████████████████ 18.1 %
        204          ██████████████▎      12.9 %
        7       █████                     −4.5 %
        missing                              NaN
        """#)
  }

  @Test func profileInOneRow() {
    #expect(
      Samples.profile(look, signed: false, height: 1)
        == #"""
        ⣾⣾⣷⣿⣾⣦⣷⣷⣾⣾⣷⣿⣾⣦⣷⣷⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀
        """#)
  }

  @Test func profileWithNegativeValues() {
    #expect(
      Samples.profile(look, signed: true, height: 2)
        == #"""
        ⢸⣾⣷⣿⣾⣦⢰⣷⣾⣾⣷⣿⡆⣦⣷⣷⣀⣀⡀⣀⣀⣀⣀⣀⣀⢀⣀⣀⣀⣀⣀⢀
        ⡇     ⡇     ⢸     ⢸      ⡇     ⡇
        """#)
  }

  @Test func heatMapInShades() {
    #expect(
      Samples.heatMap(look)
        == #"""
           a     b    c     d     e
        a      ░░░░░░▒▒▒▒▒▓▓▓▓▓▓██████
        b ░░░░░      ░░░░░[▒▒▒▒]▓▓▓▓▓▓
        c ▒▒▒▒▒░░░░░░     ░░░░░░▒▒▒▒▒▒
        d ▓▓▓▓▓▒▒▒▒▒▒░░░░░      ░░░░░░
        e ?????▓▓▓▓▓▓▒▒▒▒▒░░░░░░
          0.0    ░░░░░▒▒▒▒▓▓▓▓▓███ 4.0
        """#)
  }

  @Test func pictureInShades() {
    #expect(
      Samples.image(look)
        == #"""
          ██  ██
        ░░▓▓  ██
        ▒▒▒▒  ██
        ▓▓░░  ██
        ██    ██
        """#)
  }

  @Test func endOfAMillionRows() {
    #expect(
      Samples.table(look, width: 70)
        == #"""
          class                         n  rank  condition ▾  health
          4                       999,996   119      3.1e+05  rank-deficient
        ● Q                       999,997   119      3.1e+05  rank-deficient
          漢字                    999,998   119      3.1e+05  rank-deficient
        ▸ a class with a long n…  999,999   119      3.1e+05  rank-deficient ▐
        """#)
  }

  @Test func tableWithoutItsLowestPriorityColumn() {
    #expect(
      Samples.table(look, width: 40)
        == #"""
          class                 n  condition ▾
          4               999,996      3.1e+05
        ● Q               999,997      3.1e+05
          漢字            999,998      3.1e+05
        ▸ a class with …  999,999      3.1e+05 ▐
        """#)
  }

  @Test func tableWithOneColumnLeft() {
    #expect(
      Samples.table(look, width: 10)
        == #"""
          class
          4
        ● Q
          漢字
        ▸ a cla… ▐
        """#)
  }
}
