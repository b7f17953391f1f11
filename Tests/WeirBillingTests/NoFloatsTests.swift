import Foundation
import Testing
import WeirTestSupport

/// `Tests/no-floats`, which keeps floating point out of the target: that it passes, and that it can fail.
@Suite struct NoFloatsTests {
    private func check(_ folder: String? = nil) throws -> (output: String, status: Int32) {
        let script = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../no-floats")
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = ["bash", script.path] + (folder.map { [$0] } ?? [])
        process.standardInput = FileHandle.nullDevice
        let pipe = Pipe()
        process.standardOutput = pipe
        process.standardError = FileHandle.nullDevice
        try process.run()
        let output = pipe.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return (String(decoding: output, as: UTF8.self), process.terminationStatus)
    }

    @Test func theTargetHasNone() throws {
        let result = try check()
        #expect(result.status == 0, "\(result.output)")
    }

    @Test(arguments: [
        "let rate: Double = 1", "func cost(_ units: Float) {}", "let half = 0.5", "let many = 1e9",
        "let many = 1_0.5_0",
        "    return Double(units)", "import Foundation", "internal import Foundation", "let x = [Float80]()",
        "var t: TimeInterval?",
        "let name = \"a\"; let x = 2.5 // 1", "let amount: Decimal",
        "let text = \"\\(Double(units)) \\(unit)\"",
    ])
    func itRefuses(_ line: String) throws {
        let directory = try TemporaryDirectory()
        try directory.write("Good.swift", "let one = 1\n")
        try directory.write("Bad.swift", "let one = 1\n\(line)\n")
        let result = try check(directory.path)
        #expect(result.status != 0)
        #expect(
            result.output
                == "\(directory.file("Bad.swift")):2: money is computed in integers, without imports:\(line)\n")
    }

    @Test(arguments: [
        "// 0.5 USD is no Double", "let text = \"1.5 \\\" Double\"", "let tuple = pair.0", "let second = $0.1",
        "let DoubleEntry = 1",
        "let range = 0..<10", "let hex = 0x1e5", "let table = \"\"\"\n    1.5 Float\n    \"\"\"",
    ])
    func itLetsPass(_ line: String) throws {
        let directory = try TemporaryDirectory()
        try directory.write("Good.swift", "\(line)\n")
        let result = try check(directory.path)
        #expect(result.status == 0, "\(result.output)")
    }

    @Test func aFolderWithoutSourcesIsAFailure() throws {
        let directory = try TemporaryDirectory()
        #expect(try check(directory.path).status == 1)
        #expect(try check(directory.file("nowhere")).status == 1)
    }
}
