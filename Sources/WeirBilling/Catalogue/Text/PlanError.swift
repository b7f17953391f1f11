/// One thing that is wrong with a plan's text: where, what was expected, and what to write instead.
package struct PlanError: Error, Equatable, Sendable {
    package let position: PlanPosition
    /// What was expected and what was found, in one sentence without a full stop.
    package let message: String
    /// Text to write instead, or nil.
    package let suggestion: String?

    package init(at position: PlanPosition, _ message: String, suggestion: String? = nil) {
        self.position = position
        self.message = message
        self.suggestion = suggestion
    }

    /// What is wrong with an amount or a price of a line.
    init(at position: PlanPosition, _ error: BillingError) {
        // The line says which price it is: of the path only what lies in the price is of use.
        let place = error.field.split(separator: ".").dropFirst().joined(separator: ".")
        self.init(
            at: position,
            "expected \(error.expected)\(place.isEmpty ? "" : " at \(place)"), found \(error.found); \(error.advice)")
    }
}

extension PlanError: CustomStringConvertible {
    package var description: String {
        "\(position.line):\(position.column): \(message)" + (suggestion.map { "; try \($0)" } ?? "")
    }
}

/// Everything that is wrong with a plan's text, at once, in its order. Never empty.
package struct PlanErrors: Error, Equatable, Sendable {
    package let errors: [PlanError]

    package init(_ errors: [PlanError]) {
        self.errors = Array(errors.sorted { $0.position < $1.position }.prefix(PlanLimits.errors))
    }
}

extension PlanErrors: CustomStringConvertible {
    package var description: String { errors.map(\.description).joined(separator: "\n") }
}
