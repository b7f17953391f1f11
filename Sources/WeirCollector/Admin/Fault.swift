/// One field that is wrong: its name on the wire, what was expected, what to do.
struct Fault: Equatable, Sendable {
    let field: String
    let detail: String
}
