/// What the doctor found about one thing.
package struct Finding: Equatable, Encodable, Sendable {
    package enum Verdict: String, Encodable, Sendable {
        case ok
        /// Works, and may be meant: what it does is said.
        case note
        case trouble
    }

    /// What was looked at; the same for the trouble and for the ok in its place: `nginx-keepalive`.
    package var id: String
    package var verdict: Verdict
    package var text: String
    /// What to do; nil where nothing is to be done.
    package var fix: String?

    package static func ok(_ id: String, _ text: String) -> Finding { Finding(id: id, verdict: .ok, text: text) }

    package static func note(_ id: String, _ text: String, fix: String? = nil) -> Finding {
        Finding(id: id, verdict: .note, text: text, fix: fix)
    }

    package static func trouble(_ id: String, _ text: String, fix: String) -> Finding {
        Finding(id: id, verdict: .trouble, text: text, fix: fix)
    }

    /// Trouble where there is some, else ok.
    package static func check(
        _ id: String, _ holds: Bool, ok: String, trouble: String, fix: String
    ) -> Finding {
        holds ? .ok(id, ok) : .trouble(id, trouble, fix: fix)
    }
}
