import Foundation
import Testing
import WeirFuzzing
import WeirTestSupport

/// The fuzzer's properties hold for its seeds, for every input that ever broke one, and for as many changes of them as are fast.
@Suite struct FuzzTests {
    private static func inputs(_ folder: String, _ target: FuzzTarget) throws -> [[UInt8]] {
        let path = "\(Programs.repository)/Tests/Fuzz/\(folder)/\(target.rawValue)"
        let names = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
        return try names.sorted().map { [UInt8](try Data(contentsOf: URL(filePath: "\(path)/\($0)"))) }
    }

    @Test func everyTargetHasSeeds() throws {
        for target in FuzzTarget.allCases { #expect(try !Self.inputs("Corpus", target).isEmpty, "\(target)") }
    }

    // The targets share a limiter, as one process of the fuzzer would.
    @Test func thePropertiesHoldForSeedsFailuresAndChangesOfThem() throws {
        for target in FuzzTarget.allCases {
            let seeds = try Self.inputs("Corpus", target) + Self.inputs("Failures", target)
            for seed in seeds { target.check(seed) }
            var random = SeededRandom(20_261_125)
            for _ in 0..<300 {
                guard var input = seeds.randomElement(using: &random), !input.isEmpty else { continue }
                for _ in 0..<Int.random(in: 1...4, using: &random) { Self.change(&input, &random) }
                target.check(input)
            }
        }
    }

    /// Flips, removes, repeats or cuts.
    private static func change(_ input: inout [UInt8], _ random: inout SeededRandom) {
        guard !input.isEmpty else { return }
        let place = Int.random(in: input.indices, using: &random)
        switch Int.random(in: 0..<5, using: &random) {
        case 0: input[place] ^= UInt8.random(in: 1...255, using: &random)
        case 1: input.remove(at: place)
        case 2: input.insert(input[place], at: place)
        case 3: input.removeSubrange(place...)
        default: input += input[place...]
        }
    }
}
