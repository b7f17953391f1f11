import Foundation
import Testing
import WeirBilling

/// The plans of `protocol/plans.md`.
@Suite struct PlanDocumentTests {
    static let plans: [String] = {
        let file = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../protocol/plans.md")
        let text = (try? String(contentsOf: file, encoding: .utf8)) ?? ""
        return text.components(separatedBy: "\n```").filter { $0.hasPrefix("\nplan ") }
    }()

    @Test func thereAreEnoughOfThem() {
        #expect(Self.plans.count >= 7)
        #expect(Self.plans.contains { $0.contains("currency CNY") && $0.contains("in Asia/Shanghai") })
        for mode in PlanMode.allCases {
            #expect(Self.plans.contains { $0.contains("mode \(mode.rawValue)") }, "\(mode)")
        }
    }

    @Test(arguments: plans)
    func eachIsReadAndReadsBackAsTheSame(_ text: String) throws {
        let plan = try #require(reading(text).plan, "\(reading(text).errors)")
        let printed = PlanText.print(plan)
        #expect(reading(printed).plan == plan, "\(printed)")
        for meter in plan.prices.keys { #expect(try plan.priceFunction(of: meter) != nil) }
    }

    @Test func theExamplesCostWhatTheySay() throws {
        func plan(_ code: String) throws -> Plan {
            let text = try #require(Self.plans.first { $0.hasPrefix("\nplan \(code)\n") })
            return try PlanText.parse(text).plan
        }
        let payg = try plan("payg")
        #expect(try payg.priceFunction(of: "bytes_out")?.cost(of: 1_010_000_000_000) == ExactAmount(Money("89.8 USD")))
        #expect(payg.prices["calls"]?.included == 1_000)
        let big = try plan("enterprise-2026")
        // 20 million at 0.15, less a tenth; the minimum is met.
        #expect(try big.priceFunction(of: "calls")?.closingCost(of: 20_000_000) == ExactAmount(Money("2700 EUR")))
        #expect(try big.priceFunction(of: "calls")?.closingCost(of: 0) == ExactAmount(Money("900 EUR")))
        #expect(try plan("team").whenUsedUp("bytes_out") == .deny)
        #expect(try plan("season").rules == "day: 5000/day in Pacific/Auckland")
    }
}
