import WeirStore

/// An enrolled agent as the API shows it.
enum AgentView {
    static let fields = [
        Field("id", .reference, "its id"), Field("name", .text(32...32), "its name in deliveries"),
        Field("namespace", .text(1...63), "the namespace that its token is bound to"),
        Field("token_id", .reference, "the id of its token"), Field("enrolled_at", .time, "when it got its token"),
    ]

    static let mintedFields = fields + [Field("token", .text(1...128), "the token itself, which is shown this once")]

    static func json(_ row: AgentRow) -> JSONValue {
        [
            "id": .text(row.id), "name": .text(row.name), "namespace": .text(row.namespace),
            "token_id": .text(row.tokenID), "enrolled_at": .time(row.enrolledAt),
        ]
    }
}
