/// The variables of the native protocol's clients, which read them themselves: here so that they are documented in one place,
/// and no program takes them for a slip of the pen.
package enum ClientTable {
    /// What happens to a request that has no answer.
    private enum OnTrouble: String, CaseIterable, Sendable {
        case open, closed
    }

    package static let declarations = [
        Setting(
            "WEIR_CLIENT_DEADLINE", "How long a request waits for the agent's answer",
            .duration(.milliseconds(1)...(.seconds(60))), "20ms"
        ).description,
        Setting(
            "WEIR_CLIENT_ON_TROUBLE", "What happens without an answer: requests pass, or they get 503",
            SettingKind<OnTrouble>.choice(), "open"
        ).description,
        Setting(
            "WEIR_CLIENT_DENY_CACHE",
            "Lua: how long a denial for its rate or quota is remembered at most, without asking again; or off",
            .duration(.milliseconds(1)...(.seconds(86_400))), "10s"
        ).description,
        Setting(
            "WEIR_CLIENT_CONNECTIONS", "Lua: connections of each nginx worker; a request that needs one more waits",
            .integer(1...1_024), "32"
        ).description,
    ]
}
