extension WebReport: Encodable {
    package func encode(to encoder: any Encoder) throws {
        var json = encoder.container(keyedBy: ReportKey.self)
        for server in WebServer.allCases {
            guard let ratio = ratioToStub(server) else { continue }
            try json.object(ReportKey(stringValue: server.rawValue)) { object in
                try object.encode(ratio, "ratio_to_stub")
                for row in rows where row.server == server {
                    try object.object(ReportKey(stringValue: "connections_\(row.connections)")) { object in
                        try object.encode(row.ratioToStub, "ratio_to_stub")
                        try object.encode(row.nothing.median, "nothing_per_second")
                        try object.encode(row.own.median, "own_limiter_per_second")
                        try object.encode(row.stub.median, "stub_per_second")
                        try object.encode(row.agent.median, "agent_per_second")
                    }
                }
            }
        }
    }
}
