import Crypto
import FoundationEssentials
package import WeirCore

/// The secret under which keys are digested: `WEIR_KEY_PEPPER`, the same for all agents and collectors of a fleet.
package enum KeyPepper {
    /// What computes digests under a pepper: HMAC-SHA-256.
    package static func hasher(_ pepper: String) -> KeyHasher {
        let key = SymmetricKey(data: Array(pepper.utf8))
        return KeyHasher { text in
            let code = text.withUnsafeBytes { HMAC<SHA256>.authenticationCode(for: $0, using: key) }
            guard let digest = code.withUnsafeBytes({ KeyDigest($0.bytes) }) else {
                preconditionFailure("an HMAC-SHA-256 that is not 32 bytes")
            }
            return digest
        }
    }
}
