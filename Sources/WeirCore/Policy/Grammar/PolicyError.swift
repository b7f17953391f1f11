/// One thing that is wrong with a policy: where, what was expected, and what to write instead.
package struct PolicyError: Error, Equatable, Sendable {
    /// The policy's source: a file's path or a variable's name; empty until the policy is put together.
    package var source: String
    package let position: SourcePosition
    /// What was expected and what was found, in one sentence without a full stop.
    package let message: String
    /// Text to write instead, or nil.
    package let suggestion: String?

    package init(at position: SourcePosition, _ message: String, suggestion: String? = nil, source: String = "") {
        self.position = position
        self.message = message
        self.suggestion = suggestion
        self.source = source
    }
}

extension PolicyError: CustomStringConvertible {
    package var description: String {
        let place = (source.isEmpty ? "" : "\(source):") + "\(position.line):\(position.column)"
        return "\(place): \(message)" + (suggestion.map { "; try \($0)" } ?? "")
    }
}
