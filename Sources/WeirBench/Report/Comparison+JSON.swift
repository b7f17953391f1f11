extension Comparison {
    func encode(into json: inout KeyedEncodingContainer<ReportKey>) throws {
        try json.encode(ratio, "ratio")
        try json.encode(agent.perSecond.median, "agent_per_second")
        try json.encode(floor.perSecond.median, "floor_per_second")
        try json.encode(agent.serverShare.median, "agent_busy")
        try json.encode(floor.serverShare.median, "floor_busy")
        try json.object("agent") { try $0.encode(agent.latencies) }
        try json.object("floor") { try $0.encode(floor.latencies) }
    }

    func encodeProcessorTime(into json: inout KeyedEncodingContainer<ReportKey>) throws {
        try json.encode(processorRatio, "ratio")
        try json.encode(agent.microsecondsPerAnswer.median, "agent_us")
        try json.encode(floor.microsecondsPerAnswer.median, "floor_us")
    }
}
