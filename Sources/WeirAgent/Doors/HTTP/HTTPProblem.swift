/// Why a request's head was refused; the connection closes behind the answer.
package struct HTTPProblem: Error, Equatable, Sendable {
    package let status: UInt16
    /// What was expected, for the answer's body.
    package let expected: String

    /// Whether it was more than is taken: a head, or a body.
    var isTooLarge: Bool { status == 431 || status == 413 }

    init(_ status: UInt16, _ expected: StaticString) {
        self.status = status
        self.expected = expected.description
    }
}
