extension NginxReport: Encodable {
    package func encode(to encoder: any Encoder) throws {
        var json = encoder.container(keyedBy: ReportKey.self)
        try json.encode(ratioToStub, "ratio_to_stub")
        for row in rows {
            try json.object(ReportKey(stringValue: "connections_\(row.connections)")) { object in
                try object.encode(row.ratioToStub, "ratio_to_stub")
                try object.encode(row.nothing.median, "nothing_per_second")
                try object.encode(row.limitReq.median, "limit_req_per_second")
                try object.encode(row.stub.median, "stub_per_second")
                try object.encode(row.agent.median, "agent_per_second")
            }
        }
    }
}
