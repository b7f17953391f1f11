/// Why a request's head was refused; the connection closes behind the answer.
package struct HTTPProblem: Error, Equatable, Sendable {
    package let status: UInt16
    /// What was expected, for the answer's body.
    package let expected: String

    init(_ status: UInt16, _ expected: StaticString) {
        self.status = status
        self.expected = expected.description
    }
}
