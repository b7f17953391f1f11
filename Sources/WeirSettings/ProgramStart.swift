/// What every program does with its variables before anything else.
package enum ProgramStart {
    /// Reads a program's settings, or ends it with all that is wrong: its settings, unknown variables, and what `check`
    /// finds.
    ///
    /// - Parameters:
    ///   - nearest: finds the closest of some names to a name.
    ///   - check: problems that the settings' own table cannot show, such as those of the rules.
    /// - Returns: the settings, and warnings that do not keep the program from running.
    package static func settings<Settings>(
        of program: String, nearest: (String, [String]) -> String?, check: ([String: String]) -> [String] = { _ in [] },
        read: ([String: String]) throws(SettingsError) -> Settings
    ) -> (settings: Settings, warnings: [String]) {
        let environment = ProcessEnvironment.all
        let (unknown, warnings) = SettingsCatalogue.unknown(in: environment, nearest: nearest)
        let others = unknown + check(environment)
        do throws(SettingsError) {
            let settings = try read(environment)
            if others.isEmpty { return (settings, warnings) }
            ProgramEnd.usage.end(program, others.joined(separator: "\n"))
        } catch {
            ProgramEnd.usage.end(program, (error.problems + others).joined(separator: "\n"))
        }
    }
}
