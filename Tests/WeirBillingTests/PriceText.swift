import Testing
import WeirBilling

/// Reads the prefix notation of `Tests/Model/billing/vectors.txt`.
struct PriceText {
    private var words: ArraySlice<Substring>
    private let currency: Currency

    private init(_ text: Substring, _ currency: Currency) {
        words = text.split(separator: " ")[...]
        self.currency = currency
    }

    static func model(_ text: Substring, _ currency: Currency) throws -> PriceModel {
        var reader = PriceText(text, currency)
        let model = try reader.model()
        try #require(reader.words.isEmpty)
        return model
    }

    private mutating func model() throws -> PriceModel {
        switch try word() {
        case "fee": .fee(try money())
        case "unit": .perUnit(try price())
        case "graduated": .graduated(try tiers())
        case "volume": .volume(try tiers())
        case "block": .perBlock(of: try number(), try money())
        case "included": .included(try number(), for: try money(), then: try model())
        case "free": .free(try number(), then: try model())
        case "minimum": .minimum(try money(), try model())
        case "maximum": .maximum(try money(), try model())
        case "off": .off(try Percentage(partsPerMillion: Int(try number())), try model())
        case "sum": .sum(try list { reader in try reader.model() })
        case let other: throw Unknown(word: String(other))
        }
    }

    private struct Unknown: Error { let word: String }

    private mutating func tiers() throws -> [PriceTier] {
        try list { reader in
            let end = try reader.word()
            let price = try reader.price()
            let fee = try reader.money()
            return PriceTier(upTo: Int64(end), price, fee: fee.nano == 0 ? nil : fee)
        }
    }

    private mutating func list<Item>(_ item: (inout PriceText) throws -> Item) throws -> [Item] {
        var items: [Item] = []
        for _ in 0..<(try number()) { items.append(try item(&self)) }
        return items
    }

    private mutating func price() throws -> UnitPrice { UnitPrice(try money(), per: try number()) }
    private mutating func money() throws -> Money { Money(nano: try number(), currency) }
    private mutating func number() throws -> Int64 { try #require(Int64(try word())) }
    private mutating func word() throws -> Substring {
        let word = words.popFirst()
        return try #require(word)
    }
}
