import Foundation
import Testing
import WeirCore

/// The Swift arithmetic against the executable specification, `Tests/Model`, and the specification against itself.
@Suite struct ModelTests {
    /// What a program of the model prints, and how it ends.
    private func model(_ program: String, _ arguments: [String]) throws -> (output: String, status: Int32) {
        let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../Model")
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = ["python3", folder.appending(path: program).path] + arguments
        process.standardInput = FileHandle.nullDevice
        let pipe = Pipe()
        process.standardOutput = pipe
        try process.run()
        let output = pipe.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return (String(decoding: output, as: UTF8.self), process.terminationStatus)
    }

    /// The authority that a history's first line asks for.
    private func authority(_ line: [Substring]) throws -> any ModelAuthority {
        let numbers = line.dropFirst().compactMap { Int64($0) }
        switch line[0] {
        case "window": return ModelWindow()
        case "slots": return ModelSlots()
        default:
            // Numerators and `per` are reduced by their common divisor here, so credit is compared in the model's unit.
            let terms = LimitTerms(capacity: numbers[0], tokens: numbers[1], microseconds: numbers[2])
            return ModelStore(terms: try #require(terms), per: numbers[2])
        }
    }

    @Test(arguments: 1...4)
    func everyAnswerIsTheModels(_ seed: Int) throws {
        let local = LocalAuthority()
        var store: any ModelAuthority = ModelSlots()
        var terms = try #require(LimitTerms(capacity: 1, tokens: 1, microseconds: 1))
        var slot = LimitSlot(full: terms, at: 0)
        var scale: Int64 = 1
        var (shared, alone) = (0, 0)
        let (output, status) = try model("histories.py", ["\(seed)", "400", "50"])
        #expect(status == 0)
        for line in output.split(separator: "\n").map({ $0.split(separator: " ") }) {
            let numbers = line.map { Int64($0) ?? -1 }
            switch line[0] {
            case "call":
                let (call, expected) = (ModelCall(line), ModelAnswer(line[18...]))
                let answer = store.answer(try #require(call))
                try #require(answer == expected, "\(line)")
                shared += 1
            case "local":
                let (now, tokens, granted, retry) = (numbers[1], numbers[2], numbers[4], numbers[5])
                let tenure = local.secure(tokens, &slot, terms, now: Instant(microseconds: now, wallMicroseconds: 0))
                try #require(tenure == (granted == tokens ? .held : .refused(microseconds: retry)), "\(line)")
                if tenure == .held { local.spend(tokens, &slot) }
                try #require(slot.bucket.credit * scale == numbers[6], "\(line)")
                alone += 1
            default:
                store = try authority(line)
                guard let bucket = store as? ModelStore else { continue }
                terms = bucket.terms
                slot = LimitSlot(full: terms, at: 0)
                scale = bucket.scale
            }
        }
        #expect(shared == 10_000)
        #expect(alone == 10_000)
    }

    @Test func theModelsBoundsHold() throws {
        let (output, status) = try model("lease_model.py", ["80"])
        #expect(status == 0, "\(output)")
    }

    /// The model's checks can fail: a rule that is dropped is caught within so many histories.
    @Test(
        arguments: [
            ("order", 60), ("expiry", 150), ("clock", 150), ("fence", 60), ("thaw", 60), ("trust", 500),
            ("collect", 60), ("repeat", 1000), ("kept", 1000), ("operations", 1500), ("burn", 60), ("reclaim", 1000),
            ("end", 60), ("identity", 60), ("register", 1000), ("renew", 60), ("return", 60), ("forced", 60),
            ("greedy", 60), ("equal", 60), ("used", 150), ("version", 60), ("smaller", 60), ("recall", 60),
            ("full", 60),
            ("share", 60), ("debt", 60),
        ])
    func theModelCatchesABrokenRule(_ rule: String, _ histories: Int) throws {
        let (output, status) = try model("lease_model.py", ["\(histories)", "--break-\(rule)"])
        #expect(status == 1)
        #expect(output.contains("VIOLATION"), "\(output)")
    }
}
