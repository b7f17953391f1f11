/// How many bytes requests and responses have, by route: a moving average, from which checks reserve until the report tells.
struct ByteEstimates: ~Copyable {
    /// What nothing is known of.
    private static var first: Int64 { 8_192 }
    /// The part of a response that moves the average.
    private static var part: Int64 { 8 }

    private var bytesIn: FixedArray<Int64>
    private var bytesOut: FixedArray<Int64>

    /// - Parameter routes: routes of the policy; requests of none have a place of their own.
    init(routes: Int) {
        bytesIn = FixedArray(count: routes + 1, repeating: Self.first)
        bytesOut = FixedArray(count: routes + 1, repeating: Self.first)
    }

    func bytes(_ measure: DrawTerms.Measure, route: Int) -> Int64 {
        let place = min(route &+ 1, bytesIn.count &- 1)
        return max(1, measure == .bytesIn ? bytesIn[place] : bytesOut[place])
    }

    mutating func learn(_ response: ResponseFacts, route: Int) {
        let place = min(route &+ 1, bytesIn.count &- 1)
        bytesIn[place] &+= (Int64(clamping: response.bytesIn) &- bytesIn[place]) / Self.part
        bytesOut[place] &+= (Int64(clamping: response.bytesOut) &- bytesOut[place]) / Self.part
    }
}
