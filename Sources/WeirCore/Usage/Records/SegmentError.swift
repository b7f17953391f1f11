/// Why a segment cannot be read, or not as it is.
package struct SegmentError: Error, Equatable, Sendable {
    package enum Code: Sendable {
        /// Of a version or byte order that this program does not know: somebody else's, not to be touched.
        case foreign
        /// Not what was written.
        case damaged
    }

    package let code: Code
    /// The offset in the segment, in bytes.
    package let offset: Int
    /// What was expected there.
    package let expected: String

    package init(_ code: Code, at offset: Int, _ expected: String) {
        self.code = code
        self.offset = offset
        self.expected = expected
    }
}

extension SegmentError: CustomStringConvertible {
    package var description: String { "expected \(expected) at byte \(offset)" }
}
