import Glibc

/// nginx's configuration as `nginx -T` prints it: every file once, each behind a line with its name. Includes are put where they
/// stand, so that what a location inherits can be seen.
package struct NginxConfiguration: Equatable, Sendable {
    /// Blocks inside of each other; nginx itself has fewer than ten kinds.
    private static let maximumDepth = 64

    package let directives: [NginxDirective]

    /// - Parameter dump: what `nginx -T` has printed on standard output.
    package init(dump: String) {
        let files = Self.files(of: dump)
        var parser = Parser(files: files, directory: files.first.map { Self.directory(of: $0.name) } ?? "/etc/nginx")
        directives = files.first.map { parser.read($0.name, depth: 0) } ?? []
    }

    /// Every directive of that name, wherever it is.
    package func all(_ name: String) -> [NginxDirective] {
        var found: [NginxDirective] = []
        walk { directive, _ in if directive.name == name { found.append(directive) } }
        return found
    }

    /// Visits every directive with those around it, outermost first.
    package func walk(_ visit: (NginxDirective, [NginxDirective]) -> Void) {
        func step(_ directive: NginxDirective, _ around: [NginxDirective]) {
            visit(directive, around)
            for inner in directive.block { step(inner, around + [directive]) }
        }
        for directive in directives { step(directive, []) }
    }

    private static func files(of dump: String) -> [(name: String, text: String)] {
        var files: [(name: String, text: String)] = []
        for line in dump.split(separator: "\n", omittingEmptySubsequences: false) {
            if line.hasPrefix("# configuration file "), line.hasSuffix(":") {
                files.append((String(line.dropFirst("# configuration file ".count).dropLast()), ""))
            } else if !files.isEmpty {
                files[files.count - 1].text += line + "\n"
            }
        }
        return files
    }

    private static func directory(of path: String) -> String {
        path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "."
    }

    private struct Parser {
        let files: [(name: String, text: String)]
        /// What relative includes are relative to.
        let directory: String

        mutating func read(_ name: String, depth: Int) -> [NginxDirective] {
            guard let file = files.first(where: { $0.name == name }), depth < maximumDepth else { return [] }
            var lexer = NginxLexer(file.text)
            return block(&lexer, name, depth: depth)
        }

        private mutating func block(_ lexer: inout NginxLexer, _ file: String, depth: Int) -> [NginxDirective] {
            var directives: [NginxDirective] = []
            var words: [String] = []
            var first = 0
            while let (word, line) = lexer.next() {
                switch word {
                case .text(let text):
                    if words.isEmpty { first = line }
                    words.append(text)
                    // Lua's braces are not nginx's.
                    if words.count == 1, text.hasSuffix("_by_lua_block") {
                        let lua = lexer.block()
                        directives.append(NginxDirective(name: text, arguments: [lua], file: file, line: first))
                        words = []
                    }
                case .end:
                    if words.first == "include", words.count == 2 {
                        directives += included(words[1], depth: depth)
                    } else if let name = words.first {
                        directives.append(
                            NginxDirective(name: name, arguments: Array(words.dropFirst()), file: file, line: first))
                    }
                    words = []
                case .open:
                    guard depth < maximumDepth else { return directives }
                    let inner = block(&lexer, file, depth: depth + 1)
                    directives.append(
                        NginxDirective(
                            name: words.first ?? "", arguments: Array(words.dropFirst()), block: inner, file: file,
                            line: first))
                    words = []
                case .close: return directives
                }
            }
            return directives
        }

        private mutating func included(_ pattern: String, depth: Int) -> [NginxDirective] {
            let path = pattern.hasPrefix("/") ? pattern : "\(directory)/\(pattern)"
            // The order of the dump is the order of the pattern's matches.
            let names = files.map(\.name).filter { $0 == path || fnmatch(path, $0, FNM_PATHNAME) == 0 }
            return names.flatMap { read($0, depth: depth + 1) }
        }
    }
}
