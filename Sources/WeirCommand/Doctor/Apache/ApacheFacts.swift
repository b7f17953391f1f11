/// What is known of the Apache on this machine.
package struct ApacheFacts: Sendable {
    package struct Line: Equatable, Sendable {
        package var words: [String]
        package var place: String

        package init(words: [String], place: String) {
            self.words = words
            self.place = place
        }
    }

    /// What `apache2 -t` says; nil when it takes the configuration.
    package var complaint: String?
    /// Modules that are loaded: `lua_module`.
    package var modules: Set<String>
    package var lines: [Line]
    /// Scripts of hooks that are not where the configuration says.
    package var missingScripts: [String]
    /// Modules of Weir's that those scripts require, and that are in no place of `LuaPackagePath`.
    package var missingModules: [String]
    /// Whether Lua finds sockets of the Unix family (Debian's lua-socket).
    package var hasLuaSocket: Bool

    package init(
        complaint: String? = nil, modules: Set<String>, lines: [Line], missingScripts: [String] = [],
        missingModules: [String] = [], hasLuaSocket: Bool = true
    ) {
        self.complaint = complaint
        self.modules = modules
        self.lines = lines
        self.missingScripts = missingScripts
        self.missingModules = missingModules
        self.hasLuaSocket = hasLuaSocket
    }

    /// The lines of a file, comments left out, words without their quotes.
    package static func lines(_ text: String, file: String) -> [Line] {
        text.split(separator: "\n", omittingEmptySubsequences: false).enumerated().compactMap { number, line in
            let words = line.split(whereSeparator: \.isWhitespace).map { $0.trimming("\"") }
            guard let first = words.first, !first.hasPrefix("#") else { return nil }
            return Line(words: words, place: "\(file):\(number + 1)")
        }
    }

    /// Directives are the same in any case.
    func all(_ name: String) -> [Line] { lines.filter { $0.words.first?.lowercased() == name.lowercased() } }

    /// Hooks whose script is Weir's: `LuaHookAccessChecker /usr/share/weir/weir_hook.lua weir_access`.
    package var hooks: [Line] {
        lines.filter { line in
            line.words.first?.lowercased().hasPrefix("luahook") == true
                && line.words.dropFirst().contains { $0.contains("weir") }
        }
    }

    /// The scripts of those hooks.
    package var scripts: [String] {
        hooks.compactMap { $0.words.dropFirst().first { $0.hasPrefix("/") } }.uniqued
    }

    /// Where Lua looks for modules, beside the directory of the script.
    var luaPlaces: [String] { all("LuaPackagePath").compactMap { $0.words.dropFirst().first } }

    /// A map that a program of Weir's answers, where there is no Lua.
    var maps: [Line] { all("RewriteMap").filter { $0.words.contains { $0.hasPrefix("prg:") && $0.contains("weir") } } }
}

extension Substring {
    fileprivate func trimming(_ character: Character) -> String {
        var text = self[...]
        while text.first == character { text = text.dropFirst() }
        while text.last == character { text = text.dropLast() }
        return String(text)
    }
}
