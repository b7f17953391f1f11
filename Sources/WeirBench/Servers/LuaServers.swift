/// nginx with the Lua client, before the agent and before an echo: two processes, as the client is set up once in each.
struct LuaServers: WebServerUnderLoad {
    private let agent: NginxServer
    private let stub: NginxServer

    /// - Parameters:
    ///   - agent: the agent's native socket.
    ///   - stub: that of an echo which answers as the agent does.
    init(_ programs: BenchPrograms, agent: String, stub: String) throws(BenchFailure) {
        self.agent = try .scripted(programs, asks: agent, behind: .agent)
        self.stub = try .scripted(programs, asks: stub, behind: .stub)
    }

    func endpoint(_ door: WebDoor) -> Endpoint { (door == .stub ? stub : agent).endpoint(door) }
}
