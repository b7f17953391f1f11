import Foundation
import Testing
import WeirTestSupport

/// One block of `protocol/vectors/spoe.txt`.
struct SPOEVector: CustomTestStringConvertible, Sendable {
    var name: String
    var after: [String]
    var frame: [UInt8]
    var expect: String

    var testDescription: String { name }

    /// Every vector of the file, in its order.
    static func all() throws -> [SPOEVector] {
        let path = "\(Programs.repository)/protocol/vectors/spoe.txt"
        return try String(contentsOfFile: path, encoding: .utf8).components(separatedBy: "\n\n").compactMap { block in
            var fields: [String: String] = [:]
            for line in block.split(separator: "\n") where !line.hasPrefix("#") {
                let words = line.split(separator: " ", maxSplits: 1)
                fields[String(words[0])] = words.count > 1 ? words[1].trimmingCharacters(in: .whitespaces) : ""
            }
            guard let name = fields["vector"] else { return nil }
            return SPOEVector(
                name: name, after: (fields["after"] ?? "").split(separator: " ").map(String.init),
                frame: try #require(bytes(hex: fields["hex"] ?? "")), expect: fields["expect"] ?? "")
        }
    }

    /// The frame of a vector.
    static func frame(_ name: String) throws -> [UInt8] {
        try #require(try all().first { $0.name == name }).frame
    }

    private static func bytes(hex: String) -> [UInt8]? {
        let digits = Array(hex.filter { $0 != " " })
        guard digits.count.isMultiple(of: 2) else { return nil }
        var bytes: [UInt8] = []
        for index in stride(from: 0, to: digits.count, by: 2) {
            guard let byte = UInt8(String(digits[index...index + 1]), radix: 16) else { return nil }
            bytes.append(byte)
        }
        return bytes
    }

    /// Whether an answer is what is expected, `*` aside.
    func isMet(by answer: SPOPAnswer, isClosed: Bool) -> Bool {
        let found = answer.fields.map { field in
            "\(field.name)=" + (expect.contains(" \(field.name)=*") ? "*" : field.value)
        }
        let text = answer.description.split(separator: " ").prefix(3).map(String.init) + found
        return text.joined(separator: " ") + (isClosed ? " and the end" : "") == expect
    }
}
