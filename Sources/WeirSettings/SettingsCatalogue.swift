/// All programs' variables together.
package enum SettingsCatalogue {
    package static let programs: [(name: String, declarations: [SettingDescription])] = [
        ("weir-agent", AgentSettings.declarations), ("weir-collector", CollectorSettings.declarations),
        ("weir", CommandSettings.declarations), ("the clients", ClientTable.declarations),
    ]

    private static var names: Set<String> {
        var names: Set<String> = []
        for declaration in programs.flatMap(\.declarations) {
            names.insert(declaration.name)
            if declaration.isSecret { names.insert(declaration.name + "_FILE") }
        }
        return names
    }

    /// The `WEIR_…` variables that no program knows. A variable of one program is never unknown to another.
    ///
    /// One that is close to a known name is a problem: what somebody set would silently not hold. Any other is a
    /// warning, as it may belong to a later version; those that Kubernetes adds for a service called `weir…` are
    /// neither. Those of the protocol's clients, which may share an agent's environment, are known.
    ///
    /// - Parameter nearest: finds the closest of some names to a name.
    package static func unknown(
        in environment: [String: String], nearest: (String, [String]) -> String?
    ) -> (problems: [String], warnings: [String]) {
        let names = names
        var problems: [String] = []
        var warnings: [String] = []
        for name in environment.keys.sorted() where name.hasPrefix("WEIR_") && !names.contains(name) {
            if isServiceLink(name) { continue }
            if let meant = nearest(name, names.sorted()) {
                problems.append("\(name): no program of Weir knows this variable: did you mean \(meant)?")
            } else {
                warnings.append("\(name): no program of Weir knows this variable: unset it")
            }
        }
        return (problems, warnings)
    }

    /// `WEIR_SERVICE_HOST`, `WEIR_PORT_9188_TCP_ADDR`: Kubernetes describes every service so.
    private static func isServiceLink(_ name: String) -> Bool {
        let parts = name.split(separator: "_").dropFirst()
        guard let last = parts.last else { return false }
        return parts.contains("SERVICE") && (parts.contains("HOST") || parts.contains("PORT"))
            || parts.contains("PORT") && (last == "PORT" || ["TCP", "UDP", "PROTO", "ADDR"].contains(last))
    }

    /// The text of `--help` for a program's variables.
    package static func help(_ declarations: [SettingDescription]) -> String {
        declarations.map { declaration in
            let value = declaration.defaultText.isEmpty ? "" : " (\(declaration.defaultText))"
            let file = declaration.isSecret ? "; also as \(declaration.name)_FILE" : ""
            return "  \(declaration.name)\(value)\n      \(declaration.meaning): \(declaration.expectation)\(file)"
        }.joined(separator: "\n")
    }

    /// `deploy/SETTINGS.md`.
    package static var markdown: String {
        var text = """
            # Settings

            Environment variables, by program. Generated from the tables in `Sources/WeirSettings` by `weir settings --markdown`; a test
            fails when this page is stale. A value that is not of its kind is refused at start, all of them at once, with exit code 64.
            Secrets can be given as a file whose path is in the variable with `_FILE` behind its name; the file must not be readable by
            every user. A `WEIR_…` variable that no program knows is refused when it is close to one that is known, else warned of.

            **Directories.** The runtime directory is systemd's `RUNTIME_DIRECTORY`, else `/run/weir` for root, else `$XDG_RUNTIME_DIR/weir`
            or `~/.local/state/weir/run`. The state directory is systemd's `STATE_DIRECTORY`, else `/var/lib/weir` for root, else
            `~/.local/state/weir`. All programs look in the same places.

            """
        for program in programs {
            text += "\n## \(program.name)\n\n| variable | meaning | value | default |\n|---|---|---|---|\n"
            for row in program.declarations {
                let meaning = row.meaning + (row.isSecret ? " (secret; also `\(row.name)_FILE`)" : "")
                let value = row.expectation.replacing("|", with: "\\|")
                let shown = row.defaultText.isEmpty ? "" : "`\(row.defaultText)`"
                text += "| `\(row.name)` | \(meaning.replacing("|", with: "\\|")) | \(value) | \(shown) |\n"
            }
        }
        return text
    }
}

extension String {
    /// The text with every occurrence of a part replaced.
    fileprivate func replacing(_ part: Character, with other: String) -> String {
        map { $0 == part ? other : String($0) }.joined()
    }
}
