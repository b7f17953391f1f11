import Configuration
import Glibc

/// Reads settings from the environment and from secret files, and collects every problem instead of stopping at the
/// first.
package struct SettingsReader {
    /// Bytes of a secret file.
    private static let maximumSecretBytes = 64 * 1_024

    private let provider: EnvironmentVariablesProvider
    package private(set) var problems: [String] = []
    package private(set) var effective: [EffectiveSetting] = []

    package init(environment: [String: String], secrets: [String]) {
        provider = EnvironmentVariablesProvider(
            environmentVariables: environment, secretsSpecifier: .specific(Set(secrets)))
    }

    /// The value of a setting; its default when it is not set, or wrong, which is then among the problems.
    package mutating func read<Value: Sendable>(_ setting: Setting<Value>) -> Value {
        guard let (text, source) = text(of: setting) else {
            effective.append(EffectiveSetting(name: setting.name, value: setting.defaultText, source: .default))
            return setting.defaultValue
        }
        let shown = setting.isSecret ? "(set)" : text
        effective.append(EffectiveSetting(name: setting.name, value: shown, source: source))
        if let value = setting.kind.parse(text) { return value }
        problems.append("\(setting.name)=\(shown): expected \(setting.kind.expectation)")
        return setting.defaultValue
    }

    /// Adds a problem that only several settings together, or the machine, can show.
    package mutating func report(_ problem: String) { problems.append(problem) }

    private mutating func text<Value: Sendable>(
        of setting: Setting<Value>
    ) -> (text: String, source: EffectiveSetting.Source)? {
        let given = value(setting.name)
        guard setting.isSecret, let path = value(setting.fileName) else { return given.map { ($0, .environment) } }
        if given != nil {
            problems.append("\(setting.name): expected either this or \(setting.fileName), found both: unset one")
            return nil
        }
        return secret(at: path, setting.fileName).map { ($0, .file) }
    }

    /// A variable's text. Set to nothing is not set: service managers write `NAME=`.
    private func value(_ name: String) -> String? {
        // The provider of a plain dictionary throws nothing that could be told.
        guard let value = try? provider.environmentValue(forName: name), !value.isEmpty else { return nil }
        return value
    }

    /// The text of a secret's file, without the newline at its end.
    private mutating func secret(at path: String, _ name: String) -> String? {
        var info = stat()
        guard stat(path, &info) == 0, let file = fopen(path, "re") else {
            problems.append("\(name)=\(path): cannot read it: \(String(cString: strerror(errno)))")
            return nil
        }
        defer { fclose(file) }
        if info.st_mode & 0o004 != 0 {
            problems.append("\(name)=\(path): every user can read it: chmod 0600 \(path)")
            return nil
        }
        var bytes = [UInt8](repeating: 0, count: Self.maximumSecretBytes + 1)
        let count = fread(&bytes, 1, bytes.count, file)
        guard count > 0, count <= Self.maximumSecretBytes else {
            problems.append("\(name)=\(path): expected 1 to \(Self.maximumSecretBytes) bytes, found \(count)")
            return nil
        }
        var text = String(decoding: bytes[..<count], as: UTF8.self)
        while text.last?.isNewline == true { text.removeLast() }
        return text
    }
}
