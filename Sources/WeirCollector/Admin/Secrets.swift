import Crypto
import FoundationEssentials

/// What follows from the pepper: digests of API keys, and keys of its own for cursors and answers.
package struct Secrets: Sendable {
    private let pepper: SymmetricKey
    private let cursors: SymmetricKey

    /// - Parameter pepper: at least 32 bytes of text, the same for all collectors and agents.
    package init(pepper: String) {
        self.pepper = SymmetricKey(data: Data(pepper.utf8))
        cursors = HKDF<SHA256>.deriveKey(
            inputKeyMaterial: self.pepper, info: Data("weir cursor".utf8), outputByteCount: 32)
    }

    /// What is kept of an API key, in hexadecimal.
    func digest(ofKey text: String) -> String {
        HMAC<SHA256>.authenticationCode(for: Data(text.utf8), using: pepper).hex
    }

    /// What only this pepper makes.
    var check: String { digest(ofKey: "weir-pepper-check") }

    // MARK: Cursors

    private static let macBytes = 16

    /// A place in a list, so that it can be given back and nothing else can.
    func cursor(_ place: String, in list: String) -> String {
        CursorText(place: place, proof: mac(place, list)).text
    }

    /// The place of a cursor; nil for what is none of this list.
    func place(_ cursor: String, in list: String) -> String? {
        guard let cursor = CursorText(cursor) else { return nil }
        // Compared as digests, so that it takes as long for every cursor.
        let given = SHA256.hash(data: Data(cursor.proof.utf8))
        return given == SHA256.hash(data: Data(mac(cursor.place, list).utf8)) ? cursor.place : nil
    }

    private func mac(_ place: String, _ list: String) -> String {
        HMAC<SHA256>.authenticationCode(for: Data("\(list)\n\(place)".utf8), using: cursors).prefix(Self.macBytes).hex
    }

    // MARK: Answers

    /// Seals an answer under the idempotency key that asked for it: who has the database, and the pepper besides, cannot read the
    /// secrets in it.
    func seal(_ answer: [UInt8], under key: String) throws -> String {
        let box = try AES.GCM.seal(Data(answer), using: answerKey(key))
        guard let combined = box.combined else { return "" }
        return combined.base64EncodedString()
    }

    func open(_ sealed: String, under key: String) throws -> [UInt8] {
        guard let data = Data(base64Encoded: sealed) else { throw CryptoKitError.authenticationFailure }
        return Array(try AES.GCM.open(try AES.GCM.SealedBox(combined: data), using: answerKey(key)))
    }

    private func answerKey(_ key: String) -> SymmetricKey {
        HKDF<SHA256>.deriveKey(inputKeyMaterial: pepper, info: Data("weir answer \(key)".utf8), outputByteCount: 32)
    }
}
