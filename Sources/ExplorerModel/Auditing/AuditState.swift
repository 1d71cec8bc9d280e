public import OODData
public import OODDetection

/// What is known about the training samples' labels, near duplicates, and whether classes are Gaussian.
public struct AuditState: Sendable {
  /// The latest audit of the labels, which may be that of another setting.
  private var audited: AuditedData?
  /// The latest search for near duplicates.
  private var duplicates: (found: NearDuplicates, normalization: Normalization)?
  /// The latest check of the classes, which may be that of another setting.
  private var fits: ClassFits?
}

// MARK: Values

extension AuditState {
  /// The audit of the labels at a setting; `nil` until it is computed. The score does not matter.
  public func audited(at setting: DetectorSetting) -> AuditedData? {
    guard let audited, audited.setting.fit == setting.fit,
      audited.setting.regularization == setting.regularization
    else { return nil }
    return audited
  }

  /// The near duplicates among the features as a setting normalizes them; `nil` until they are found.
  public func nearDuplicates(at setting: DetectorSetting) -> NearDuplicates? {
    duplicates?.normalization == setting.fit.normalization ? duplicates?.found : nil
  }

  /// Whether the classes are Gaussian at a setting; `nil` until it is computed.
  public func classFits(at setting: DetectorSetting) -> ClassFits? {
    fits?.setting == setting ? fits : nil
  }
}

// MARK: Changes

extension AuditState {
  mutating func take(_ audited: AuditedData) { self.audited = audited }

  mutating func take(_ found: NearDuplicates, _ normalization: Normalization) {
    duplicates = (found, normalization)
  }

  mutating func take(_ fits: ClassFits) { self.fits = fits }

  /// Forgets everything about other data.
  mutating func begin() { self = AuditState() }
}
