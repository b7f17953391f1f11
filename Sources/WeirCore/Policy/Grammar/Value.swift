/// What an attribute is compared with, or a member of a group.
package enum Value: Hashable, Sendable {
    /// `@office`: any member of the group.
    case group(String)
    /// Text in which `*` is any run and `?` any one character; for `ip` an address or a prefix.
    case pattern(String)
    /// Text in double quotes, taken literally.
    case quoted(String)
}

extension Value: CustomStringConvertible {
    package var description: String {
        switch self {
        case .group(let name): "@\(name)"
        case .pattern(let text): text
        case .quoted(let text):
            "\"" + text.map { $0 == "\"" || $0 == "\\" ? "\\\($0)" : String($0) }.joined() + "\""
        }
    }
}
