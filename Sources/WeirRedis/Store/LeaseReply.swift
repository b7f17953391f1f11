/// What the script answered.
package struct LeaseReply: Sendable, Equatable {
    /// Epoch, operations, members of the fleet, the server's time, microseconds until the thaw, and eight for each key
    /// (`LeaseScript`); as many as the call asks for, 5 + 8 × keys.
    package var numbers: [Int64]
    /// From the writing of the call that was answered to its answer.
    package var roundTripNanoseconds: UInt64
    /// Which server answered.
    package var node: RedisAddress
    /// Its run id and replication id, as read on connecting: another value is another life of the data.
    package var run: [UInt8]
}
