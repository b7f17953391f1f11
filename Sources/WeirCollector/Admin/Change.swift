/// What a request has changed, for the audit, and its answer.
struct Change: Sendable {
    let answer: Answer
    /// What was done: `key.revoke`.
    let action: String
    /// The id of what was changed.
    let subject: String
    var before: JSONValue = .null
    /// What it is now, without secrets.
    var after: JSONValue

    init(_ answer: Answer, _ action: String, _ subject: String, before: JSONValue = .null, after: JSONValue? = nil) {
        self.answer = answer
        self.action = action
        self.subject = subject
        self.before = before
        self.after = after ?? answer.body
    }
}
