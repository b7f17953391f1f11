import Foundation
import Testing
import WeirCore

/// The Swift arithmetic against the executable specification, `Tests/Model/lease_model.py`.
@Suite struct ModelTests {
    /// The lines that the model prints for these arguments.
    private func histories(_ arguments: String...) throws -> [[Substring]] {
        let model = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../Model")
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = ["python3", model.appending(path: "histories.py").path] + arguments
        let pipe = Pipe()
        process.standardOutput = pipe
        try process.run()
        let output = pipe.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        #expect(process.terminationStatus == 0)
        return String(decoding: output, as: UTF8.self).split(separator: "\n").map { $0.split(separator: " ") }
    }

    /// Numerators and `per` are reduced by their common divisor here, so credit is compared in the model's unit.
    private func terms(_ line: [Substring]) throws -> (LimitTerms, scale: Int64) {
        let numbers = line.dropFirst().compactMap { Int64($0) }
        let terms = try #require(LimitTerms(capacity: numbers[0], tokens: numbers[1], microseconds: numbers[2]))
        return (terms, numbers[2] / terms.per)
    }

    @Test(arguments: 1...4)
    func everyAnswerIsTheModels(_ seed: Int) throws {
        let authority = LocalAuthority()
        var store = ModelStore(terms: try #require(LimitTerms(capacity: 1, tokens: 1, microseconds: 1)))
        var slot = LimitSlot(full: store.terms, at: 0)
        var scale: Int64 = 1
        var (shared, local) = (0, 0)
        for line in try histories("\(seed)", "400", "50") {
            let numbers = line.map { Int64($0) ?? -1 }
            switch line[0] {
            case "store":
                let (terms, found) = try terms(line)
                store = ModelStore(terms: terms)
                slot = LimitSlot(full: terms, at: 0)
                scale = found
            case "call":
                let answer = store.answer(
                    ModelStore.Call(
                        now: numbers[1], agent: String(line[2]), sequence: numbers[3], spent: numbers[4],
                        age: numbers[5], back: numbers[6], need: numbers[7], first: numbers[8], ahead: numbers[9],
                        ttl: numbers[10], sharePercent: numbers[11]))
                try #require(
                    answer == ModelStore.Answer(held: numbers[13] == 1, granted: numbers[14], retry: numbers[15]),
                    "\(line)")
                try #require(store.bucket.credit * scale == numbers[16], "\(line)")
                try #require(store.outstanding == numbers[17], "\(line)")
                shared += 1
            default:
                let (now, tokens, granted, retry) = (numbers[1], numbers[2], numbers[4], numbers[5])
                let tenure = authority.secure(
                    tokens, &slot, store.terms, now: Instant(microseconds: now, wallMicroseconds: 0))
                try #require(tenure == (granted == tokens ? .held : .refused(microseconds: retry)), "\(line)")
                if tenure == .held { authority.spend(tokens, &slot) }
                try #require(slot.bucket.credit * scale == numbers[6], "\(line)")
                local += 1
            }
        }
        #expect(shared == 10_000)
        #expect(local == 10_000)
    }

    /// The model's check can fail: a rule that is dropped is caught within these histories.
    @Test(arguments: [("order", 60), ("fence", 60), ("expiry", 150), ("clock", 150)])
    func theModelCatchesABrokenRule(_ rule: String, _ histories: Int) throws {
        let model = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../Model/lease_model.py")
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = ["python3", model.path, "\(histories)", "--break-\(rule)"]
        process.standardOutput = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        #expect(process.terminationStatus == 1)
    }
}
