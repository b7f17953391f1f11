import Foundation

/// The files of `protocol/vectors`.
enum ProtocolVectors {
    static func text(_ name: String) throws -> String {
        let root = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../../")
        return try String(contentsOf: root.appending(path: "protocol/vectors/\(name)"), encoding: .utf8)
    }
}
