/// A directive of nginx's configuration, with the block behind it.
package struct NginxDirective: Equatable, Sendable {
    package var name: String
    package var arguments: [String]
    package var block: [NginxDirective]
    package var file: String
    package var line: Int

    package init(name: String, arguments: [String] = [], block: [NginxDirective] = [], file: String = "", line: Int = 0)
    {
        self.name = name
        self.arguments = arguments
        self.block = block
        self.file = file
        self.line = line
    }

    /// `/etc/nginx/nginx.conf:12`.
    var place: String { "\(file):\(line)" }

    /// The directives of that name directly in its block.
    func all(_ name: String) -> [NginxDirective] { block.filter { $0.name == name } }

    /// Itself and everything inside, outermost first.
    func walk(_ visit: (NginxDirective) -> Void) {
        visit(self)
        for inner in block { inner.walk(visit) }
    }
}
