import Foundation

/// The program's own text, for rules that only its text can break.
enum SourceFiles {
    static func swift(under path: String) throws -> [String] {
        let names = try FileManager.default.subpathsOfDirectory(atPath: path).filter { $0.hasSuffix(".swift") }
        precondition(!names.isEmpty, "no sources under \(path)")
        return names.map { "\(path)/\($0)" }
    }

    static func text(_ path: String) throws -> String { try String(contentsOfFile: path, encoding: .utf8) }
}
