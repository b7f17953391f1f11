import Foundation
import Testing
import WeirTestSupport

/// A collector with one product, and as many agents as are wanted.
final class Market {
    private static let pepper = "a-pepper-for-tests-0123456789abcdef"

    let shop: ShopUnderTest
    private let database: String
    private(set) var agents: [AgentUnderTest] = []
    private let settings: [String: String]

    init(agents count: Int, _ settings: [String: String] = [:]) throws {
        let directory = try TemporaryDirectory()
        database = settings["WEIR_DATABASE"] ?? "sqlite:\(directory.file("collector"))/collector/weir.sqlite"
        shop = try ShopUnderTest(in: directory, ["WEIR_KEY_PEPPER": Self.pepper].merging(settings) { $1 })
        try #require(try shop.send("POST", "/v1/providers", ["slug": "acme", "name": "Acme"]).status == 201)
        try #require(
            try shop.send(
                "POST", "/v1/products", ["provider": "acme", "slug": "weather", "hosts": ["api.example.com"]]
            ).status == 201)
        for (name, path, weight) in [("search", "/v1/search*", 2), ("forecast", "/v1/forecast*", 1)] {
            let route = try shop.send(
                "POST", "/v1/products/weather/routes", ["name": name, "path": path, "weight": weight])
            try #require(route.status == 201, "\(route.text)")
        }
        self.settings = shop.collector.agentSettings.merging(["WEIR_KEY_PEPPER": Self.pepper]) { $1 }
        for _ in 0..<count { agents.append(try AgentUnderTest(self.settings)) }
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
        _ = agents[number].program.wait(seconds: 10)
        agents[number] = try AgentUnderTest(settings, in: directory)
    }

    func fsck() throws -> (text: String, status: Int32?) {
        let program = try RunningProgram(
            Programs.weir, ["fsck", "--database", database], in: try TemporaryDirectory())
        let status = program.wait(seconds: 30)
        return (program.log, status)
    }
}
