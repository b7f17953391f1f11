/// Tokens, agents, and answers that were given.
extension Catalogue {
    // MARK: Tokens

    package func add(_ draft: TokenRow) throws(StoreError) -> TokenRow {
        var token = draft
        token.id = identifier.next(.token)
        token.createdAt = now
        if let end = token.expiresAt, end <= now {
            throw .refused(.invalid, "expires_at", "expected a time to come")
        }
        try insert(token)
        return token
    }

    /// The token of a digest, while it is good.
    package func token(digest: String) throws(StoreError) -> TokenRow? {
        guard let token = try find(TokenRow.self, "digest", digest), token.revokedAt == nil,
            (token.expiresAt ?? .max) > now
        else { return nil }
        return token
    }

    package func token(_ id: String) throws(StoreError) -> TokenRow {
        try referred(TokenRow.self, .token, id, or: nil, field: "token", refusal: .missing)
    }

    package func revoke(_ token: TokenRow) throws(StoreError) -> TokenRow {
        if token.revokedAt != nil { return token }
        var token = token
        token.revokedAt = now
        try update(token)
        return token
    }

    // MARK: Agents

    /// Gives an agent a token of its own; one that it had is no more good.
    package func enrol(name: String, namespace: String, digest: String) throws(StoreError) -> AgentRow {
        let token = try add(
            TokenRow(scope: .agent, subject: namespace, name: "agent \(name)", digest: digest))
        guard var known = try find(AgentRow.self, "name", name) else {
            let agent = AgentRow(
                id: identifier.next(.agent), name: name, namespace: namespace, tokenID: token.id, enrolledAt: now)
            try insert(agent)
            return agent
        }
        _ = try revoke(try self.token(known.tokenID))
        (known.namespace, known.tokenID, known.enrolledAt) = (namespace, token.id, now)
        try update(known)
        return known
    }

    /// The agent that a token was given to.
    package func agent(token id: String) throws(StoreError) -> AgentRow? {
        try find(AgentRow.self, "token_id", id)
    }

    // MARK: Answers

    /// An answer that was given before.
    package struct GivenAnswer: Equatable, Sendable {
        /// What it answers: a digest of the request.
        package var request: String
        package var status: Int64
        /// The sealed body.
        package var answer: String

        package init(request: String, status: Int64, answer: String) {
            self.request = request
            self.status = status
            self.answer = answer
        }
    }

    /// How long answers are kept, in seconds.
    package static let answerLife: Int64 = 86_400

    package func answer(to id: String) throws(StoreError) -> GivenAnswer? {
        let rows = try connection.run(
            "SELECT request, status, answer FROM idempotency WHERE id = $1 AND created_at > $2",
            [.text(id), .integer(now - Self.answerLife)])
        guard let row = rows.first else { return nil }
        return GivenAnswer(request: try row.text(0), status: try row.integer(1), answer: try row.text(2))
    }

    /// Keeps an answer for a day; those that are older are forgotten.
    package func keep(_ answer: GivenAnswer, to id: String) throws(StoreError) {
        _ = try connection.run("DELETE FROM idempotency WHERE created_at <= $1", [.integer(now - Self.answerLife)])
        _ = try connection.run(
            "INSERT INTO idempotency (id, request, status, answer, created_at) VALUES ($1, $2, $3, $4, $5)",
            [.text(id), .text(answer.request), .integer(answer.status), .text(answer.answer), .integer(now)])
    }

    // MARK: The pepper

    /// Notes which pepper keys are made with, unless it is known; refused when keys were made with another one.
    package func check(pepper digest: String) throws(StoreError) {
        let known = try connection.run("SELECT digest FROM pepper_check WHERE id = 1").first
        if let known, try known.text(0) == digest { return }
        if known != nil, try first(KeyRow.self, where: []) != nil {
            throw StoreError(
                .failed,
                "WEIR_KEY_PEPPER is not the one that this database's keys were made with: set that one, or every key is unknown"
            )
        }
        _ = try connection.run(
            "INSERT INTO pepper_check (id, digest) VALUES (1, $1) ON CONFLICT (id) DO UPDATE SET digest = excluded.digest",
            [.text(digest)])
    }
}
