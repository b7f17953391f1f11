/// One condition of a `when` or an `if`, such as `method=POST|PUT` or `no api_key`.
package struct Condition: Equatable, Sendable {
    package enum Test: Equatable, Sendable {
        case isPresent
        case isAbsent
        case isOneOf([Value])
        /// The negation of `isOneOf`: a missing attribute is none of the values.
        case isNoneOf([Value])
    }

    package var attribute: String
    package var test: Test
    package var position: SourcePosition

    package init(_ attribute: String, _ test: Test, at position: SourcePosition) {
        self.attribute = attribute
        self.test = test
        self.position = position
    }

    /// Positions are where the text was, not what it says.
    package static func == (left: Condition, right: Condition) -> Bool {
        left.attribute == right.attribute && left.test == right.test
    }
}

extension Condition: CustomStringConvertible {
    package var description: String {
        func list(_ values: [Value]) -> String { values.map(\.description).joined(separator: "|") }
        return switch test {
        case .isPresent: attribute
        case .isAbsent: "no \(attribute)"
        case .isOneOf(let values): "\(attribute)=\(list(values))"
        case .isNoneOf(let values): "\(attribute)!=\(list(values))"
        }
    }
}
