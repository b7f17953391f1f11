import CLinux
import Glibc
package import WeirCore

/// Which deliveries the collector has acknowledged, so that one that was restored from a backup is noticed.
///
/// Each delivery carries the agent's name (128 random bits that stay with its directory) and a number that only grows; the
/// collector says which number it knew before. A number below the last one that it acknowledged means that it has forgotten,
/// and what is still here is sent again: totals are merged by max, so that this is harmless, even when it was in vain.
package struct DeliveryBook: Sendable {
    private static let name = "deliveries"

    package private(set) var agent: Hash128
    /// The last number that was acknowledged.
    package private(set) var acknowledged: UInt64
    private let path: String

    /// Opens the book of a journal's directory; a new one where it is missing or not what was written.
    package init(in path: String) {
        self.path = path
        let words = (try? Directory(path).read(Self.name))
            .map {
                String(decoding: $0.prefix(64), as: UTF8.self).split(whereSeparator: \.isWhitespace).map(String.init)
            }
        if let words, words.count == 2, let agent = Hash128(hex: words[0]), let number = UInt64(words[1]),
            number < 1 << 62
        {
            self.agent = agent
            acknowledged = number
            return
        }
        agent = Self.fresh()
        acknowledged = 0
        // The collector gives the name a token: it stays.
        save()
    }

    private static func fresh() -> Hash128 {
        var fresh = Hash128(low: 0, high: 0)
        _ = withUnsafeMutableBytes(of: &fresh) { linux_random($0.baseAddress, $0.count) }
        return fresh
    }

    /// The number of the next delivery; the same until one is acknowledged.
    package var next: UInt64 { acknowledged + 1 }

    /// Whether the collector has forgotten what it had acknowledged.
    ///
    /// - Parameter known: the number that it knew before the next delivery; nil where it says none.
    package func hasForgotten(_ known: UInt64?) -> Bool { known.map { $0 < acknowledged } ?? false }

    /// Whether somebody else delivers under the same name: the disk was copied, or put back as it was.
    ///
    /// - Parameter known: as above. Only a repeat of the next delivery makes it as high as its number.
    package func isShared(_ known: UInt64?) -> Bool { known.map { $0 > next } ?? false }

    /// Takes another name, under which nothing was delivered yet.
    package mutating func rename() {
        agent = Self.fresh()
        acknowledged = 0
        save()
    }

    /// Notes that the next delivery was taken.
    package mutating func acknowledge() {
        acknowledged = next
        save()
    }

    /// Not synced: a number that is too low hides a loss, and never makes one up.
    private func save() {
        guard let directory = try? Directory(path) else { return }
        let temporary = ".\(Self.name)"
        guard let file = try? directory.open(temporary, flags: O_WRONLY | O_CREAT | O_TRUNC),
            (try? file.write(Array("\(agent.hex) \(acknowledged)\n".utf8), path: temporary)) != nil
        else { return }
        try? directory.rename(temporary, to: Self.name)
    }
}
