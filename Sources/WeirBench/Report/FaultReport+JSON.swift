extension FaultReport: Encodable {
    package func encode(to encoder: any Encoder) throws {
        var json = encoder.container(keyedBy: ReportKey.self)
        try json.object("collector_down") { try collectorDown.encode(into: &$0) }
        try json.object("fdatasync_stalled") { try fdatasyncStalled.encode(into: &$0) }
        try json.object("new_keys_10k") { try newKeys.encode(into: &$0) }
        try json.object("store_stopped") { try storeStopped.encode(into: &$0) }
        try json.object("store_slow_50ms") { try storeSlow.encode(into: &$0) }
        try json.object("store_gone") { try storeGone.encode(into: &$0) }
    }
}

extension FaultReport.Pair {
    func encode(into json: inout KeyedEncodingContainer<ReportKey>) throws {
        try json.encode(p99Ratio, "p99_ratio")
        try json.encode(perSecond, "per_second")
        for (name, side) in [("normal", normal), ("broken", broken)] {
            try json.object(ReportKey(stringValue: name)) { object in
                try object.encode(side.p50.median, "p50_us")
                try object.encode(side.p99, "p99_us")
                try object.encode(side.p999.median, "p999_us")
                try object.encode(side.unanswered, forKey: "unanswered")
                try object.encode(side.refused, forKey: "refused")
            }
        }
    }
}
