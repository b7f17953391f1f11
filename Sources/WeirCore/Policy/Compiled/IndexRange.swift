/// Elements of one of the policy's tables.
package struct IndexRange: BitwiseCopyable, Sendable {
    var start: UInt32
    var count: UInt32

    init(_ range: Range<Int>) {
        start = UInt32(range.lowerBound)
        count = UInt32(range.count)
    }

    var range: Range<Int> { Int(start)..<Int(start) + Int(count) }
    var isEmpty: Bool { count == 0 }
}
