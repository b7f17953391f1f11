import WeirCommand

extension [Finding] {
    /// The verdict on one thing; nil where it was not looked at.
    subscript(id: String) -> Finding.Verdict? { last { $0.id == id }?.verdict }

    /// What is wrong.
    var troubles: [String] { filter { $0.verdict == .trouble }.map(\.id) }

    func fix(_ id: String) -> String { last { $0.id == id }?.fix ?? "" }
    func text(_ id: String) -> String { last { $0.id == id }?.text ?? "" }
}
