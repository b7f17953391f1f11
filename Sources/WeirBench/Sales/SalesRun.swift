import CLinux
import Glibc
import WeirCore

/// A real collector that sells, and two real agents: from a purchase to the next allowed call, and windows raised per second.
package struct SalesRun {
    package struct Options: Sendable {
        /// Purchases of one call each.
        package var purchases = 300
        /// Rounds of exchanges that are timed, and exchanges of one round.
        package var rounds = 5
        package var exchanges = 100
        /// Windows of an exchange of many.
        package var windows = 100
        /// An empty PostgreSQL database.
        package var postgreSQL: String?

        package init() {}
    }

    private let programs: BenchPrograms
    private let options: Options
    private let progress: (String) -> Void

    package init(_ programs: BenchPrograms, _ options: Options, progress: @escaping (String) -> Void) {
        self.programs = programs
        self.options = options
        self.progress = progress
    }

    package func run() throws(BenchFailure) -> SalesReport {
        var report = SalesReport()
        report.sqlite = try measure(nil, "SQLite")
        if let url = options.postgreSQL { report.postgreSQL = try measure(url, "PostgreSQL") }
        return report
    }

    private func measure(_ database: String?, _ name: String) throws(BenchFailure) -> SalesReport.Database {
        var result = SalesReport.Database()
        let collector = try CollectorServer(programs, database: database)
        let key = try stock(collector)
        let agents = try [0, 1].map { _ throws(BenchFailure) in
            try AgentServer(programs, collector.agentSettings, processor: -1)
        }
        for number in 0..<options.purchases {
            try Interruption.check()
            if number.isMultiple(of: 20) { progress("sales, \(name): purchase \(number + 1) of \(options.purchases)") }
            try buy(number, collector, key, agents[number % agents.count], &result)
        }
        try raise(collector, name, &result)
        return result
    }

    // MARK: Purchases

    /// A product, two plans, and a consumer of the first.
    ///
    /// - Returns: the consumer's key.
    private func stock(_ collector: CollectorServer) throws(BenchFailure) -> String {
        try collector.post("/v1/providers", #"{"slug":"bench","name":"Bench"}"#)
        try collector.post("/v1/products", #"{"provider":"bench","slug":"bench","hosts":["sold.example.com"]}"#)
        try collector.post("/v1/products/bench/meters", #"{"code":"calls","dimension":"calls"}"#)
        for (code, calls) in [("one", 1), ("many", 1_000_000_000)] {
            let lines = [
                "plan \(code)", "of bench", "mode package", "currency USD", "fee 1.00", "grant \(calls) calls",
                "when used up: deny",
            ]
            try collector.post(
                "/v1/plans", #"{"publish":true,"text":""# + lines.map { $0 + #"\n"# }.joined() + #""}"#)
        }
        let answer = try signUp("caller", "one", collector)
        // Its prefix is shown beside it.
        guard let name = answer.firstRange(of: #""key":"weir_live_"#.utf8.map { $0 }) else {
            throw BenchFailure("the collector gave no key")
        }
        let start = name.lowerBound + #""key":""#.utf8.count
        return String(decoding: answer[start..<start + KeyText.byteCount], as: UTF8.self)
    }

    private func signUp(_ name: String, _ plan: String, _ collector: CollectorServer) throws(BenchFailure) -> [UInt8] {
        Array(
            try collector.post(
                "/v1/signups",
                #"{"name":"\#(name)","external_id":"\#(name)","plan":"\#(plan)","accepted_version":1,"key_name":"main"}"#
            ).utf8)
    }

    private func buy(
        _ number: Int, _ collector: CollectorServer, _ key: String, _ agent: AgentServer,
        _ result: inout SalesReport.Database
    ) throws(BenchFailure) {
        let frame = CheckDraft(attributes: [
            ("host", Array("sold.example.com".utf8)), ("path", Array("/call".utf8)), ("api_key", Array(key.utf8)),
        ]).frame(id: 1)
        let start = linux_monotonic_nanoseconds()
        try collector.post("/v1/purchases", #"{"consumer":"caller","plan":"one","order_id":"order-\#(number)"}"#)
        while try !isAllowed(frame, agent) {
            guard linux_monotonic_nanoseconds() - start < 30_000_000_000 else {
                throw BenchFailure("nothing is allowed 30 s after a purchase")
            }
            usleep(500)
        }
        result.toCall.record(linux_monotonic_nanoseconds() - start)
        result.purchases += 1
        if try !isAllowed(frame, agent) { result.denials += 1 }
    }

    private func isAllowed(_ frame: [UInt8], _ agent: AgentServer) throws(BenchFailure) -> Bool {
        func answer(_ bytes: [UInt8]) -> Answer? {
            bytes.withUnsafeBytes { bytes in (try? Answer(.native, in: bytes)) ?? nil }
        }
        return answer(try Exchange.once(agent.native, frame) { answer($0) != nil })?.isAllowed ?? false
    }

    // MARK: Windows

    private func raise(
        _ collector: CollectorServer, _ name: String, _ result: inout SalesReport.Database
    ) throws(BenchFailure) {
        _ = try signUp("raiser", "many", collector)
        let before = try Set(grants(collector))
        for number in 0..<options.windows {
            try collector.post("/v1/purchases", #"{"consumer":"raiser","plan":"many","order_id":"many-\#(number)"}"#)
        }
        let grants = try grants(collector).filter { !before.contains($0) }
        var raising = WindowRaising(grants)
        result.windows = grants.count
        for round in 1...max(1, options.rounds) {
            try Interruption.check()
            progress("sales, \(name): windows, round \(round) of \(options.rounds)")
            for (count, isMany) in [(1, false), (grants.count, true)] {
                let start = linux_monotonic_nanoseconds()
                for _ in 0..<options.exchanges { try raising.raise(count, collector) }
                let seconds = Double(linux_monotonic_nanoseconds() - start) / 1e9
                let rate = Double(count * options.exchanges) / seconds
                if isMany { result.batched.add(rate) } else { result.single.add(rate) }
            }
        }
    }

    private func grants(_ collector: CollectorServer) throws(BenchFailure) -> [RecordID] {
        try collector.policy().split(separator: "\n").compactMap { line in
            let fields = line.split(separator: "\t", omittingEmptySubsequences: false)
            return fields.first == "grant" && fields.count > 1 ? RecordID(RecordID.grant, String(fields[1])) : nil
        }
    }
}
