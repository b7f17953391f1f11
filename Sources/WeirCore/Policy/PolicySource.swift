/// The text of a policy and where it came from: a variable's name or a file's path.
package struct PolicySource: Equatable, Sendable {
    package var name: String
    package var text: String

    package init(name: String, text: String) {
        self.name = name
        self.text = text
    }
}
