/// When a record was written, for people who read a journal; recovery does not look at it.
package struct RecordStamp: Equatable, Sendable {
    /// Counts the records of an incarnation.
    package var number: UInt64
    package var wallMicroseconds: Int64
    package var monotonicMicroseconds: Int64

    package init(number: UInt64, wallMicroseconds: Int64, monotonicMicroseconds: Int64) {
        self.number = number
        self.wallMicroseconds = wallMicroseconds
        self.monotonicMicroseconds = monotonicMicroseconds
    }
}
