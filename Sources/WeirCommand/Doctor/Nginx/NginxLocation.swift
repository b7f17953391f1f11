/// A location with what it inherits, as nginx sees it.
struct NginxLocation {
    let directive: NginxDirective
    /// The blocks around it, outermost first.
    let around: [NginxDirective]

    var place: String { directive.place }

    /// The path in `location = /_weir {`.
    var path: String { directive.arguments.last ?? "" }

    /// A directive of which the innermost one counts.
    func setting(_ name: String) -> NginxDirective? {
        directive.all(name).last ?? around.reversed().lazy.compactMap { $0.all(name).last }.first
    }

    func argument(_ name: String) -> String? { setting(name)?.arguments.first }

    /// Directives that are inherited all together, and only where the location has none of its own.
    func list(_ name: String) -> [NginxDirective] {
        let own = directive.all(name)
        if !own.isEmpty { return own }
        return around.reversed().lazy.map { $0.all(name) }.first { !$0.isEmpty } ?? []
    }

    /// What a header of the proxied request is set to; nil where it is not set.
    func header(_ name: String) -> String? {
        list("proxy_set_header").last { $0.arguments.first?.lowercased() == name.lowercased() }?.arguments.dropFirst()
            .first
    }

    /// Milliseconds of a time such as `50ms`, `3s`, `1m` or `60`; nil for what is none.
    static func milliseconds(_ text: String) -> Int? {
        let number = text.prefix { $0.isASCII && $0.isNumber }
        guard let value = Int(number), value < 1_000_000_000 else { return nil }
        switch text.dropFirst(number.count) {
        case "ms": return value
        case "", "s": return value * 1_000
        case "m": return value * 60_000
        case "h": return value * 3_600_000
        default: return nil
        }
    }
}

extension NginxConfiguration {
    /// Every location, wherever it is.
    var locations: [NginxLocation] {
        var found: [NginxLocation] = []
        walk { directive, around in
            if directive.name == "location" { found.append(NginxLocation(directive: directive, around: around)) }
        }
        return found
    }
}
