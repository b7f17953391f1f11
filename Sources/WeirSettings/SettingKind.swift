/// How a setting's text becomes a value, and what is said when it does not.
package struct SettingKind<Value: Sendable>: Sendable {
    /// What a value looks like: "a duration from 100ms to 60s".
    package let expectation: String
    package let parse: @Sendable (String) -> Value?

    package init(_ expectation: String, parse: @escaping @Sendable (String) -> Value?) {
        self.expectation = expectation
        self.parse = parse
    }
}

extension SettingKind where Value == String {
    package static let text = SettingKind("text") { $0 }

    package static let path = SettingKind("an absolute path") { $0.hasPrefix("/") ? $0 : nil }

    /// A path, or `off`, which is the empty text.
    package static let pathOrOff = SettingKind("an absolute path, or off") { text in
        text == "off" ? "" : text.hasPrefix("/") ? text : nil
    }

    /// The name of an abstract socket, or `off`, which is the empty text.
    package static let abstractNameOrOff = SettingKind("a name of 1 to 107 letters, digits and ._-, or off") { text in
        if text == "off" { return "" }
        return (1...107).contains(text.utf8.count)
            && text.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "._-".contains($0)) } ? text : nil
    }

    /// An address of these schemes.
    package static func url(_ schemes: String...) -> SettingKind {
        let forms = schemes.map { "\($0)://…" }.joined(separator: " or ")
        return SettingKind(forms) { text in
            schemes.contains { text.hasPrefix("\($0)://") && text.count > $0.count + 3 } || text.isEmpty ? text : nil
        }
    }
}

extension SettingKind where Value == Bool {
    package static let flag = SettingKind("on or off") { text in
        switch text.lowercased() {
        case "on", "1", "true", "yes": true
        case "off", "0", "false", "no": false
        default: nil
        }
    }
}

extension SettingKind where Value == Int {
    package static func integer(_ bounds: ClosedRange<Int>, of unit: String = "") -> SettingKind {
        let what = unit.isEmpty ? "a whole number" : "a number of \(unit)"
        return SettingKind("\(what) from \(bounds.lowerBound) to \(bounds.upperBound)") { text in
            Int(text).flatMap { bounds.contains($0) ? $0 : nil }
        }
    }

    /// Bytes with a unit: `64MiB`, `500kB`, `4096`.
    package static func size(_ bounds: ClosedRange<Int>) -> SettingKind {
        SettingKind("a size from \(sizeText(bounds.lowerBound)) to \(sizeText(bounds.upperBound))") { text in
            let digits = text.prefix { $0.isASCII && $0.isNumber }
            let units = [
                "": 1, "B": 1, "kB": 1_000, "MB": 1_000_000, "GB": 1_000_000_000, "KiB": 1 << 10, "MiB": 1 << 20,
                "GiB": 1 << 30,
            ]
            guard let number = Int(digits), let factor = units[String(text.dropFirst(digits.count))] else { return nil }
            let (bytes, overflow) = number.multipliedReportingOverflow(by: factor)
            return overflow || !bounds.contains(bytes) ? nil : bytes
        }
    }

    /// Rights of a file in octal: `0660`.
    package static let mode = SettingKind("file rights in octal such as 0660") { text in
        guard (3...4).contains(text.count), let mode = Int(text, radix: 8), (0...0o777).contains(mode) else {
            return nil
        }
        return mode
    }

    private static func sizeText(_ bytes: Int) -> String {
        for (factor, unit) in [(1 << 30, "GiB"), (1 << 20, "MiB"), (1 << 10, "KiB")]
        where bytes % factor == 0 && bytes > 0 {
            return "\(bytes / factor)\(unit)"
        }
        return "\(bytes)"
    }
}

extension SettingKind where Value == Duration {
    /// A duration with its unit: `250ms`, `10s`, `10min`, `1h`.
    package static func duration(_ bounds: ClosedRange<Duration>) -> SettingKind {
        let range = "from \(durationText(bounds.lowerBound)) to \(durationText(bounds.upperBound))"
        return SettingKind("a duration \(range), with its unit (ms, s, min or h)") { text in
            let digits = text.prefix { $0.isASCII && $0.isNumber }
            guard let number = Int64(digits), number < 1 << 32 else { return nil }
            let duration: Duration? =
                switch String(text.dropFirst(digits.count)) {
                case "ms": .milliseconds(number)
                case "s": .seconds(number)
                case "min": .seconds(number * 60)
                case "h": .seconds(number * 3_600)
                default: nil
                }
            return duration.flatMap { bounds.contains($0) ? $0 : nil }
        }
    }

    static func durationText(_ duration: Duration) -> String {
        let milliseconds = duration / .milliseconds(1)
        if milliseconds < 1_000 { return "\(Int(milliseconds))ms" }
        let seconds = Int(milliseconds / 1_000)
        if seconds % 3_600 == 0 { return "\(seconds / 3_600)h" }
        return seconds % 60 == 0 ? "\(seconds / 60)min" : "\(seconds)s"
    }
}

extension SettingKind where Value == Duration? {
    /// A duration, or `auto`, which is nil.
    package static func durationOrAuto(_ bounds: ClosedRange<Duration>) -> SettingKind {
        let duration = SettingKind<Duration>.duration(bounds)
        return SettingKind("auto, or \(duration.expectation)") { text in
            text == "auto" ? .some(nil) : duration.parse(text).map { .some($0) }
        }
    }
}

extension SettingKind where Value == [String] {
    /// Parts between commas, white space around them taken off, empty ones left out.
    package static func list(of what: String, _ isAllowed: @escaping @Sendable (String) -> Bool = { _ in true })
        -> SettingKind
    {
        SettingKind("\(what), apart by commas") { text in
            let parts = text.split(separator: ",").map { part in
                String(part.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
            }.filter { !$0.isEmpty }
            return parts.allSatisfy(isAllowed) ? parts : nil
        }
    }
}

extension SettingKind where Value == ListenAddress? {
    /// `127.0.0.1:9187`, `[::1]:9187`, or `off`.
    package static var listen: SettingKind {
        SettingKind("an address and a port such as 127.0.0.1:9187, or off") { text in
            if text == "off" { return .some(nil) }
            return ListenAddress(text).map { .some($0) }
        }
    }
}

extension SettingKind where Value: RawRepresentable & CaseIterable, Value.RawValue == String {
    package static func choice() -> SettingKind {
        SettingKind(Value.allCases.map(\.rawValue).joined(separator: ", ")) { Value(rawValue: $0) }
    }
}
