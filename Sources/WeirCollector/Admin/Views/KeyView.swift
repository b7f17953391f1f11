import WeirStore

/// An API key as the API shows it.
enum KeyView {
    static let states = ["active", "revoked", "expired"]

    static let fields = [
        Field("id", .reference, "its id, which usage has"), Field("consumer", .reference, "the id of its consumer"),
        Field("subscription", .nullable(.reference), "the one contract that it is good for; none: all of its consumer"),
        Field("name", .text(0...100), "its name for people"),
        Field("prefix", .text(1...46), "its first characters"),
        Field("state", .choice(states), "whether it works"), Field("created_at", .time, "when it was made"),
        Field("starts_at", .nullable(.time), "from when it works"),
        Field("expires_at", .nullable(.time), "until when it works"),
        Field("revoked_at", .nullable(.time), "when it was revoked"),
        Field("replaces", .nullable(.reference), "the key that it was rotated from"),
        Field("last_used_at", .nullable(.time), "its last call, to the hour"),
    ]

    static let mintedFields = fields + [Field("key", .text(1...64), "the key itself, which is shown this once")]

    static func json(_ row: KeyRow, now: Int64) -> JSONValue {
        let isOver = row.state == .active && (row.expiresAt ?? .max) <= now
        return [
            "id": .text(row.id), "consumer": .text(row.consumerID), "subscription": JSONValue(row.subscriptionID),
            "name": .text(row.name), "prefix": .text(row.prefix),
            "state": isOver ? "expired" : .text(row.state.rawValue),
            "created_at": .time(row.createdAt), "starts_at": .time(row.startsAt), "expires_at": .time(row.expiresAt),
            "revoked_at": .time(row.revokedAt), "replaces": JSONValue(row.replaces),
            "last_used_at": .time(row.lastUsedAt),
        ]
    }

    static func json(_ row: KeyRow, minted: KeyMint.Minted, now: Int64) -> JSONValue {
        json(row, now: now).with(["key": .text(minted.text)])
    }
}
