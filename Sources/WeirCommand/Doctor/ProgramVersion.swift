/// The version of a program: three numbers.
package struct ProgramVersion: Comparable, Sendable, CustomStringConvertible {
    private let numbers: [Int]

    package init(_ numbers: Int...) { self.numbers = numbers }

    /// The first version in a text: `nginx version: nginx/1.22.1`, `HAProxy version 2.6.12-1+deb12u4 2026/…`, `v2.6.2 h1:…`.
    ///
    /// - Parameter mark: what it stands behind, where numbers may come before it.
    package init(in text: String, behind mark: Character? = nil) {
        var rest = text[...]
        if let mark, let index = rest.firstIndex(of: mark) { rest = rest[rest.index(after: index)...] }
        while let start = rest.firstIndex(where: { $0.isASCII && $0.isNumber }) {
            let word = rest[start...].prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
            let numbers = word.split(separator: ".").compactMap { Int($0) }
            if numbers.count >= 2 {
                self.numbers = Array(numbers.prefix(3))
                return
            }
            rest = rest[word.endIndex...]
        }
        numbers = []
    }

    package var isKnown: Bool { !numbers.isEmpty }

    package static func < (left: ProgramVersion, right: ProgramVersion) -> Bool {
        left.numbers.lexicographicallyPrecedes(right.numbers)
    }

    package var description: String { numbers.map(String.init).joined(separator: ".") }
}
