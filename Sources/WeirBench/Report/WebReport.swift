/// Requests per second of web servers, by what stands before their site.
package struct WebReport: Sendable {
    package struct Row: Sendable {
        package let server: WebServer
        package let connections: Int
        package private(set) var nothing = Samples()
        package private(set) var own = Samples()
        package private(set) var stub = Samples()
        package private(set) var agent = Samples()
        fileprivate var agentAnswers = 0.0

        package init(_ server: WebServer, connections: Int) {
            self.server = server
            self.connections = connections
        }

        package mutating func add(_ result: LoadResult, _ door: WebDoor) {
            switch door {
            case .nothing: nothing.add(result.perSecond)
            case .own: own.add(result.perSecond)
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

    /// The lowest ratio of a server, over all numbers of connections.
    package func ratioToStub(_ server: WebServer) -> Double? {
        rows.filter { $0.server == server }.map(\.ratioToStub.median).min()
    }

    /// Answers that passed the agent while a server was measured.
    func agentAnswers(_ server: WebServer) -> Double {
        rows.filter { $0.server == server }.reduce(0) { $0 + $1.agentAnswers }
    }
}
