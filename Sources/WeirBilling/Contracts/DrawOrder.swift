/// Which of a consumer's grants is drawn first: the lowest priority number, then what expires first (never comes last), then the oldest, then by
/// id, so that the order is the same everywhere.
package struct DrawRank: Hashable, Sendable, Comparable {
    package let priority: Int64
    package let expires: Int64?
    package let created: Int64
    package let id: String

    package init(priority: Int64 = 0, expires: Int64? = nil, created: Int64, id: String) {
        self.priority = priority
        self.expires = expires
        self.created = created
        self.id = id
    }

    package static func < (left: DrawRank, right: DrawRank) -> Bool {
        if left.priority != right.priority { return left.priority < right.priority }
        if left.expires != right.expires {
            guard let first = left.expires else { return false }
            return right.expires.map { first < $0 } ?? true
        }
        return (left.created, left.id) < (right.created, right.id)
    }
}

/// Draws an amount from several grants.
package enum DrawOrder {
    /// A grant, and what may still be drawn of it, 0 or more.
    package struct Source: Hashable, Sendable {
        package let rank: DrawRank
        package let available: Int64

        package init(_ rank: DrawRank, available: Int64) {
            self.rank = rank
            self.available = available
        }
    }

    package struct Draw: Hashable, Sendable {
        package let id: String
        /// 1 or more.
        package let amount: Int64

        package init(id: String, amount: Int64) {
            self.id = id
            self.amount = amount
        }
    }

    /// What to draw of which grant at an instant, in order, and what no grant covers. Expired ones give nothing.
    package static func draw(_ amount: Int64, from sources: [Source], at now: Int64) -> (
        draws: [Draw], uncovered: Int64
    ) {
        var left = max(0, amount)
        var draws: [Draw] = []
        for source in sources.sorted(by: { $0.rank < $1.rank })
        where left > 0 && source.available > 0 && source.rank.expires ?? .max > now {
            let part = min(left, source.available)
            draws.append(Draw(id: source.rank.id, amount: part))
            left -= part
        }
        return (draws, left)
    }
}
