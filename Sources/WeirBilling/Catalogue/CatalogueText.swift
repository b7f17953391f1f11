/// Checks of the texts and numbers that people give to the catalogue. Each error names the field, what it takes, its limit, and what
/// to write.
enum CatalogueText {
    /// A letter, then letters, digits, `.`, `_` and `-`: codes of plans and meters, names of routes. Limits and reasons have such names.
    static func code(_ text: String, _ field: String) throws(BillingError) -> String {
        let isRight = text.utf8.first.map(isLetter) ?? false && text.utf8.allSatisfy(isCodePart)
        guard isRight, text.utf8.count <= CatalogueLimits.code else {
            throw BillingError(
                field,
                expected: "a letter, then letters, digits, \".\", \"_\" or \"-\", at most \(CatalogueLimits.code)",
                found: found(text), advice: advice(nearestCode(text), or: "write a short name such as calls"))
        }
        return text
    }

    /// A code in lower-case letters, digits and hyphens: it stands in addresses of pages, so one spelling is enough.
    static func slug(_ text: String, _ field: String) throws(BillingError) -> String {
        let isRight =
            text.utf8.first.map(isLowerCase) ?? false && text.utf8.last != hyphen && text.utf8.allSatisfy(isSlugPart)
        guard isRight, text.utf8.count <= CatalogueLimits.code else {
            throw BillingError(
                field,
                expected:
                    "a lower-case letter, then lower-case letters, digits and inner \"-\", at most \(CatalogueLimits.code)",
                found: found(text), advice: advice(nearestSlug(text), or: "write a short name such as weather"))
        }
        return text
    }

    /// A name for people: any text of one line without controls and without white space around it.
    static func name(_ text: String, _ field: String) throws(BillingError) -> String {
        guard text.utf8.count <= 4 * CatalogueLimits.name, text.count <= CatalogueLimits.name else {
            throw BillingError(
                field, expected: "at most \(CatalogueLimits.name) characters", found: "more", advice: "shorten it")
        }
        let hasControls = text.unicodeScalars.contains {
            $0.properties.generalCategory == .control || $0 == "\u{2028}" || $0 == "\u{2029}"
        }
        guard !text.isEmpty, !hasControls, text.first?.isWhitespace == false, text.last?.isWhitespace == false else {
            throw BillingError(
                field,
                expected: "one line of text, without white space around it, of 1 to \(CatalogueLimits.name) characters",
                found: found(text), advice: "write a name for people, such as Weather data")
        }
        return text
    }

    /// A host name in lower case, or `*.` and one; no scheme, port or path.
    static func host(_ text: String, _ field: String) throws(BillingError) -> String {
        let labels = (text.hasPrefix("*.") ? text.dropFirst(2) : text[...]).utf8.split(
            separator: dot, omittingEmptySubsequences: false)
        let isRight = labels.allSatisfy { label in
            (1...63).contains(label.count) && label.first != hyphen && label.last != hyphen
                && label.allSatisfy(isHostPart)
        }
        guard text.utf8.count <= CatalogueLimits.host, isRight else {
            throw BillingError(
                field,
                expected: "a host in lower case without scheme and port, of at most \(CatalogueLimits.host) characters",
                found: found(text),
                advice: advice(nearestHost(text), or: "write it as api.example.com or *.example.com"))
        }
        return text
    }

    /// A pattern of paths: `/`, then printable ASCII; `*` is any run of characters, `?` one.
    static func path(_ text: String, _ field: String) throws(BillingError) -> String {
        let isRight =
            (text.utf8.first == slash || text.utf8.first == star)
            && text.utf8.allSatisfy { (0x21...0x7e).contains($0) && $0 != quote }
        guard isRight, text.utf8.count <= CatalogueLimits.path else {
            let fixed = text.utf8.first == slash ? nil : "/" + text
            let suggestion = fixed.flatMap { (try? path($0, field)) }
            throw BillingError(
                field,
                expected:
                    "a path that begins with \"/\", \"*\" for any characters, of at most \(CatalogueLimits.path) characters, without spaces and quotes",
                found: found(text),
                advice: advice(suggestion, or: "write it as /v1/*; other characters percent-encoded"))
        }
        return text
    }

    /// A method: capital letters.
    static func method(_ text: String, _ field: String) throws(BillingError) -> String {
        guard (1...20).contains(text.utf8.count), text.utf8.allSatisfy({ isUpperCase($0) || $0 == hyphen }) else {
            let capitals = text.utf8.count <= 20 ? text.uppercased() : ""
            let suggestion = capitals == text ? nil : try? method(capitals, field)
            throw BillingError(
                field, expected: "a method in capital letters, of at most 20", found: found(text),
                advice: advice(suggestion, or: "write it as GET"))
        }
        return text
    }

