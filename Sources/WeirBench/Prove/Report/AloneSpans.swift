import WeirCore

/// When agents decided by their outage policy, as their answers say: what the declared excess of `local` depends on.
package struct AloneSpans {
    /// Of each agent, in microseconds since the start, the ends of spans by turns.
    private var edges: [(at: Int64, agents: Int)] = []
    private let agents: Int

    /// - Parameter answers: of each agent, in the order of time.
    package init(_ answers: [[(at: Int64, isAlone: Bool)]]) {
        agents = answers.count
        for own in answers {
            var isAlone = false
            var before: Int64 = 0
            for answer in own {
                // Between two answers it may have been alone if either says so.
                if answer.isAlone, !isAlone { edges.append((before, 1)) }
                if !answer.isAlone, isAlone { edges.append((answer.at, -1)) }
                isAlone = answer.isAlone
                before = answer.at
            }
            if isAlone { edges.append((before, -1)) }
        }
        edges.sort { ($0.at, $0.agents) < ($1.at, $1.agents) }
    }

    /// Whether all of them were alone at some time.
    package var wereAllAlone: Bool {
        var count = 0
        for edge in edges {
            count += edge.agents
            if count == agents { return true }
        }
        return false
    }

    package var wereAnyAlone: Bool { !edges.isEmpty }

    /// The sum over time of k/N, in seconds, while k of N agents were alone and not all of them.
    package var partialSeconds: Double {
        var (count, since, sum) = (0, Int64(0), 0.0)
        for edge in edges {
            if count < agents { sum += Double(count) / Double(agents) * Double(edge.at - since) / 1e6 }
            count += edge.agents
            since = edge.at
        }
        return sum
    }
}
