import WeirCore

/// Makes API keys. What it makes is shown once, and kept nowhere.
struct KeyMint: Sendable {
    let secrets: Secrets

    struct Minted: Sendable {
        /// The whole key.
        let text: String
        /// What is shown of it later.
        let prefix: String
        /// What is kept of it.
        let digest: String
    }

    /// Characters of the random part that people see in lists.
    private static let shownDigits = 4

    func mint(_ use: KeyText.Use) -> Minted {
        var generator = SystemRandomNumberGenerator()
        while true {
            let random = (0..<KeyText.mintBytes).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
            guard let text = KeyText.mint(use, random: random) else { continue }
            return Minted(
                text: text, prefix: String(text.prefix(KeyText.prefixBytes + Self.shownDigits)),
                digest: secrets.digest(ofKey: text))
        }
    }
}
