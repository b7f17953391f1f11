/// The keys that scripts read, at the top of the report.
extension FloorReport {
    func encode(into json: inout KeyedEncodingContainer<ReportKey>) throws {
        try json.object("closed_64x1") { try closed64x1.encode(into: &$0) }
        try json.object("closed_8x16") { try closed8x16.encode(into: &$0) }
        try json.object("http_64x1") { try http64x1.encode(into: &$0) }
        try json.object("cpu_per_check") { try closed64x1.encodeProcessorTime(into: &$0) }
        try json.object("cpu_per_check_8x16") { try closed8x16.encodeProcessorTime(into: &$0) }
        try json.object("cpu_per_check_http") { try http64x1.encodeProcessorTime(into: &$0) }
        try json.object("open_20k") { object in
            try object.encode(open)
            try object.object("floor") { try $0.encode(openFloor) }
        }
        try limiter.encode(into: &json)
        let mebibyte = 1_048_576.0
        try json.encode(footprint.bytesWithoutTables / mebibyte, "rss_mb")
        try json.encode(footprint.residentBytes / mebibyte, "vm_rss_mb")
        try json.encode(footprint.bytesPerKey, "table_bytes_per_key")
        try json.encode(footprint.startMilliseconds.median, "startup_ms")
    }
}
