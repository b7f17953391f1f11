/// One line of a policy.
package struct Statement: Equatable, Sendable {
    package enum Body: Equatable, Sendable {
        case group([Value])
        case route(methods: [String], path: Value, product: String?, weight: Int64?)
        case deny(code: Int?, [Condition])
        /// No names: from every limit.
        case exempt(from: [String], [Condition])
        case limit(LimitStatement)
    }

    /// Nil only for the sole limit of its source, which is called `default`.
    package var name: String?
    package var body: Body
    package var position: SourcePosition

    package init(name: String?, body: Body, at position: SourcePosition) {
        self.name = name
        self.body = body
        self.position = position
    }

    /// The name of a limit that has none.
    package static let defaultName = "default"

    package static func == (left: Statement, right: Statement) -> Bool {
        left.name == right.name && left.body == right.body
    }
}

extension Statement: CustomStringConvertible {
    package var description: String {
        func list(_ conditions: [Condition]) -> String { conditions.map(\.description).joined(separator: " ") }
        let text =
            switch body {
            case .group(let values): "group " + values.map(\.description).joined(separator: " ")
            case .route(let methods, let path, let product, let weight):
                "route " + (methods.isEmpty ? "" : methods.joined(separator: "|") + " ") + path.description
                    + (product.map { " of \($0)" } ?? "") + (weight.map { " weight \($0)" } ?? "")
            case .deny(let code, let conditions): "deny " + (code.map { "\($0) " } ?? "") + "when \(list(conditions))"
            case .exempt(let names, let conditions):
                "exempt " + (names.isEmpty ? "" : "from \(names.joined(separator: ", ")) ") + "when \(list(conditions))"
            case .limit(let limit): limit.description
            }
        return (name.map { "\($0): " } ?? "") + text
    }
}
