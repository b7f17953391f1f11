/// What a server says of itself on connecting (INFO), as far as it matters here.
package struct ServerFacts: Sendable, Equatable {
    /// Of Redis, as `7.0.15`.
    package var version: String
    /// Which process, and which life of its data: `run_id:master_replid`, the script's `run`.
    package var run: [UInt8]
    /// Whether it takes writes, as it follows nobody.
    package var isPrimary: Bool
    /// Whether every change is written to a file before long.
    package var appendsToFile: Bool
    /// Whether a snapshot was taken since the start.
    package var hasSnapshot: Bool
    /// `maxmemory-policy`.
    package var evictionPolicy: String
    /// How many replicas follow it.
    package var replicas: Int
    /// Whether it refuses writes when too few replicas follow (`min-replicas-to-write`).
    package var needsReplicas: Bool

    /// - Parameter info: the text of INFO; nil without a run id.
    package init?(info: [UInt8]) {
        var fields: [Substring: Substring] = [:]
        for line in String(decoding: info, as: UTF8.self).split(whereSeparator: \.isNewline) {
            guard let colon = line.firstIndex(of: ":") else { continue }
            fields[line[..<colon]] = line[line.index(after: colon)...]
        }
        guard let run = fields["run_id"], !run.isEmpty else { return nil }
        version = String(fields["redis_version"] ?? "")
        self.run = Array("\(run):\(fields["master_replid"] ?? "")".utf8)
        isPrimary = fields["role"] == "master"
        appendsToFile = fields["aof_enabled"] == "1"
        hasSnapshot = (fields["rdb_last_bgsave_time_sec"] ?? "-1") != "-1"
        evictionPolicy = String(fields["maxmemory_policy"] ?? "noeviction")
        replicas = fields["connected_slaves"].flatMap { Int($0) } ?? 0
        needsReplicas = fields["min_slaves_good_slaves"] != nil
    }

    /// What of its settings weakens the bound.
    package var warnings: [ServerWarning] {
        var found: [ServerWarning] = []
        let parts = version.split(separator: ".").map { Int($0) ?? 0 }
        if (parts.first ?? 0) < 7 { found.append(.version(version)) }
        if evictionPolicy != "noeviction" { found.append(.eviction(policy: evictionPolicy)) }
        if !appendsToFile { found.append(.persistence(hasSnapshot: hasSnapshot)) }
        if replicas > 0, !needsReplicas { found.append(.replicas(replicas)) }
        return found
    }
}
