/// Texts from outside that the ledger keeps: ids, actors, reasons.
enum LedgerText {
    static let maximumBytes = 200

    /// Checks that a text is there, is not too long, and has no control characters.
    static func check(_ text: String, _ field: String) throws(StoreError) {
        if text.isEmpty {
            throw .refused(.invalid, field, "expected 1 to \(maximumBytes) bytes of text, found nothing")
        }
        guard text.utf8.count <= maximumBytes else {
            throw .refused(
                .invalid, field, "expected at most \(maximumBytes) bytes of text, found \(text.utf8.count): shorten it")
        }
        guard text.unicodeScalars.allSatisfy({ $0.value >= 0x20 && $0.value != 0x7f }) else {
            throw .refused(
                .invalid, field, "expected text without control characters, found \(quoted(text)): take them out")
        }
    }

    /// A text for an error: escaped, and cut.
    static func quoted(_ text: String) -> String {
        String(text.unicodeScalars.prefix(40).map(Character.init)).debugDescription
    }
}
