import Glibc

/// One connection of a load, and the requests that are under way on it.
struct LoadConnection {
    let descriptor: Int32
    /// The number of its book among the load's.
    let book: Int
    /// When the requests under way began, by place; 0 where a place is free.
    private let began: UnsafeMutablePointer<Int64>
    private let places: Int
    /// Requests that were written, and the next one's id.
    private var written: UInt64 = 0
    /// Answers that came, in HTTP the next one's id.
    private var answered: UInt64 = 0
    /// What has come of an answer that is not whole.
    var rest: [UInt8] = []
    /// What the socket did not take.
    var unsent: [UInt8] = []

    /// - Parameter inFlight: requests that may be unanswered.
    init(descriptor: Int32, book: Int, inFlight: Int) {
        self.descriptor = descriptor
        self.book = book
        places = inFlight
        began = .allocate(capacity: inFlight)
        began.initialize(repeating: 0, count: inFlight)
    }

    func close() {
        Glibc.close(descriptor)
        began.deallocate()
    }

    /// Whether another request can be under way: its place must be free, as answers may overtake each other.
    @inline(__always)
    var hasRoom: Bool { began[Int(written % UInt64(places))] == 0 }

    /// Notes a request that is about to be sent, and returns its id.
    @inline(__always)
    mutating func begin(_ time: Int64) -> UInt64 {
        began[Int(written % UInt64(places))] = time
        written &+= 1
        return written &- 1
    }

    /// Notes an answer and returns when its request began; nil for an answer to no request.
    @inline(__always)
    mutating func end(_ answer: Answer, _ speech: Speech) -> Int64? {
        let place = Int((speech == .native ? answer.id : answered) % UInt64(places))
        answered &+= 1
        let time = began[place]
        began[place] = 0
        return time == 0 ? nil : time
    }

    func forEachWaiting(_ body: (_ began: Int64) -> Void) {
        for place in 0..<places where began[place] != 0 { body(began[place]) }
    }
}
