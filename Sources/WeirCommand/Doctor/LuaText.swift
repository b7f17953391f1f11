/// What a piece of Lua says, as far as the doctor needs it: no more than what can be read off its text.
package enum LuaText {
    /// The names in `require "a.b"` and `require('a.b')` that are Weir's.
    package static func modules(_ lua: String) -> [String] {
        var names: [String] = []
        var rest = lua[...]
        while let range = rest.firstRange(of: "require") {
            rest = rest[range.upperBound...]
            if let name = quoted(rest.drop { $0.isWhitespace || $0 == "(" }), name.contains("weir") {
                names.append(name)
            }
        }
        return names.uniqued
    }

    /// The path that is given to the client as `WEIR_SOCKET = "…"`; nil where it is not.
    package static func socket(_ lua: String) -> String? {
        guard let range = lua.firstRange(of: "WEIR_SOCKET") else { return nil }
        return quoted(lua[range.upperBound...].drop { $0.isWhitespace || $0 == "=" || $0 == "]" })
    }

    /// Whether a module is found: each place has a `?` for its name, with `/` for its dots.
    static func isFound(_ module: String, places: [String], exists: (String) -> Bool) -> Bool {
        let file = module.map { $0 == "." ? "/" : String($0) }.joined()
        return places.contains { place in
            exists(place.split(separator: "?", omittingEmptySubsequences: false).joined(separator: file))
        }
    }

    private static func quoted(_ text: Substring) -> String? {
        guard let quote = text.first, quote == "\"" || quote == "'" else { return nil }
        return String(text.dropFirst().prefix { $0 != quote })
    }
}

extension Sequence where Element: Hashable {
    /// Each element once, where it came first.
    var uniqued: [Element] {
        var seen: Set<Element> = []
        return filter { seen.insert($0).inserted }
    }
}
