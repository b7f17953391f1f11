import Foundation
import Testing
import WeirBilling

/// The Swift arithmetic against `Tests/Model/billing`, which computes with Python's fractions.
@Suite struct VectorTests {
    /// A fraction of a nano-unit, as `1/3`.
    private func amount(_ text: Substring, _ currency: Currency) throws -> ExactAmount {
        let parts = text.split(separator: "/")
        return try ExactAmount(
            numerator: #require(Int128(parts[0])), denominator: #require(Int64(parts[1])), currency)
    }

    @Test func everyPriceIsTheModels() throws {
        let dollars = try Currency("USD")
        let vectors = try Vectors.lines("rate")
        #expect(vectors.count == 600)
        for fields in vectors {
            let model = try PriceText.model(fields[1], dollars)
            let price = try PriceFunction(model, in: dollars, settled: .arrears)
            let units = try #require(Int64(fields[2]))
            for (expected, cost) in [(fields[3], price.cost), (fields[4], price.closingCost)] {
                if expected == "beyond" {
                    #expect(throws: BillingError.self, "\(fields)") { _ = try cost(units) }
                } else {
                    #expect(try cost(units) == amount(expected, dollars), "\(fields)")
                }
            }
        }
    }

    @Test func everyPartOfAFeeIsTheModels() throws {
        let dollars = try Currency("USD")
        let vectors = try Vectors.lines("prorate")
        #expect(vectors.count == 80)
        for fields in vectors {
            let numbers = fields[2...6].compactMap { Int64($0) }
            let fee = try ProratedFee(Money(nano: numbers[0], dollars), from: numbers[1], to: numbers[2])
            #expect(try fee.share(from: numbers[3], to: numbers[4]) == amount(fields[7], dollars), "\(fields)")
        }
    }

    @Test func everyInvoiceLineIsTheModels() throws {
        let vectors = try Vectors.lines("round")
        #expect(vectors.count == 120)
        for fields in vectors {
            let currency = try Currency(String(fields[1]))
            let line = try RoundedLine(amount(fields[2], currency), carriedIn: amount(fields[3], currency))
            #expect(line.amount.nano == Int64(fields[4]), "\(fields)")
            #expect(try line.carry == amount(fields[5], currency), "\(fields)")
        }
    }

    @Test func theVectorsAreWhatTheModelWrites() throws {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = ["python3", "-B", Vectors.folder.appending(path: "vectors.py").path, "--check"]
        process.standardInput = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        #expect(process.terminationStatus == 0)
    }
}
