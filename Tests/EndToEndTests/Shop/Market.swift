import Foundation
import Testing
import WeirTestSupport

/// A collector with one product, and as many agents as are wanted.
final class Market {
    private static let pepper = "a-pepper-for-tests-0123456789abcdef"

    private(set) var shop: ShopUnderTest
    private let directory: TemporaryDirectory
    private let port: Int
    private let shopSettings: [String: String]
    private let database: String
    private(set) var agents: [AgentUnderTest] = []
    /// What agents of this market are told.
    let settings: [String: String]

    /// - Parameters:
    ///   - settings: those of the collector.
    ///   - hosts: of the product.
    ///   - proxy: makes what is between agents and the collector at a port; nil for nothing.
    init(
        agents count: Int, _ settings: [String: String] = [:], hosts: [String] = ["api.example.com"],
        through proxy: ((Int) -> FaultyProxy)? = nil
    ) throws {
        directory = try TemporaryDirectory()
        port = freePort()
        database = settings["WEIR_DATABASE"] ?? "sqlite:\(directory.file("collector"))/collector/weir.sqlite"
        shopSettings = ["WEIR_KEY_PEPPER": Self.pepper].merging(settings) { $1 }
        shop = try ShopUnderTest(in: directory, port: port, shopSettings)
        try #require(try shop.send("POST", "/v1/providers", ["slug": "acme", "name": "Acme"]).status == 201)
        try #require(
            try shop.send(
                "POST", "/v1/products", ["provider": "acme", "slug": "weather", "hosts": hosts]
            ).status == 201)
        for (name, path, weight) in [("search", "/v1/search*", 2), ("forecast", "/v1/forecast*", 1)] {
            let route = try shop.send(
                "POST", "/v1/products/weather/routes", ["name": name, "path": path, "weight": weight])
            try #require(route.status == 201, "\(route.text)")
        }
        var own = ["WEIR_KEY_PEPPER": Self.pepper]
        if let proxy { own["WEIR_COLLECTOR_URL"] = "http://127.0.0.1:\(proxy(port).port)" }
        self.settings = shop.collector.agentSettings.merging(own) { $1 }
        // All at once: each waits for its own.
        agents = try (0..<count).map { _ in try AgentUnderTest(self.settings, isReady: false) }
        for agent in agents { try agent.waitUntilReady() }
    }

    func meter(_ code: String, _ dimension: String, filter: String = "") throws {
        let meter = try shop.send(
            "POST", "/v1/products/weather/meters", ["code": code, "dimension": dimension, "filter": filter])
        try #require(meter.status == 201, "\(meter.text)")
    }

    func publish(_ text: String) throws {
        let plan = try shop.send("POST", "/v1/plans", ["text": text, "publish": true])
        try #require(plan.status == 201, "\(plan.text)")
    }

    /// A new consumer's key.
    func key(_ plan: String) throws -> String {
        try shop.signUp("Ada", plan: plan).inner("subscription", "key", "key")
    }

    func buy(_ plan: String, _ order: String) throws {
        let bought = try shop.send(
            "POST", "/v1/purchases", ["consumer": "ada", "plan": plan, "order_id": order])
        try #require([200, 201].contains(bought.status), "\(bought.text)")
    }

    func topUp(_ amount: String, _ order: String) throws {
        let paid = try shop.send(
            "POST", "/v1/topups",
            ["consumer": "ada", "amount": amount, "currency": "USD", "order_id": order])
        try #require([200, 201].contains(paid.status), "\(paid.text)")
    }

    /// Kills an agent, and starts its successor.
    func replace(_ number: Int) throws {
        let directory = agents[number].directory
        agents[number].program.kill()
        agents[number] = try AgentUnderTest(settings, in: directory)
    }

    /// Kills the collector, and starts another one on its database and port a while later.
    func replaceCollector(after microseconds: UInt32 = 0) throws {
        shop.collector.program.kill()
        usleep(microseconds)
        shop = try ShopUnderTest(in: directory, port: port, shopSettings)
    }

    /// Copies the disk of an agent that runs, and starts another agent on the copy, beside it.
    func copyDisk(of number: Int) throws {
        let copy = try TemporaryDirectory()
        let disk = agents[number].directory.file("state")
        // Files come and go below: what is no longer there was not copied.
        for folder in ["journal", "policy"] {
            try FileManager.default.createDirectory(
                atPath: copy.file("state/\(folder)"), withIntermediateDirectories: true)
            for name in (try? FileManager.default.contentsOfDirectory(atPath: "\(disk)/\(folder)")) ?? [] {
                try? FileManager.default.copyItem(
                    atPath: "\(disk)/\(folder)/\(name)", toPath: copy.file("state/\(folder)/\(name)"))
            }
        }
        agents.append(try AgentUnderTest(settings, in: copy))
    }

    func fsck() throws -> (text: String, status: Int32?) {
        let program = try RunningProgram(
            Programs.weir, ["fsck", "--database", database], in: try TemporaryDirectory())
        let status = program.wait(seconds: 30)
        return (program.log, status)
    }

    /// A number that the database answers with.
    func number(_ query: String) throws -> Int? {
        if database.hasPrefix("sqlite:") { return try RunningAudit.number(query, String(database.dropFirst(7))) }
        return Int(try PostgresUnderTest.query(query, at: database))
    }
}
