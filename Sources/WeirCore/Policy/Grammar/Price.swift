/// One alternative of a `cost` clause: tokens for each unit of the request's cost, if the conditions hold.
package struct Price: Equatable, Sendable {
    package var tokens: Int64
    package var conditions: [Condition]

    package init(_ tokens: Int64, if conditions: [Condition] = []) {
        self.tokens = tokens
        self.conditions = conditions
    }
}

extension Price: CustomStringConvertible {
    package var description: String {
        conditions.isEmpty ? "\(tokens)" : "\(tokens) if \(conditions.map(\.description).joined(separator: " "))"
    }
}