    /// The address of a page, `https://…` or `http://…`, in printable ASCII.
    static func url(_ text: String, _ field: String) throws(BillingError) -> String {
        let rest = text.hasPrefix("https://") ? text.dropFirst(8) : text.hasPrefix("http://") ? text.dropFirst(7) : ""
        let forbidden: [UInt8] = [quote, UInt8(ascii: "<"), UInt8(ascii: ">"), UInt8(ascii: "\\"), UInt8(ascii: "`")]
        let isRight =
            rest.utf8.first.map { isHostPart($0) || $0 == UInt8(ascii: "[") } ?? false
            && rest.utf8.allSatisfy { (0x21...0x7e).contains($0) && !forbidden.contains($0) }
        guard isRight, text.utf8.count <= CatalogueLimits.url else {
            throw BillingError(
                field, expected: "an address with https:// or http://, of at most \(CatalogueLimits.url) characters",
                found: found(text), advice: "write it as https://example.com/docs")
        }
        return text
    }

    static func number(_ number: Int64, _ range: ClosedRange<Int64>, _ field: String, advice: String)
        throws(BillingError) -> Int64
    {
        guard range.contains(number) else {
            throw BillingError(
                field, expected: "a number from \(range.lowerBound) to \(range.upperBound)", found: "\(number)",
                advice: advice)
        }
        return number
    }

    /// A list whose entries are checked, each once.
    static func list(
        _ entries: [String], most: Int, _ field: String, _ check: (String, String) throws(BillingError) -> String
    ) throws(BillingError) -> [String] {
        guard entries.count <= most else {
            throw BillingError(
                field, expected: "at most \(most)", found: "\(entries.count)", advice: "use fewer, or patterns")
        }
        var seen: Set<String> = []
        for (index, entry) in entries.enumerated() {
            guard seen.insert(try check(entry, "\(field)[\(index)]")).inserted else {
                throw BillingError(
                    "\(field)[\(index)]", expected: "each entry once", found: found(entry) + " again",
                    advice: "leave it out")
            }
        }
        return entries
    }

    // MARK: What is said of them

    static func found(_ text: String) -> String { text.isEmpty ? "nothing" : BillingError.quoted(text) }

    private static func advice(_ suggestion: String?, or other: String) -> String {
        suggestion.map { "try \($0)" } ?? other
    }

    private static func nearestCode(_ text: String) -> String? {
        let kept = replaced(text.utf8.prefix(200)) { isCodePart($0) ? $0 : underscore }
        return kept.utf8.first.map(isLetter) == true ? kept : nil
    }

    private static func nearestSlug(_ text: String) -> String? {
        let kept = replaced(text.utf8.prefix(200)) { isSlugPart($0) ? $0 : isUpperCase($0) ? $0 | 0x20 : hyphen }
        return kept.utf8.first.map(isLowerCase) == true ? kept : nil
    }

    private static func nearestHost(_ text: String) -> String? {
        var rest = text.utf8.count <= 300 ? text[...] : ""
        for scheme in ["https://", "http://"] where rest.hasPrefix(scheme) { rest = rest.dropFirst(scheme.count) }
        let host = rest.prefix { $0 != "/" && $0 != ":" }.lowercased()
        return host == text || host.isEmpty ? nil : try? Self.host(host, "host")
    }

    /// The text with other characters in place of those that are not taken, without such at its end, if that is short enough.
    private static func replaced(_ bytes: Substring.UTF8View, _ replace: (UInt8) -> UInt8) -> String {
        var kept: [UInt8] = []
        for byte in bytes.map(replace)
        where byte < 0x80 && !(kept.last == byte && (byte == hyphen || byte == underscore)) {
            kept.append(byte)
        }
        while let last = kept.last, last == hyphen || last == underscore { kept.removeLast() }
        return String(decoding: kept.prefix(CatalogueLimits.code), as: UTF8.self)
    }

    // MARK: Characters

    private static let hyphen = UInt8(ascii: "-")
    private static let underscore = UInt8(ascii: "_")
    private static let dot = UInt8(ascii: ".")
    private static let slash = UInt8(ascii: "/")
    private static let star = UInt8(ascii: "*")
    private static let quote = UInt8(ascii: "\"")

    private static func isLowerCase(_ byte: UInt8) -> Bool { (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) }
    private static func isUpperCase(_ byte: UInt8) -> Bool { (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) }
    private static func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }
    private static func isLetter(_ byte: UInt8) -> Bool { isLowerCase(byte) || isUpperCase(byte) }
    private static func isHostPart(_ byte: UInt8) -> Bool { isLowerCase(byte) || isDigit(byte) || byte == hyphen }
    private static func isSlugPart(_ byte: UInt8) -> Bool { isHostPart(byte) }
    private static func isCodePart(_ byte: UInt8) -> Bool {
        isLetter(byte) || isDigit(byte) || byte == dot || byte == underscore || byte == hyphen
    }
}
