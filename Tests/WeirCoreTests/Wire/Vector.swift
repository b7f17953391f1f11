import Foundation
import Testing

/// One block of `protocol/vectors/frames.txt`.
struct Vector: CustomTestStringConvertible, Sendable {
    var name: String
    var names: [String]
    var frame: [UInt8]
    var expect: String

    var testDescription: String { name }

    /// Every vector of the file, in its order.
    static func all() throws -> [Vector] {
        let root = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../../")
        let text = try String(contentsOf: root.appending(path: "protocol/vectors/frames.txt"), encoding: .utf8)
        return try text.components(separatedBy: "\n\n").compactMap { block in
            var fields: [String: String] = [:]
            for line in block.split(separator: "\n") where !line.hasPrefix("#") {
                let words = line.split(separator: " ", maxSplits: 1)
                fields[String(words[0])] = words.count > 1 ? words[1].trimmingCharacters(in: .whitespaces) : ""
            }
            guard let name = fields["vector"] else { return nil }
            return Vector(
                name: name, names: (fields["names"] ?? "").split(separator: " ").map(String.init),
                frame: try #require(bytes(hex: fields["hex"] ?? "")), expect: fields["expect"] ?? "")
        }
    }

    /// The bytes of hexadecimal digits, spaces aside; nil when there is anything else.
    static func bytes(hex: String) -> [UInt8]? {
        let digits = hex.filter { $0 != " " }
        guard digits.count.isMultiple(of: 2) else { return nil }
        var bytes: [UInt8] = []
        var rest = Substring(digits)
        while !rest.isEmpty {
            guard let byte = UInt8(rest.prefix(2), radix: 16) else { return nil }
            bytes.append(byte)
            rest = rest.dropFirst(2)
        }
        return bytes
    }
}
