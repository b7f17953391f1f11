import WeirCore
import WeirSettings

/// Values are taken or refused by each kind of setting; variables are taken, or refused with their names.
enum SettingsProperty {
    static func check(_ input: [UInt8]) {
        guard let text = String(validating: input, as: UTF8.self) else { return }
        checkKinds(text)
        // Reading all variables takes a hundred times as long as parsing one: one input in 1,024.
        if input.reduce(0, { $0 &* 31 &+ Int($1) }) & 1_023 == 0 || text.contains("WEIR_LIMITS=5/s") {
            checkVariables(text)
        }
    }

    private static func checkKinds(_ text: String) {
        if let duration = Kinds.duration.parse(text) { precondition(duration >= .zero, "a time before now") }
        if let size = Kinds.size.parse(text) { precondition((1 << 10...1 << 40).contains(size), "out of bounds") }
        if let mode = Kinds.mode.parse(text) { precondition((0...0o777).contains(mode), "out of bounds") }
        if let number = Kinds.integer.parse(text) { precondition((1...1_000).contains(number), "out of bounds") }
        if let address = Kinds.listen.parse(text) ?? nil {
            precondition(ListenAddress(address.description) == address, "an address is not read back")
        }
        if let parts = Kinds.list.parse(text) { precondition(parts.allSatisfy { !$0.isEmpty }, "an empty part") }
        _ = Kinds.url.parse(text)
        _ = Kinds.flag.parse(text)
    }

    /// Made once.
    private enum Kinds {
        static let duration = SettingKind<Duration>.duration(.zero...(.seconds(86_400)))
        static let size = SettingKind<Int>.size(1 << 10...1 << 40)
        static let mode = SettingKind<Int>.mode
        static let integer = SettingKind<Int>.integer(1...1_000)
        static let listen = SettingKind<ListenAddress?>.listen
        static let list = SettingKind<[String]>.list(of: "words")
        static let url = SettingKind<String>.url("http", "https")
        static let flag = SettingKind<Bool>.flag
    }

    private static func checkVariables(_ text: String) {
        var environment: [String: String] = [:]
        for line in text.split(separator: "\n") {
            let parts = line.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            // Paths of secrets are opened: any file of this machine, which is not what is fuzzed.
            guard parts.count == 2, !parts[0].hasSuffix("_FILE") else { continue }
            environment[String(parts[0])] = String(parts[1])
        }
        func look(_ read: () throws(SettingsError) -> [EffectiveSetting]) {
            do throws(SettingsError) {
                let effective = try read()
                precondition(!effective.isEmpty, "no setting in force")
            } catch {
                precondition(!error.problems.isEmpty, "refused without a reason")
                for problem in error.problems { precondition(problem.hasPrefix("WEIR_"), "no name: \(problem)") }
            }
        }
        look { () throws(SettingsError) in try AgentSettings(environment: environment).effective }
        look { () throws(SettingsError) in try CollectorSettings(environment: environment).effective }
        let names = environment.keys.filter { $0.hasPrefix("WEIR_") }.count
        let (problems, warnings) = SettingsCatalogue.unknown(
            in: environment, nearest: { Suggestion.nearest(to: $0, among: $1) })
        precondition(problems.count + warnings.count <= names, "more unknown names than names")
    }
}
