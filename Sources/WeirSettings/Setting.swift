/// One environment variable: its name, what it means, its default and its bounds. Everything else is derived from this.
package struct Setting<Value: Sendable>: Sendable {
    package let name: String
    /// One sentence, without a full stop.
    package let meaning: String
    package let kind: SettingKind<Value>
    /// The default as it is shown; empty where there is none.
    package let defaultText: String
    /// The default as it is used.
    package let defaultValue: Value
    /// Whether the value is never shown. A secret can also be given as a file, under the name with `_FILE`.
    package let isSecret: Bool

    package init(
        _ name: String, _ meaning: String, _ kind: SettingKind<Value>, default defaultValue: Value,
        shown defaultText: String, isSecret: Bool = false
    ) {
        self.name = name
        self.meaning = meaning
        self.kind = kind
        self.defaultValue = defaultValue
        self.defaultText = defaultText
        self.isSecret = isSecret
    }

    /// The name of the variable that points to a file with the secret.
    var fileName: String { name + "_FILE" }

    package var description: SettingDescription {
        SettingDescription(
            name: name, meaning: meaning, expectation: kind.expectation, defaultText: defaultText, isSecret: isSecret)
    }
}

extension Setting {
    /// A setting whose default is written as a user would write it.
    ///
    /// Traps when the text is not of the kind: a slip in the table, which the tests read whole.
    package init(
        _ name: String, _ meaning: String, _ kind: SettingKind<Value>, _ text: String, isSecret: Bool = false
    ) {
        guard let value = kind.parse(text) else { preconditionFailure("\(name) has a default that is not of its kind") }
        self.init(name, meaning, kind, default: value, shown: text, isSecret: isSecret)
    }
}
