/// The addresses of one prefix, first and last.
package struct AddressRange: Hashable, Sendable, BitwiseCopyable {
    package var first: IPAddress
    package var last: IPAddress

    package init(first: IPAddress, last: IPAddress) {
        self.first = first
        self.last = last
    }

    /// Reads `192.0.2.0/24`, `2001:db8::/32` or one address; nil for anything else.
    package init?(_ text: String) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count <= 2, !text.contains("["), !text.contains("%"),
            let address = Array(parts[0].utf8).withBytes({ IPAddress(text: $0) })
        else { return nil }
        // "192.0.2.1:80" reads as an address elsewhere; in a rule it is a slip.
        if address.isIPv4, parts[0].contains(":"), !parts[0].hasPrefix("::") { return nil }
        var bits = 128
        if parts.count == 2 {
            let width = address.isIPv4 && parts[0].contains(".") ? 32 : 128
            guard let given = Int(parts[1]), (0...width).contains(given) else { return nil }
            bits = given + 128 - width
        }
        let high = IPAddress.mask(bits)
        let low = IPAddress.mask(bits - 64)
        self.init(
            first: IPAddress(high: address.high & high, low: address.low & low),
            last: IPAddress(high: address.high | ~high, low: address.low | ~low))
    }

    /// The same addresses as ranges in order that do not touch, so that one search finds any.
    package static func merged(_ ranges: [AddressRange]) -> [AddressRange] {
        var merged: [AddressRange] = []
        for range in ranges.sorted(by: { $0.first < $1.first }) {
            if let last = merged.last, range.first <= last.last {
                merged[merged.count - 1].last = max(last.last, range.last)
            } else {
                merged.append(range)
            }
        }
        return merged
    }
}
