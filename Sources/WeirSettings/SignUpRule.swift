/// Who may sign up on the collector's page.
package enum SignUpRule: String, CaseIterable, Sendable {
    /// Nobody: there is no form.
    case off
    /// Anybody, to plans that cost nothing to begin with and give no credit.
    case free
}
