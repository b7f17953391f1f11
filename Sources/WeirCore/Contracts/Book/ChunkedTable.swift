/// A large table that can be copied for next to nothing: copies share their parts until one of them changes a part.
///
/// A change of the policy is made in a copy, while checks read the original; then the copy takes its place. So a million keys need no room
/// twice, and one key that is revoked costs a part.
struct ChunkedTable<Element: BitwiseCopyable & Sendable>: Sendable {
    private static var shift: Int { 9 }
    /// Elements of a part.
    private static var partCount: Int { 1 << shift }

    private final class Part: @unchecked Sendable {
        // Written only while nobody else refers to it.
        var elements: FixedArray<Element>

        init(repeating value: Element) { elements = FixedArray(count: partCount, repeating: value) }

        init(copying other: Part, filler: Element) {
            elements = FixedArray(count: partCount, repeating: filler)
            for index in 0..<partCount { elements[index] = other.elements[index] }
        }
    }

    private var parts: [Part] = []
    private let filler: Element

    /// - Parameter filler: what stands where nothing was written.
    init(filler: Element) { self.filler = filler }

    /// A table of at least `count` elements.
    init(filler: Element, count: Int) {
        self.filler = filler
        parts.reserveCapacity((count + Self.partCount - 1) >> Self.shift)
        while capacity < count { grow() }
    }

    /// Elements that there is room for.
    var capacity: Int { parts.count << Self.shift }

    var byteCount: Int { capacity * MemoryLayout<Element>.stride + parts.count * 64 }

    /// Makes room for another part.
    mutating func grow() { parts.append(Part(repeating: filler)) }

    subscript(index: Int) -> Element {
        get { parts[index >> Self.shift].elements[index & (Self.partCount &- 1)] }
        set {
            let number = index >> Self.shift
            if !isKnownUniquelyReferenced(&parts[number]) {
                parts[number] = Part(copying: parts[number], filler: filler)
            }
            parts[number].elements[index & (Self.partCount &- 1)] = newValue
        }
    }
}
