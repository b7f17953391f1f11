import WeirStore

/// A token of the API as the API shows it.
enum TokenView {
    static let scopes = TokenRow.Scope.allCases.map(\.rawValue)

    static let fields = [
        Field("id", .reference, "its id"), Field("scope", .choice(scopes), "what it is good for"),
        Field("subject", .text(0...128), "the provider, consumer or namespace that it is bound to"),
        Field("name", .text(0...100), "its name for people"), Field("created_at", .time, "when it was made"),
        Field("expires_at", .nullable(.time), "until when it is good"),
        Field("revoked_at", .nullable(.time), "when it was revoked"),
    ]

    static let mintedFields = fields + [Field("token", .text(1...128), "the token itself, which is shown this once")]

    static func json(_ row: TokenRow) -> JSONValue {
        [
            "id": .text(row.id), "scope": .text(row.scope.rawValue), "subject": .text(row.subject),
            "name": .text(row.name), "created_at": .time(row.createdAt), "expires_at": .time(row.expiresAt),
            "revoked_at": .time(row.revokedAt),
        ]
    }
}
