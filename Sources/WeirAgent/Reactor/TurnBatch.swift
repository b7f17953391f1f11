import WeirCore

/// Connections whose bytes have come, one behind the other in the reactor's input, and what becomes of each in its turn.
///
/// They are read one after the other, decided under one hold of the lock, and answered one after the other: the lock, the clock and
/// the code of each step are there once for all of them, which is worth a tenth of a check at 64 connections.
struct TurnBatch {
    /// Connections of one batch.
    static let capacity = 64

    struct Entry {
        let slot: Int
        let generation: UInt32
        /// Where its bytes lie in the input, those that had waited first.
        let input: Range<Int>
        /// Of what has waited for the shared store, until when it may wait; nil for what has just come.
        var deadline: Int64?
        /// Whether it is one frame that was held, and not what the connection has sent since.
        var isFrame = false
        /// Where its answers lie in the output.
        var output = 0..<0
        var progress = DoorProgress(consumed: 0, next: .read)
        var tally = DoorTally()
    }

    private(set) var count = 0
    /// The end of what lies in the input.
    private(set) var inputEnd = 0
    private var entries: [Entry]

    init() {
        let none = Entry(slot: 0, generation: 0, input: 0..<0)
        entries = [Entry](repeating: none, count: Self.capacity)
    }

    var isEmpty: Bool { count == 0 }
    var isFull: Bool { count == Self.capacity }

    subscript(index: Int) -> Entry {
        get { entries[index] }
        set { entries[index] = newValue }
    }

    /// Adds a connection whose bytes lie at the end of the input; not when it is full.
    mutating func add(slot: Int, generation: UInt32, byteCount: Int, deadline: Int64? = nil, isFrame: Bool = false) {
        entries[count] = Entry(
            slot: slot, generation: generation, input: inputEnd..<inputEnd + byteCount, deadline: deadline,
            isFrame: isFrame)
        count += 1
        inputEnd += byteCount
    }

    mutating func clear() {
        count = 0
        inputEnd = 0
    }
}
