import Crypto
import FoundationEssentials

/// What is kept of a token: SHA-256 of its text. Tokens are 256 random bits, so nothing is gained by guessing.
enum TokenDigest {
    static func hex(_ token: some StringProtocol) -> String { SHA256.hash(data: Data(token.utf8)).hex }

    /// A new token: `weir_token_` and 256 random bits in hexadecimal.
    static func newToken() -> String { "weir_token_" + TokenFile.random() }
}

extension Sequence<UInt8> {
    /// Two lower-case hexadecimal digits for each byte.
    var hex: String {
        map { $0 < 16 ? "0" + String($0, radix: 16) : String($0, radix: 16) }.joined()
    }
}
