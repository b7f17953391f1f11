import Foundation

/// The table of `Tests/Model/billing`.
enum Vectors {
    static let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../Model/billing")

    /// The lines of one kind, as their fields.
    static func lines(_ kind: String) throws -> [[Substring]] {
        let text = try String(contentsOf: folder.appending(path: "vectors.txt"), encoding: .utf8)
        return text.split(separator: "\n").map { $0.split(separator: "|") }.filter { $0[0] == kind }
    }
}
