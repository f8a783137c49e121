extension String {
    /// The text without characters that a terminal obeys: relays, connectors and model servers choose some of the words that are shown.
    package var printable: String {
        guard self.unicodeScalars.contains(where: { !$0.properties.generalCategory.isPrintable }) else { return self }
        let scalars = self.unicodeScalars.map { $0.properties.generalCategory.isPrintable ? $0 : "?" }
        return String(String.UnicodeScalarView(scalars))
    }
}

extension Unicode.GeneralCategory {
    fileprivate var isPrintable: Bool {
        switch self {
        case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .privateUse, .unassigned: false
        default: true
        }
    }
}
