/// Makes the ids of rows: a prefix that says of what, `_`, and 26 digits of Crockford's base32 in lower case: 48 bits of
/// milliseconds since 1970, then 80 random bits. Ids that one process makes later sort later, so that a list by id that is read in parts
/// skips none of them; those of several processes do to the millisecond.
package struct Identifier: Sendable {
    /// What rows there are, by the prefix of their ids.
    package enum Kind: String, CaseIterable, Sendable {
        case consumer = "con"
        case key
        case subscription = "sub"
        case grant = "grt"
        case order = "ord"
        case account = "acc"
        case transfer = "trf"
        case invoice = "inv"
        case charge = "chg"
        case export = "exp"
        case provider = "prv"
        case product = "prd"
        case route = "rte"
        case meter = "mtr"
        case plan = "pln"
        case token = "tok"
        case agent = "agt"
    }

    /// Letters and digits behind the prefix.
    private static let digits = 26
    private static let alphabet = Array("0123456789abcdefghjkmnpqrstvwxyz".utf8)

    private let milliseconds: @Sendable () -> Int64
    private let random: @Sendable () -> (UInt16, UInt64)
    private let sequence: IdentifierSequence

    /// - Parameters:
    ///   - milliseconds: the time, since 1970.
    ///   - random: 80 random bits; where it is given the ids are in order among themselves alone.
    package init(
        milliseconds: @escaping @Sendable () -> Int64, random: (@Sendable () -> (UInt16, UInt64))? = nil
    ) {
        self.milliseconds = milliseconds
        self.random = random ?? { (.random(in: 0 ... .max), .random(in: 0 ... .max)) }
        sequence = random == nil ? .process : IdentifierSequence()
    }

    /// A new id.
    package func next(_ kind: Kind) -> String {
        let bits = sequence.next(UInt64(clamping: milliseconds()) & 0xffff_ffff_ffff) {
            let (high, low) = random()
            return UInt128(high) << 64 | UInt128(low)
        }
        let text = (0..<Self.digits).map { place in
            Self.alphabet[Int(truncatingIfNeeded: bits >> UInt128((Self.digits - 1 - place) * 5)) & 31]
        }
        return "\(kind.rawValue)_" + String(decoding: text, as: UTF8.self)
    }

    /// Whether a text is an id of a kind, as far as its form tells.
    package static func isWellFormed(_ text: String, _ kind: Kind) -> Bool {
        let head = "\(kind.rawValue)_"
        return text.hasPrefix(head) && text.utf8.count == head.utf8.count + digits
            && text.utf8.dropFirst(head.utf8.count).allSatisfy(alphabet.contains)
    }
}
