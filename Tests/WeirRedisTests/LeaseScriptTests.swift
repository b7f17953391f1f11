import Foundation
import Testing
import WeirRedis

/// The shared lease authority against the executable specification, in a real redis-server.
@Suite(.serialized) struct LeaseScriptTests {
    /// Runs a program of the model without holding a thread of the tests that run meanwhile.
    private func model(
        _ program: String, _ arguments: String...
    ) async throws -> (output: String, status: Int32) {
        try await withCheckedThrowingContinuation { continuation in
            DispatchQueue.global().async { continuation.resume(with: Result { try Self.run(program, arguments) }) }
        }
    }

    private static func run(_ program: String, _ arguments: [String]) throws -> (output: String, status: Int32) {
        let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../Model")
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = ["python3", folder.appending(path: program).path] + arguments
        let pipe = Pipe()
        process.standardOutput = pipe
        try process.run()
        let output = pipe.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return (String(decoding: output, as: UTF8.self), process.terminationStatus)
    }

    @Test func theScriptAnswersAndStoresWhatTheModelDoes() async throws {
        let (output, status) = try await model("differential.py", "300")
        #expect(status == 0, "\(output)")
        #expect(output.contains("no difference"))
    }

    /// The comparison can fail: a rule that only the model drops is a difference.
    @Test(arguments: ["order", "repeat", "fence", "operations", "burn", "forced", "greedy", "used", "debt"])
    func aRuleThatOnlyOneOfThemKeepsIsADifference(_ rule: String) async throws {
        let (output, status) = try await model("differential.py", "300", "--break-\(rule)")
        #expect(status == 1)
        #expect(output.contains("DIFFERENCE"), "\(output)")
    }

    @Test func theScriptCallsWhatTheAccessListAllowsAndNothingElse() async throws {
        let (output, status) = try await model("access.py")
        #expect(status == 0, "\(output)")
    }

    @Test func theScriptThatIsTestedIsTheOneThatShips() async throws {
        let (output, status) = try await model("lease_script.py")
        #expect(status == 0)
        #expect(output == LeaseScript.text)
    }
}
