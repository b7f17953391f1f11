/// One question to all Sentinels, where the primary is, and when their answers suffice.
///
/// An answer that more than half of all Sentinels give counts at once; else the most frequent of those that came, and among
/// equals the one of the Sentinel that stands first. Whether the server is a primary indeed, it has to say itself.
package struct SentinelPoll {
    /// What one Sentinel says.
    package enum Answer: Equatable {
        /// Where the primary is.
        case primary(RedisAddress)
        /// It watches no primary of this name.
        case unknownName
        /// It gave no answer.
        case failed(StoreTrouble)
    }

    /// What all of them come to.
    package enum Verdict: Equatable {
        /// Where the primary is.
        case primary(RedisAddress)
        /// Nobody says where the primary is.
        case none(StoreTrouble)
    }

    private let name: String
    private var answers: [Answer?]
    private var isDecided = false

    /// - name: of the primary. sentinels: how many are asked.
    package init(name: String, sentinels: Int) {
        self.name = name
        answers = Array(repeating: nil, count: sentinels)
    }

    /// Takes an answer; returns what has been found out, once.
    package mutating func answered(_ index: Int, _ answer: Answer) -> Verdict? {
        guard !isDecided, answers.indices.contains(index), answers[index] == nil else { return nil }
        answers[index] = answer
        let verdict = verdict
        isDecided = verdict != nil
        return verdict
    }

    private var verdict: Verdict? {
        let named = answers.compactMap { answer -> RedisAddress? in
            if case .primary(let address) = answer { address } else { nil }
        }
        let counts = named.reduce(into: [RedisAddress: Int]()) { $0[$1, default: 0] += 1 }
        let most = counts.values.max() ?? 0
        let isComplete = !answers.contains { $0 == nil }
        guard isComplete || most * 2 > answers.count else { return nil }
        if let first = named.first(where: { counts[$0] == most }) { return .primary(first) }
        if answers.contains(.unknownName) { return .none(.unreachable(reason: "no Sentinel knows the name \(name)")) }
        for case .failed(let trouble)? in answers { return .none(trouble) }
        return .none(.unreachable(reason: "no Sentinel answers"))
    }
}
