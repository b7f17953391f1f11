/// How large what the catalogue holds may be; more is refused before anything is made of it.
package enum CatalogueLimits {
    /// Characters of a code or slug; it becomes part of paths, headers and the names of limits.
    package static let code = 63
    /// Characters of a name for people.
    package static let name = 200
    /// Bytes of a host name, as DNS has it.
    package static let host = 253
    /// Bytes of a pattern of paths.
    package static let path = 512
    /// Bytes of an address of a page.
    package static let url = 2_048
    package static let hosts = 50
    package static let paths = 50
    package static let methods = 20
    /// Units that one call may weigh: more than a million is a mistake.
    package static let weight: Int64 = 1_000_000
    /// Bytes of the text of a filter, its conditions, and the values of each.
    package static let filter = 1_024
    package static let conditions = 10
    package static let values = 32
}
