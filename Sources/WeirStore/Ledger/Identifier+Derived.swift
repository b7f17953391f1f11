import WeirCore

extension Identifier {
    /// The id of a row that follows from another one: the same text gives the same id, so that a repeat meets the row that is there.
    static func derived(_ kind: Kind, from text: String) -> String {
        let hash = Hash128(deriving: text)
        let bits = UInt128(hash.high) << 64 | UInt128(hash.low)
        let alphabet = Array("0123456789abcdefghjkmnpqrstvwxyz".utf8)
        let digits = (0..<26).map { alphabet[Int(truncatingIfNeeded: bits >> UInt128((25 - $0) * 5)) & 31] }
        return "\(kind.rawValue)_" + String(decoding: digits, as: UTF8.self)
    }
}
