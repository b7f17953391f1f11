/// Requests per second of nginx, by what stands before its site.
package struct NginxReport: Sendable {
    package struct Row: Sendable {
        package let connections: Int
        package private(set) var nothing = Samples()
        package private(set) var limitReq = Samples()
        package private(set) var stub = Samples()
        package private(set) var agent = Samples()
        fileprivate var agentAnswers = 0.0

        package init(connections: Int) { self.connections = connections }

        package mutating func add(_ result: LoadResult, _ door: NginxDoor) {
            switch door {
            case .nothing: nothing.add(result.perSecond)
            case .limitReq: limitReq.add(result.perSecond)
            case .stub: stub.add(result.perSecond)
            case .agent:
                agent.add(result.perSecond)
                agentAnswers += Double(result.answers)
            }
        }

        /// The agent's by the stub's, round by round.
        package var ratioToStub: Samples { agent.ratios(to: stub) }
    }

    package var rows: [Row] = []

    package init() {}

    /// The lowest ratio of all numbers of connections.
    package var ratioToStub: Double { rows.map(\.ratioToStub.median).min() ?? 0 }

    /// Answers that passed the agent while they were measured.
    var agentAnswers: Double { rows.reduce(0) { $0 + $1.agentAnswers } }
}
