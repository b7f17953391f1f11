import Foundation

/// A plan's file, as commands take it.
enum PlanFile {
    /// - Parameter file: its path; `-` for standard input.
    static func read(_ file: String) throws -> String {
        if file == "-" { return String(decoding: FileHandle.standardInput.readDataToEndOfFile(), as: UTF8.self) }
        guard let data = FileManager.default.contents(atPath: file) else {
            throw CommandFailure.noAnswer("cannot read \(file)")
        }
        guard let text = String(validating: data, as: UTF8.self) else {
            throw CommandFailure.negative("\(file): expected UTF-8")
        }
        return text
    }

    /// Does something with the file's text: places in the text, `text: 2:4: …`, are told as places in the file.
    static func placed<Result>(_ file: String, _ work: () async throws -> Result) async throws -> Result {
        do {
            return try await work()
        } catch let error as CommandFailure.Said {
            let lines = error.message.split(separator: "\n", omittingEmptySubsequences: false).map { line in
                line.hasPrefix("text: ") ? "\(file):\(line.dropFirst(6))" : String(line)
            }
            throw CommandFailure.Said(message: lines.joined(separator: "\n"), code: error.code)
        }
    }
}
